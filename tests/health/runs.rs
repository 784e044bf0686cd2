//! A run as a whole: what it costs, what it keeps, and what one failing calendar does to it.

use shared::health::{IssueKind, Level};
use wire::Schedule;
use wire::faults::{DynamoFailure, Verdict};

use super::{HOUR, Kept, all_kinds, check, kinds, partition, run, worker_on};
use crate::bench::{Bench, name, timed};

#[tokio::test(start_paused = true)]
async fn a_calendar_that_cannot_be_read_does_not_stop_the_rest() {
    let bench = Bench::well().await;
    let victim = partition(bench.id(1));
    let schedule = Schedule::new(move |call| {
        match call.operation == "BatchGetItem" && call.mentions(&victim) {
            true => Verdict::fail_before(DynamoFailure::InternalServerError),
            false => Verdict::Pass,
        }
    });
    let worker = worker_on(&bench, &schedule, 1);
    let checkup = check(&bench, &worker).await;
    assert_eq!(kinds(&checkup, bench.id(1)), [IssueKind::Blind]);
    assert_eq!(all_kinds(&checkup), [IssueKind::Blind]);
    let report = checkup.report(0);
    assert_eq!((report.calendars_checked, report.calendars_healthy), (3, 2));
    assert_eq!(report.overall, Level::Degraded);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_for_a_moment_is_not_told_as_gone() {
    let bench = Bench::well().await;
    let sink = Kept::default();
    bench.world.clock().advance(3 * HOUR);
    bench.health(&sink).await;
    assert_eq!(sink.take().len(), 3);
    let schedule = Schedule::new(|call| match call.operation.as_str() {
        "BatchGetItem" => Verdict::fail_before(DynamoFailure::InternalServerError),
        _ => Verdict::Pass,
    });
    run(&bench, &worker_on(&bench, &schedule, 1), &sink).await;
    let told = sink.take();
    assert!(
        told.iter().all(|(_, kind)| *kind == IssueKind::Blind),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_system_costs_one_request_a_calendar_and_reads_no_row() {
    let bench = Bench::well().await;
    bench.checkup().await;
    let schedule = Schedule::none();
    let worker = worker_on(&bench, &schedule, 1);
    check(&bench, &worker).await;
    let count = |operation: &str| {
        let calls = schedule.calls();
        calls
            .iter()
            .filter(|call| call.operation == operation)
            .count()
    };
    // One for the config, four for the shards of wakes.
    assert_eq!((count("BatchGetItem"), count("Query")), (3, 5));
    assert_eq!(schedule.count(), 8);
}

#[tokio::test(start_paused = true)]
async fn rows_are_counted_again_only_after_somebody_worked() {
    let bench = Bench::well().await;
    bench.checkup().await;
    bench.edit(|google| google.insert_event(&name(0), timed("new", 9, 9)).unwrap());
    bench.settle().await;
    let queries = async || {
        let schedule = Schedule::none();
        check(&bench, &worker_on(&bench, &schedule, 1)).await;
        let calls = schedule.calls();
        calls
            .iter()
            .filter(|call| call.operation == "Query")
            .count()
    };
    assert_eq!((queries().await, queries().await), (5 + 3, 5));
}

#[tokio::test(start_paused = true)]
async fn reports_are_kept_and_the_latest_says_what_stands() {
    let bench = Bench::well().await;
    let sink = Kept::default();
    for _ in 0..3 {
        bench.world.clock().advance(HOUR);
        bench.health(&sink).await;
    }
    let worker = bench.worker();
    let reports = worker.store().health_reports().await.unwrap();
    let overall: Vec<Level> = reports.iter().map(|report| report.overall).collect();
    assert_eq!(overall, [Level::Healthy, Level::Degraded, Level::Degraded]);
    let latest = worker.store().latest_health().await.unwrap().unwrap();
    assert_eq!(Some(&latest.report), reports.last());
    assert_eq!(latest.standing.len(), 3);
    bench.world.clock().advance(31 * 24 * HOUR);
    bench.world.table().sweep_ttl().unwrap();
    assert_eq!(worker.store().health_reports().await.unwrap(), []);
    assert!(worker.store().latest_health().await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn health_asks_google_nothing_and_changes_no_calendar() {
    let bench = Bench::well().await;
    let sink = Kept::default();
    let before = bench.state(0).await;
    let units = bench.world.google().units();
    bench.health(&sink).await;
    assert_eq!(bench.world.google().units(), units);
    assert_eq!(bench.state(0).await, before);
}
