//! Order, record, observers and interleaving.

use std::sync::{Arc, Mutex};

use futures::FutureExt;

use super::fixture::{create, engine, exists, on, plain, put};
use crate::faults::{Effect, Failure, Gate, Service, Verdict};
use crate::lock::lock;
use crate::{Engine, Schedule};

#[tokio::test]
async fn every_call_is_recorded_in_order() {
    let engine = engine().await;
    let schedule = Schedule::none();
    let client = on(&engine, &schedule);
    put(&client, "a").await.unwrap();
    create(&client, &["b"], "t").await.unwrap();
    let calls: Vec<_> = schedule
        .calls()
        .into_iter()
        .map(|call| (call.index, call.service, call.operation))
        .collect();
    let expected = [
        (0, Service::DynamoDb, "PutItem".to_owned()),
        (1, Service::DynamoDb, "TransactWriteItems".to_owned()),
    ];
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn a_decider_sees_what_is_asked() {
    let engine = engine().await;
    let schedule = Schedule::new(|call| {
        if call.mentions("poison") {
            Verdict::fail_before(Failure::Interrupted)
        } else {
            Verdict::Pass
        }
    });
    let client = on(&engine, &schedule);
    put(&client, "good").await.unwrap();
    put(&client, "poison").await.unwrap_err();
}

#[tokio::test]
async fn an_observer_sees_the_store_after_each_effect_and_may_use_the_schedule() {
    let engine = engine().await;
    let schedule = Schedule::at(1, Verdict::fail_before(Failure::Interrupted));
    let seen = Arc::new(Mutex::new(Vec::new()));
    schedule.on_call_async({
        let (reader, seen, schedule) = (plain(&engine), Arc::clone(&seen), schedule.clone());
        move |call, effect| {
            let (reader, seen, count) = (reader.clone(), Arc::clone(&seen), schedule.count());
            async move {
                let there = exists(&reader, "a").await.unwrap();
                lock(&seen).push((call.index, effect, there, count));
            }
            .boxed()
        }
    });
    let client = on(&engine, &schedule);
    put(&client, "a").await.unwrap();
    put(&client, "b").await.unwrap_err();
    let expected = [
        (0, Effect::Reached, true, 1),
        (1, Effect::Withheld, true, 2),
    ];
    assert_eq!(*lock(&seen), expected);
}

#[tokio::test]
async fn a_held_call_waits_while_others_pass() {
    let engine = engine().await;
    let gate = Gate::new();
    let held = Schedule::at(0, Verdict::hold(&gate));
    let slow = tokio::spawn({
        let client = on(&engine, &held);
        async move { put(&client, "a").await.is_ok() }
    });
    gate.reached().await;
    put(&plain(&engine), "b").await.unwrap();
    assert!(!exists(&plain(&engine), "a").await.unwrap());
    gate.open();
    assert!(slow.await.unwrap());
    assert!(exists(&plain(&engine), "a").await.unwrap());
}

/// Two workers write three items each; the order in which the writes took effect.
async fn interleaved(seed: u64) -> Vec<String> {
    let engine = engine().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let worker = |name: &'static str, seed| {
        let schedule = Schedule::interleave(seed, 3);
        let order = Arc::clone(&order);
        schedule.on_call(move |call, _| lock(&order).push(format!("{name}{}", call.index)));
        three_puts(engine.clone(), schedule)
    };
    tokio::join!(worker("x", seed), worker("y", seed.wrapping_add(1_000)));
    lock(&order).clone()
}

async fn three_puts(engine: Engine, schedule: Schedule) {
    let client = on(&engine, &schedule);
    for sk in ["a", "b", "c"] {
        put(&client, sk).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn one_seed_gives_one_order_and_many_seeds_give_many() {
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let order = interleaved(seed).await;
        assert_eq!(order, interleaved(seed).await);
        orders.insert(order);
    }
    assert!(orders.len() > 5, "{}", orders.len());
}
