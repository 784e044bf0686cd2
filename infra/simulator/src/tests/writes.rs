use super::*;
use crate::Revive;

#[test]
fn ids_follow_googles_alphabet_and_lengths() {
    let mut world = world();
    let check = |world: &mut Simulator, id: &str, status: u16| {
        assert_eq!(
            post(world, "calendars/primary/events", single(id, 1)).status,
            status,
            "{id}"
        );
    };
    check(&mut world, "abcd", 400);
    check(&mut world, "abcde", 200);
    check(&mut world, "abcdw", 400);
    check(&mut world, "ABCDE", 400);
    check(&mut world, "a_cde", 400);
    check(&mut world, &"v".repeat(1_024), 200);
    check(&mut world, &"v".repeat(1_025), 400);
}

#[test]
fn ids_and_uids_stay_taken() {
    let mut world = world();
    let mut body = single("first", 1);
    body["iCalUID"] = "uid-1".into();
    insert(&mut world, body);
    delete(&mut world, "first");
    assert_eq!(
        post(&mut world, "calendars/primary/events", single("first", 1)).reason(),
        "duplicate"
    );
    let mut body = single("other", 1);
    body["iCalUID"] = "uid-1".into();
    assert_eq!(
        post(&mut world, "calendars/primary/events", body).reason(),
        "duplicate"
    );
}

#[test]
fn reviving_depends_on_the_knob() {
    let check = |revive: Revive, by_person: bool, status: u16| {
        let mut world = world_with(|knobs| knobs.revive = revive);
        insert(&mut world, single("event", 1));
        if by_person {
            world.delete_event(EMAIL, "event").unwrap();
        } else {
            delete(&mut world, "event");
        }
        assert_eq!(
            put(&mut world, "event", single("event", 2)).status,
            status,
            "{revive:?} {by_person}"
        );
    };
    check(Revive::Allowed, true, 200);
    check(Revive::UnlessDeletedByPerson, false, 200);
    check(Revive::UnlessDeletedByPerson, true, 403);
    check(Revive::Forbidden, false, 403);
}

#[test]
fn a_put_erases_what_it_leaves_out_and_a_patch_does_not() {
    let mut world = world();
    let mut body = single("event", 1);
    body["extendedProperties"] = json!({"private": {"mark": "1"}});
    body["colorId"] = "3".into();
    insert(&mut world, body);
    let patched = patch(
        &mut world,
        "event",
        json!({"summary": "p", "colorId": null}),
    );
    assert_eq!(patched.body["extendedProperties"]["private"]["mark"], "1");
    assert!(patched.body.get("colorId").is_none());
    let put = put(&mut world, "event", single("event", 1));
    assert!(put.body.get("extendedProperties").is_none());
}

#[test]
fn a_patch_between_dates_and_times_needs_nulls() {
    let mut world = world();
    insert(&mut world, single("event", 1));
    let bare = json!({"start": {"date": "2026-02-01"}, "end": {"date": "2026-02-02"}});
    assert_eq!(
        patch(&mut world, "event", bare).body["error"]["message"],
        "Invalid start time."
    );
    let nulls = json!({"start": {"date": "2026-02-01", "dateTime": null, "timeZone": null}, "end": {"date": "2026-02-02", "dateTime": null, "timeZone": null}});
    assert_eq!(
        patch(&mut world, "event", nulls).body["start"],
        json!({"date": "2026-02-01"})
    );
}

#[test]
fn sequences_grow_with_the_start_and_never_fall() {
    let mut world = world();
    insert(&mut world, single("event", 1));
    assert_eq!(
        patch(&mut world, "event", json!({"summary": "x"})).body["sequence"],
        0
    );
    assert_eq!(
        put(&mut world, "event", single("event", 2)).body["sequence"],
        1
    );
    let mut low = single("event", 2);
    low["sequence"] = 0.into();
    assert_eq!(
        put(&mut world, "event", low).body["error"]["message"],
        "Invalid sequence value."
    );
}

#[test]
fn a_patch_that_changes_nothing_keeps_the_etag() {
    let mut world = world();
    let event = insert(&mut world, single("event", 1));
    assert_eq!(
        patch(&mut world, "event", json!({"summary": "event"})).body["etag"],
        event["etag"]
    );
    assert_ne!(
        put(&mut world, "event", single("event", 1)).body["etag"],
        event["etag"]
    );
}

#[test]
fn reminders_change_the_etag_and_not_the_time_of_update() {
    let mut world = world();
    let before = insert(&mut world, single("event", 1));
    world.advance(chrono::Duration::minutes(1));
    let after = patch(
        &mut world,
        "event",
        json!({"reminders": {"useDefault": false}}),
    );
    assert_eq!(after.body["updated"], before["updated"]);
    assert_ne!(after.body["etag"], before["etag"]);
}

