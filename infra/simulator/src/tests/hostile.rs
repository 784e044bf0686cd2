use std::time::{Duration, Instant};

use super::*;
use crate::ics;

/// Parts that rules are made of, sensible and not.
const PARTS: &[&str] = &[
    "FREQ=SECONDLY",
    "FREQ=MINUTELY",
    "FREQ=HOURLY",
    "FREQ=DAILY",
    "FREQ=WEEKLY",
    "FREQ=MONTHLY",
    "FREQ=YEARLY",
    "INTERVAL=1",
    "INTERVAL=65535",
    "INTERVAL=0",
    "COUNT=1000000000",
    "COUNT=0",
    "COUNT=3",
    "UNTIL=99991231T235959Z",
    "UNTIL=00010101",
    "UNTIL=x",
    "BYDAY=MO,FR",
    "BYDAY=5SU",
    "BYDAY=-53MO",
    "BYMONTH=2",
    "BYMONTHDAY=31",
    "BYMONTHDAY=-31",
    "BYSETPOS=-1",
    "BYSETPOS=366",
    "BYYEARDAY=366",
    "BYWEEKNO=53",
    "BYHOUR=0,23",
    "BYMINUTE=59",
    "BYSECOND=59",
    "WKST=SU",
    "RSCALE=GREGORIAN",
    "=",
    "BYDAY",
];
const STARTS: &[&str] = &[
    "0001-01-01",
    "1583-02-28",
    "1900-02-28",
    "2026-02-28",
    "9999-12-30",
];

fn hostile(rng: &mut fastrand::Rng, index: u32) -> Value {
    let mut parts = vec![PARTS[rng.usize(..7)]];
    parts.extend((0..rng.usize(..4)).map(|_| PARTS[rng.usize(7..PARTS.len())]));
    let date = STARTS[rng.usize(..STARTS.len())];
    let zone = ["UTC", "Europe/Berlin", "Pacific/Apia", "America/Havana"][rng.usize(..4)];
    let lines = json!([
        format!("RRULE:{}", parts.join(";")),
        "EXDATE;TZID=Europe/Berlin:20260301T000000",
        "RDATE;VALUE=DATE:20260401"
    ]);
    let times = if rng.bool() {
        json!({"start": {"date": date}, "end": {"date": format!("{}1", &date[..9])}})
    } else {
        let time =
            |hour: u8| json!({"dateTime": format!("{date}T{hour:02}:30:00"), "timeZone": zone});
        json!({"start": time(0), "end": time(23)})
    };
    let mut body = json!({"id": format!("hostile{index}"), "recurrence": lines});
    body.as_object_mut()
        .unwrap()
        .extend(times.as_object().unwrap().clone());
    body
}

#[test]
fn no_rule_panics_or_takes_long() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut accepted = 0;
    let mut slowest = (Duration::ZERO, String::new());
    for index in 0..400 {
        let mut world = world();
        let body = hostile(&mut rng, index);
        let start = Instant::now();
        let answer = post(&mut world, "calendars/primary/events", body.clone());
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text);
        if answer.status == 200 {
            accepted += 1;
            list(
                &mut world,
                "singleEvents=true&timeMin=2026-01-01T00:00:00Z&timeMax=2027-01-01T00:00:00Z",
            );
            list(&mut world, "timeMin=9999-01-01T00:00:00Z");
            get(
                &mut world,
                &format!("calendars/primary/events/hostile{index}_20260301"),
            );
        }
        slowest = slowest.max((start.elapsed(), body["recurrence"][0].to_string()));
    }
    assert!(accepted > 50, "{accepted}");
    assert!(slowest.0 < Duration::from_secs(20), "{slowest:?}");
}

#[test]
fn no_request_panics() {
    let mut rng = fastrand::Rng::with_seed(11);
    let mut world = world();
    insert(&mut world, daily("series", 5));
    let ids = [
        "series",
        "series_20260202T100000Z",
        "series_",
        "_",
        "",
        "%FF",
        "series_20269999",
        "a/b",
    ];
    let queries = [
        "",
        "?maxResults=0",
        "?maxResults=99999999999999999999",
        "?timeMin=x",
        "?fields=((",
        "?pageToken=x",
        "?syncToken=",
        "?timeZone=Mars",
        "?timeMin=0000-01-01T00:00:00Z&singleEvents=true",
        "?timeMax=9999-12-31T23:59:59-23:59",
        "?originalStart=1",
    ];
    let tails = ["", "/instances", "/move", "/watch", "/nonsense"];
    let bodies = [
        json!(null),
        json!({}),
        json!({"start": {"dateTime": "9999-12-31T23:59:59-12:00"}, "end": {"dateTime": "0000-01-01T00:00:00+12:00"}}),
        json!({"start": {"date": "9999-12-31"}, "end": {"date": "0001-01-01"}}),
        json!({"extendedProperties": {"private": {"a": 1}}}),
        json!({"attendees": {"x": 1}, "recurrence": "x"}),
        json!({"status": "cancelled"}),
        json!({"sequence": -1}),
    ];
    for _ in 0..4_000 {
        let method = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ][rng.usize(..5)]
        .clone();
        let (id, tail, query) = (
            ids[rng.usize(..ids.len())],
            tails[rng.usize(..tails.len())],
            queries[rng.usize(..queries.len())],
        );
        let path = format!("calendars/primary/events/{id}{tail}{query}");
        send(
            &mut world,
            method,
            &path,
            &[],
            Some(bodies[rng.usize(..bodies.len())].clone()),
        );
    }
    assert!(
        world
            .log()
            .iter()
            .all(|request| request.status.is_some_and(|status| status < 500))
    );
}

#[test]
fn a_calendar_file_cut_off_anywhere_is_an_error_and_never_a_part() {
    let file = "BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:Europe/Berlin\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Europe/Berlin:20260101T100000\r\n\
        DURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\nBEGIN:VALARM\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\nSUMMARY:folded \u{e4}\r\n  on\r\nEND:VEVENT\r\nEND:VCALENDAR";
    assert!(ics::parse(file).is_ok());
    for end in (0..file.len()).filter(|end| file.is_char_boundary(*end)) {
        assert!(ics::parse(&file[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn damaged_calendar_files_never_panic() {
    let file = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T100000Z\nDTEND:20260101T110000Z\nRRULE:FREQ=DAILY;UNTIL=20260103\nEXDATE:20260102T100000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    let mut rng = fastrand::Rng::with_seed(13);
    for _ in 0..3_000 {
        let mut bytes = file.as_bytes().to_vec();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..bytes.len());
            bytes[at] = rng.u8(b' '..0x7f);
        }
        if let Ok(mut file) = ics::parse(&String::from_utf8_lossy(&bytes)) {
            file.shift("9999-01-01T00:00:00Z".parse().unwrap());
            file.shift("0001-01-01T00:00:00Z".parse().unwrap());
            let _either = world().load_ics(EMAIL, &file);
        }
    }
}
