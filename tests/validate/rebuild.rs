//! The table is lost, or an old one comes back.

use serde_json::json;

use super::{in_step, kinds};
use crate::bench::{Bench, name, timed, weekly};
use crate::crash::snapshot::scan;

use super::damage::RawItem;

#[tokio::test(start_paused = true)]
async fn a_lost_table_of_fifteen_hundred_events_is_rebuilt_without_a_write_to_google() {
    let bench = Bench::with(3, |google| {
        for n in 0..3 {
            for event in 0..499 {
                let (day, minute) = (3 + event % 25, event % 59);
                let at = |hour: u32| json!({"dateTime": format!("2026-03-{day:02}T{hour:02}:{minute:02}:00Z")});
                let body = json!({"id": format!("event{n}x{event:03}"), "start": at(9), "end": at(10)});
                google.insert_event(&name(n), body).unwrap();
            }
            google
                .insert_event(&name(n), weekly(&format!("weekly{n}"), 5, 15, 8))
                .unwrap();
        }
    })
    .await;
    bench.settle().await;
    bench.lose_the_table().await;
    assert_eq!(bench.google_writes(), []);
    assert_eq!(bench.faults(), []);
    let report = bench.validated(true).await;
    assert!(report.clean(), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_table_of_the_day_before_converges() {
    let bench = in_step().await;
    let old: Vec<RawItem> = scan(bench.world.table()).into_iter().map(RawItem).collect();
    // A day in which things change on all sides.
    bench
        .world
        .clock()
        .advance(std::time::Duration::from_secs(86_400));
    bench.edit(|google| {
        google.insert_event(&name(0), timed("new", 12, 9)).unwrap();
        google.delete_event(&name(1), "event1x1").unwrap();
        let at = |hour: u32| json!({"dateTime": format!("2026-03-13T{hour:02}:00:00Z")});
        let times = json!({"start": at(11), "end": at(12)});
        google.patch_event(&name(2), "event2x2", times).unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-11T15:00:00+01:00")
            .unwrap();
    });
    bench.settle().await;
    for item in bench.items() {
        let (pk, sk) = item.key();
        bench.delete_raw(&pk, &sk);
    }
    for item in &old {
        bench.put_raw(item);
    }
    bench.settle().await;
    let report = bench.validated(true).await;
    assert_eq!(kinds(&report), [], "{report:#?}");
}
