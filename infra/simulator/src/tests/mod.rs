//! Behaviour of the whole simulator, through the wire. What Google's client checks from outside is not repeated here.

mod discovery;
mod faults;
mod hostile;
mod lists;
mod oauth;
mod push;
mod rights;
mod series;
mod writes;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};

use crate::{
    ACCESS_TOKEN, EMAIL, Knobs, Outcome, SECOND_CALENDAR, Settings, Simulator, default_world,
};

/// An answer, read.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Answer {
    fn reason(&self) -> &str {
        self.body["error"]["errors"][0]["reason"]
            .as_str()
            .unwrap_or_default()
    }

    fn ids(&self) -> Vec<&str> {
        self.body["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item["id"].as_str())
            .collect()
    }

    fn token(&self) -> &str {
        self.body["nextSyncToken"].as_str().unwrap_or_default()
    }
}

fn world() -> Simulator {
    default_world(Settings::default())
}

fn world_with(turn: impl FnOnce(&mut Knobs)) -> Simulator {
    let mut settings = Settings::default();
    turn(&mut settings.knobs);
    default_world(settings)
}

fn send(
    world: &mut Simulator,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Option<Answer> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/calendar/v3/{path}"));
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", format!("Bearer {ACCESS_TOKEN}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let bytes = body
        .map(|body| Bytes::from(body.to_string()))
        .unwrap_or_default();
    read(world.handle(request.body(bytes).unwrap()))
}

fn read(outcome: Outcome) -> Option<Answer> {
    let response = outcome.response()?;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    Some(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
    })
}

fn get(world: &mut Simulator, path: &str) -> Answer {
    send(world, Method::GET, path, &[], None).unwrap()
}

fn post(world: &mut Simulator, path: &str, body: Value) -> Answer {
    send(world, Method::POST, path, &[], Some(body)).unwrap()
}

fn put(world: &mut Simulator, id: &str, body: Value) -> Answer {
    send(
        world,
        Method::PUT,
        &format!("calendars/primary/events/{id}"),
        &[],
        Some(body),
    )
    .unwrap()
}

fn patch(world: &mut Simulator, id: &str, body: Value) -> Answer {
    send(
        world,
        Method::PATCH,
        &format!("calendars/primary/events/{id}"),
        &[],
        Some(body),
    )
    .unwrap()
}

fn delete(world: &mut Simulator, id: &str) -> Answer {
    send(
        world,
        Method::DELETE,
        &format!("calendars/primary/events/{id}"),
        &[],
        None,
    )
    .unwrap()
}

fn list(world: &mut Simulator, query: &str) -> Answer {
    get(world, &format!("calendars/primary/events?{query}"))
}

/// Walks all pages.
fn walk(world: &mut Simulator, query: &str) -> (Vec<Value>, String) {
    let (mut items, mut page) = (Vec::new(), String::new());
    for _ in 0..10_000 {
        let answer = list(world, &format!("{query}{page}"));
        assert_eq!(answer.status, 200, "{}", answer.text);
        items.extend(answer.body["items"].as_array().cloned().unwrap_or_default());
        match answer.body["nextPageToken"].as_str() {
            Some(token) => page = format!("&pageToken={token}"),
            None => return (items, answer.token().to_owned()),
        }
    }
    panic!("no last page");
}

fn single(id: &str, day: u32) -> Value {
    json!({
        "id": id, "summary": id,
        "start": {"dateTime": format!("2026-02-{day:02}T10:00:00Z"), "timeZone": "UTC"},
        "end": {"dateTime": format!("2026-02-{day:02}T11:00:00Z"), "timeZone": "UTC"},
    })
}

fn daily(id: &str, count: u32) -> Value {
    let mut body = single(id, 1);
    body["recurrence"] = json!([format!("RRULE:FREQ=DAILY;COUNT={count}")]);
    body
}

fn insert(world: &mut Simulator, body: Value) -> Value {
    let answer = post(world, "calendars/primary/events", body);
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// Starts of busy time on the primary calendar, as `MMDDTHH`.
fn busy(world: &Simulator) -> Vec<String> {
    let (from, to) = (
        "2000-01-01T00:00:00Z".parse().unwrap(),
        "2040-01-01T00:00:00Z".parse().unwrap(),
    );
    world
        .occurrences(EMAIL, from, to)
        .iter()
        .map(|one| one.start.format("%m%dT%H").to_string())
        .collect()
}

#[test]
fn the_same_seed_and_requests_give_the_same_world() {
    let run = || {
        let mut world = world_with(|knobs| knobs.short_pages = 0.5);
        (0..20).for_each(|day| {
            let mut body = single("x", day % 27 + 1);
            body.as_object_mut().unwrap().remove("id");
            insert(&mut world, body);
        });
        (walk(&mut world, "maxResults=5"), world.log().to_vec())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_clone_is_a_snapshot() {
    let mut world = world();
    insert(&mut world, single("before", 1));
    let mut copy = world.clone();
    insert(&mut copy, single("after1", 2));
    assert_eq!(world.event_count(EMAIL), 1);
    assert_eq!(copy.event_count(EMAIL), 2);
    assert_eq!(world.event_count(SECOND_CALENDAR), 0);
}
