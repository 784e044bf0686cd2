//! Rows: compare-and-set on rev and epoch, and reads that miss nothing.

use std::collections::BTreeSet;

use shared::model::{Epoch, Have, Mirror, Rev, Row, RowWrite, Source, Stamp, Want};
use shared::store::{Class, Put};
use wire::faults::{DynamoFailure, Verdict};

use super::bench::{
    Bench, again, at, calendar, calendar_named, event, lost_after, new_row, new_rows, state,
};

async fn write_all(bench: &Bench, writes: &[RowWrite]) {
    for write in writes {
        assert_eq!(bench.store.put_row(write).await, Ok(Put::Written));
    }
}

#[tokio::test]
async fn a_row_is_written_only_on_the_rev_it_was_planned_on() {
    let bench = Bench::new().await;
    let first = new_row(&state(), "abc");
    write_all(&bench, std::slice::from_ref(&first)).await;
    assert_eq!(bench.store.put_row(&first).await, Ok(Put::Conflict));
    write_all(&bench, &[again(&first)]).await;
    assert_eq!(bench.store.put_row(&again(&first)).await, Ok(Put::Conflict));
}

#[tokio::test]
async fn a_row_whose_answer_was_lost_counts_as_written_once() {
    let bench = Bench::new().await;
    let first = new_row(&state(), "abc");
    for write in [first.clone(), again(&first)] {
        bench.disturb("PutItem", 1, lost_after());
        assert_eq!(bench.store.put_row(&write).await, Ok(Put::Written));
    }
    let rows = bench.store.calendar_rows(calendar()).await.unwrap();
    assert_eq!(rows, [again(&first).row]);
}

#[tokio::test]
async fn somebody_elses_row_after_a_lost_answer_is_a_conflict() {
    let bench = Bench::new().await;
    let mine = new_row(&state(), "abc");
    let mut theirs = mine.clone();
    theirs.row.source = Source::Unseen;
    write_all(&bench, &[theirs]).await;
    bench.disturb("PutItem", 1, lost_after());
    assert_eq!(bench.store.put_row(&mine).await, Ok(Put::Conflict));
}

#[tokio::test]
async fn a_writer_of_an_old_epoch_is_refused_though_it_knows_the_rev() {
    let bench = Bench::new().await;
    let mut newer = new_row(&state(), "abc");
    newer.row.epoch = Epoch(5);
    write_all(&bench, std::slice::from_ref(&newer)).await;
    let mut stale = again(&newer);
    stale.row.epoch = Epoch(4);
    assert_eq!(bench.store.put_row(&stale).await, Ok(Put::Conflict));
    stale.row.epoch = Epoch(5);
    assert_eq!(bench.store.put_row(&stale).await, Ok(Put::Written));
}

#[tokio::test]
async fn a_tombstone_keeps_a_late_writer_from_bringing_a_row_back() {
    let bench = Bench::new().await;
    let first = new_row(&state(), "abc");
    let mut tombstone = again(&first);
    tombstone.row.expires = Some(at(7 * 86_400));
    write_all(&bench, &[first.clone(), tombstone.clone()]).await;
    assert_eq!(bench.store.put_row(&first).await, Ok(Put::Conflict));
    assert_eq!(bench.store.put_row(&again(&first)).await, Ok(Put::Conflict));
    let rows = bench.store.calendar_rows(calendar()).await.unwrap();
    assert_eq!(rows, [tombstone.row]);
}

#[tokio::test]
async fn rows_are_read_by_key_over_several_batches_each_once() {
    let bench = Bench::new().await;
    let writes = new_rows(&state(), 230);
    write_all(&bench, &writes).await;
    let keys: Vec<_> = writes
        .iter()
        .map(|write| (write.row.calendar, write.row.key.clone()))
        .collect();
    let mut asked = keys.clone();
    asked.extend(keys.iter().take(50).cloned());
    asked.push((calendar(), event("missing")));
    let rows = bench.store.rows(&asked).await.unwrap();
    assert_eq!(
        rows.keys().cloned().collect::<BTreeSet<_>>(),
        keys.into_iter().collect()
    );
    assert_eq!(bench.count("BatchGetItem"), 3);
}

