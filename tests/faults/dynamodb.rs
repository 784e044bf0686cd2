//! DynamoDB's errors, each on each operation that a sync uses, before and after the effect, once and for good.
//!
//! Once: nobody notices, or the next sync makes it good. For good: a typed error, few requests, nothing half
//! done; and in step as soon as the error is gone.

use std::time::Duration;

use shared::engine::{Driven, SyncError};
use wire::Schedule;
use wire::faults::{Call, Cancellation, DynamoFailure, Failure, Service, Side, Verdict};

use crate::bench::{Bench, name, timed};

/// An error, on which side of the effect it can come, and the class of a sync that it stops.
struct Strike {
    label: &'static str,
    failure: fn() -> Failure,
    after: bool,
    class: &'static str,
    /// Whether a single one is made good inside the request.
    passes: bool,
}

const fn strike(
    label: &'static str,
    class: &'static str,
    passes: bool,
    failure: fn() -> Failure,
) -> Strike {
    Strike {
        label,
        failure,
        after: false,
        class,
        passes,
    }
}

const fn doubtful(label: &'static str, class: &'static str, failure: fn() -> Failure) -> Strike {
    Strike {
        label,
        failure,
        after: true,
        class,
        passes: true,
    }
}

/// What every operation can answer.
const COMMON: &[Strike] = &[
    strike("ThrottlingException", "Throttled", true, || {
        DynamoFailure::Throttling.into()
    }),
    strike("ProvisionedThroughputExceeded", "Throttled", true, || {
        DynamoFailure::ProvisionedThroughputExceeded.into()
    }),
    strike("RequestLimitExceeded", "Throttled", true, || {
        DynamoFailure::RequestLimitExceeded.into()
    }),
    strike("ValidationException", "Invalid", false, || {
        DynamoFailure::Validation("no".into()).into()
    }),
    strike("no connection", "Unavailable", true, || Failure::Refused),
    doubtful("InternalServerError", "Unavailable", || {
        DynamoFailure::InternalServerError.into()
    }),
    doubtful("ServiceUnavailable", "Unavailable", || {
        DynamoFailure::ServiceUnavailable.into()
    }),
    doubtful("connection reset", "Unavailable", || Failure::Interrupted),
    doubtful("timeout", "Unavailable", || Failure::Timeout),
    doubtful("an unreadable answer", "Unavailable", || Failure::Answer {
        status: 502,
        body: "<html>".into(),
    }),
    strike("AccessDeniedException", "Denied", false, || {
        Failure::Answer {
            status: 400,
            body: r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}"#
                .into(),
        }
    }),
    strike("ResourceNotFoundException", "Denied", false, || {
        Failure::Answer {
        status: 400,
        body: r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}"#.into(),
    }
    }),
];

/// What single writes can answer besides.
const WRITES: &[Strike] = &[
    strike("TransactionConflictException", "Conflict", true, || {
        DynamoFailure::TransactionConflict.into()
    }),
    strike("ItemCollectionSizeLimitExceeded", "Invalid", false, || {
        DynamoFailure::ItemCollectionSizeLimitExceeded.into()
    }),
];

fn cancelled(cause: Cancellation) -> Failure {
    DynamoFailure::Cancelled { action: 0, cause }.into()
}

/// What transactions can answer besides.
const TRANSACTIONS: &[Strike] = &[
    strike("cancelled: TransactionConflict", "Conflict", true, || {
        cancelled(Cancellation::TransactionConflict)
    }),
    strike("cancelled: ThrottlingError", "Throttled", true, || {
        cancelled(Cancellation::ThrottlingError)
    }),
    strike(
        "cancelled: ProvisionedThroughputExceeded",
        "Throttled",
        true,
        || cancelled(Cancellation::ProvisionedThroughputExceeded),
    ),
    strike(
        "cancelled: ItemCollectionSizeLimitExceeded",
        "Invalid",
        false,
        || cancelled(Cancellation::ItemCollectionSizeLimitExceeded),
    ),
    strike("cancelled: ValidationError", "Invalid", false, || {
        cancelled(Cancellation::ValidationError)
    }),
    doubtful("TransactionInProgressException", "Unavailable", || {
        DynamoFailure::TransactionInProgress.into()
    }),
    Strike {
        label: "IdempotentParameterMismatch",
        failure: || DynamoFailure::IdempotentParameterMismatch.into(),
        after: true,
        class: "Unavailable",
        passes: false,
    },
];

