//! A commit is all or nothing, and only ever on top of what it started from.

use shared::model::{CalendarId, CommitId, Epoch, EventKey, Rev, RowWrite, State};
use shared::store::{CommitOutcome, Store};

use super::bench::{Bench, again, calendar, calendar_named, commit, new_row, new_rows};

async fn row_count(bench: &Bench) -> usize {
    bench.store.calendar_rows(calendar()).await.unwrap().len()
}

fn named(write: &RowWrite) -> (CalendarId, EventKey) {
    (write.row.calendar, write.row.key.clone())
}

#[tokio::test]
async fn a_commit_of_1_97_or_98_rows_is_there_in_full() {
    let place = Bench::new().await;
    for rows in [1, 97, 98] {
        let bench = place.another().await;
        let before = bench.granted().await;
        let commit = commit(&before, 1, "t1", new_rows(&before, rows));
        assert!(Store::fits(&commit));
        let done = bench.store.commit(&commit).await;
        assert_eq!(done, Ok(CommitOutcome::Committed));
        assert_eq!(bench.stored().await, commit.state_after);
        assert_eq!(row_count(&bench).await, rows);
        let records = bench.store.sync_records(calendar()).await.unwrap();
        assert_eq!(records, [commit.record]);
    }
}

#[tokio::test]
async fn one_row_in_the_way_leaves_nothing_of_1_97_or_98() {
    let place = Bench::new().await;
    for rows in [1, 97, 98] {
        let bench = place.another().await;
        let before = bench.granted().await;
        let writes = new_rows(&before, rows);
        let last = writes.last().unwrap().clone();
        let _ = bench.store.put_row(&last).await.unwrap();
        let commit = commit(&before, 1, "t1", writes);
        let outcome = bench.store.commit(&commit).await;
        assert_eq!(outcome, Ok(CommitOutcome::RowConflict(vec![named(&last)])));
        assert_eq!(bench.stored().await, before);
        assert_eq!(row_count(&bench).await, 1);
        assert_eq!(bench.store.sync_records(calendar()).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn more_than_100_actions_do_not_fit() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let many = commit(&before, 1, "t1", new_rows(&before, 99));
    assert!(!Store::fits(&many));
    let mut waking = commit(&before, 1, "t1", new_rows(&before, 97));
    waking.wakes = vec![calendar_named("b"), calendar_named("b")];
    assert!(Store::fits(&waking));
    waking.wakes.push(calendar_named("c"));
    assert!(!Store::fits(&waking));
    let error = bench.store.commit(&many).await.unwrap_err();
    assert_eq!(error.class(), shared::store::Class::Invalid);
    assert_eq!(bench.stored().await, before);
}

#[tokio::test]
async fn a_holder_of_an_old_epoch_commits_nothing() {
    let bench = Bench::new().await;
    let old = bench.granted().await;
    let new = bench.grant(&old, "thief", 5_000).await;
    let outcome = bench
        .store
        .commit(&commit(&old, 1, "t1", new_rows(&old, 3)))
        .await;
    assert_eq!(outcome, Ok(CommitOutcome::Fenced));
    assert_eq!(bench.stored().await, new);
    assert_eq!(row_count(&bench).await, 0);
}

#[tokio::test]
async fn a_commit_that_starts_from_another_token_commits_nothing() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let first = commit(&before, 1, "t1", vec![]);
    let _ = bench.store.commit(&first).await.unwrap();
    let stale = bench.store.commit(&commit(&before, 2, "t2", vec![])).await;
    assert_eq!(stale, Ok(CommitOutcome::TokenMoved));
    assert_eq!(bench.stored().await, first.state_after);
}

#[tokio::test]
async fn a_commit_on_top_of_a_journal_that_it_does_not_know_commits_nothing() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let mut flip = commit(&before, 1, "t1", vec![]);
    flip.state_after.journal = Some(shared::model::JournalPointer {
        commit: flip.record.commit.clone(),
        chunks: 1,
        digest: "d".into(),
    });
    let _ = bench.store.commit(&flip).await.unwrap();
    let blind = State {
        journal: None,
        ..flip.state_after.clone()
    };
    let outcome = bench.store.commit(&commit(&blind, 2, "t2", vec![])).await;
    assert_eq!(outcome, Ok(CommitOutcome::TokenMoved));
    assert_eq!(bench.stored().await, flip.state_after);
}

