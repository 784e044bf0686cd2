//! Do client and simulator keep to Google's own description of its API?
//!
//! Every exchange of a long scenario is held against the published discovery document: requests closed (nothing
//! that it does not know), responses open (Google adds fields without notice).

mod document;
mod recorder;
mod request;
mod scenario;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use http::Method;
use serde_json::{Value, json};

use document::Document;
use recorder::Exchange;

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::published);

#[tokio::test(start_paused = true)]
async fn every_exchange_is_as_the_discovery_document_says() {
    let exchanges = scenario::played().await;
    let mut wrong = Vec::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for exchange in &exchanges {
        wrong.extend(DOCUMENT.faults_of_request(&exchange.request));
        wrong.extend(DOCUMENT.faults_of_response(exchange));
        let method = DOCUMENT.method(&exchange.request);
        *kinds
            .entry(method.map_or_else(String::new, |method| method.name.clone()))
            .or_default() += 1;
    }
    assert_eq!(wrong, Vec::<String>::new());
    let needed = [
        "calendarList.list",
        "events.delete",
        "events.get",
        "events.insert",
        "events.instances",
        "events.list",
        "events.update",
    ];
    let missing: Vec<_> = needed
        .iter()
        .filter(|kind| !kinds.contains_key(**kind))
        .collect();
    assert!(
        missing.is_empty(),
        "the scenario has no {missing:?}: {kinds:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_scenario_has_every_kind_of_exchange_that_matters() {
    let exchanges = scenario::played().await;
    let seen: BTreeSet<&str> = exchanges.iter().flat_map(traits).collect();
    let all = [
        "410",
        "a cancelled occurrence",
        "a conditional write",
        "a further page",
        "a series",
        "a written occurrence",
        "all day",
        "since a token",
        "since a time",
    ];
    assert_eq!(seen, BTreeSet::from(all));
}

/// What an exchange stands for.
fn traits(exchange: &Exchange) -> Vec<&'static str> {
    let Exchange { request, response } = exchange;
    let query = request.uri().query().unwrap_or_default();
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let event = request.uri().path().rsplit('/').next().unwrap_or_default();
    let occurrence = event.starts_with("tidelock") && event.contains('_');
    let put = request.method() == Method::PUT;
    [
        ("410", response.status() == 410),
        ("a further page", query.contains("pageToken=")),
        ("since a token", query.contains("syncToken=")),
        ("since a time", query.contains("timeMin=")),
        (
            "a conditional write",
            request.headers().contains_key("if-match"),
        ),
        ("a series", body.get("recurrence").is_some()),
        (
            "all day",
            body.pointer("/start/date").is_some_and(Value::is_string),
        ),
        (
            "a written occurrence",
            occurrence && put && body["status"] != "cancelled",
        ),
        (
            "a cancelled occurrence",
            occurrence && (request.method() == Method::DELETE || body["status"] == "cancelled"),
        ),
    ]
    .into_iter()
    .filter_map(|(name, is)| is.then_some(name))
    .collect()
}

/// A good request of each sort, as a start for bad ones.
const LIST: &str = "https://www.googleapis.com/calendar/v3/calendars/a%40b.c/events?maxResults=2500&singleEvents=false";
const EVENT: &str =
    "https://www.googleapis.com/calendar/v3/calendars/a%40b.c/events?sendUpdates=none";

fn block() -> Value {
    json!({
        "id": "tidelock0abcdef", "summary": "Busy", "visibility": "private",
        "start": {"dateTime": "2026-03-02T10:00:00Z"}, "end": {"dateTime": "2026-03-02T11:00:00Z"},
        "reminders": {"useDefault": false},
        "extendedProperties": {"private": {"tidelock": "1"}},
    })
}

fn faults(method: &str, uri: &str, body: &Value) -> Vec<String> {
    let body = match body.is_null() {
        true => Vec::new(),
        false => body.to_string().into_bytes(),
    };
    let request = http::Request::builder()
        .method(method)
        .uri(uri)
        .body(body.into());
    DOCUMENT.faults_of_request(&request.unwrap())
}

#[test]
fn good_requests_have_no_faults() {
    assert_eq!(faults("GET", LIST, &Value::Null), Vec::<String>::new());
    assert_eq!(faults("POST", EVENT, &block()), Vec::<String>::new());
}

#[test]
fn a_mistyped_parameter_is_found() {
    for bad in [
        "singleEvent=false",
        "maxResults=many",
        "maxResults=0",
        "maxResults=2501",
        "maxResults=10&maxResults=20",
        "singleEvents=no",
        "orderBy=start",
        "timeMin=2026-03-02",
        "sendUpdates=none",
    ] {
        let uri = LIST.replace("maxResults=2500&singleEvents=false", bad);
        assert_eq!(faults("GET", &uri, &Value::Null).len(), 1, "{bad}");
    }
}

#[test]
fn a_wrong_path_verb_or_body_is_found() {
    for (method, uri) in [
        ("PUT", LIST.to_owned()),
        ("GET", LIST.replace("/events", "/event")),
        ("GET", LIST.replace("/v3/", "/v2/")),
        ("GET", LIST.replace("www.googleapis.com", "example.com")),
    ] {
        assert_eq!(
            faults(method, &uri, &Value::Null).len(),
            1,
            "{method} {uri}"
        );
    }
    assert_eq!(faults("GET", LIST, &block()).len(), 1);
    for (path, value) in [
        ("colour", json!("red")),
        ("id", json!("Tidelock-1")),
        ("status", json!("canceled")),
        ("transparency", json!("busy")),
        ("start", json!({"dateTime": "2026-03-02T10:00"})),
        ("start", json!({"datetime": "2026-03-02T10:00:00Z"})),
        ("start", json!({"date": "2026-03-02T10:00:00Z"})),
        ("reminders", json!({"useDefault": "no"})),
        ("recurrence", json!("RRULE:FREQ=DAILY")),
        ("end", Value::Null),
    ] {
        let mut body = block();
        body[path] = value;
        assert!(!faults("POST", EVENT, &body).is_empty(), "{path}: {body}");
    }
}

#[test]
fn a_response_of_the_wrong_shape_is_found() {
    let request = || http::Request::get(LIST).body(bytes::Bytes::new()).unwrap();
    let answer = |status: u16, body: &Value| {
        let response = http::Response::builder().status(status);
        let response = response.body(bytes::Bytes::from(body.to_string())).unwrap();
        let request = request();
        DOCUMENT.faults_of_response(&Exchange { request, response })
    };
    let good = json!({"kind": "calendar#events", "items": [{"id": "abcde", "news": 1}], "nextSyncToken": "t"});
    assert_eq!(answer(200, &good), Vec::<String>::new());
    assert_eq!(answer(200, &json!({"items": {}})).len(), 1);
    assert_eq!(
        answer(200, &json!({"items": [{"status": "gone"}]})).len(),
        1
    );
    assert_eq!(answer(410, &json!({"message": "gone"})).len(), 1);
}