/// How many events change at once: a few go by one transaction, many by a journal.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    Few,
    Many,
}

async fn settled() -> Bench {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), timed("moves", 3, 9)).unwrap();
        google.insert_event(&name(0), timed("flips", 4, 9)).unwrap();
    })
    .await;
    bench.settle().await;
    bench
}

/// A change of every sort, also by wake and by a person on the target.
async fn change(bench: &Bench, round: u32, size: Size) {
    let hour = round % 20;
    bench.edit(|google| {
        google
            .replace_event(&name(0), "moves", timed("moves", 3 + round % 25, hour))
            .unwrap();
        match google.event(&name(0), "flips").unwrap().status {
            simulator::Status::Cancelled => google
                .replace_event(&name(0), "flips", timed("flips", 4, hour))
                .unwrap(),
            simulator::Status::Confirmed | simulator::Status::Tentative => {
                google.delete_event(&name(0), "flips").unwrap()
            }
        }
        if size == Size::Many {
            for n in 0..100 {
                let id = format!("many{n:02}x{round}");
                let mut event = timed(&id, 3 + n % 20, 1 + n / 20);
                // They fill a list without filling the targets.
                event["transparency"] = "transparent".into();
                google.insert_event(&name(0), event).unwrap();
            }
        }
    });
    bench.worker().wake(bench.id(0)).await.unwrap();
    bench.worker().wake(bench.id(1)).await.unwrap();
    bench.world.google().clear_log();
}

/// Fails calls of `operation`, from the `first` on, so many times.
fn schedule(
    operation: &'static str,
    first: usize,
    times: u32,
    verdict: impl Fn() -> Verdict + Send + 'static,
) -> Schedule {
    let (mut seen, mut left) = (0, times);
    Schedule::new(move |call: &Call| {
        if call.service != Service::DynamoDb || call.operation != operation {
            return Verdict::Pass;
        }
        seen += 1;
        if seen <= first || left == 0 {
            return Verdict::Pass;
        }
        left = left.saturating_sub(u32::from(times != u32::MAX));
        verdict()
    })
}

fn used(schedule: &Schedule, operation: &str) -> usize {
    schedule
        .calls()
        .iter()
        .filter(|call| call.operation == operation)
        .count()
}

async fn healed(bench: &Bench, label: &str) {
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: not healed: {driven:?}");
    assert_eq!(bench.faults(), [], "{label}");
    bench.world.google().clear_log();
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    assert_eq!(bench.google_writes(), [], "{label}");
    for n in 0..2 {
        let state = bench.state(n).await;
        assert!(
            !state.unpushed && state.journal.is_none() && state.lease.is_none(),
            "{label}: {state:?}"
        );
    }
}

/// A single error, at each of the operation's first calls in turn.
async fn check_once(
    bench: &Bench,
    round: &mut u32,
    operation: &'static str,
    size: Size,
    strike: &Strike,
    side: Side,
) {
    let turns = if size == Size::Few { 3 } else { 1 };
    for first in 0..turns {
        *round += 1;
        let label = format!("{} {side:?} {operation} {first}, {size:?}", strike.label);
        change(bench, *round, size).await;
        let failure = strike.failure;
        let schedule = schedule(operation, first, 1, move || Verdict::Fail {
            side,
            failure: failure(),
        });
        let worker = bench.world.worker(&schedule, 100 + u64::from(*round));
        let driven = bench.drive_with(&worker).await;
        if strike.passes {
            assert!(driven.quiet, "{label}: {driven:?}");
            assert_eq!(bench.faults(), [], "{label}");
        }
        if used(&schedule, operation) <= first {
            break;
        }
        healed(bench, &label).await;
    }
}