#[tokio::test]
async fn keys_that_were_left_unprocessed_are_asked_for_again() {
    let bench = Bench::new().await;
    let writes = new_rows(&state(), 120);
    write_all(&bench, &writes).await;
    bench.disturb("BatchGetItem", 3, Verdict::Leave(30));
    let keys: Vec<_> = writes
        .iter()
        .map(|write| (write.row.calendar, write.row.key.clone()))
        .collect();
    assert_eq!(bench.store.rows(&keys).await.unwrap().len(), 120);
}

#[tokio::test]
async fn a_batch_that_never_gets_on_counts_as_throttled() {
    let bench = Bench::new().await;
    bench.disturb("BatchGetItem", usize::MAX, Verdict::Leave(1));
    let error = bench.store.rows(&[(calendar(), event("abc"))]).await;
    assert_eq!(error.unwrap_err().class(), Class::Throttled);
}

#[tokio::test]
async fn no_keys_make_no_request() {
    let bench = Bench::new().await;
    assert!(bench.store.rows(&[]).await.unwrap().is_empty());
    assert_eq!(bench.count("BatchGetItem"), 0);
}

#[tokio::test]
async fn a_calendars_rows_come_whole_and_in_order_over_many_pages() {
    let bench = Bench::new().await;
    let mut writes = new_rows(&state(), 25);
    write_all(&bench, &writes).await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    bench.disturb("Query", usize::MAX, Verdict::Limit(4));
    let rows = bench.store.calendar_rows(calendar()).await.unwrap();
    writes.sort_by(|a, b| a.row.key.cmp(&b.row.key));
    let expected: Vec<Row> = writes.into_iter().map(|write| write.row).collect();
    assert_eq!(rows, expected);
    assert!(bench.count("Query") >= 7);
}

#[tokio::test]
async fn a_page_that_fails_is_read_again() {
    let bench = Bench::new().await;
    write_all(&bench, &new_rows(&state(), 3)).await;
    for failure in [
        DynamoFailure::Throttling,
        DynamoFailure::InternalServerError,
    ] {
        bench.disturb("Query", 2, Verdict::fail_before(failure));
        assert_eq!(
            bench.store.calendar_rows(calendar()).await.unwrap().len(),
            3
        );
    }
}

#[tokio::test]
async fn only_rows_with_something_to_push_are_pending() {
    let bench = Bench::new().await;
    let mut behind = new_row(&state(), "behind");
    let mirror = Mirror {
        want: Want::Hidden,
        have: Have::Unknown,
        ..Mirror::default()
    };
    behind.row.mirrors = [(calendar_named("two@example.com"), mirror)].into();
    behind.row.pending_since = Some(at(5));
    write_all(&bench, &[behind.clone(), new_row(&state(), "fine")]).await;
    let pending = bench.store.pending_rows(calendar()).await.unwrap();
    assert_eq!(pending, [behind.row.clone()]);
    let mut caught_up = again(&behind);
    for mirror in caught_up.row.mirrors.values_mut() {
        mirror.have = Have::Hidden;
    }
    caught_up.row.pending_since = None;
    write_all(&bench, &[caught_up]).await;
    assert_eq!(bench.store.pending_rows(calendar()).await, Ok(vec![]));
}

#[tokio::test]
async fn a_family_is_a_series_exceptions_and_nobody_elses() {
    let bench = Bench::new().await;
    let series = event("abc");
    let stamp = |text: &str| Stamp::parse(text).unwrap();
    let exception = |of: &str, day: &str, source: Option<Source>| {
        let key = shared::model::EventKey::exception(&event(of), &stamp(day));
        let mut write = new_row(&state(), key.as_str());
        write.row.source = source.unwrap_or(Source::Follows {
            series: event(of),
            original: stamp(day),
        });
        write
    };
    let ours = [
        exception("abc", "20260101", None),
        exception("abc", "20260102", Some(Source::Unseen)),
        exception("abc", "20260103", Some(Source::Gone)),
    ];
    let others = [
        new_row(&state(), "abc"),
        new_row(&state(), "abc_x"),
        exception("abcd", "20260101", None),
        exception("abc_x", "20260101", None),
    ];
    write_all(&bench, &ours).await;
    write_all(&bench, &others).await;
    let family = bench.store.family(calendar(), &series).await.unwrap();
    let expected: Vec<Row> = ours.into_iter().map(|write| write.row).collect();
    assert_eq!(family, expected);
    assert!(family.iter().all(|row| row.rev == Rev(1)));
}
