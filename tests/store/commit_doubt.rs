//! A commit on a bad wire: applied once or not at all, and never reported as what it was not.

use shared::model::Epoch;
use shared::store::{Class, CommitOutcome};
use wire::faults::{Cancellation, DynamoFailure, Failure, Verdict};

use super::bench::{Bench, at, calendar, commit, lost_after, lost_before, new_rows, token};

const TRANSACT: &str = "TransactWriteItems";

/// Commits while the first `times` tries end as `verdict` says; returns the outcome and the tries.
async fn commit_through(
    bench: &Bench,
    times: usize,
    verdict: Verdict,
) -> (Result<CommitOutcome, Class>, usize) {
    let before = bench.granted().await;
    bench.disturb(TRANSACT, times, verdict);
    let commit = commit(&before, 1, "t1", new_rows(&before, 3));
    let outcome = bench.store.commit(&commit).await;
    (
        outcome.map_err(|error| error.class()),
        bench.count(TRANSACT),
    )
}

async fn rows_and_records(bench: &Bench) -> (usize, usize) {
    let rows = bench.store.calendar_rows(calendar()).await.unwrap();
    let records = bench.store.sync_records(calendar()).await.unwrap();
    (rows.len(), records.len())
}

#[tokio::test]
async fn each_passing_failure_is_tried_again_and_applied_once() {
    let conflict = |cause| DynamoFailure::Cancelled { action: 2, cause };
    let failures: [(usize, Failure); 9] = [
        (1, Failure::Interrupted),
        (1, Failure::Refused),
        (3, DynamoFailure::InternalServerError.into()),
        (3, DynamoFailure::ServiceUnavailable.into()),
        (7, DynamoFailure::Throttling.into()),
        (7, DynamoFailure::ProvisionedThroughputExceeded.into()),
        (7, DynamoFailure::RequestLimitExceeded.into()),
        (5, conflict(Cancellation::TransactionConflict).into()),
        (5, conflict(Cancellation::ThrottlingError).into()),
    ];
    let place = Bench::new().await;
    for (times, failure) in failures {
        let bench = place.another().await;
        let verdict = Verdict::fail_before(failure.clone());
        let (outcome, tries) = commit_through(&bench, times, verdict).await;
        assert_eq!(outcome, Ok(CommitOutcome::Committed), "{failure:?}");
        assert_eq!(tries, times + 1, "{failure:?}");
        assert_eq!(rows_and_records(&bench).await, (3, 1));
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_committed_and_applied_once() {
    let bench = Bench::new().await;
    let (outcome, tries) = commit_through(&bench, 1, lost_after()).await;
    assert_eq!((outcome, tries), (Ok(CommitOutcome::Committed), 2));
    assert_eq!(rows_and_records(&bench).await, (3, 1));
}

#[tokio::test]
async fn a_commit_of_which_no_try_was_answered_is_found_by_its_id() {
    let bench = Bench::new().await;
    let (outcome, _) = commit_through(&bench, usize::MAX, lost_after()).await;
    assert_eq!(outcome, Ok(CommitOutcome::Committed));
    assert_eq!(rows_and_records(&bench).await, (3, 1));
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_an_error_and_not_a_guess() {
    let bench = Bench::new().await;
    let (outcome, tries) = commit_through(&bench, usize::MAX, lost_before()).await;
    assert_eq!((outcome, tries), (Err(Class::Unavailable), 4));
    assert_eq!(rows_and_records(&bench).await, (0, 0));
}

#[tokio::test]
async fn a_token_that_was_used_before_is_resolved_by_what_is_stored() {
    let place = Bench::new().await;
    for (side, expected) in [
        (
            Verdict::fail_after(DynamoFailure::IdempotentParameterMismatch),
            Ok(CommitOutcome::Committed),
        ),
        (
            Verdict::fail_before(DynamoFailure::IdempotentParameterMismatch),
            Err(Class::Unavailable),
        ),
    ] {
        let bench = place.another().await;
        let (outcome, tries) = commit_through(&bench, 1, side).await;
        assert_eq!((outcome, tries), (expected, 1));
    }
}

#[tokio::test]
async fn a_transaction_in_progress_is_waited_for() {
    let bench = Bench::new().await;
    let verdict = Verdict::fail_after(DynamoFailure::TransactionInProgress);
    let (outcome, tries) = commit_through(&bench, 2, verdict).await;
    assert_eq!((outcome, tries), (Ok(CommitOutcome::Committed), 3));
    assert_eq!(rows_and_records(&bench).await, (3, 1));
}

#[tokio::test]
async fn a_conflict_or_throttling_that_lasts_is_reported_as_such() {
    let conflict = DynamoFailure::Cancelled {
        action: 0,
        cause: Cancellation::TransactionConflict,
    };
    let place = Bench::new().await;
    for (failure, class, tries) in [
        (conflict, Class::Conflict, 6),
        (DynamoFailure::Throttling, Class::Throttled, 8),
        (
            DynamoFailure::Validation("too large".into()),
            Class::Invalid,
            1,
        ),
        (
            DynamoFailure::ItemCollectionSizeLimitExceeded,
            Class::Invalid,
            1,
        ),
    ] {
        let bench = place.another().await;
        let verdict = Verdict::fail_before(failure);
        let outcome = commit_through(&bench, usize::MAX, verdict).await;
        assert_eq!(outcome, (Err(class), tries));
        assert_eq!(rows_and_records(&bench).await, (0, 0));
    }
}

#[tokio::test]
async fn an_answer_lost_before_a_takeover_is_fenced() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    bench.disturb(TRANSACT, 1, lost_before());
    let (thief, _) = bench.worker(9).await;
    let stolen = thief.acquire(&before, "thief", at(5_000), at(6_000)).await;
    assert!(stolen.is_ok());
    let commit = commit(&before, 1, "t1", new_rows(&before, 3));
    let outcome = bench.store.commit(&commit).await;
    assert_eq!(outcome, Ok(CommitOutcome::Fenced));
    assert_eq!(rows_and_records(&bench).await, (0, 0));
}

#[tokio::test]
async fn a_commit_is_found_by_its_record_when_another_went_on_top_of_it() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let mine = commit(&before, 1, "t1", new_rows(&before, 3));
    let (thief, _) = bench.worker(9).await;
    // Mine arrives, its answer does not; by the next try somebody else has committed on top.
    let _ = thief.commit(&mine).await.unwrap();
    let seen = bench.stored().await;
    let next = bench.grant(&seen, "thief", 5_000).await;
    let _ = thief.commit(&commit(&next, 2, "t2", vec![])).await.unwrap();
    bench.disturb(TRANSACT, usize::MAX, lost_before());
    let outcome = bench.store.commit(&mine).await;
    assert_eq!(outcome, Ok(CommitOutcome::Committed));
    let stored = bench.stored().await;
    assert_eq!((stored.epoch, stored.token), (Epoch(2), Some(token("t2"))));
}