async fn check_for_good(
    bench: &Bench,
    round: &mut u32,
    operation: &'static str,
    size: Size,
    strike: &Strike,
    side: Side,
) {
    *round += 1;
    let label = format!("{} {side:?} {operation} for good, {size:?}", strike.label);
    change(bench, *round, size).await;
    let failure = strike.failure;
    let schedule = schedule(operation, 0, u32::MAX, move || Verdict::Fail {
        side,
        failure: failure(),
    });
    let worker = bench.world.worker(&schedule, 100 + u64::from(*round));
    let driven = bench.drive_for(&worker, Duration::from_secs(30)).await;
    let calls = used(&schedule, operation);
    assert!(calls > 0, "{label}: never used");
    assert!(calls <= 600, "{label}: {calls} calls");
    check_typed(&label, strike, &driven);
    // What a push could not record, the next list of the target may have shown.
    assert!(
        !driven.quiet || bench.faults().is_empty(),
        "{label}: {driven:?}"
    );
    // Whoever held a lease when the table was lost to it holds it until it runs out.
    bench.world.clock().advance(Duration::from_secs(700));
    healed(bench, &label).await;
}

fn check_typed(label: &str, strike: &Strike, driven: &Driven) {
    for why in driven.failed.values() {
        let SyncError::Store { why, .. } = why else {
            panic!("{label}: {why:?}")
        };
        let class = format!("{:?}", why.class());
        assert!(class.starts_with(strike.class), "{label}: {class}");
    }
}

async fn check_all(operation: &'static str, size: Size, tables: &[&[Strike]]) {
    let mut round = 0;
    for strike in tables.iter().copied().flatten() {
        let sides: &[Side] = if strike.after {
            &[Side::Before, Side::After]
        } else {
            &[Side::Before]
        };
        for side in sides {
            let bench = settled().await;
            check_once(&bench, &mut round, operation, size, strike, *side).await;
            check_for_good(&bench, &mut round, operation, size, strike, *side).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_error_of_get_item_has_its_outcome() {
    check_all("GetItem", Size::Few, &[COMMON]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_query_has_its_outcome() {
    check_all("Query", Size::Few, &[COMMON]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_batch_get_item_has_its_outcome() {
    check_all("BatchGetItem", Size::Few, &[COMMON]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_update_item_has_its_outcome() {
    check_all("UpdateItem", Size::Few, &[COMMON, WRITES]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_put_item_has_its_outcome() {
    check_all("PutItem", Size::Few, &[COMMON, WRITES]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_delete_item_has_its_outcome() {
    check_all("DeleteItem", Size::Few, &[COMMON, WRITES]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_transact_write_items_has_its_outcome() {
    check_all("TransactWriteItems", Size::Few, &[COMMON, TRANSACTIONS]).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_batch_write_item_has_its_outcome() {
    check_all("BatchWriteItem", Size::Many, &[COMMON]).await;
}

/// Batches that are left unfinished and pages that end early, once and for good.
#[tokio::test(start_paused = true)]
async fn unfinished_batches_and_short_pages_lose_nothing() {
    let mut round = 1_000;
    for (operation, size, verdict, bounded) in [
        ("BatchWriteItem", Size::Many, Verdict::Leave(1), false),
        ("BatchWriteItem", Size::Many, Verdict::Leave(100), true),
        ("BatchGetItem", Size::Few, Verdict::Leave(1), false),
        ("BatchGetItem", Size::Few, Verdict::Leave(100), true),
        ("Query", Size::Few, Verdict::Limit(1), false),
        ("Query", Size::Many, Verdict::Limit(3), false),
    ] {
        for times in [1, 2, u32::MAX] {
            round += 1;
            let bench = settled().await;
            let label = format!("{verdict:?} on {operation}, {times} times");
            change(&bench, round, size).await;
            let same = verdict.clone();
            let schedule = schedule(operation, 0, times, move || same.clone());
            let worker = bench.world.worker(&schedule, 100 + u64::from(round));
            let driven = bench.drive_for(&worker, Duration::from_secs(30)).await;
            assert!(used(&schedule, operation) > 0, "{label}: never used");
            if times == u32::MAX && bounded {
                for why in driven.failed.values() {
                    let SyncError::Store { why, .. } = why else {
                        panic!("{label}: {why:?}")
                    };
                    assert_eq!(format!("{:?}", why.class()), "Throttled", "{label}");
                }
                bench.world.clock().advance(Duration::from_secs(700));
            }
            healed(&bench, &label).await;
        }
    }
}
