//! The sweep: a worker dies at every call there is, before and after its effect, and another one recovers.

use shared::engine::Engine;
use shared::limits::{LEASE_MARGIN, SYNC_TIME};
use wire::Schedule;
use wire::faults::{Record, Side};

use super::snapshot::Snapshot;
use crate::bench::Bench;
use crate::invariants::{Look, always, at_rest, second_drive};

/// Crashes a worker that drives `bench` at every point, and checks each recovery. Returns the calls.
pub(super) async fn sweep(name: &str, bench: &Bench) -> Vec<Record> {
    let snapshot = Snapshot::of(bench);
    let began = std::time::Instant::now();
    let (before, calls) = undisturbed(name, &snapshot).await;
    for index in 0..calls.len() {
        for side in [Side::Before, Side::After] {
            let point = format!("{name}, {side:?} call {index}");
            let bench = crash(&point, &snapshot, &calls, index, side).await;
            recover(
                &format!("{point} ({})", calls[index].operation),
                &bench,
                &before,
            )
            .await;
        }
    }
    report(name, &calls, began);
    calls
}

/// Crashes a command that a person runs on `bench` at every point; run again by another worker, it has to end well.
/// Returns the calls.
pub(super) async fn sweep_of(
    name: &str,
    bench: &Bench,
    command: impl AsyncFn(&Bench, Engine),
    ended_well: impl AsyncFn(&str, &Bench),
) -> Vec<Record> {
    let snapshot = Snapshot::of(bench);
    let began = std::time::Instant::now();
    let bench = snapshot.begin();
    let schedule = Schedule::none();
    command(&bench, bench.world.worker(&schedule, 1)).await;
    ended_well(name, &bench).await;
    let calls = schedule.calls();
    for (index, call) in calls.iter().enumerate() {
        for side in [Side::Before, Side::After] {
            let point = format!("{name}, {side:?} call {index} ({})", call.operation);
            let bench = snapshot.begin();
            let schedule = Schedule::crash_at(index, side);
            tokio::select! {
                biased;
                () = schedule.crashed() => {}
                () = command(&bench, bench.world.worker(&schedule, 1)) => panic!("{point}: not reached"),
            }
            bench.world.clock().advance(SYNC_TIME + LEASE_MARGIN);
            command(&bench, bench.world.worker(&Schedule::none(), 2)).await;
            ended_well(&point, &bench).await;
        }
    }
    report(name, &calls, began);
    calls
}

fn report(name: &str, calls: &[Record], began: std::time::Instant) {
    let (calls, points) = (calls.len(), 2 * calls.len());
    print(&format!(
        "{name}: {calls} calls, {points} points, {:.1?}",
        began.elapsed()
    ));
}

#[expect(
    clippy::print_stdout,
    reason = "the count is what the sweep is asked for"
)]
fn print(line: &str) {
    println!("{line}");
}

/// One worker alone, until nothing is left: which calls there are.
async fn undisturbed(name: &str, snapshot: &Snapshot) -> (Look, Vec<Record>) {
    let bench = snapshot.begin();
    let before = Look::at(&bench).await;
    let schedule = Schedule::none();
    let driven = bench.drive_with(&bench.world.worker(&schedule, 1)).await;
    assert!(driven.quiet, "{name}: {driven:?}");
    check(name, &bench, &before).await;
    (before, schedule.calls())
}

/// A worker that dies at a call.
async fn crash(
    point: &str,
    snapshot: &Snapshot,
    calls: &[Record],
    index: usize,
    side: Side,
) -> Bench {
    let bench = snapshot.begin();
    let schedule = Schedule::crash_at(index, side);
    let worker = bench.world.worker(&schedule, 1);
    tokio::select! {
        biased;
        () = schedule.crashed() => {}
        driven = bench.drive_with(&worker) => panic!("{point}: not reached: {driven:?}"),
    }
    let last = schedule.calls().pop().unwrap();
    let (operation, expected) = (last.operation, &calls[index].operation);
    assert_eq!((last.index, &operation), (index, expected), "{point}");
    bench
}

/// What the dead worker left holds, its lease runs out, and another one brings everything in step.
async fn recover(point: &str, bench: &Bench, before: &Look) {
    assert_eq!(always(before, &Look::at(bench).await), [], "{point}, dead");
    bench.world.clock().advance(SYNC_TIME + LEASE_MARGIN);
    let driven = bench
        .drive_with(&bench.world.worker(&Schedule::none(), 2))
        .await;
    assert!(driven.quiet, "{point}: {driven:?}");
    check(point, bench, before).await;
}

async fn check(point: &str, bench: &Bench, before: &Look) {
    let now = Look::at(bench).await;
    assert_eq!(at_rest(before, &now), [], "{point}");
    assert_eq!(second_drive(bench, &now).await, [], "{point}");
}
