//! Validation and repair while people edit and workers sync.

use std::time::Duration;

use futures::future::join_all;
use shared::engine::{Engine, Extent, Repairing};
use shared::validate::Severity;
use wire::Schedule;

use crate::bench::Bench;
use crate::race::{person, settled};

const SEEDS: u64 = 200;
const WORKERS: u64 = 4;

/// Validates over and over; what it finds has to be true, so nothing that counts as broken.
async fn watch(engine: &Engine, bench: &Bench, seed: u64) {
    for round in 0..6 {
        let deep = round % 2 == 1;
        let validated = engine
            .validate(bench.config.user, &Extent::User, deep)
            .await;
        let Ok(report) = validated else { continue };
        let errors: Vec<_> = report
            .findings()
            .filter(|finding| finding.severity == Severity::Error)
            .collect();
        assert!(errors.is_empty(), "seed {seed}: {errors:#?}");
    }
}

async fn together(seed: u64) {
    let bench = Bench::of_three().await;
    let engine = |n: u64| {
        let schedule = Schedule::interleave(seed * 8 + n, 12);
        bench
            .world
            .elsewhere(Duration::ZERO)
            .worker(&schedule, 10 + n)
    };
    let workers: Vec<Engine> = (0..WORKERS).map(engine).collect();
    let (validator, mender) = (engine(6), engine(7));
    let ids = bench.ids();
    let drives = workers
        .iter()
        .map(|worker| worker.drive(&ids, Duration::from_secs(60), |_| {}));
    let people = (0..3).map(|n| person(&bench, n, seed * 3 + n as u64));
    let repair = mender.repair(bench.config.user, &Extent::User, true, Repairing::Apply);
    let (_, _, (), _) = tokio::join!(
        join_all(drives),
        join_all(people),
        watch(&validator, &bench, seed),
        repair
    );
    settled(&bench, &format!("seed {seed}")).await;
    let report = bench.validated(true).await;
    assert!(report.clean(), "seed {seed}: {report:#?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_found_or_broken_while_others_are_at_work() {
    for seed in 0..SEEDS {
        together(seed).await;
    }
}
