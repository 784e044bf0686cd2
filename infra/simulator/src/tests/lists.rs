use chrono::Duration;

use super::*;
use crate::{MalformedToken, QueryMismatch, TokenScoping};

#[test]
fn short_and_empty_pages_lose_nothing() {
    let mut world = world_with(|knobs| {
        knobs.short_pages = 0.7;
        knobs.empty_pages = 0.5;
    });
    for index in 0..300 {
        insert(
            &mut world,
            single(&format!("event{index:03}"), index % 28 + 1),
        );
    }
    let (items, token) = walk(&mut world, "maxResults=20");
    assert_eq!(items.len(), 300);
    assert!(!token.is_empty());
    let (again, _) = walk(&mut world, &format!("syncToken={token}"));
    assert!(again.is_empty());
}

#[test]
fn what_happens_while_paging_comes_with_the_next_increment() {
    let mut world = world();
    for id in ["aaaaa", "bbbbb", "ccccc", "ddddd"] {
        insert(&mut world, single(id, 1));
    }
    let first = list(&mut world, "maxResults=2");
    let page = first.body["nextPageToken"].as_str().unwrap().to_owned();
    insert(&mut world, single("eeeee", 1));
    delete(&mut world, "ddddd");
    patch(&mut world, "aaaaa", json!({"summary": "new"}));
    let last = list(&mut world, &format!("maxResults=2&pageToken={page}"));
    assert_eq!(last.ids(), ["ccccc"]);
    let (delta, _) = walk(&mut world, &format!("syncToken={}", last.token()));
    let mut ids: Vec<_> = delta
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["aaaaa", "ddddd", "eeeee"]);
}

#[test]
fn a_page_never_repeats_or_skips_whatever_changes_meanwhile() {
    for seed in 0..30 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut world = world();
        for index in 0..40 {
            insert(&mut world, single(&format!("event{index:02}"), 1));
        }
        let (_, token) = walk(&mut world, "");
        for index in 0..40 {
            patch(
                &mut world,
                &format!("event{index:02}"),
                json!({"summary": "x"}),
            );
        }
        let (mut query, mut seen) = (
            format!("syncToken={token}&maxResults=3"),
            std::collections::BTreeSet::new(),
        );
        let mut current = String::new();
        for _ in 0..1_000 {
            let answer = list(&mut world, &query);
            seen.extend(answer.ids().into_iter().map(str::to_owned));
            if rng.bool() {
                patch(
                    &mut world,
                    &format!("event{:02}", rng.u32(..40)),
                    json!({"summary": rng.u32(..).to_string()}),
                );
            }
            match answer.body["nextPageToken"].as_str() {
                Some(page) => query = format!("syncToken={token}&maxResults=3&pageToken={page}"),
                None => {
                    current = answer.token().to_owned();
                    break;
                }
            }
        }
        seen.extend(
            walk(&mut world, &format!("syncToken={current}"))
                .0
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        assert_eq!(seen.len(), 40, "seed {seed}");
    }
}

#[test]
fn a_deletion_is_bare_in_an_increment_and_whole_when_asked_for() {
    let mut world = world();
    insert(&mut world, single("gone1", 1));
    let (_, token) = walk(&mut world, "");
    delete(&mut world, "gone1");
    let row = list(&mut world, &format!("syncToken={token}")).body["items"][0].clone();
    let mut keys: Vec<_> = row.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["etag", "id", "kind", "status"]);
    assert!(list(&mut world, "").ids().is_empty());
    assert_eq!(
        list(&mut world, "showDeleted=true").body["items"][0]["summary"],
        "gone1"
    );
}

#[test]
fn tokens_die_by_age_by_order_and_by_a_changed_role() {
    let gone = |world: &mut Simulator, token: &str| {
        let answer = list(world, &format!("syncToken={token}"));
        assert_eq!((answer.status, answer.reason()), (410, "fullSyncRequired"));
    };
    let mut world = world_with(|knobs| knobs.sync_token_lifetime = Some(Duration::days(7)));
    let token = list(&mut world, "").token().to_owned();
    world.advance(Duration::days(8));
    gone(&mut world, &token);
    let token = list(&mut world, "").token().to_owned();
    world.expire_sync_tokens(EMAIL);
    gone(&mut world, &token);
    let token = list(&mut world, "").token().to_owned();
    world.set_role(EMAIL, EMAIL, Some(crate::Role::Writer));
    gone(&mut world, &token);
}

#[test]
fn a_token_of_another_calendar_or_a_made_up_one_is_malformed() {
    let mut world = world();
    let other = get(&mut world, &format!("calendars/{SECOND_CALENDAR}/events"))
        .token()
        .to_owned();
    assert_eq!(list(&mut world, &format!("syncToken={other}")).status, 410);
    assert_eq!(list(&mut world, &format!("syncToken=1{other}")).status, 410);
    world.knobs_mut().malformed_token = MalformedToken::BadRequest;
    assert_eq!(list(&mut world, &format!("syncToken=1{other}")).status, 400);
}

