//! What each call puts on the wire.

use serde_json::{Value, json};

use super::script::{Answer, Script, Seen, answer, block_body, block_id, calendar, client, run};
use crate::google::wire::When;
use crate::google::{Class, InstanceRange, Since};
use crate::model::{BlockRef, Etag, GoogleCalendarId, GoogleEventId, Stamp};

const BASE: &str = "http://google.test/calendar/v3";
const CALENDAR: &str = "calendars/team%2Fa%23b%40example.com/events";

fn event() -> Answer {
    answer(200, r#"{"id":"x","etag":"\"1\""}"#)
}

fn only(script: &Script) -> Seen {
    let seen = script.seen();
    assert_eq!(seen.len(), 1);
    seen[0].clone()
}

fn parts(seen: &Seen) -> (String, Vec<(String, String)>) {
    let url = ::reqwest::Url::parse(&seen.uri).unwrap();
    let query = url.query_pairs().into_owned().collect();
    let path = seen.uri.split('?').next().unwrap().to_owned();
    (path, query)
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn a_full_read_asks_for_series_from_a_day_on() {
    let script = Script::always(answer(200, r#"{"nextSyncToken":"s"}"#));
    let since = Since::Start {
        time_min: Some("2026-10-20T00:00:00Z".parse().unwrap()),
    };
    run(async {
        client(&script)
            .events_list(&calendar(), &since)
            .await
            .unwrap()
    });
    let seen = only(&script);
    let (path, query) = parts(&seen);
    assert_eq!(path, format!("{BASE}/{CALENDAR}"));
    assert_eq!(seen.method, "GET");
    let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["singleEvents", "maxResults", "fields", "timeMin"]);
    assert_eq!(value(&query, "singleEvents"), Some("false"));
    assert_eq!(value(&query, "maxResults"), Some("2500"));
    assert_eq!(value(&query, "timeMin"), Some("2026-10-20T00:00:00Z"));
    let fields = value(&query, "fields").unwrap();
    assert!(
        fields.starts_with("nextPageToken,nextSyncToken,"),
        "{fields}"
    );
    assert_eq!(fields.matches('(').count(), fields.matches(')').count());
}

#[test]
fn every_request_asks_for_gzip_and_carries_the_token() {
    let script = Script::always(answer(200, r#"{"nextSyncToken":"s"}"#));
    run(async { client(&script).calendar_list().await.unwrap() });
    let seen = only(&script);
    assert_eq!(seen.header("authorization"), "Bearer access-canary");
    assert!(seen.headers["authorization"].is_sensitive());
    assert_eq!(seen.header("accept-encoding"), "gzip");
    assert!(seen.header("user-agent").contains("gzip"));
    assert_eq!(parts(&seen).0, format!("{BASE}/users/me/calendarList"));
}

#[test]
fn an_insert_sends_the_block_and_nothing_else() {
    let script = Script::always(event());
    run(async {
        client(&script)
            .insert_block(&calendar(), &block_id(), &block_body())
            .await
            .unwrap()
    });
    let seen = only(&script);
    let (path, query) = parts(&seen);
    assert_eq!(
        (seen.method.as_str(), path),
        ("POST", format!("{BASE}/{CALENDAR}"))
    );
    assert_eq!(value(&query, "sendUpdates"), Some("none"));
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let expected = json!({
        "id": block_id().as_str(), "status": "confirmed", "summary": "title-canary",
        "start": {"dateTime": "2026-11-20T10:00:00Z"}, "end": {"dateTime": "2026-11-20T11:00:00Z"},
        "transparency": "opaque", "visibility": "private", "reminders": {"useDefault": false},
        "extendedProperties": {"private": {"tidelock": "block"}},
    });
    assert_eq!(body, expected);
    assert_eq!(seen.header("content-type"), "application/json");
}

#[test]
fn an_update_replaces_an_occurrence_if_it_is_still_the_same() {
    let script = Script::always(event());
    let stamp = Stamp::parse("20261120T100000Z").unwrap();
    let block = BlockRef::Instance(block_id(), stamp);
    let mut body = block_body();
    body.sequence = Some(3);
    body.recurrence = vec!["RRULE:FREQ=DAILY".to_owned()];
    body.start = When {
        date: Some("2026-11-20".to_owned()),
        ..When::default()
    };
    let etag = Etag::parse("\"3480508598540894\"").unwrap();
    run(async {
        client(&script)
            .update_block(&calendar(), &block, &body, Some(&etag))
            .await
            .unwrap()
    });
    let seen = only(&script);
    let id = format!("{}_20261120T100000Z", block_id());
    assert_eq!(
        (seen.method.as_str(), parts(&seen).0),
        ("PUT", format!("{BASE}/{CALENDAR}/{id}"))
    );
    assert_eq!(seen.header("if-match"), "\"3480508598540894\"");
    assert_eq!(value(&parts(&seen).1, "sendUpdates"), Some("none"));
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(body.get("id"), None);
    assert_eq!(body["sequence"], 3);
    assert_eq!(body["start"], json!({"date": "2026-11-20"}));
    assert_eq!(body["recurrence"], json!(["RRULE:FREQ=DAILY"]));
}

#[test]
fn a_delete_sends_no_body_and_no_condition_unless_asked() {
    let script = Script::always(answer(204, ""));
    let block = BlockRef::Own(block_id());
    run(async {
        client(&script)
            .delete_block(&calendar(), &block, None)
            .await
            .unwrap()
    });
    let seen = only(&script);
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("DELETE", ""));
    assert_eq!(
        (seen.header("if-match"), seen.header("content-type")),
        ("", "")
    );
}

#[test]
fn reads_of_one_event_and_of_occurrences_name_it_in_the_path() {
    let script = Script::always(event());
    let id = GoogleEventId::parse("a/b_20261120").unwrap();
    let range = InstanceRange {
        time_min: Some("2026-11-20T00:00:00Z".parse().unwrap()),
        time_max: Some("2026-12-20T00:00:00Z".parse().unwrap()),
    };
    run(async {
        client(&script).events_get(&calendar(), &id).await.unwrap();
        client(&script)
            .instances(&calendar(), &id, range)
            .await
            .unwrap();
    });
    let seen = script.seen();
    assert_eq!(
        parts(&seen[0]).0,
        format!("{BASE}/{CALENDAR}/a%2Fb_20261120")
    );
    let (path, query) = parts(&seen[1]);
    assert_eq!(path, format!("{BASE}/{CALENDAR}/a%2Fb_20261120/instances"));
    assert_eq!(value(&query, "timeMax"), Some("2026-12-20T00:00:00Z"));
}

#[test]
fn an_id_that_would_address_something_else_is_never_sent() {
    let script = Script::always(event());
    run(async {
        for id in [".", ".."] {
            let odd = GoogleCalendarId::parse(id).unwrap();
            let error = client(&script)
                .insert_block(&odd, &block_id(), &block_body())
                .await;
            assert_eq!(error.unwrap_err().class(), Class::Invalid);
        }
    });
    assert!(script.seen().is_empty());
}
