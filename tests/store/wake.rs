//! Wakes: none is lost, and none is served by a sync that did not see it.

use shared::store::Put;

use super::bench::{Bench, at, calendar, calendar_named, lost_after};

#[tokio::test]
async fn a_wake_is_there_until_it_is_served() {
    let bench = Bench::new().await;
    assert_eq!(bench.store.wake(calendar()).await, Ok(0));
    let first = bench.store.bump(calendar(), at(0)).await.unwrap();
    assert!(first > 0);
    let second = bench.store.bump(calendar(), at(0)).await.unwrap();
    assert_eq!(second, first + 1);
    assert_eq!(bench.store.wake(calendar()).await, Ok(second));
    assert_eq!(
        bench.store.serve(calendar(), second).await,
        Ok(Put::Written)
    );
    assert_eq!(bench.store.wake(calendar()).await, Ok(0));
}

#[tokio::test]
async fn a_wake_that_came_later_is_not_served_along() {
    let bench = Bench::new().await;
    let seen = bench.store.bump(calendar(), at(0)).await.unwrap();
    let later = bench.store.bump(calendar(), at(0)).await.unwrap();
    assert_eq!(bench.store.serve(calendar(), seen).await, Ok(Put::Conflict));
    assert_eq!(bench.store.wake(calendar()).await, Ok(later));
}

#[tokio::test]
async fn a_new_wake_is_not_taken_for_one_that_was_served_before() {
    let bench = Bench::new().await;
    // Two syncs read the same count; the first serves it; then somebody wakes the calendar again.
    let seen = bench.store.bump(calendar(), at(0)).await.unwrap();
    assert_eq!(bench.store.serve(calendar(), seen).await, Ok(Put::Written));
    let new = bench.store.bump(calendar(), at(0)).await.unwrap();
    assert_eq!(bench.store.serve(calendar(), seen).await, Ok(Put::Conflict));
    assert_eq!(bench.store.wake(calendar()).await, Ok(new));
}

#[tokio::test]
async fn serving_nothing_makes_no_request() {
    let bench = Bench::new().await;
    assert_eq!(bench.store.serve(calendar(), 0).await, Ok(Put::Written));
    assert_eq!(bench.count("DeleteItem"), 0);
}

#[tokio::test]
async fn lost_answers_lose_no_wake_and_count_a_served_one_as_served() {
    let bench = Bench::new().await;
    bench.disturb("UpdateItem", 1, lost_after());
    let count = bench.store.bump(calendar(), at(0)).await.unwrap();
    bench.disturb("DeleteItem", 1, lost_after());
    assert_eq!(bench.store.serve(calendar(), count).await, Ok(Put::Written));
    assert_eq!(bench.store.wake(calendar()).await, Ok(0));
}

#[tokio::test]
async fn the_unserved_of_all_shards_are_found() {
    let bench = Bench::new().await;
    let mut expected = Vec::new();
    for number in 0..20 {
        let calendar = calendar_named(&format!("{number}@example.com"));
        expected.push((calendar, bench.store.bump(calendar, at(0)).await.unwrap()));
    }
    let (served, count) = expected.remove(7);
    let _ = bench.store.serve(served, count).await.unwrap();
    let unserved = bench.store.unserved().await.unwrap();
    assert!(unserved.iter().all(|wake| wake.since == at(0)));
    let mut unserved: Vec<_> = unserved
        .iter()
        .map(|wake| (wake.calendar, wake.count))
        .collect();
    unserved.sort();
    expected.sort();
    assert_eq!(unserved, expected);
}
