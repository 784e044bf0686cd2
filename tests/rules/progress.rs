//! A change of rules that concerns very many blocks: in place, within Google's budget, and resumable.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use shared::engine::{Engine, Parts};
use shared::google::{Client, Credentials, Settings};
use shared::limits::{LEASE_MARGIN, SYNC_TIME};
use shared::model::{AccountId, Sealer};
use tokio::time::Instant;
use wire::Schedule;
use wire::faults::{Side, Verdict};

use super::titled;
use crate::bench::{Bench, name};

const BLOCKS: usize = 2_000;
/// What Google allows an account in a minute.
const UNITS: usize = 600;

/// Two calendars in step, with so many events on the first one.
async fn many() -> Bench {
    let bench = Bench::with(2, |google| {
        for n in 0..BLOCKS {
            let (day, hour, minute) = (3 + n / 100, 6 + (n % 100) / 10, 6 * (n % 10));
            let at = |minute: usize| json!({"dateTime": format!("2026-03-{day:02}T{hour:02}:{minute:02}:00Z")});
            let body = json!({"id": format!("event{n:04}"), "start": at(minute), "end": at(minute + 5)});
            google.insert_event(&name(0), body).unwrap();
        }
    })
    .await;
    bench.settle().await;
    assert_eq!(bench.counts(), [0, BLOCKS]);
    bench.world.google().clear_log();
    bench
}

/// A worker that keeps to Google's budget, as the one that ships.
fn paced(bench: &Bench, schedule: &Schedule, seed: u64) -> Engine {
    let client = Client::new(
        bench.world.transport(schedule),
        Credentials::AccessToken(SecretString::from("tok")),
        &Settings::default(),
        &bench.world.group,
        bench.world.clock().shared(),
        fastrand::Rng::with_seed(seed),
    );
    Engine::new(Parts {
        store: bench.world.store(schedule, seed),
        crew: BTreeMap::from([(AccountId("work".into()), client)]).into(),
        sealer: Sealer::new(bench.world.key().clone()),
        clock: bench.world.clock().shared(),
        owner: format!("paced-{seed}"),
        seed,
    })
}

/// A schedule that notes when each update is sent, and ends the worker after as many as given.
fn noting(sent: &Arc<Mutex<Vec<Instant>>>, crash_after: usize) -> Schedule {
    let sent = Arc::clone(sent);
    Schedule::new(move |call| {
        if call.operation != "events.update" {
            return Verdict::Pass;
        }
        let mut sent = sent.lock().unwrap();
        sent.push(Instant::now());
        match sent.len() == crash_after {
            true => Verdict::Crash(Side::After),
            false => Verdict::Pass,
        }
    })
}

#[tokio::test(start_paused = true)]
async fn two_thousand_blocks_are_retitled_in_place_also_when_the_worker_dies_half_way() {
    let bench = many().await;
    bench.set_rules(&titled("Taken")).await;
    let sent = Arc::default();
    let schedule = noting(&sent, 800);
    let first = paced(&bench, &schedule, 11);
    let (mut seen, mut samples) = (0, 0);
    let watch = async {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            for way in first.under_way().values() {
                assert!(way.due == BLOCKS as u64 && way.done >= seen, "{way:?}");
                seen = way.done;
                samples += 1;
            }
        }
    };
    tokio::select! {
        () = schedule.crashed() => {}
        () = watch => {}
        driven = bench.drive_with(&first) => panic!("{driven:?}"),
    }
    assert!(samples > 3 && (1..800).contains(&seen), "{samples}: {seen}");
    bench.world.clock().advance(SYNC_TIME + LEASE_MARGIN);
    let second = paced(&bench, &noting(&sent, usize::MAX), 12);
    let driven = bench.drive_with(&second).await;
    assert!(driven.quiet, "{driven:?}");
    assert!(second.under_way().is_empty());

    let kinds = bench.world.google().requests_by_kind();
    let updates = kinds["events.update"];
    let all = BLOCKS as u64;
    assert!((all..=all + 1).contains(&updates), "{kinds:?}");
    for kind in ["events.insert", "events.delete", "events.patch"] {
        assert_eq!(kinds.get(kind), None, "{kinds:?}");
    }
    assert_eq!(bench.titles(1), ["Taken"]);
    assert_eq!(bench.counts(), [0, BLOCKS]);
    let sent = sent.lock().unwrap();
    let within = sent.windows(UNITS + 1).map(|some| some[UNITS] - some[0]);
    assert!(within.min().unwrap() >= Duration::from_secs(60));
}
