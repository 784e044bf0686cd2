//! Reading events: tolerant of what is missing or new, strict about what decides their meaning.

use serde_json::json;

use crate::google::wire::{Event, Item, Text, Unreadable, When};

fn read(value: serde_json::Value) -> Result<Event, Unreadable> {
    Event::read(value)
}

#[test]
fn a_tombstone_needs_only_an_id() {
    let event = read(
        json!({"kind": "calendar#event", "etag": "\"1\"", "id": "abc", "status": "cancelled"}),
    );
    let event = event.unwrap();
    assert!(event.is_cancelled());
    assert_eq!(
        (event.start, event.summary, event.recurrence.len()),
        (None, None, 0)
    );
}

#[test]
fn a_full_event_is_read_field_by_field() {
    let event = read(json!({
        "id": "abc_20261120T100000Z", "status": "tentative", "etag": "\"1\"",
        "created": "2026-01-01T00:00:00.000Z", "updated": "2026-01-02T00:00:00.123Z",
        "summary": "Standup", "start": {"dateTime": "2026-11-20T11:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"date": "2026-11-21"}, "recurrence": ["RRULE:FREQ=DAILY", "EXDATE:20261121"],
        "recurringEventId": "abc", "originalStartTime": {"dateTime": "2026-11-20T10:00:00Z"},
        "transparency": "transparent", "visibility": "confidential", "eventType": "somethingNew",
        "attendees": [{"email": "a@x", "responseStatus": "accepted"}, {"self": true, "responseStatus": "declined"}],
        "organizer": {"self": true, "email": "b@x"}, "iCalUID": "abc@google.com", "sequence": 4,
        "reminders": {"useDefault": false, "overrides": [{"method": "popup", "minutes": 5}]}, "colorId": "7",
        "extendedProperties": {"private": {"a": "b", "n": 1}, "shared": {"c": "d"}}, "unknown": {"x": [1]},
    }));
    let event = event.unwrap();
    assert_eq!(
        event.start.unwrap(),
        When {
            date: None,
            date_time: Some("2026-11-20T11:00:00+01:00".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
        }
    );
    assert_eq!(event.end.unwrap().date.as_deref(), Some("2026-11-21"));
    assert_eq!(
        (event.attendees, event.own_response.as_deref()),
        (2, Some("declined"))
    );
    assert_eq!(event.event_type.as_deref(), Some("somethingNew"));
    assert_eq!(event.recurrence.len(), 2);
    assert_eq!(event.recurring_event_id.as_deref(), Some("abc"));
    assert!(event.organizer_self && event.original_start_time.is_some());
    assert_eq!(event.sequence, Some(4));
    assert_eq!(event.reminders.unwrap().overrides, 1);
    assert_eq!(
        event.private_properties.get("a").map(Text::as_str),
        Some("b")
    );
    assert_eq!(
        (
            event.private_properties.len(),
            event.shared_properties.len()
        ),
        (1, 1)
    );
}

#[test]
fn null_counts_as_missing() {
    let event = read(
        json!({"id": "a", "status": null, "start": null, "recurrence": null, "attendees": null, "extendedProperties": null}),
    );
    assert_eq!(
        event.unwrap(),
        Event {
            id: "a".to_owned(),
            ..Event::default()
        }
    );
}

#[test]
fn thousands_of_attendees_leave_only_their_number() {
    let mut people = vec![json!({"email": "x@y", "responseStatus": "accepted"}); 5_000];
    people.push(json!({"self": true, "responseStatus": "needsAction"}));
    people.push(json!("odd"));
    let event = read(json!({"id": "a", "attendees": people})).unwrap();
    assert_eq!(
        (event.attendees, event.own_response.as_deref()),
        (5_002, Some("needsAction"))
    );
}

#[test]
fn what_decides_the_meaning_must_be_readable() {
    let check = |field: &'static str, value: serde_json::Value| {
        let found = read(json!({"id": "a", (field): value}));
        assert_eq!(found, Err(Unreadable::Field(field)));
    };
    check("status", json!(1));
    check("transparency", json!(["opaque"]));
    check("eventType", json!({}));
    check("start", json!("2026-11-20"));
    check("end", json!({"dateTime": 5}));
    check("originalStartTime", json!([]));
    check("recurrence", json!("RRULE:FREQ=DAILY"));
    check("recurrence", json!([7]));
    check("recurringEventId", json!(7));
    check("attendees", json!({"self": true}));
    check("attendees", json!([{"self": true, "responseStatus": 1}]));
    assert_eq!(read(json!({"summary": "x"})), Err(Unreadable::NoId));
    assert_eq!(read(json!({"id": ""})), Err(Unreadable::NoId));
    assert_eq!(read(json!({"id": 5})), Err(Unreadable::Field("id")));
    assert_eq!(read(json!(["a"])), Err(Unreadable::NotAnObject));
}

#[test]
fn what_decides_nothing_may_be_odd() {
    let event = read(
        json!({"id": "a", "summary": 5, "colorId": 7, "sequence": "x", "reminders": [], "organizer": 1, "extendedProperties": {"private": []}}),
    );
    assert_eq!(
        event.unwrap(),
        Event {
            id: "a".to_owned(),
            ..Event::default()
        }
    );
}

#[test]
fn an_unreadable_item_keeps_its_id() {
    let item = Item::read(json!({"id": "a", "start": 1}));
    assert_eq!(
        item,
        Item::Unreadable {
            id: Some("a".to_owned()),
            why: Unreadable::Field("start")
        }
    );
    assert_eq!(Item::read(json!(null)).id(), None);
}