#[test]
fn another_query_with_the_same_token_is_recorded_or_refused() {
    let mut world = world();
    let token = list(&mut world, "").token().to_owned();
    assert_eq!(
        list(&mut world, &format!("syncToken={token}&singleEvents=true")).status,
        200
    );
    assert_eq!(world.violations().len(), 1);
    world.knobs_mut().query_mismatch = QueryMismatch::Reject;
    assert_eq!(
        list(&mut world, &format!("syncToken={token}&singleEvents=true")).status,
        400
    );
}

#[test]
fn a_token_keeps_no_window_unless_told_to() {
    let check = |scoping: TokenScoping, expected: usize| {
        let mut world = world_with(|knobs| knobs.token_scoping = scoping);
        let token = list(&mut world, "timeMin=2026-02-10T00:00:00Z")
            .token()
            .to_owned();
        insert(&mut world, single("soon1", 1));
        insert(&mut world, single("late1", 20));
        assert_eq!(
            list(&mut world, &format!("syncToken={token}")).ids().len(),
            expected
        );
    };
    check(TokenScoping::Unscoped, 2);
    check(TokenScoping::Window, 1);
}

#[test]
fn a_window_looks_at_the_end_from_below_and_the_start_from_above() {
    let mut world = world();
    insert(&mut world, single("event", 10));
    let hits = |world: &mut Simulator, query: &str| list(world, query).ids().len();
    assert_eq!(hits(&mut world, "timeMin=2026-02-10T10:59:59Z"), 1);
    assert_eq!(hits(&mut world, "timeMin=2026-02-10T11:00:00Z"), 0);
    assert_eq!(hits(&mut world, "timeMax=2026-02-10T10:00:01Z"), 1);
    assert_eq!(hits(&mut world, "timeMax=2026-02-10T10:00:00Z"), 0);
    assert_eq!(list(&mut world, "timeMin=2026-02-10T11:00:00").status, 400);
    assert_eq!(
        list(
            &mut world,
            "timeMin=2026-02-10T11:00:00Z&timeMax=2026-02-10T11:00:00Z"
        )
        .reason(),
        "timeRangeEmpty"
    );
}

#[test]
fn a_series_is_listed_if_an_occurrence_may_lie_in_the_window() {
    let mut world = world();
    insert(&mut world, daily("series", 5));
    let mut endless = daily("endless", 1);
    endless["recurrence"] = json!(["RRULE:FREQ=WEEKLY"]);
    insert(&mut world, endless);
    assert_eq!(
        list(&mut world, "timeMin=2026-02-05T00:00:00Z").ids(),
        ["endless", "series"]
    );
    assert_eq!(
        list(&mut world, "timeMin=2026-02-05T11:00:00Z").ids(),
        ["endless"]
    );
    assert!(
        list(&mut world, "timeMax=2026-02-01T10:00:00Z")
            .ids()
            .is_empty()
    );
}

#[test]
fn changes_show_late_when_lists_lag_and_are_not_lost() {
    let mut world = world_with(|knobs| knobs.list_lag = Duration::seconds(10));
    insert(&mut world, single("lagged", 1));
    let early = list(&mut world, "");
    assert!(early.ids().is_empty());
    world.advance(Duration::seconds(11));
    assert_eq!(
        list(&mut world, &format!("syncToken={}", early.token())).ids(),
        ["lagged"]
    );
}

#[test]
fn special_queries_give_no_token() {
    let mut world = world();
    for query in [
        "orderBy=updated",
        "q=x",
        "iCalUID=x",
        "updatedMin=2026-01-01T00:00:00Z",
        "privateExtendedProperty=a%3Db",
    ] {
        assert!(
            list(&mut world, query).body.get("nextSyncToken").is_none(),
            "{query}"
        );
    }
    assert!(!list(&mut world, "singleEvents=true").token().is_empty());
}

#[test]
fn single_events_page_through_series() {
    let mut world = world();
    insert(&mut world, daily("series", 10));
    insert(&mut world, single("alone", 3));
    let (items, token) = walk(&mut world, "singleEvents=true&maxResults=3");
    assert_eq!(items.len(), 11);
    world
        .cancel_occurrence(EMAIL, "series", "2026-02-02T10:00:00Z")
        .unwrap();
    let (delta, _) = walk(&mut world, &format!("singleEvents=true&syncToken={token}"));
    assert_eq!(delta.len(), 1);
    assert_eq!(delta[0]["status"], "cancelled");
    let (sorted, _) = walk(
        &mut world,
        "singleEvents=true&orderBy=startTime&maxResults=4",
    );
    let starts: Vec<_> = sorted
        .iter()
        .map(|item| item["start"]["dateTime"].as_str().unwrap().to_owned())
        .collect();
    assert!(starts.is_sorted());
    assert_eq!(starts.len(), 10);
}

#[test]
fn an_increment_of_a_large_calendar_is_cheap() {
    let mut world = world();
    for index in 0..10_000 {
        world
            .insert_event(EMAIL, single(&format!("event{index}"), index % 28 + 1))
            .unwrap();
    }
    let (items, token) = walk(&mut world, "maxResults=2500");
    assert_eq!(items.len(), 10_000);
    for index in 0..2_000 {
        patch(
            &mut world,
            &format!("event{index}"),
            json!({"summary": "changed"}),
        );
        let delta = list(&mut world, &format!("syncToken={token}&maxResults=1"));
        assert_eq!(delta.ids().len(), 1);
    }
}
