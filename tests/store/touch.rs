//! Moving the token without a lease.

use shared::model::{JournalPointer, State};
use shared::store::{CommitOutcome, Put};

use super::bench::{Bench, at, commit, lost_after, state, token};

#[tokio::test]
async fn a_touch_moves_token_and_last_check_only() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    let touched = bench.store.touch(&state(), &token("t1"), at(5)).await;
    assert_eq!(touched, Ok(Put::Written));
    let expected = State {
        token: Some(token("t1")),
        last_synced_at: Some(at(5)),
        ..state()
    };
    assert_eq!(bench.stored().await, expected);
}

#[tokio::test]
async fn a_touch_loses_to_a_newer_token_and_to_a_newer_epoch() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    let _ = bench
        .store
        .touch(&state(), &token("t1"), at(5))
        .await
        .unwrap();
    let old_token = bench.store.touch(&state(), &token("t2"), at(6)).await;
    assert_eq!(old_token, Ok(Put::Conflict));
    let seen = bench.stored().await;
    let _ = bench.grant(&seen, "worker", 7).await;
    let old_epoch = bench.store.touch(&seen, &token("t2"), at(8)).await;
    assert_eq!(old_epoch, Ok(Put::Conflict));
    assert_eq!(bench.stored().await.token, Some(token("t1")));
}

#[tokio::test]
async fn a_touch_never_steps_over_a_journal() {
    let bench = Bench::new().await;
    let granted = bench.granted().await;
    let mut flip = commit(&granted, 1, "t1", vec![]);
    flip.state_after.journal = Some(JournalPointer {
        commit: flip.record.commit.clone(),
        chunks: 1,
        digest: "d".into(),
    });
    let done = bench.store.commit(&flip).await;
    assert_eq!(done, Ok(CommitOutcome::Committed));
    let seen = bench.stored().await;
    let touched = bench.store.touch(&seen, &token("t2"), at(6)).await;
    assert_eq!(touched, Ok(Put::Conflict));
}

#[tokio::test]
async fn a_touch_whose_answer_was_lost_counts_as_written() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    bench.disturb("UpdateItem", 1, lost_after());
    let touched = bench.store.touch(&state(), &token("t1"), at(5)).await;
    assert_eq!(touched, Ok(Put::Written));
}
