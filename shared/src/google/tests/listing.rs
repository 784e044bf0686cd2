//! Page loops: what a listing is made of, and when it is none.

use super::script::{
    Answer, Script, answer, calendar, client, client_with, fixed_token, run, settings,
};
use crate::google::wire::CalendarListEntry;
use crate::google::{
    BadPages, Cause, Class, Client, Error, Group, InstanceRange, Listing, PageEnd, Settings, Since,
};
use crate::model::{GoogleEventId, SyncToken};

fn list(rule: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Result<Listing, Error> {
    let script = Script::new(move |_, count| rule(count));
    let since = Since::Start { time_min: None };
    run(async { client(&script).events_list(&calendar(), &since).await })
}

fn page(ids: &[&str], tokens: &str) -> Answer {
    let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    answer(
        200,
        format!(r#"{{"items":[{}],{tokens}}}"#, items.join(",")),
    )
}

fn more(token: usize) -> String {
    format!(r#""nextPageToken":"p{token}""#)
}

const LAST: &str = r#""nextSyncToken":"s1""#;

fn fails(rule: impl Fn(usize) -> Answer + Send + Sync + 'static) -> BadPages {
    let error = list(rule).unwrap_err();
    assert_eq!(error.class(), Class::PageLoop);
    let Cause::Pages(why) = error.cause() else {
        panic!("{:?}", error.cause());
    };
    *why
}

#[test]
fn all_pages_arrive_in_order_empty_ones_between() {
    let listing = list(|count| match count {
        0 => page(&["a"], &more(1)),
        1 => answer(200, r#"{"nextPageToken":"p2"}"#),
        2 => page(&["b", "a"], &more(3)),
        _ => page(&[], LAST),
    });
    let listing = listing.unwrap();
    let ids: Vec<_> = listing.items.iter().filter_map(|item| item.id()).collect();
    assert_eq!(ids, ["a", "b", "a"]);
    assert_eq!(listing.sync_token.as_str(), "s1");
    assert_eq!(listing.pages, 4);
}

#[test]
fn a_page_token_that_repeats_ends_the_listing() {
    assert_eq!(fails(|_| page(&["a"], &more(1))), BadPages::Repeated);
    assert_eq!(
        fails(|count| page(&["a"], &more(count % 7))),
        BadPages::Repeated
    );
}

#[test]
fn an_endless_listing_ends_at_the_bound() {
    assert_eq!(
        fails(|count| page(&[], &more(count))),
        BadPages::TooMany { bound: 2_000 }
    );
}

#[test]
fn a_last_page_needs_a_sync_token_and_only_a_last_page_has_one() {
    let empty = r#""nextPageToken":"","nextSyncToken":"""#;
    assert_eq!(fails(|_| answer(200, "{}")), BadPages::NoToken);
    assert_eq!(fails(|_| page(&["a"], empty)), BadPages::NoToken);
    assert_eq!(
        fails(|_| page(&["a"], &format!("{},{LAST}", more(1)))),
        BadPages::Contradiction
    );
}

#[test]
fn a_failed_page_fails_the_listing() {
    let error = list(|count| match count {
        0 => page(&["a"], &more(1)),
        _ => super::script::refusal(500, "backendError"),
    });
    assert!(error.unwrap_err().class().is_passing());
}

#[test]
fn the_same_parameters_go_with_every_page() {
    let script = Script::new(|_, count| match count {
        0 => page(&[], &more(1)),
        _ => page(&[], LAST),
    });
    let since = Since::Token(SyncToken::parse("tok=1&x").unwrap());
    run(async {
        client(&script)
            .events_list(&calendar(), &since)
            .await
            .unwrap()
    });
    let uris: Vec<_> = script.seen().into_iter().map(|seen| seen.uri).collect();
    assert!(uris[0].contains("syncToken=tok%3D1%26x"));
    assert!(!uris[0].contains("timeMin"));
    assert_eq!(uris[1], format!("{}&pageToken=p1", uris[0]));
}

#[test]
fn a_walk_hands_out_page_by_page_and_ends() {
    let script = Script::new(|_, count| match count {
        0 => page(&["a"], &more(1)),
        _ => page(&["b"], LAST),
    });
    let since = Since::Start { time_min: None };
    run(async {
        let (client, calendar) = (client(&script), calendar());
        let mut pages = client.events_pages(&calendar, &since);
        let first = pages.next().await.unwrap().unwrap();
        assert!(matches!(first.end, PageEnd::More(_)));
        let last = pages.next().await.unwrap().unwrap();
        assert!(matches!(last.end, PageEnd::Last(_)));
        assert_eq!(pages.next().await, Ok(None));
    });
}

fn short(script: &std::sync::Arc<Script>) -> Client {
    let settings = Settings {
        longest_listing: 3,
        ..settings()
    };
    client_with(script, fixed_token(), &settings, &Group::default())
}

#[test]
fn calendar_lists_and_instances_are_bounded_too() {
    let endless = || Script::new(|_, count| page(&["a"], &more(count)));
    let series = GoogleEventId::parse("series").unwrap();
    run(async {
        let script = endless();
        let error = short(&script).calendar_list().await.unwrap_err();
        assert_eq!((error.class(), script.seen().len()), (Class::PageLoop, 3));
        let script = endless();
        let range = InstanceRange::default();
        let error = short(&script)
            .instances(&calendar(), &series, range)
            .await
            .unwrap_err();
        assert_eq!((error.class(), script.seen().len()), (Class::PageLoop, 3));
    });
}

#[test]
fn a_calendar_list_is_read_whole() {
    let script = Script::new(|_, count| match count {
        0 => answer(
            200,
            r#"{"items":[{"id":"me","primary":true,"accessRole":"owner","timeZone":"Europe/Berlin"}],"nextPageToken":"p"}"#,
        ),
        _ => answer(
            200,
            r#"{"items":[{"id":"two","accessRole":"newRole"}],"nextSyncToken":"s"}"#,
        ),
    });
    let list: Vec<CalendarListEntry> =
        run(async { client(&script).calendar_list().await.unwrap() });
    assert_eq!(
        list.iter()
            .map(|entry| entry.id.as_str())
            .collect::<Vec<_>>(),
        ["me", "two"]
    );
    assert!(list[0].primary && !list[1].primary);
    assert_eq!(list[1].access_role.as_deref(), Some("newRole"));
}
