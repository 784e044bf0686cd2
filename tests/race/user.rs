//! Several workers over all calendars of one user.

use std::time::Duration;

use futures::future::join_all;
use shared::engine::Engine;
use wire::Schedule;

use super::crowd::{person, settled};
use crate::bench::Bench;

const SEEDS: u64 = 40;
const WORKERS: u64 = 4;

async fn together(seed: u64) {
    let bench = Bench::of_three().await;
    let workers: Vec<Engine> = (0..WORKERS)
        .map(|n| {
            let schedule = Schedule::interleave(seed * WORKERS + n, 12);
            let ahead = Duration::from_secs(900) * u32::try_from(n % 2).unwrap();
            bench.world.elsewhere(ahead).worker(&schedule, 10 + n)
        })
        .collect();
    let ids = bench.ids();
    let drives = workers
        .iter()
        .map(|worker| worker.drive(&ids, Duration::from_secs(60), |_| {}));
    let people = (0..3).map(|n| person(&bench, n, seed * 3 + n as u64));
    tokio::join!(join_all(drives), join_all(people));
    settled(&bench, &format!("seed {seed}")).await;
}

#[tokio::test(start_paused = true)]
async fn four_workers_over_three_calendars_end_in_step() {
    for seed in 0..SEEDS {
        together(seed).await;
    }
}
