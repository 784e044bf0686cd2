//! Eight workers on one calendar.

use std::sync::Mutex;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use shared::engine::{Class, Engine, Outcome, SyncError};
use shared::model::CalendarId;
use simulator::Simulator;
use wire::Schedule;

use crate::bench::{Bench, name, timed};
use crate::invariants::{Look, at_rest, second_drive};

const SEEDS: u64 = 200;
const WORKERS: u64 = 8;
const EDITS: u64 = 6;
/// Longer than a lease: each worker's clock is so much ahead of the one before it.
const AHEAD: Duration = Duration::from_secs(15 * 60);

/// A person's edit, by chance.
pub(super) fn edit(google: &mut Simulator, calendar: usize, n: u64, random: &mut fastrand::Rng) {
    let (day, hour) = (random.u32(4..28), random.u32(6..20));
    let known: Vec<String> = google
        .events(&name(calendar))
        .into_iter()
        .filter(|event| {
            !event.id.starts_with("tidelock") && event.status != simulator::Status::Cancelled
        })
        .map(|event| event.id)
        .collect();
    let chosen = random.choice(&known);
    match (random.u32(0..4), chosen) {
        (0, Some(id)) => google.delete_event(&name(calendar), id).unwrap(),
        (1 | 2, Some(id)) => {
            let moved = timed(id, day, hour);
            let patch = json!({"start": moved["start"], "end": moved["end"]});
            google.patch_event(&name(calendar), id, patch).unwrap();
        }
        _ => {
            let id = format!("edit{calendar}x{n}");
            google
                .insert_event(&name(calendar), timed(&id, day, hour))
                .unwrap();
        }
    }
}

/// Edits while others work, and bumps the calendar's wake as a notification would.
pub(crate) async fn person(bench: &Bench, calendar: usize, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let doorbell = bench.worker();
    for n in 0..EDITS {
        for _ in 0..random.u32(5..60) {
            tokio::task::yield_now().await;
        }
        edit(&mut bench.world.google(), calendar, n, &mut random);
        doorbell.wake(bench.id(calendar)).await.unwrap();
    }
}

/// How syncs ended.
#[derive(Debug, Default)]
struct Tally {
    synced: u32,
    busy: u32,
    overtaken: u32,
    contended: u32,
    /// Grants of the lease of the calendar.
    grants: u64,
    commits: u64,
}

impl Tally {
    fn take(&mut self, result: Result<Outcome, SyncError>) {
        match result {
            Ok(Outcome::Synced(_) | Outcome::Disabled) => self.synced += 1,
            Ok(Outcome::Busy { .. }) => self.busy += 1,
            Ok(Outcome::Overtaken) => self.overtaken += 1,
            Err(why) => {
                assert_eq!(why.class(), Class::Conflict, "{why:?}");
                self.contended += 1;
            }
        }
    }
}

/// Syncs a few times over; losing to others is a normal outcome.
async fn work(worker: &Engine, calendar: CalendarId, times: u32, tally: &Mutex<Tally>) {
    for _ in 0..times {
        let result = worker.sync(calendar).await;
        tally.lock().unwrap().take(result);
    }
}

/// Everything is in step once all are done and every lease has run out.
pub(crate) async fn settled(bench: &Bench, point: &str) {
    bench.world.clock().advance(Duration::from_secs(4 * 3600));
    let driven = bench.drive().await;
    assert!(driven.quiet, "{point}: {driven:?}");
    let now = Look::at(bench).await;
    assert_eq!(at_rest(&now, &now), [], "{point}");
    assert_eq!(second_drive(bench, &now).await, [], "{point}");
}

async fn crowd(seed: u64, tally: &Mutex<Tally>) {
    let bench = Bench::with(2, |google| {
        for n in 0..3 {
            google
                .insert_event(&name(0), timed(&format!("first{n}"), 4 + n, 9))
                .unwrap();
        }
        google
            .insert_event(&name(1), timed("other", 5, 11))
            .unwrap();
    })
    .await;
    if seed.is_multiple_of(2) {
        bench.settle().await;
    }
    let workers: Vec<Engine> = (0..WORKERS)
        .map(|n| {
            let schedule = Schedule::interleave(seed * WORKERS + n, 12);
            let ahead = AHEAD * u32::try_from(n % 4).unwrap();
            bench.world.elsewhere(ahead).worker(&schedule, 10 + n)
        })
        .collect();
    let other = bench.world.elsewhere(Duration::ZERO);
    let other = other.worker(&Schedule::interleave(!seed, 12), 20);
    let all = workers
        .iter()
        .map(|worker| work(worker, bench.id(0), 3, tally));
    tokio::join!(
        join_all(all),
        work(&other, bench.id(1), 3, tally),
        person(&bench, 0, seed)
    );
    let store = other.store();
    let state = store.state(bench.id(0)).await.unwrap().unwrap();
    let commits = store.sync_records(bench.id(0)).await.unwrap().len() as u64;
    {
        let mut tally = tally.lock().unwrap();
        tally.grants += state.epoch.0;
        tally.commits += commits;
    }
    settled(&bench, &format!("seed {seed}")).await;
}

#[expect(
    clippy::print_stdout,
    reason = "how often workers met says what the test is worth"
)]
fn report(tally: &Tally) {
    println!("{tally:?}");
}

async fn crowds(seeds: impl Iterator<Item = u64>) {
    let tally = Mutex::default();
    for seed in seeds {
        crowd(seed, &tally).await;
    }
    let tally = tally.into_inner().unwrap();
    report(&tally);
    assert!(
        tally.overtaken > 0 && tally.busy > 0,
        "nobody met anybody: {tally:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn eight_workers_on_a_new_calendar_make_one_chain_of_commits() {
    crowds((0..SEEDS).filter(|seed| seed % 2 == 1)).await;
}

#[tokio::test(start_paused = true)]
async fn eight_workers_on_a_known_calendar_make_one_chain_of_commits() {
    crowds((0..SEEDS).filter(|seed| seed % 2 == 0)).await;
}
