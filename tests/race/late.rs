//! A worker that stands still for an hour in the middle, and goes on as if nothing had happened.

use std::time::Duration;

use serde_json::json;
use wire::Schedule;
use wire::faults::{Gate, Verdict};

use super::crowd::settled;
use crate::bench::{Bench, name, timed};
use crate::crash::snapshot::Snapshot;
use crate::invariants::{Look, always};

async fn before() -> Bench {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), timed("moves", 4, 9)).unwrap();
        google.insert_event(&name(0), timed("goes", 5, 9)).unwrap();
        google
            .insert_event(&name(1), timed("other", 4, 11))
            .unwrap();
    })
    .await;
    bench.settle().await;
    move_to(&bench, 12);
    bench.world.google().delete_event(&name(0), "goes").unwrap();
    bench
        .world
        .google()
        .insert_event(&name(0), timed("comes", 6, 9))
        .unwrap();
    bench
}

fn move_to(bench: &Bench, hour: u32) {
    let event = timed("moves", 4, hour);
    let patch = json!({"start": event["start"], "end": event["end"]});
    bench
        .world
        .google()
        .patch_event(&name(0), "moves", patch)
        .unwrap();
}

/// The worker stops before call `index`; an hour passes, in which the event moves again and another worker
/// brings everything in step; then the call goes through. False: there is no such call.
async fn stands_still(snapshot: &Snapshot, index: usize) -> bool {
    let bench = snapshot.begin();
    let gate = Gate::new();
    let schedule = Schedule::at(index, Verdict::hold(&gate));
    let worker = bench.world.worker(&schedule, 1);
    let ids = bench.ids();
    let mut late = Box::pin(worker.drive(&ids, Duration::ZERO, |_| {}));
    tokio::select! {
        biased;
        () = gate.reached() => {}
        _ = &mut late => return false,
    }
    // Not polled meanwhile: neither it nor its timers get anywhere.
    bench.world.clock().advance(Duration::from_secs(3600));
    move_to(&bench, 15);
    bench
        .world
        .google()
        .delete_event(&name(0), "comes")
        .unwrap();
    let driven = bench.drive().await;
    assert!(driven.quiet, "call {index}: {driven:?}");
    gate.open();
    late.await;
    let now = Look::at(&bench).await;
    assert_eq!(always(&now, &now), [], "call {index}, awake");
    settled(&bench, &format!("call {index}")).await;
    true
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stood_still_for_an_hour_breaks_nothing() {
    let snapshot = Snapshot::of(&before().await);
    let mut index = 0;
    while stands_still(&snapshot, index).await {
        index += 1;
    }
    assert!(index > 30, "{index} calls");
}
