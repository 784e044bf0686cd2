//! Everybody in step again after a storm: calls fail, messages are lost, doubled, late and out of order, processes die.

use std::time::Duration;

use aws::shape::Queue;
use aws::sqs::{Fate, throttled, unavailable};
use fastrand::Rng;
use serde_json::json;
use simulator::Simulator;
use wire::Schedule;
use wire::faults::{Call, DynamoFailure, Failure, Service, Side, Verdict};

use super::cloud::{Cloud, calendar};
use super::drive::Minute;
use crate::bench::timed;

/// Minutes that the storm lasts, and processes that live in it, one after the other.
const STORM: u32 = 12;
/// Minutes after it within which everybody is in step: a lease of a dead worker runs out after five, a failed push is tried
/// again after up to an hour if it failed often, and the wheel comes by every five minutes.
const ROUNDS: u32 = 75;

fn filled(google: &mut Simulator, person: usize) {
    for number in 0..3 {
        let id = format!("e{person}x{number}");
        let event = timed(&id, 4 + person as u32 % 20, 8 + number as u32);
        google
            .insert_event(&calendar(person, number), event)
            .unwrap();
    }
}

/// 5 % of all calls fail, before or after their effect.
fn fails(rng: &mut Rng, call: &Call) -> Verdict {
    if rng.f64() > 0.05 {
        return Verdict::Pass;
    }
    let failure: Failure = match (call.service, rng.u32(0..4)) {
        (Service::DynamoDb, 0) => DynamoFailure::Throttling.into(),
        (Service::DynamoDb, 1) => DynamoFailure::InternalServerError.into(),
        (Service::Sqs, 0) => throttled(),
        (Service::Sqs, 1) => unavailable(),
        (_, 2) => Failure::Timeout,
        _ => Failure::Interrupted,
    };
    match rng.bool() {
        true => Verdict::fail_before(failure),
        false => Verdict::fail_after(failure),
    }
}

/// Calls fail, and the process dies at one of its first so many calls.
fn stormy(seed: u64, calls: usize) -> Schedule {
    let mut rng = Rng::with_seed(seed);
    let last = rng.usize(calls / 10..calls);
    Schedule::new(move |call| match call.index == last {
        true => Verdict::Crash(if rng.bool() {
            Side::Before
        } else {
            Side::After
        }),
        false => fails(&mut rng, call),
    })
}

/// 10 % of the messages have another fate than to be there once, at once and in order.
fn disturb(cloud: &Cloud, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    cloud.sqs.disturb(move |_| match rng.u32(0..40) {
        0 => Fate::Lose,
        1 => Fate::Double,
        2 => Fate::Delay(Duration::from_secs(rng.u64(1..900))),
        3 => Fate::Overtake,
        _ => Fate::Keep,
    });
}

fn edit(cloud: &Cloud, rng: &mut Rng) {
    for _ in 0..cloud.people.len() / 8 {
        let person = rng.usize(0..cloud.people.len());
        let number = rng.usize(0..3);
        let hour = rng.u32(10..20);
        let change = json!({
            "start": { "dateTime": format!("2026-03-10T{hour}:00:00Z") },
            "end": { "dateTime": format!("2026-03-10T{hour}:45:00Z") },
        });
        let (name, id) = (calendar(person, number), format!("e{person}x{number}"));
        cloud
            .world
            .google()
            .patch_event(&name, &id, change)
            .unwrap();
    }
}

async fn storm(people: usize, seed: u64) {
    let cloud = Cloud::of(people, 3, filled).await;
    cloud.connect().await;
    disturb(&cloud, seed);
    let mut rng = Rng::with_seed(seed);
    let mut deaths = 0;
    for minute in 0..STORM {
        edit(&cloud, &mut rng);
        let schedule = stormy(seed * 1_000 + u64::from(minute), people * 15);
        let born = cloud.functions_that_may_fail(&schedule, seed + u64::from(minute));
        let one = async {
            let Some(functions) = born.await else { return };
            cloud.minute(&functions).await;
        };
        tokio::select! {
            () = one => {}
            () = schedule.crashed() => {
                deaths += 1;
                cloud.next_minute();
            }
        }
    }
    assert!(deaths > 0, "seed {seed}: nobody died");
    cloud.sqs.disturb(|_| Fate::Keep);
    let functions = cloud.functions(&Schedule::none(), seed).await;
    let mut rounds = 0;
    let mut total = Minute::default();
    // At least one whole turn of the wheel: drift that nobody has read yet shows no fault.
    while rounds < 6 || !cloud.faults().is_empty() {
        assert!(rounds < ROUNDS, "seed {seed}: {:#?}", cloud.faults());
        total = total.and(&cloud.minute(&functions).await);
        rounds += 1;
    }
    assert_eq!(total.failed, 0);
    for queue in [
        Queue::SyncDeadLetters,
        Queue::ValidationDeadLetters,
        Queue::RepairDeadLetters,
        Queue::Quarantine,
    ] {
        assert_eq!(cloud.held(queue), 0, "seed {seed}: {queue:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_storm_everybody_is_in_step_again() {
    storm(200, 1).await;
}

#[tokio::test(start_paused = true)]
async fn after_many_small_storms_everybody_is_in_step_again() {
    for seed in 2..22 {
        storm(8, seed).await;
    }
}
