use super::*;

fn zoned(id: &str, rule: &str) -> Value {
    json!({
        "id": id, "summary": "s",
        "start": {"dateTime": "2026-03-27T09:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-27T10:00:00", "timeZone": "Europe/Berlin"},
        "recurrence": [rule],
    })
}

#[test]
fn a_series_keeps_its_wall_clock_over_a_clock_change() {
    let mut world = world();
    insert(&mut world, zoned("series", "RRULE:FREQ=DAILY;COUNT=4"));
    assert_eq!(busy(&world), ["0327T08", "0328T08", "0329T07", "0330T07"]);
}

#[test]
fn recurrence_bombs_end() {
    let mut world = world();
    for (index, rule) in [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;INTERVAL=65535",
        "FREQ=MINUTELY;BYHOUR=25",
    ]
    .iter()
    .enumerate()
    {
        let answer = post(
            &mut world,
            "calendars/primary/events",
            zoned(&format!("bomb{index}"), &format!("RRULE:{rule}")),
        );
        assert!(matches!(answer.status, 200 | 400), "{rule} {}", answer.text);
    }
    assert!(
        walk(&mut world, "singleEvents=true&maxResults=2500")
            .0
            .len()
            < 20_000
    );
    assert_eq!(list(&mut world, "timeMin=2030-01-01T00:00:00Z").status, 200);
    busy(&world);
}

#[test]
fn an_occurrence_is_changed_by_its_id_and_its_series_stays() {
    let mut world = world();
    let before = insert(&mut world, daily("series", 4));
    let id = "series_20260202T100000Z";
    let mut body = single("x", 2);
    body["start"]["dateTime"] = "2026-02-02T15:00:00Z".into();
    body["end"]["dateTime"] = "2026-02-02T16:00:00Z".into();
    let moved = put(&mut world, id, body);
    assert_eq!(moved.body["recurringEventId"], "series");
    assert_eq!(
        moved.body["originalStartTime"]["dateTime"],
        "2026-02-02T10:00:00Z"
    );
    assert_eq!(delete(&mut world, "series_20260203T100000Z").status, 204);
    assert_eq!(delete(&mut world, "series_20260203T100000Z").status, 410);
    assert_eq!(busy(&world), ["0201T10", "0202T15", "0204T10"]);
    assert_eq!(
        get(&mut world, "calendars/primary/events/series").body["etag"],
        before["etag"]
    );
    assert_eq!(
        get(
            &mut world,
            "calendars/primary/events/series_20260209T100000Z"
        )
        .status,
        404
    );
}

#[test]
fn a_cancelled_occurrence_can_come_back() {
    let mut world = world();
    insert(&mut world, daily("series", 3));
    delete(&mut world, "series_20260202T100000Z");
    assert_eq!(
        patch(
            &mut world,
            "series_20260202T100000Z",
            json!({"status": "confirmed"})
        )
        .status,
        200
    );
    assert_eq!(busy(&world).len(), 3);
}

#[test]
fn new_times_drop_exceptions_and_new_titles_reset_them() {
    let mut world = world();
    insert(&mut world, daily("series", 4));
    let id = "series_20260202T100000Z";
    patch(
        &mut world,
        id,
        json!({"summary": "own", "start": {"dateTime": "2026-02-02T12:00:00Z"}, "end": {"dateTime": "2026-02-02T13:00:00Z"}}),
    );
    delete(&mut world, "series_20260203T100000Z");
    patch(&mut world, "series", json!({"summary": "all"}));
    let kept = world.event(EMAIL, id).unwrap();
    assert_eq!(
        (kept.summary.as_deref(), kept.start.as_deref()),
        (Some("all"), Some("2026-02-02T12:00:00Z"))
    );
    assert_eq!(busy(&world), ["0201T10", "0202T12", "0204T10"]);
    patch(
        &mut world,
        "series",
        json!({"start": {"dateTime": "2026-02-01T09:00:00Z"}}),
    );
    assert_eq!(busy(&world), ["0201T09", "0202T09", "0203T09", "0204T09"]);
    assert_eq!(world.event_count(EMAIL), 1);
}

#[test]
fn dropped_exceptions_are_announced_if_told_to() {
    let mut world = world_with(|knobs| knobs.announce_dropped_exceptions = true);
    insert(&mut world, daily("series", 4));
    patch(
        &mut world,
        "series_20260203T100000Z",
        json!({"summary": "own"}),
    );
    let token = list(&mut world, "").token().to_owned();
    patch(
        &mut world,
        "series",
        json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]}),
    );
    let delta = list(&mut world, &format!("syncToken={token}"));
    assert_eq!(delta.ids(), ["series", "series_20260203T100000Z"]);
    assert_eq!(delta.body["items"][1]["status"], "cancelled");
}

