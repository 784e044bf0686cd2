//! Working hours: on the person's wall clock, wherever and whenever the event is.

use serde_json::{Value, json};

use crate::bench::{Bench, name};

const ZONES: [&str; 8] = [
    "Etc/GMT+12",
    "America/New_York",
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
];

fn working(zone: &str, days: &[&str], from: &str, to: &str) -> Value {
    json!({"zone": zone, "pairs": [{"hours": {"days": days, "from": from, "to": to}}]})
}

/// An event of an hour at every hour of the days around both changes of clocks.
async fn around_changes() -> Bench {
    Bench::with(2, |google| {
        for (month, day) in [
            (3, 7),
            (3, 8),
            (3, 28),
            (3, 29),
            (4, 4),
            (10, 3),
            (10, 24),
            (10, 25),
            (10, 31),
        ] {
            for hour in 0..24 {
                let at =
                    |minute: u32| format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z");
                let event = json!({"id": format!("e{month:02}{day:02}{hour:02}"),
                    "start": {"dateTime": at(0)}, "end": {"dateTime": at(30)}});
                google.insert_event(&name(0), event).unwrap();
            }
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn hours_are_those_of_the_wall_clock_in_every_zone_and_over_every_change_of_clocks() {
    let bench = around_changes().await;
    let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for zone in ZONES {
        // A person who travels writes another zone; what that moves in or out of the hours follows.
        for (from, to) in [("09:00", "17:00"), ("22:00", "06:00"), ("01:30", "03:30")] {
            let rules = working(zone, &week, from, to);
            bench.rule(&rules).await;
            bench.settle_by(&rules).await;
        }
        let rules = working(zone, &["sat", "mon"], "00:00", "24:00");
        bench.rule(&rules).await;
        bench.settle_by(&rules).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_series_from_another_zone_counts_if_it_ever_touches_the_hours() {
    let weekly = |id: &str, hour: u32| {
        json!({"id": id,
            "start": {"dateTime": format!("2026-03-02T{hour:02}:00:00"), "timeZone": "America/New_York"},
            "end": {"dateTime": format!("2026-03-02T{hour:02}:30:00"), "timeZone": "America/New_York"},
            "recurrence": ["RRULE:FREQ=WEEKLY"]})
    };
    let bench = Bench::with(2, |google| {
        for hour in 0..24 {
            google
                .insert_event(&name(0), weekly(&format!("s{hour:02}"), hour))
                .unwrap();
        }
    })
    .await;
    // Three weeks in March New York is an hour nearer.
    let rules = working("Europe/Berlin", &["mon"], "09:00", "14:30");
    bench.rule(&rules).await;
    bench.settle_by(&rules).await;
    let held: Vec<_> = bench
        .blocks(1)
        .into_iter()
        .filter_map(|one| one.start)
        .collect();
    // 3:00 to 8:00 in New York are 9:00 to 14:00 in Berlin; 9:00 is 14:00 for three weeks.
    assert_eq!(held.len(), 7, "{held:?}");
}

#[tokio::test(start_paused = true)]
async fn whole_days_count_by_their_weekdays() {
    let bench = Bench::with(2, |google| {
        for (id, start, end) in [
            ("friday", "2026-03-06", "2026-03-07"),
            ("saturday", "2026-03-07", "2026-03-08"),
            ("weekend", "2026-03-07", "2026-03-09"),
            ("holiday", "2026-03-07", "2026-03-10"),
        ] {
            let days = json!({"id": id, "start": {"date": start}, "end": {"date": end}});
            google.insert_event(&name(0), days).unwrap();
        }
    })
    .await;
    let rules = working(
        "Pacific/Kiritimati",
        &["mon", "tue", "wed", "thu", "fri"],
        "09:00",
        "17:00",
    );
    bench.rule(&rules).await;
    bench.settle_by(&rules).await;
    assert_eq!(bench.blocks(1).len(), 2);
}
