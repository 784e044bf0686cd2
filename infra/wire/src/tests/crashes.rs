//! A worker that dies at a call.

use std::future::Future;

use tokio::task::yield_now;

use super::fixture::{engine, exists, on, plain, put};
use crate::faults::{Gate, Side, Verdict};
use crate::{Engine, Schedule};

/// Runs a worker until it finishes or dies; true when it finished.
async fn run(schedule: &Schedule, worker: impl Future) -> bool {
    tokio::select! {
        _ = worker => true,
        () = schedule.crashed() => false,
    }
}

async fn put_three(engine: &Engine, schedule: &Schedule) {
    let client = on(engine, schedule);
    for sk in ["a", "b", "c"] {
        put(&client, sk).await.unwrap();
    }
}

async fn found(engine: &Engine) -> Vec<&'static str> {
    let client = plain(engine);
    let mut found = Vec::new();
    for sk in ["a", "b", "c"] {
        if exists(&client, sk).await.unwrap() {
            found.push(sk);
        }
    }
    found
}

#[tokio::test]
async fn a_crash_before_a_call_leaves_no_effect_and_nothing_passes_later() {
    let engine = engine().await;
    let schedule = Schedule::crash_at(1, Side::Before);
    assert!(!run(&schedule, put_three(&engine, &schedule)).await);
    assert_eq!(found(&engine).await, ["a"]);
    assert_eq!(schedule.count(), 2);
}

#[tokio::test]
async fn a_crash_after_a_call_leaves_its_effect_and_nothing_passes_later() {
    let engine = engine().await;
    let schedule = Schedule::crash_at(1, Side::After);
    assert!(!run(&schedule, put_three(&engine, &schedule)).await);
    assert_eq!(found(&engine).await, ["a", "b"]);
}

#[tokio::test]
async fn a_dead_worker_that_is_not_dropped_has_no_effect() {
    let engine = engine().await;
    let schedule = Schedule::none();
    schedule.crash();
    let task = tokio::spawn({
        let (engine, schedule) = (engine.clone(), schedule.clone());
        async move { put_three(&engine, &schedule).await }
    });
    for _ in 0..10 {
        yield_now().await;
    }
    schedule.revive();
    for _ in 0..10 {
        yield_now().await;
    }
    assert!(!task.is_finished());
    assert!(found(&engine).await.is_empty());
    task.abort();
}

#[tokio::test]
async fn a_call_held_while_its_worker_dies_never_takes_effect() {
    let engine = engine().await;
    let gate = Gate::new();
    let schedule = Schedule::at(0, Verdict::hold(&gate));
    let task = tokio::spawn({
        let (engine, schedule) = (engine.clone(), schedule.clone());
        async move { put_three(&engine, &schedule).await }
    });
    gate.reached().await;
    schedule.crash();
    schedule.revive();
    gate.open();
    for _ in 0..10 {
        yield_now().await;
    }
    assert!(!task.is_finished());
    assert!(found(&engine).await.is_empty());
    task.abort();
}

#[tokio::test]
async fn a_revived_worker_goes_on_where_the_index_stopped() {
    let engine = engine().await;
    let schedule = Schedule::crash_at(1, Side::Before);
    assert!(!run(&schedule, put_three(&engine, &schedule)).await);
    schedule.revive();
    assert!(run(&schedule, put_three(&engine, &schedule)).await);
    assert_eq!(found(&engine).await, ["a", "b", "c"]);
    assert_eq!(schedule.count(), 5);
}

#[tokio::test]
async fn one_workers_crash_is_not_anothers() {
    let engine = engine().await;
    let dying = Schedule::crash_at(0, Side::Before);
    let living = Schedule::none();
    let (first, second) = tokio::join!(
        run(&dying, put_three(&engine, &dying)),
        run(&living, put_three(&engine, &living)),
    );
    assert_eq!((first, second), (false, true));
}