#[test]
fn deleting_a_series_takes_its_exceptions_along() {
    let mut world = world();
    insert(&mut world, daily("series", 4));
    patch(
        &mut world,
        "series_20260203T100000Z",
        json!({"summary": "own"}),
    );
    let token = list(&mut world, "").token().to_owned();
    assert_eq!(delete(&mut world, "series").status, 204);
    assert_eq!(
        list(&mut world, &format!("syncToken={token}")).ids(),
        ["series"]
    );
    assert_eq!(
        get(
            &mut world,
            "calendars/primary/events/series_20260203T100000Z"
        )
        .body["status"],
        "cancelled"
    );
    assert!(busy(&world).is_empty());
}

#[test]
fn this_and_following_makes_a_second_series_with_a_stamped_id() {
    let mut world = world();
    let mut body = zoned("series", "RRULE:FREQ=DAILY;COUNT=5");
    body["extendedProperties"] = json!({"private": {"k": "v"}});
    insert(&mut world, body);
    patch(
        &mut world,
        "series_20260328T080000Z",
        json!({"summary": "early"}),
    );
    patch(
        &mut world,
        "series_20260330T070000Z",
        json!({"summary": "late"}),
    );
    let changes = json!({"summary": "second", "start": {"dateTime": "2026-03-29T11:00:00+02:00"}, "end": {"dateTime": "2026-03-29T12:00:00+02:00"}});
    let id = world
        .ui_split(EMAIL, "series", "2026-03-29T09:00:00", changes)
        .unwrap();
    assert_eq!(id, "series_R20260329T070000");
    assert_eq!(
        busy(&world),
        ["0327T08", "0328T08", "0329T09", "0330T09", "0331T09"]
    );
    let old = world.event_json(EMAIL, "series").unwrap();
    assert_eq!(
        old["recurrence"],
        json!(["RRULE:FREQ=DAILY;UNTIL=20260329T065959Z"])
    );
    let new = world.event_json(EMAIL, &id).unwrap();
    assert_eq!(new["iCalUID"], format!("{id}@google.com"));
    assert_eq!(new["extendedProperties"]["private"]["k"], "v");
    assert!(world.event(EMAIL, "series_20260328T080000Z").is_some());
    assert!(
        !world
            .events(EMAIL)
            .iter()
            .any(|event| event.id == "series_20260330T070000Z")
    );
    assert_eq!(
        get(
            &mut world,
            &format!("calendars/primary/events/{id}_20260330T090000Z")
        )
        .status,
        200
    );
}

#[test]
fn all_day_series_have_dates_in_their_ids() {
    let mut world = world();
    let body = json!({"id": "series", "start": {"date": "2026-03-28"}, "end": {"date": "2026-03-29"}, "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20260330"]});
    insert(&mut world, body);
    let id = world
        .cancel_occurrence(EMAIL, "series", "2026-03-29")
        .unwrap();
    assert_eq!(id, "series_20260329");
    assert_eq!(busy(&world), ["0328T00", "0330T00"]);
    let id = world
        .ui_split(EMAIL, "series", "2026-03-30", json!({}))
        .unwrap();
    assert_eq!(id, "series_R20260330");
    assert_eq!(busy(&world), ["0328T00", "0330T00"]);
}

#[test]
fn instances_are_listed_filtered_and_paged() {
    let mut world = world();
    insert(&mut world, daily("series", 5));
    delete(&mut world, "series_20260203T100000Z");
    let path = "calendars/primary/events/series/instances";
    assert_eq!(get(&mut world, path).ids().len(), 4);
    assert_eq!(
        get(&mut world, &format!("{path}?showDeleted=true"))
            .ids()
            .len(),
        5
    );
    assert_eq!(
        get(
            &mut world,
            &format!("{path}?originalStart=2026-02-02T11:00:00%2B01:00")
        )
        .ids(),
        ["series_20260202T100000Z"]
    );
    let first = get(&mut world, &format!("{path}?maxResults=3"));
    let page = first.body["nextPageToken"].as_str().unwrap().to_owned();
    assert_eq!(
        get(&mut world, &format!("{path}?maxResults=3&pageToken={page}")).ids(),
        ["series_20260205T100000Z"]
    );
    let cancelled = get(
        &mut world,
        "calendars/primary/events/series_20260203T100000Z/instances",
    );
    assert_eq!((cancelled.status, cancelled.ids().len()), (200, 0));
}