#[tokio::test]
async fn a_row_of_the_calendar_that_a_later_epoch_wrote_is_in_the_way() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let mut ahead = new_row(&before, "abc");
    ahead.row.epoch = Epoch(9);
    let _ = bench.store.put_row(&ahead).await.unwrap();
    let mut next = again(&ahead);
    next.row.epoch = before.epoch;
    let outcome = bench
        .store
        .commit(&commit(&before, 1, "t1", vec![next.clone()]))
        .await;
    assert_eq!(outcome, Ok(CommitOutcome::RowConflict(vec![named(&next)])));
}

#[tokio::test]
async fn a_row_of_another_calendar_is_written_on_its_rev_and_keeps_its_epoch() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let other = State {
        calendar: calendar_named("two@example.com"),
        epoch: Epoch(77),
        ..before.clone()
    };
    let there = new_row(&other, "abc");
    let _ = bench.store.put_row(&there).await.unwrap();
    let outcome = bench
        .store
        .commit(&commit(&before, 1, "t1", vec![again(&there)]))
        .await;
    assert_eq!(outcome, Ok(CommitOutcome::Committed));
    let rows = bench.store.rows(&[named(&there)]).await.unwrap();
    let row = &rows[&named(&there)];
    assert_eq!((row.rev, row.epoch), (Rev(2), Epoch(77)));
}

#[tokio::test]
async fn wakes_are_bumped_with_the_commit_or_not_at_all() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let woken = calendar_named("two@example.com");
    let mut waking = commit(&before, 1, "t1", vec![]);
    waking.wakes = vec![woken, woken];
    let _ = bench.store.commit(&waking).await.unwrap();
    let count = bench.store.wake(woken).await.unwrap();
    assert!(count > 0);
    let mut stale = commit(&before, 2, "t2", vec![]);
    stale.wakes = vec![woken];
    let _ = bench.store.commit(&stale).await.unwrap();
    assert_eq!(bench.store.wake(woken).await, Ok(count));
}

#[tokio::test]
async fn several_commits_under_one_lease_form_one_chain_of_records() {
    let bench = Bench::new().await;
    let mut before = bench.granted().await;
    for (id, next) in [(9, "t1"), (4, "t2"), (7, "t3")] {
        let commit = commit(&before, id, next, vec![]);
        let done = bench.store.commit(&commit).await;
        assert_eq!(done, Ok(CommitOutcome::Committed));
        before = commit.state_after;
    }
    let records = bench.store.sync_records(calendar()).await.unwrap();
    let ids: Vec<_> = records.iter().map(|record| record.commit.clone()).collect();
    assert_eq!(ids, [9, 4, 7].map(|id| CommitId::new(Epoch(1), id)));
    let after: Vec<_> = records.iter().map(|record| record.after.clone()).collect();
    assert_eq!(after, [None, Some(ids[0].clone()), Some(ids[1].clone())]);
}

#[tokio::test]
async fn what_can_never_be_committed_is_refused_before_it_is_sent() {
    let bench = Bench::new().await;
    let before = bench.granted().await;
    let row = new_row(&before, "abc");
    let twice = commit(&before, 1, "t1", vec![row.clone(), row]);
    let mut unnamed = commit(&before, 1, "t1", vec![]);
    unnamed.state_after.commit = None;
    let mut elsewhere = commit(&before, 1, "t1", vec![]);
    elsewhere.state_after.epoch = Epoch(9);
    for wrong in [twice, unnamed, elsewhere] {
        let error = bench.store.commit(&wrong).await.unwrap_err();
        assert_eq!(error.class(), shared::store::Class::Invalid);
    }
    assert_eq!(bench.count("TransactWriteItems"), 0);
}
