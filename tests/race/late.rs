//! A worker that stands still for an hour in the middle, and goes on as if nothing had happened.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Status;
use wire::Schedule;
use wire::faults::{Gate, Verdict};

use super::crowd::settled;
use crate::bench::{Bench, name, timed, weekly};
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

/// The worker stops before call `index`; an hour passes, in which a person edits and another worker
/// brings everything in step; then the call goes through. False: there is no such call.
async fn stands_still(snapshot: &Snapshot, index: usize, meanwhile: fn(&Bench)) -> bool {
    let bench = snapshot.begin();
    let gate = Gate::new();
    let schedule = Schedule::at(index, Verdict::hold(&gate));
    let worker = bench.world.elsewhere(Duration::ZERO).worker(&schedule, 1);
    let ids = bench.ids();
    let mut late = Box::pin(worker.drive(&ids, Duration::ZERO, |_| {}));
    tokio::select! {
        biased;
        () = gate.reached() => {}
        _ = &mut late => return false,
    }
    // Not polled meanwhile: neither it nor its timers get anywhere.
    bench.world.clock().advance(Duration::from_secs(3600));
    meanwhile(&bench);
    let driven = bench.drive().await;
    assert!(driven.quiet, "call {index}: {driven:?}");
    gate.open();
    late.await;
    let now = Look::at(&bench).await;
    assert_eq!(always(&now, &now), [], "call {index}, awake");
    settled(&bench, &format!("call {index}")).await;
    true
}

/// Stands still before each call that there is.
async fn at_every_call(bench: &Bench, meanwhile: fn(&Bench)) {
    let snapshot = Snapshot::of(bench);
    let mut index = 0;
    while stands_still(&snapshot, index, meanwhile).await {
        index += 1;
    }
    assert!(index > 20, "{index} calls");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stood_still_for_an_hour_breaks_nothing() {
    let bench = before().await;
    at_every_call(&bench, |bench| {
        move_to(bench, 15);
        bench
            .world
            .google()
            .delete_event(&name(0), "comes")
            .unwrap();
    })
    .await;
}

fn at(time: &str) -> Value {
    json!({"dateTime": format!("2026-03-{time}:00"), "timeZone": "Europe/Berlin"})
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stood_still_over_a_changed_series_breaks_nothing() {
    let bench = Bench::with(2, |google| {
        google
            .insert_event(&name(0), weekly("weekly", 4, 15, 6))
            .unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-18T15:00:00+01:00")
            .unwrap();
    })
    .await;
    bench.settle().await;
    {
        let mut google = bench.world.google();
        let times = json!({"start": at("04T14:00"), "end": at("04T14:30")});
        google.patch_event(&name(0), "weekly", times).unwrap();
        let (start, end) = (at("25T18:00"), at("25T18:30"));
        google
            .move_occurrence(&name(0), "weekly", "2026-03-25T14:00:00+01:00", start, end)
            .unwrap();
    }
    at_every_call(&bench, |bench| {
        let mut google = bench.world.google();
        let times = json!({"start": at("04T10:00"), "end": at("04T10:30")});
        google.patch_event(&name(0), "weekly", times).unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-11T10:00:00+01:00")
            .unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stood_still_over_a_dragged_block_breaks_nothing() {
    let bench = before().await;
    at_every_call(&bench, |bench| {
        let mut google = bench.world.google();
        let mut blocks = google.events(&name(1)).into_iter();
        let block = blocks
            .find(|event| event.id.starts_with("tidelock") && event.status != Status::Cancelled);
        let times = json!({"start": at("20T10:00"), "end": at("20T10:30")});
        google
            .patch_event(&name(1), &block.unwrap().id, times)
            .unwrap();
    })
    .await;
}
