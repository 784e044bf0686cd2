//! The lease: one holder at a time, and no grant is lost or doubled by a lost answer.

use shared::model::{Epoch, Failing, FailureClass, State};
use shared::store::{Acquire, Class, Put, Release};
use wire::faults::{DynamoFailure, Verdict};

use super::bench::{Bench, at, calendar, lost_after, lost_before, state, token};

fn release(state: &State) -> Release {
    Release {
        calendar: state.calendar,
        epoch: state.epoch,
        unpushed: true,
        push_after: Some(at(2_000)),
        failing: Some(failing()),
    }
}

fn failing() -> Failing {
    Failing {
        since: at(0),
        count: 2,
        class: FailureClass::Later,
        error: "no answer".into(),
        account: None,
    }
}

#[tokio::test]
async fn of_many_workers_exactly_one_gets_the_lease() {
    let bench = Bench::new().await;
    assert_eq!(
        bench.store.create_state(&state()).await.unwrap(),
        Put::Written
    );
    let mut granted = 0;
    for number in 0..8_u64 {
        let (store, _) = bench.worker(number).await;
        let owner = format!("worker {number}");
        match store
            .acquire(&state(), &owner, at(0), at(600))
            .await
            .unwrap()
        {
            Acquire::Granted(_) => granted += 1,
            Acquire::Held { until } => assert_eq!(until, at(600)),
            Acquire::Moved(state) => panic!("moved: {state:?}"),
        }
    }
    assert_eq!((granted, bench.stored().await.epoch), (1, Epoch(1)));
}

#[tokio::test]
async fn workers_at_the_same_time_get_it_one_only() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8_u64 {
        let (store, taps) = bench.worker(number).await;
        taps.schedule
            .set(move |_| Verdict::yield_turns(u32::try_from(number % 3).unwrap()));
        tasks.spawn(async move {
            let owner = format!("worker {number}");
            store
                .acquire(&state(), &owner, at(0), at(600))
                .await
                .unwrap()
        });
    }
    let outcomes = tasks.join_all().await;
    let granted = |outcome: &&Acquire| matches!(outcome, Acquire::Granted(_));
    assert_eq!(outcomes.iter().filter(granted).count(), 1);
}

#[tokio::test]
async fn a_grant_returns_the_state_as_it_is_now() {
    let bench = Bench::new().await;
    let granted = bench.granted().await;
    assert_eq!(granted, bench.stored().await);
    assert_eq!(granted.epoch, Epoch(1));
    let lease = granted.lease.unwrap();
    assert_eq!((lease.since, lease.until), (at(1_000), at(1_600)));
}

#[tokio::test]
async fn a_lease_can_be_taken_over_from_its_end_on_and_not_before() {
    let bench = Bench::new().await;
    let first = bench.granted().await;
    let end = first.lease.clone().unwrap().until;
    let early = jiff::Timestamp::from_nanosecond(end.as_nanosecond() - 1).unwrap();
    let held = bench.store.acquire(&first, "thief", early, at(9_000)).await;
    assert_eq!(held, Ok(Acquire::Held { until: end }));
    let taken = bench.store.acquire(&first, "thief", end, at(9_000)).await;
    let Ok(Acquire::Granted(taken)) = taken else {
        panic!("{taken:?}")
    };
    assert_eq!(taken.epoch, Epoch(2));
}

#[tokio::test]
async fn a_released_lease_is_free_at_once_and_says_what_was_left() {
    let bench = Bench::new().await;
    let granted = bench.granted().await;
    assert_eq!(
        bench.store.release(release(&granted)).await,
        Ok(Put::Written)
    );
    let left = bench.stored().await;
    let expected = State {
        lease: None,
        unpushed: true,
        push_after: Some(at(2_000)),
        failing: Some(failing()),
        ..granted
    };
    assert_eq!(left, expected);
    let next = bench.grant(&left, "next", 1_001).await;
    let clean = Release {
        unpushed: false,
        push_after: None,
        failing: None,
        ..release(&next)
    };
    assert_eq!(bench.store.release(clean).await, Ok(Put::Written));
    let left = bench.stored().await;
    assert_eq!((left.push_after, left.failing), (None, None));
}

#[tokio::test]
async fn who_lost_the_lease_cannot_give_it_back() {
    let bench = Bench::new().await;
    let old = bench.granted().await;
    let new = bench.grant(&old, "thief", 5_000).await;
    assert_eq!(bench.store.release(release(&old)).await, Ok(Put::Conflict));
    assert_eq!(bench.stored().await, new);
}

#[tokio::test]
async fn an_acquire_after_the_token_moved_shows_the_state_of_now() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    let _ = bench
        .store
        .touch(&state(), &token("t1"), at(1))
        .await
        .unwrap();
    let late = bench.store.acquire(&state(), "late", at(2), at(600)).await;
    assert_eq!(late, Ok(Acquire::Moved(bench.stored().await)));
    assert_eq!(bench.stored().await.epoch, Epoch(0));
}

#[tokio::test]
async fn a_grant_whose_answer_was_lost_is_ours_and_counted_once() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    bench.disturb("UpdateItem", 1, lost_after());
    let granted = bench.grant(&state(), "worker", 0).await;
    assert_eq!(granted.epoch, Epoch(1));
    assert_eq!(bench.count("UpdateItem"), 2);
}

#[tokio::test]
async fn a_grant_is_found_even_if_no_try_was_answered() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    bench.disturb("UpdateItem", usize::MAX, lost_after());
    assert_eq!(bench.grant(&state(), "worker", 0).await.epoch, Epoch(1));
}

#[tokio::test]
async fn an_acquire_that_never_arrives_is_an_error_and_grants_nothing() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    bench.disturb("UpdateItem", usize::MAX, lost_before());
    let error = bench
        .store
        .acquire(&state(), "worker", at(0), at(600))
        .await;
    assert_eq!(error.unwrap_err().class(), Class::Unavailable);
    assert_eq!(bench.stored().await, state());
}

#[tokio::test]
async fn an_acquire_that_meets_a_transaction_is_tried_again() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    let conflict = Verdict::fail_before(DynamoFailure::TransactionConflict);
    bench.disturb("UpdateItem", 3, conflict);
    assert_eq!(bench.grant(&state(), "worker", 0).await.epoch, Epoch(1));
}

#[tokio::test]
async fn a_calendar_without_state_is_missed() {
    let bench = Bench::new().await;
    let error = bench
        .store
        .acquire(&state(), "worker", at(0), at(600))
        .await;
    assert_eq!(error.unwrap_err().class(), Class::Corrupt);
    assert_eq!(bench.store.state(calendar()).await, Ok(None));
}

#[tokio::test]
async fn a_state_is_created_once() {
    let bench = Bench::new().await;
    bench.disturb("PutItem", 1, lost_after());
    assert_eq!(bench.store.create_state(&state()).await, Ok(Put::Written));
    assert_eq!(bench.store.create_state(&state()).await, Ok(Put::Conflict));
}
