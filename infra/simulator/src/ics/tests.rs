use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::*;
use crate::{EMAIL, Settings, Simulator, default_world};

fn file(events: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Mine\r\nX-WR-TIMEZONE:Europe/Berlin\r\n{events}END:VCALENDAR\r\n"
    )
}

fn event(lines: &str) -> String {
    file(&format!(
        "BEGIN:VEVENT\r\nUID:u1\r\n{lines}\r\nEND:VEVENT\r\n"
    ))
}

fn loaded(text: &str) -> (Simulator, Loaded) {
    let mut world = default_world(Settings::default());
    let file = parse(text).unwrap();
    let loaded = world.load_ics(EMAIL, &file).unwrap();
    (world, loaded)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn busy(world: &Simulator) -> Vec<String> {
    let found = world.occurrences(
        EMAIL,
        at("2000-01-01T00:00:00Z"),
        at("2040-01-01T00:00:00Z"),
    );
    found
        .iter()
        .map(|one| {
            format!(
                "{}/{}",
                one.start.format("%Y%m%dT%H%M"),
                one.end.format("%Y%m%dT%H%M")
            )
        })
        .collect()
}

#[test]
fn ends_follow_from_dtend_duration_or_nothing() {
    let end = |lines: &str| busy(&loaded(&event(lines)).0);
    assert_eq!(
        end("DTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z"),
        ["20260301T1000/20260301T1100"]
    );
    assert_eq!(
        end("DTSTART;TZID=Europe/Berlin:20260701T100000\r\nDURATION:PT1H30M"),
        ["20260701T0800/20260701T0930"]
    );
    assert_eq!(
        end("DTSTART;VALUE=DATE:20260301"),
        ["20260301T0000/20260302T0000"]
    );
    let world = loaded(&event("DTSTART:20260301T100000")).0;
    let zero = &world.events(EMAIL)[0];
    assert_eq!(zero.start, zero.end);
    assert_eq!(zero.start.as_deref(), Some("2026-03-01T09:00:00Z"));
}

#[test]
fn a_series_keeps_its_exclusions_additions_and_overrides() {
    let series = "BEGIN:VEVENT\r\nUID:s\r\nDTSTART;TZID=Europe/Berlin:20260324T100000\r\nDTEND;TZID=Europe/Berlin:20260324T110000\r\n\
        RRULE:FREQ=DAILY;COUNT=6\r\nEXDATE;TZID=Europe/Berlin:20260325T100000\r\nRDATE;TZID=Europe/Berlin:20260410T100000\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID;TZID=Europe/Berlin:20260326T100000\r\nDTSTART:20260326T150000Z\r\nDTEND:20260326T160000Z\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20260327T090000Z\r\nSTATUS:CANCELLED\r\nDTSTART:20260327T090000Z\r\nDTEND:20260327T100000Z\r\nEND:VEVENT\r\n";
    let (world, count) = loaded(&file(series));
    assert_eq!(
        count,
        Loaded {
            singles: 0,
            series: 1,
            overrides: 2
        }
    );
    let expected = [
        "20260324T0900/20260324T1000",
        "20260326T1500/20260326T1600",
        "20260328T0900/20260328T1000",
        "20260329T0800/20260329T0900",
        "20260410T0800/20260410T0900",
    ];
    assert_eq!(busy(&world), expected);
}

#[test]
fn the_same_file_gives_the_same_ids_and_equal_uids_stay_apart() {
    let one = "BEGIN:VEVENT\r\nUID:7\r\nDTSTART;VALUE=DATE:20260301\r\nEND:VEVENT\r\n";
    let two = file(&format!("{one}{}", one.replace("0301", "0401")));
    let ids = |world: &Simulator| {
        world
            .events(EMAIL)
            .into_iter()
            .map(|event| event.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&loaded(&two).0), ids(&loaded(&two).0));
    assert_eq!(loaded(&two).1.singles, 2);
    assert!(ids(&loaded(&two).0).iter().all(|id| {
        id.bytes()
            .all(|byte| b"0123456789abcdefghijklmnopqrstuv".contains(&byte))
    }));
}

#[test]
fn names_have_no_case() {
    let text = event("DTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z");
    for name in [
        "BEGIN",
        "END",
        "VCALENDAR",
        "VEVENT",
        "DTSTART",
        "DTEND",
        "UID",
    ] {
        let lower = text.replace(name, &name.to_lowercase());
        assert_eq!(busy(&loaded(&lower).0), ["20260301T1000/20260301T1100"]);
    }
}

#[test]
fn a_broken_file_names_the_line_and_what_to_do() {
    let check = |text: &str, line: usize, word: &str| {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.what.contains(word), "{error}");
        assert!(!error.fix.is_empty());
    };
    check("", 1, "empty");
    check("hello", 1, "not a content line");
    check("BEGIN:VEVENT\r\nEND:VEVENT\r\n", 1, "BEGIN:VEVENT");
    check(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
        2,
        "END:VCALENDAR is missing",
    );
    check(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        3,
        "does not match",
    );
    check(&event("SUMMARY:no start"), 4, "without DTSTART");
    check(&event("DTSTART:20261301T000000Z"), 6, "not a date");
    check(
        &event("DTSTART:20260101T000000Z\r\nDTEND:yesterday"),
        7,
        "not a date",
    );
    check(
        &event("SUMMARY:folded\r\n over\r\n lines\r\nDTSTART:x"),
        9,
        "not a date",
    );
    check(
        &event("DTSTART;TZID=Mars/Olympus:20260101T000000"),
        6,
        "unknown time zone",
    );
    check(
        &event("DTSTART:20260102T000000Z\r\nDTEND:20260101T000000Z"),
        7,
        "before",
    );
    check(
        &event("DTSTART:20260102T000000Z\r\nDTEND;VALUE=DATE:20260103"),
        7,
        "both",
    );
    check(
        &event("DTSTART:20260102T000000Z\r\nRRULE:FREQ=NEVER"),
        7,
        "RRULE",
    );
    check(
        &event("DTSTART:20260102T000000Z\r\nDURATION:1 hour"),
        7,
        "DURATION",
    );
    for part in ["COUNT=0", "interval=0"] {
        let rule = format!("DTSTART:20260102T000000Z\r\nRRULE:FREQ=DAILY;{part}");
        check(&event(&rule), 7, "COUNT=0 or INTERVAL=0");
    }
    for length in ["P999999D", "P99999999999D", "P99999999999999999999D"] {
        let long = format!("DTSTART:20260102T000000Z\r\nDURATION:{length}");
        check(&event(&long), 7, "DURATION");
    }
    check(
        &event("DTSTART:20260102T000000Z\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260102T000000Z"),
        7,
        "RANGE",
    );
    check(
        &event("DTSTART:20260102T000000Z\r\nno colon here"),
        7,
        "content line",
    );
}

