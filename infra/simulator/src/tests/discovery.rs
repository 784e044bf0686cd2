use std::collections::BTreeSet;

use super::*;

/// The published discovery document; the checks with Google's client live beside it.
fn document() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/third_party/calendar.v3.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Draft-03-like discovery schemas as JSON Schema, closed: an unknown property is an error.
fn converted(node: &Value) -> Value {
    if let Some(name) = node["$ref"].as_str() {
        return json!({"$ref": format!("#/$defs/{name}")});
    }
    let mut out = serde_json::Map::new();
    if let Some(kind) = node["type"].as_str().filter(|kind| *kind != "any") {
        out.insert("type".into(), kind.into());
    }
    if let Some(items) = node.get("items") {
        out.insert("items".into(), converted(items));
    }
    if let Some(properties) = node.get("properties").and_then(Value::as_object) {
        let inner: serde_json::Map<_, _> = properties
            .iter()
            .map(|(name, node)| (name.clone(), converted(node)))
            .collect();
        out.insert("properties".into(), inner.into());
        out.insert("additionalProperties".into(), false.into());
    } else if let Some(more) = node.get("additionalProperties") {
        out.insert("additionalProperties".into(), converted(more));
    }
    out.into()
}

fn check(document: &Value, schema: &str, body: &Value) {
    let defs: serde_json::Map<_, _> = document["schemas"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, node)| (name.clone(), converted(node)))
        .collect();
    let schema = json!({"$ref": format!("#/$defs/{schema}"), "$defs": defs});
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(body)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{body}");
}

#[test]
fn answers_have_only_what_the_discovery_document_knows() {
    let document = document();
    let mut world = world();
    let mut rich = daily("series", 3);
    rich["attendees"] = json!([{"email": EMAIL}]);
    rich["extendedProperties"] = json!({"private": {"a": "1"}, "shared": {"b": "2"}});
    rich["reminders"] =
        json!({"useDefault": false, "overrides": [{"method": "popup", "minutes": 5}]});
    check(&document, "Event", &insert(&mut world, rich));
    delete(&mut world, "series_20260202T100000Z");
    check(
        &document,
        "Events",
        &list(&mut world, "showDeleted=true").body,
    );
    check(
        &document,
        "Events",
        &list(&mut world, "singleEvents=true&maxResults=1").body,
    );
    check(
        &document,
        "Events",
        &get(&mut world, "calendars/primary/events/series/instances").body,
    );
    check(
        &document,
        "CalendarList",
        &get(&mut world, "users/me/calendarList").body,
    );
    check(
        &document,
        "CalendarListEntry",
        &get(&mut world, "users/me/calendarList/primary").body,
    );
    check(
        &document,
        "Calendar",
        &get(&mut world, "calendars/primary").body,
    );
    let watch =
        json!({"id": "c", "type": "web_hook", "address": "https://hook.example.org", "token": "t"});
    check(
        &document,
        "Channel",
        &post(&mut world, "calendars/primary/events/watch", watch).body,
    );
    let query = json!({"timeMin": "2026-02-01T00:00:00Z", "timeMax": "2026-02-09T00:00:00Z", "items": [{"id": "primary"}, {"id": "no"}]});
    check(
        &document,
        "FreeBusyResponse",
        &post(&mut world, "freeBusy", query).body,
    );
}

#[test]
fn every_route_is_a_method_of_the_discovery_document() {
    let document = document();
    let mut known = BTreeSet::new();
    for (resource, node) in document["resources"].as_object().unwrap() {
        for (name, method) in node["methods"].as_object().unwrap() {
            let text = |key: &str| method[key].as_str().unwrap().to_owned();
            known.insert((
                format!("{resource}.{name}"),
                text("httpMethod"),
                text("path"),
            ));
        }
    }
    let mut served = 0;
    for (name, verb, path) in known {
        let path = path
            .replace("{calendarId}", "primary")
            .replace("{eventId}", "event");
        let route = crate::wire::route::Route::find(
            &verb.parse().unwrap(),
            &format!("/calendar/v3/{path}"),
        );
        if route.kind.name() != "unknown" {
            assert_eq!(route.kind.name(), name);
            served += 1;
        }
    }
    assert_eq!(served, 16);
}