#[test]
fn a_lagging_event_answers_not_found_at_first() {
    let mut world = world_with(|knobs| knobs.read_lag = chrono::Duration::seconds(5));
    insert(&mut world, single("event", 1));
    assert_eq!(
        get(&mut world, "calendars/primary/events/event").status,
        404
    );
    world.advance(chrono::Duration::seconds(6));
    assert_eq!(
        get(&mut world, "calendars/primary/events/event").status,
        200
    );
}

#[test]
fn an_import_is_found_again_by_its_uid() {
    let mut world = world();
    let mut body = single("x", 1);
    body["iCalUID"] = "outside@example.org".into();
    let first = post(&mut world, "calendars/primary/events/import", body.clone());
    assert!(first.body["id"].as_str().unwrap().starts_with('_'));
    body["summary"] = "again".into();
    let second = post(&mut world, "calendars/primary/events/import", body);
    assert_eq!(
        (second.status, &second.body["id"], &second.body["summary"]),
        (200, &first.body["id"], &json!("again"))
    );
}

#[test]
fn a_moved_event_leaves_a_bare_deletion_behind() {
    let mut world = world();
    insert(&mut world, daily("series", 3));
    patch(
        &mut world,
        "series_20260202T100000Z",
        json!({"summary": "own"}),
    );
    let token = list(&mut world, "").token().to_owned();
    let path = format!("calendars/primary/events/series/move?destination={SECOND_CALENDAR}");
    assert_eq!(
        send(&mut world, Method::POST, &path, &[], None)
            .unwrap()
            .body["status"],
        "cancelled"
    );
    assert_eq!(
        list(&mut world, &format!("syncToken={token}")).ids(),
        ["series"]
    );
    assert!(
        get(&mut world, "calendars/primary/events/series")
            .body
            .get("start")
            .is_none()
    );
    assert_eq!(
        world
            .event(SECOND_CALENDAR, "series_20260202T100000Z")
            .unwrap()
            .summary
            .as_deref(),
        Some("own")
    );
    assert!(busy(&world).is_empty());
}

#[test]
fn a_copy_has_a_new_id_and_the_same_properties() {
    let mut world = world();
    let mut body = single("event", 1);
    body["extendedProperties"] = json!({"private": {"mark": "1"}});
    insert(&mut world, body);
    let copy = world.copy_event(EMAIL, "event", SECOND_CALENDAR).unwrap();
    assert_ne!(copy, "event");
    assert_eq!(
        world.event(SECOND_CALENDAR, &copy).unwrap().private["mark"],
        "1"
    );
    world.strip_extended_properties(EMAIL, "event").unwrap();
    assert!(world.event(EMAIL, "event").unwrap().private.is_empty());
}

#[test]
fn an_answer_is_marked_as_the_owners_own() {
    let mut world = world();
    let mut body = single("event", 1);
    body["attendees"] = json!([{"email": "a@x.org"}, {"email": EMAIL}, {"email": "b@x.org"}]);
    insert(&mut world, body);
    world.respond(EMAIL, "event", "declined").unwrap();
    assert!(world.event(EMAIL, "event").unwrap().declined);
    let seen = get(&mut world, "calendars/primary/events/event?maxAttendees=1").body;
    assert_eq!(seen["attendeesOmitted"], true);
    assert!(
        seen["attendees"]
            .as_array()
            .unwrap()
            .iter()
            .any(|guest| guest["self"] == true && guest["responseStatus"] == "declined")
    );
}

#[test]
fn guests_cannot_change_what_the_organizer_decides() {
    let mut world = world();
    let mut body = single("event", 1);
    body["organizer"] = json!({"email": "boss@x.org"});
    world.insert_event(EMAIL, body).unwrap();
    assert_eq!(
        patch(&mut world, "event", json!({"summary": "mine"})).reason(),
        "forbiddenForNonOrganizer"
    );
    assert_eq!(
        patch(&mut world, "event", json!({"colorId": "3"})).status,
        200
    );
}

#[test]
fn birthdays_cannot_be_changed_and_out_of_office_needs_the_primary_calendar() {
    let mut world = world();
    let mut body = single("event", 1);
    body["eventType"] = "birthday".into();
    world.insert_event(EMAIL, body).unwrap();
    assert_eq!(
        patch(&mut world, "event", json!({"summary": "mine"})).reason(),
        "eventTypeRestriction"
    );
    let mut body = single("other", 1);
    body["eventType"] = "outOfOffice".into();
    assert_eq!(
        post(
            &mut world,
            &format!("calendars/{SECOND_CALENDAR}/events"),
            body.clone()
        )
        .status,
        400
    );
    assert_eq!(
        post(&mut world, "calendars/primary/events", body).status,
        200
    );
}

#[test]
fn malformed_bodies_are_refused() {
    let mut world = world();
    for body in [
        json!([]),
        json!("x"),
        json!({"start": 1, "end": 2}),
        json!({"start": {}, "end": {}}),
    ] {
        let status = post(&mut world, "calendars/primary/events", body.clone()).status;
        assert_eq!(status, 400, "{body}");
    }
}
