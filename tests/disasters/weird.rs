//! Events that no sane person has, and that Google's servers hand out all the same: no panic, bounded time, each
//! one mirrored, skipped or parked by itself, and the plain event beside it in step.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed};
use crate::wiretap::rewritten;

/// What has to become of a strange event.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Becomes {
    /// So many blocks on each target.
    Blocks(usize),
    /// Set aside, visibly.
    Parked,
    /// Either, as long as it is one of them.
    Any,
}

fn events() -> Vec<(&'static str, Value, Becomes)> {
    use Becomes::{Any, Blocks, Parked};
    let when = |start: Value, end: Value| json!({"start": start, "end": end});
    let at = |text: &str| json!({"dateTime": text});
    let plain = || when(at("2026-03-09T10:00:00Z"), at("2026-03-09T11:00:00Z"));
    let with = |extra: Value| {
        let mut event = plain();
        for (key, value) in extra.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    let repeating = |lines: Value| {
        let mut event = when(
            json!({"dateTime": "2026-03-09T10:00:00+01:00", "timeZone": "Europe/Berlin"}),
            json!({"dateTime": "2026-03-09T11:00:00+01:00", "timeZone": "Europe/Berlin"}),
        );
        event["recurrence"] = lines;
        event
    };
    let excluded: Vec<String> = (0..10_000)
        .map(|n| {
            format!(
                "EXDATE;TZID=Europe/Berlin:20{:02}{:02}{:02}T100000",
                27 + n / 336,
                n % 336 / 28 + 1,
                n % 28 + 1
            )
        })
        .collect();
    let lines: Vec<Value> = std::iter::once(json!("RRULE:FREQ=DAILY"))
        .chain(excluded.iter().map(|line| json!(line)))
        .collect();
    vec![
        (
            "start after end",
            when(at("2026-03-09T11:00:00Z"), at("2026-03-09T10:00:00Z")),
            Parked,
        ),
        (
            "days backwards",
            when(json!({"date": "2026-03-10"}), json!({"date": "2026-03-09"})),
            Parked,
        ),
        (
            "no time at all",
            when(at("2026-03-09T11:00:00Z"), at("2026-03-09T11:00:00Z")),
            Blocks(0),
        ),
        (
            "no day at all",
            when(json!({"date": "2026-03-09"}), json!({"date": "2026-03-09"})),
            Blocks(0),
        ),
        (
            "no start",
            json!({"end": at("2026-03-09T11:00:00Z")}),
            Parked,
        ),
        (
            "no end",
            json!({"start": at("2026-03-09T11:00:00Z")}),
            Parked,
        ),
        ("null times", when(json!(null), json!(null)), Parked),
        ("empty times", when(json!({}), json!({})), Parked),
        (
            "a day and an hour",
            when(json!({"date": "2026-03-09"}), at("2026-03-09T11:00:00Z")),
            Parked,
        ),
        (
            "both a day and an hour",
            when(
                json!({"date": "2026-03-09", "dateTime": "2026-03-09T10:00:00Z"}),
                at("2026-03-09T11:00:00Z"),
            ),
            Parked,
        ),
        (
            "the last year",
            when(at("9999-12-30T10:00:00Z"), at("9999-12-30T11:00:00Z")),
            Any,
        ),
        (
            "the end of time",
            when(json!({"date": "9999-12-31"}), json!({"date": "9999-12-31"})),
            Any,
        ),
        (
            "beyond the end of time",
            when(
                json!({"date": "9999-12-31"}),
                json!({"date": "10000-01-01"}),
            ),
            Parked,
        ),
        (
            "the first year",
            when(json!({"date": "0001-01-01"}), json!({"date": "0001-01-02"})),
            Blocks(0),
        ),
        (
            "before the first year",
            when(
                json!({"date": "-0001-01-01"}),
                json!({"date": "0001-01-02"}),
            ),
            Any,
        ),
        (
            "a year of four thousand days",
            when(json!({"date": "2026-01-01"}), json!({"date": "2036-12-31"})),
            Blocks(1),
        ),
        (
            "no such day",
            when(json!({"date": "2026-02-30"}), json!({"date": "2026-03-02"})),
            Parked,
        ),
        (
            "a leap second",
            when(at("2026-06-30T23:59:60Z"), at("2026-07-01T01:00:00Z")),
            Any,
        ),
        (
            "fractions of seconds",
            when(
                at("2026-03-09T10:00:00.123456789Z"),
                at("2026-03-09T11:00:00.5Z"),
            ),
            Any,
        ),
        (
            "an unknown zone on a single event",
            when(
                json!({"dateTime": "2026-03-09T10:00:00Z", "timeZone": "Mars/Olympus"}),
                at("2026-03-09T11:00:00Z"),
            ),
            Any,
        ),
        (
            "a long title",
            with(json!({"summary": "x".repeat(8_192)})),
            Blocks(1),
        ),
        (
            "a title of a megabyte",
            with(json!({"summary": "\u{1F4C5}".repeat(262_144)})),
            Blocks(1),
        ),
        (
            "control characters",
            with(json!({"summary": "a\u{0}b\u{1b}[31m\u{202e}c\r\nd", "description": "\u{feff}"})),
            Blocks(1),
        ),
        (
            "two hundred guests",
            with(
                json!({"attendees": (0..200).map(|n| json!({"email": format!("guest{n}@example.com"), "responseStatus": "declined"})).collect::<Vec<_>>()}),
            ),
            Blocks(1),
        ),
        (
            "ten thousand guests",
            with(
                json!({"attendees": (0..10_000).map(|n| json!({"email": format!("guest{n}@example.com")})).collect::<Vec<_>>()}),
            ),
            Blocks(1),
        ),
        (
            "guests that are none",
            with(
                json!({"attendees": [null, 3, "me", {"self": true}, {"self": true, "responseStatus": 7}]}),
            ),
            Any,
        ),
        (
            "values of other kinds",
            with(
                json!({"summary": 7, "transparency": 1, "visibility": [], "recurrence": "RRULE:FREQ=DAILY"}),
            ),
            Any,
        ),
        (
            "unknown kinds",
            with(
                json!({"status": "postponed", "eventType": "somethingNew", "visibility": "galactic", "newField": {"deep": [1]}}),
            ),
            Any,
        ),
        (
            "every second",
            repeating(json!(["RRULE:FREQ=SECONDLY"])),
            Any,
        ),
        (
            "a thousand million times",
            repeating(json!(["RRULE:FREQ=DAILY;COUNT=1000000000"])),
            Any,
        ),
        ("ten thousand exclusions", repeating(json!(lines)), Any),
        (
            "a rule of nonsense",
            repeating(json!([
                "RRULE:FREQ=YEARLY;BYMONTH=13;BYSETPOS=999,-999;BYDAY=99XX"
            ])),
            Any,
        ),
        (
            "no rule but a date",
            repeating(json!(["RDATE;TZID=Europe/Berlin:20260320T100000"])),
            Any,
        ),
        (
            "two rules",
            repeating(json!([
                "RRULE:FREQ=WEEKLY;COUNT=2",
                "RRULE:FREQ=MONTHLY;COUNT=2"
            ])),
            Any,
        ),
        (
            "a line break in a rule",
            repeating(json!([
                "RRULE:FREQ=DAILY;COUNT=2\r\nATTENDEE:mailto:x@example.com"
            ])),
            Parked,
        ),
        (
            "a NUL in a rule",
            repeating(json!(["RRULE:FREQ=DAILY\u{0}"])),
            Parked,
        ),
        ("an empty rule", repeating(json!([""])), Any),
        (
            "a series in an unknown zone",
            {
                let mut event = repeating(json!(["RRULE:FREQ=DAILY;COUNT=2"]));
                event["start"]["timeZone"] = json!("Mars/Olympus");
                event
            },
            Parked,
        ),
        (
            "an exception of nothing",
            with(json!({"recurringEventId": "nothing"})),
            Parked,
        ),
        (
            "properties that are none",
            with(json!({"extendedProperties": "tidelock"})),
            Any,
        ),
        (
            "properties by the thousand",
            with(
                json!({"extendedProperties": {"private": (0..1_000).map(|n| (format!("key{n}"), json!("v"))).collect::<serde_json::Map<_, _>>()}}),
            ),
            Blocks(1),
        ),
    ]
}

/// Puts `item` in place of a plain event, in lists and in answers alike.
fn disguised(page: &mut Value, item: &Value) {
    for listed in page["items"].as_array_mut().into_iter().flatten() {
        if listed["id"] == "strange" && listed["status"] != "cancelled" {
            let mut strange =
                json!({"id": "strange", "etag": listed["etag"], "status": "confirmed"});
            for (key, value) in item.as_object().unwrap() {
                strange[key] = value.clone();
            }
            *listed = strange;
        }
    }
}

async fn check(bench: &Bench, label: &str, event: Value, becomes: Becomes) {
    bench.edit(|google| {
        google
            .replace_event(&name(0), "strange", timed("strange", 4, 4))
            .unwrap()
    });
    let tap = bench.tap();
    tap.set(move |asked, perform| match asked.operation.as_str() {
        "events.list" if asked.calendar == name(0) => {
            rewritten(perform(), |page| disguised(page, &event))
        }
        _ => perform(),
    });
    let worker = tap.worker();
    let driven = bench
        .drive_for(&worker, Duration::from_secs(6 * 3600))
        .await;
    assert!(driven.quiet, "{label}: {driven:?}");
    let rows = bench.view(0).await.rows;
    let row = rows.iter().find(|row| row.key.as_str() == "strange");
    let parked = row.is_some_and(|row| {
        row.parked.is_some()
            || (!row.mirrors.is_empty()
                && row.mirrors.values().all(|mirror| mirror.parked.is_some()))
    });
    let blocks = [1, 2].map(|n| bench.blocks(n).len() - 1);
    match becomes {
        Becomes::Blocks(count) => assert_eq!((blocks, parked), ([count; 2], false), "{label}"),
        Becomes::Parked => assert!(parked, "{label}: {row:?}"),
        Becomes::Any => assert!(
            blocks[0] <= 1 && blocks[0] == blocks[1],
            "{label}: {blocks:?}"
        ),
    }
    bench.world.google().clear_log();
    let driven = bench
        .drive_for(&worker, Duration::from_secs(6 * 3600))
        .await;
    assert!(driven.quiet, "{label}: {driven:?}");
    assert_eq!(bench.google_writes(), [], "{label}");
    // It becomes an ordinary event, then goes: nothing of it is left.
    bench.edit(|google| {
        google
            .patch_event(&name(0), "strange", json!({"description": label}))
            .unwrap()
    });
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    assert_eq!(bench.faults(), [], "{label}");
    assert_eq!(bench.blocks(1).len(), 2, "{label}");
    bench.edit(|google| google.delete_event(&name(0), "strange").unwrap());
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    assert_eq!([1, 2].map(|n| bench.blocks(n).len()), [1, 1], "{label}");
}

#[tokio::test(start_paused = true)]
async fn strange_events_are_mirrored_skipped_or_parked_each_by_itself() {
    for (label, event, becomes) in events() {
        let bench = Bench::with(3, |google| {
            google.insert_event(&name(0), timed("plain", 3, 9)).unwrap();
            google
                .insert_event(&name(0), timed("strange", 4, 4))
                .unwrap();
        })
        .await;
        check(&bench, label, event, becomes).await;
    }
}

/// An event that says of itself that it is an exception: of itself, of nothing, or of nothing and a series too.
#[tokio::test(start_paused = true)]
async fn events_that_claim_to_be_exceptions_do_not_disturb_the_others() {
    for (series, recurrence) in [
        ("strange", json!(null)),
        ("nothing", json!(null)),
        ("nothing", json!(["RRULE:FREQ=DAILY;COUNT=2"])),
    ] {
        let bench = Bench::with(2, |google| {
            google.insert_event(&name(0), timed("plain", 3, 9)).unwrap();
            google
                .insert_event(&name(0), timed("strange", 4, 4))
                .unwrap();
        })
        .await;
        let tap = bench.tap();
        tap.set(move |asked, perform| match asked.operation.as_str() {
            "events.list" if asked.calendar == name(0) => rewritten(perform(), |page| {
                for item in page["items"].as_array_mut().into_iter().flatten() {
                    if item["id"] == "strange" {
                        item["recurringEventId"] = json!(series);
                        item["originalStartTime"] = json!({"dateTime": "2026-03-09T10:00:00Z"});
                        item["recurrence"] = recurrence.clone();
                    }
                }
            }),
            _ => perform(),
        });
        let worker = tap.worker();
        for _ in 0..2 {
            let driven = bench.drive_with(&worker).await;
            assert!(driven.quiet, "{series}: {driven:?}");
            assert_eq!(bench.faults(), [], "{series}");
        }
        bench.edit(|google| google.delete_event(&name(0), "plain").unwrap());
        let driven = bench.drive_with(&worker).await;
        assert!(driven.quiet, "{series}: {driven:?}");
        assert_eq!(bench.blocks(1).len(), 1, "{series}");
    }
}

#[tokio::test(start_paused = true)]
async fn ids_of_any_length_and_look_are_mirrored_and_taken_back() {
    let long = "a".repeat(1_024);
    let longer = format!("b{}", "0".repeat(1_000));
    for id in [
        long.as_str(),
        longer.as_str(),
        "_60q30c1g60o30e1i60o4ac1g60rj8gpl88rj2c1h84s34h9g60s30c1g60o30c1g",
        "abc_R20260303T090000",
        "tidelocked",
        "v".repeat(600).as_str(),
    ] {
        let bench = Bench::with(2, |google| {
            google.insert_event(&name(0), timed(id, 3, 9)).unwrap();
            google.insert_event(&name(0), timed("plain", 4, 9)).unwrap();
        })
        .await;
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        let ours = id.starts_with(super::BLOCK);
        assert_eq!(bench.blocks(1).len(), if ours { 1 } else { 2 }, "{id}");
        assert!(bench.blocks(1).iter().all(|block| block.id.len() <= 1_024));
        bench.lose_the_table().await;
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        bench.edit(|google| google.delete_event(&name(0), id).unwrap());
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        assert_eq!(bench.blocks(1).len(), 1, "{id}");
        assert_eq!(bench.faults(), [], "{id}");
    }
}

/// Entries that are no events at all.
#[tokio::test(start_paused = true)]
async fn entries_without_a_usable_id_are_passed_over() {
    let bench = Bench::with(3, |google| {
        google.insert_event(&name(0), timed("plain", 3, 9)).unwrap();
    })
    .await;
    let tap = bench.tap();
    tap.set(|asked, perform| match asked.operation.as_str() {
        "events.list" => rewritten(perform(), |page| {
            let mut items = page["items"].as_array().cloned().unwrap_or_default();
            for junk in [
                json!(null),
                json!(7),
                json!("text"),
                json!([]),
                json!({}),
                json!({"id": null}),
                json!({"id": ""}),
                json!({"id": 5}),
                json!({"id": "a#b/../c"}),
                json!({"id": "x".repeat(5_000)}),
                json!({"id": "x\ny"}),
            ] {
                items.insert(0, junk.clone());
                items.push(junk);
            }
            page["items"] = Value::Array(items);
        }),
        _ => perform(),
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.faults(), []);
    bench.settle_for_good().await;
}