#[test]
fn shifting_keeps_weekdays_wall_clocks_and_the_shape_of_series() {
    let series = "DTSTART;TZID=Europe/Berlin:20190304T140000\r\nDTEND;TZID=Europe/Berlin:20190304T150000\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20190331T215959Z\r\nEXDATE;TZID=Europe/Berlin:20190311T140000";
    let mut file = parse(&event(series)).unwrap();
    let before = loaded(&event(series)).0;
    let weeks = file.shift(at("2026-07-08T00:00:00Z"));
    let mut world = default_world(Settings::default());
    world.load_ics(EMAIL, &file).unwrap();
    let local = |world: &Simulator| {
        let found = world.occurrences(
            EMAIL,
            at("2000-01-01T00:00:00Z"),
            at("2040-01-01T00:00:00Z"),
        );
        found
            .iter()
            .map(|one| one.start.with_timezone(&Tz::Europe__Berlin).naive_local())
            .collect::<Vec<_>>()
    };
    let expected: Vec<_> = local(&before)
        .into_iter()
        .map(|start| start + Duration::weeks(weeks))
        .collect();
    assert_eq!(expected.len(), 3);
    assert_eq!(local(&world), expected);
}

#[test]
fn an_override_of_no_occurrence_makes_one() {
    let series = "DTSTART;TZID=Europe/Berlin:20190304T140000\r\nDTEND;TZID=Europe/Berlin:20190304T150000\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n\
        END:VEVENT\r\nBEGIN:VEVENT\r\nUID:u1\r\nRECURRENCE-ID;TZID=Europe/Berlin:20190305T140000\r\n\
        DTSTART;TZID=Europe/Berlin:20190306T140000\r\nDTEND;TZID=Europe/Berlin:20190306T150000";
    let (world, _) = loaded(&event(series));
    let found = world.occurrences(
        EMAIL,
        at("2019-01-01T00:00:00Z"),
        at("2020-01-01T00:00:00Z"),
    );
    let starts: Vec<_> = found.iter().map(|one| one.start.to_rfc3339()).collect();
    let expected = [
        "2019-03-04T13:00:00+00:00",
        "2019-03-06T13:00:00+00:00",
        "2019-03-11T13:00:00+00:00",
    ];
    assert_eq!(starts, expected);
    let moved = found.get(1).and_then(|one| one.original_start).unwrap();
    let series = found.first().and_then(|one| one.master_id.clone()).unwrap();
    let original = moved.with_timezone(&Tz::Europe__Berlin).to_rfc3339();
    assert!(world.occurrence_id(EMAIL, &series, &original).is_ok());
}
