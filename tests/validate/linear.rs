//! What a validation costs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::damage::{RawItem, partition};
use crate::bench::{Bench, name, timed};
use crate::crash::snapshot::ask;

/// Requests in one `BatchWriteItem`.
const BATCH: usize = 25;

/// Three calendars with one event each, synced.
async fn small() -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..3 {
            let event = timed(&format!("event{n}"), 4, 9 + n as u32);
            google.insert_event(&name(n), event).unwrap();
        }
    })
    .await;
    bench.settle().await;
    bench
}

/// As if each calendar had `events` like its first one, in the table.
fn multiply(bench: &Bench, events: usize) {
    for n in 0..3 {
        let first = format!("event{n}");
        let key = (partition(bench.id(n)), format!("EVENT#{first}"));
        let row = bench.items().into_iter().find(|item| item.key() == key);
        let rows: Vec<Value> = (1..events)
            .map(|number| renamed(row.as_ref().unwrap(), &format!("{first}x{number:05}")))
            .collect();
        for batch in rows.chunks(BATCH) {
            let puts = batch
                .iter()
                .map(|item| json!({"PutRequest": {"Item": item}}));
            let puts: Vec<Value> = puts.collect();
            let request = json!({"RequestItems": {local::world::TABLE: puts}});
            ask(bench.world.table(), "BatchWriteItem", &request);
        }
        let count = events.to_string();
        bench.damage_state(n, |state| state["mirrored"] = json!({"N": count}));
    }
}

fn renamed(row: &RawItem, event: &str) -> Value {
    let mut item = row.0.clone();
    item["sk"] = json!({"S": format!("EVENT#{event}")});
    item["facts"]["M"]["live"]["M"]["id"] = json!({"S": event});
    item
}

/// Requests of one validation, by kind.
async fn requests(bench: &Bench, events: u64) -> BTreeMap<String, u64> {
    let before = bench.world.meter.usage();
    let report = bench.validated(false).await;
    assert!(report.clean(), "{report:#?}");
    assert_eq!(report.total_events, events);
    bench.world.meter.usage().since(&before).requests_by_kind
}

#[tokio::test(start_paused = true)]
async fn fifteen_thousand_events_take_at_most_twelve_requests() {
    let bench = small().await;
    multiply(&bench, 5_000);
    let requests = requests(&bench, 15_000).await;
    // A query for each event would be fifteen thousand; the way that was sketched once, 42 times as many.
    assert!(requests.values().sum::<u64>() <= 12, "{requests:?}");
}

#[tokio::test(start_paused = true)]
async fn a_small_user_takes_five_requests() {
    let bench = small().await;
    let expected = BTreeMap::from([("BatchGetItem".into(), 1), ("Query".into(), 4)]);
    assert_eq!(requests(&bench, 3).await, expected);
}
