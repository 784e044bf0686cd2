//! What each request costs, as docs/table.md says. Counted on the engine in the process only.

use shared::model::Rev;
use shared::store::Store;
use wire::Usage;

use super::bench::{Bench, again, at, calendar, commit, new_row, new_rows, state, token};

/// What `work` uses: requests, write units, read units.
async fn cost<F: Future<Output = ()>>(
    bench: &Bench,
    work: impl FnOnce(Store) -> F,
) -> (u64, f64, f64) {
    let before: Usage = bench.taps.meter.usage();
    work(bench.store.clone()).await;
    let used = bench.taps.meter.usage().since(&before);
    (used.total_requests(), used.write_units, used.read_units)
}

#[tokio::test]
async fn each_request_costs_what_the_table_says() {
    let bench = Bench::new().await;
    if !bench.in_process() {
        return;
    }
    let _ = bench.store.create_state(&state()).await.unwrap();
    let read = cost(&bench, |store| async move {
        let _ = store.state(calendar()).await.unwrap();
    });
    assert_eq!(read.await, (1, 0.0, 1.0));
    let wake = cost(&bench, |store| async move {
        let _ = store.wake(calendar()).await.unwrap();
    });
    assert_eq!(wake.await, (1, 0.0, 1.0));
    let touch = cost(&bench, |store| async move {
        let _ = store.touch(&state(), &token("t1"), at(1)).await.unwrap();
    });
    assert_eq!(touch.await, (1, 1.0, 0.0));
    let row = cost(&bench, |store| async move {
        let _ = store.put_row(&new_row(&state(), "abc")).await.unwrap();
    });
    assert_eq!(row.await, (1, 1.0, 0.0));
    let update = cost(&bench, |store| async move {
        let write = again(&new_row(&state(), "abc"));
        assert_eq!(write.expected, Rev(1));
        let _ = store.put_row(&write).await.unwrap();
    });
    assert_eq!(update.await, (1, 1.0, 0.0));
}

#[tokio::test]
async fn a_commit_of_n_rows_costs_two_units_for_each_item() {
    let bench = Bench::new().await;
    if !bench.in_process() {
        return;
    }
    let before = bench.granted().await;
    let commit = commit(&before, 1, "t1", new_rows(&before, 10));
    let used = cost(&bench, |store| async move {
        let _ = store.commit(&commit).await.unwrap();
    });
    assert_eq!(used.await, (1, 2.0 * 12.0, 0.0));
}

#[tokio::test]
async fn a_minute_of_the_wheel_and_a_sweep_cost_a_few_reads() {
    let bench = Bench::new().await;
    if !bench.in_process() {
        return;
    }
    let due = cost(&bench, |store| async move {
        let _ = store.due(29_460_000).await.unwrap();
    });
    let (requests, written, read) = due.await;
    assert_eq!((requests, written), (8, 0.0));
    assert!(read <= 8.0, "{read}");
    let sweep = cost(&bench, |store| async move {
        let _ = store.unserved().await.unwrap();
    });
    assert_eq!(sweep.await.0, 4);
}
