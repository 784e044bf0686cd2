//! Whole days stay whole days, whatever the zones of the two calendars.

use serde_json::json;
use simulator::EventSummary;

use super::days;
use crate::bench::{Bench, name};

/// A zone for every offset from -12 to +14, and a few between the hours.
const ZONES: &[&str] = &[
    "Etc/GMT+12",
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "Pacific/Marquesas",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Halifax",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Atlantic/South_Georgia",
    "Atlantic/Azores",
    "UTC",
    "Europe/Berlin",
    "Africa/Cairo",
    "Europe/Moscow",
    "Asia/Tehran",
    "Asia/Dubai",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Noumea",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

fn brief(events: &[EventSummary]) -> Vec<(Option<String>, Option<String>, Vec<String>)> {
    let mut brief: Vec<_> = events
        .iter()
        .map(|event| {
            assert!(event.all_day, "{event:?}");
            (
                event.start.clone(),
                event.end.clone(),
                event.recurrence.clone(),
            )
        })
        .collect();
    brief.sort();
    brief
}

/// All zones at once: a calendar in each, and whole days on the one in `source`.
async fn check(source: usize) {
    let bench = Bench::in_zones(ZONES, |google| {
        let calendar = name(source);
        google
            .insert_event(&calendar, days("oneday", "2026-03-09", "2026-03-10"))
            .unwrap();
        google
            .insert_event(&calendar, days("dstday", "2026-03-29", "2026-03-30"))
            .unwrap();
        google
            .insert_event(&calendar, days("week", "2026-03-06", "2026-03-13"))
            .unwrap();
        let mut series = days("series", "2026-03-02", "2026-03-03");
        series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=9"]);
        google.insert_event(&calendar, series).unwrap();
        google
            .cancel_occurrence(&calendar, "series", "2026-03-16")
            .unwrap();
        google
            .move_occurrence(
                &calendar,
                "series",
                "2026-03-30",
                json!({"date": "2026-04-01"}),
                json!({"date": "2026-04-03"}),
            )
            .unwrap();
    })
    .await;
    bench.settle().await;
    let day = |start: &str, end: &str| (Some(start.to_owned()), Some(end.to_owned()), vec![]);
    let rule = vec!["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=9".to_owned()];
    let expected = vec![
        (Some("2026-03-02".into()), Some("2026-03-03".into()), rule),
        day("2026-03-06", "2026-03-13"),
        day("2026-03-09", "2026-03-10"),
        day("2026-03-29", "2026-03-30"),
        day("2026-04-01", "2026-04-03"),
    ];
    for target in (0..ZONES.len()).filter(|target| *target != source) {
        let label = format!("{} on {}", ZONES[source], ZONES[target]);
        assert_eq!(brief(&bench.blocks(target)), expected, "{label}");
    }
    bench.world.google().clear_log();
    bench.settle().await;
    assert_eq!(bench.google_writes(), []);
}

#[tokio::test(start_paused = true)]
async fn all_day_stays_all_day_from_the_westernmost_zone_to_all() {
    check(0).await;
}

#[tokio::test(start_paused = true)]
async fn all_day_stays_all_day_from_the_easternmost_zone_to_all() {
    check(ZONES.len() - 1).await;
}

#[tokio::test(start_paused = true)]
async fn all_day_stays_all_day_from_every_zone_to_the_extremes() {
    for zone in ZONES {
        let zones = [zone, "Etc/GMT+12", "Pacific/Kiritimati"];
        let bench = Bench::in_zones(&zones, |google| {
            google
                .insert_event(&name(0), days("week", "2026-03-06", "2026-03-13"))
                .unwrap();
            let mut series = days("series", "2026-03-02", "2026-03-04");
            series["recurrence"] = json!(["RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260420"]);
            google.insert_event(&name(0), series).unwrap();
        })
        .await;
        bench.settle().await;
        for target in 1..3 {
            let blocks = brief(&bench.blocks(target));
            let starts: Vec<_> = blocks
                .iter()
                .map(|(start, end, _)| (start.as_deref().unwrap(), end.as_deref().unwrap()))
                .collect();
            assert_eq!(
                starts,
                [("2026-03-02", "2026-03-04"), ("2026-03-06", "2026-03-13")],
                "{zone}"
            );
        }
        // Moved by one day, it is one day later everywhere.
        bench.edit(|google| {
            google
                .replace_event(&name(0), "week", days("week", "2026-03-07", "2026-03-08"))
                .unwrap()
        });
        bench.settle().await;
        let blocks = brief(&bench.blocks(2));
        assert_eq!(blocks[1].0.as_deref(), Some("2026-03-07"), "{zone}");
    }
}

#[tokio::test(start_paused = true)]
async fn whole_days_and_hours_turn_into_each_other() {
    for zones in [
        ["Pacific/Kiritimati", "Etc/GMT+12"],
        ["Etc/GMT+12", "Pacific/Kiritimati"],
    ] {
        let bench = Bench::in_zones(&zones, |google| {
            google
                .insert_event(&name(0), crate::bench::timed("event", 9, 9))
                .unwrap();
        })
        .await;
        bench.settle().await;
        for _ in 0..2 {
            bench.edit(|google| {
                google
                    .replace_event(&name(0), "event", days("event", "2026-03-09", "2026-03-10"))
                    .unwrap()
            });
            bench.settle().await;
            assert_eq!(bench.block(1).start.as_deref(), Some("2026-03-09"));
            bench.edit(|google| {
                google
                    .replace_event(&name(0), "event", crate::bench::timed("event", 9, 9))
                    .unwrap()
            });
            bench.settle().await;
            assert_eq!(
                bench.block(1).start.as_deref(),
                Some("2026-03-09T09:00:00Z")
            );
        }
    }
}
