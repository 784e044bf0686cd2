//! What a validation costs.

use std::collections::BTreeMap;

use serde_json::json;

use crate::bench::{Bench, name};

/// Three calendars with `events` each.
async fn large(events: usize) -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..3 {
            for event in 0..events {
                let (day, minute) = (3 + event % 25, event % 59);
                let at = |hour: usize| json!({"dateTime": format!("2026-03-{day:02}T{hour:02}:{minute:02}:00Z")});
                let body = json!({"id": format!("event{n}x{event:05}"), "start": at(9), "end": at(10)});
                google.insert_event(&name(n), body).unwrap();
            }
        }
    })
    .await;
    bench.settle().await;
    bench
}

/// Requests of one validation, by kind.
async fn requests(bench: &Bench) -> BTreeMap<String, u64> {
    let before = bench.world.meter.usage();
    let report = bench.validated(false).await;
    assert!(report.clean(), "{report:#?}");
    bench.world.meter.usage().since(&before).requests_by_kind
}

#[tokio::test(start_paused = true)]
async fn fifteen_thousand_events_take_at_most_twelve_requests() {
    let bench = large(5_000).await;
    let requests = requests(&bench).await;
    let all: u64 = requests.values().sum();
    assert!(all <= 12, "{requests:?}");
    // A query for each event would be fifteen thousand, the way that was sketched once 42 times as many.
}

#[tokio::test(start_paused = true)]
async fn a_small_user_takes_five_requests() {
    let bench = large(10).await;
    let requests = requests(&bench).await;
    assert_eq!(
        requests,
        BTreeMap::from([("BatchGetItem".into(), 1), ("Query".into(), 4)])
    );
}
