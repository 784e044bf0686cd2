//! Time held before and after events.

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed, weekly};

fn buffers() -> Value {
    json!({"pairs": [{"before": 30, "after": 15}]})
}

fn row(title: &str, start: &str, end: &str) -> (String, String, String) {
    (title.to_owned(), start.to_owned(), end.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_single_event_is_held_with_time_around_it_and_whole_days_stay_whole() {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), timed("one", 4, 9)).unwrap();
        let days =
            json!({"id": "days", "start": {"date": "2026-03-06"}, "end": {"date": "2026-03-09"}});
        google.insert_event(&name(0), days).unwrap();
    })
    .await;
    bench.rule(&buffers()).await;
    bench.settle_by(&buffers()).await;
    let days = row("Busy", "03-05T23:00", "03-08T23:00");
    assert_eq!(
        bench.seen(1),
        [row("Busy", "03-04T08:30", "03-04T10:15"), days]
    );
}

/// Every occurrence of the series block bears another name than the occurrence it stands for.
#[tokio::test(start_paused = true)]
async fn exceptions_of_a_series_with_time_before_it_stay_with_their_occurrences() {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), weekly("weekly", 4, 15, 5)).unwrap();
        google.cancel_occurrence(&name(0), "weekly", "2026-03-11T15:00:00+01:00").unwrap();
        let at = |hour: u32| json!({"dateTime": format!("2026-03-18T{hour}:00:00"), "timeZone": "Europe/Berlin"});
        google
            .move_occurrence(&name(0), "weekly", "2026-03-18T15:00:00+01:00", at(18), at(19))
            .unwrap();
    })
    .await;
    bench.settle().await;
    for rules in [
        buffers(),
        json!({}),
        buffers(),
        json!({"pairs": [{"before": 5}]}),
    ] {
        bench.rule(&rules).await;
        bench.settle_by(&rules).await;
        assert_eq!(bench.seen(1).len(), 4);
        assert_eq!(
            bench
                .blocks(1)
                .iter()
                .filter(|one| !one.recurrence.is_empty())
                .count(),
            1
        );
    }
    // Later edits of either side still meet the right occurrence.
    bench.edit(|google| {
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-25T15:00:00+01:00")
            .unwrap();
    });
    let rules = json!({"pairs": [{"before": 5}]});
    bench.settle_by(&rules).await;
    let series = bench
        .blocks(1)
        .into_iter()
        .find(|one| !one.recurrence.is_empty())
        .unwrap();
    bench.edit(|google| {
        // Somebody drags one occurrence of the block and deletes another.
        let at = |hour: u32| json!({"dateTime": format!("2026-04-01T{hour}:00:00"), "timeZone": "Europe/Berlin"});
        google
            .move_occurrence(&name(1), &series.id, "2026-04-01T14:55:00+02:00", at(6), at(7))
            .unwrap();
        google.cancel_occurrence(&name(1), &series.id, "2026-03-04T14:55:00+01:00").unwrap();
    });
    bench.settle_by(&rules).await;
    let report = bench.validated(true).await;
    assert_eq!(report.findings().count(), 0, "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_block_of_a_series_that_was_lost_with_its_row_comes_back_with_its_time_around_it() {
    let bench = Bench::with(2, |google| {
        google
            .insert_event(&name(0), weekly("weekly", 4, 15, 5))
            .unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-11T15:00:00+01:00")
            .unwrap();
    })
    .await;
    bench.rule(&buffers()).await;
    bench.settle_by(&buffers()).await;
    let block = bench
        .blocks(1)
        .into_iter()
        .find(|one| !one.recurrence.is_empty())
        .unwrap();
    bench.edit(|google| google.delete_event(&name(1), &block.id).unwrap());
    bench.settle_by(&buffers()).await;
    bench.edit(|google| google.expire_sync_tokens(&name(1)));
    bench.settle_by(&buffers()).await;
}

/// A night in which the clocks change may lie between the block's beginning and the event's; the block covers it all the same.
#[tokio::test(start_paused = true)]
async fn every_occurrence_is_covered_whatever_the_clocks_do() {
    for zone in [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Kolkata",
    ] {
        for before in [15, 120, 720] {
            let series = |hour: u32| {
                json!({"id": format!("series{hour:02}"),
                "start": {"dateTime": format!("2026-03-08T{hour:02}:10:00"), "timeZone": zone},
                "end": {"dateTime": format!("2026-03-08T{hour:02}:40:00"), "timeZone": zone},
                "recurrence": ["RRULE:FREQ=DAILY;COUNT=300"]})
            };
            let bench = Bench::with(2, |google| {
                for hour in [0, 1, 2, 3, 4, 10] {
                    google.insert_event(&name(0), series(hour)).unwrap();
                }
            })
            .await;
            let rules = json!({"pairs": [{"before": before}]});
            bench.rule(&rules).await;
            let driven = bench.drive().await;
            assert!(driven.quiet, "{driven:?}");
            let google = bench.world.google();
            let to = google.now() + chrono::Duration::days(330);
            let held = google.occurrences(&name(1), google.now(), to);
            for one in google.occurrences(&name(0), google.now(), to) {
                let covered = held
                    .iter()
                    .any(|block| block.start <= one.start && block.end >= one.end);
                assert!(covered, "{zone}, {before} before: {one:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_series_at_night_is_in_order_over_the_change_of_clocks() {
    for (hour, before) in [(1, 60), (2, 60), (3, 60), (3, 120), (4, 90)] {
        let bench = Bench::with(2, |google| {
            let event = weekly("weekly", 8, hour, 6);
            google.insert_event(&name(0), event).unwrap();
        })
        .await;
        let rules = json!({"pairs": [{"before": before}]});
        bench.rule(&rules).await;
        bench.settle_by(&rules).await;
        let report = bench.validated(true).await;
        assert_eq!(report.findings().count(), 0, "{report:#?}");
    }
}
