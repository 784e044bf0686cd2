//! The journal: staged whole, read back whole, or reported as damaged.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::model::{CommitId, Epoch, JournalPointer};
use shared::store::{Class, CommitOutcome, Put};
use wire::faults::Verdict;

use super::bench::{Bench, at, calendar, commit, lost_after};

const BATCH: &str = "BatchWriteItem";

/// Facts of 10,000 events, poor in repetition, so that they fill several chunks.
fn facts() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let lines =
        (0..10_000).map(|n| format!("{n:05} {:032x}{:032x}\n", random.u128(..), random.u128(..)));
    lines.collect::<String>().into_bytes()
}

fn id() -> CommitId {
    CommitId::new(Epoch(1), 1)
}

async fn staged(bench: &Bench) -> JournalPointer {
    let staged = bench
        .store
        .stage(calendar(), &id(), &facts(), at(86_400))
        .await;
    staged.unwrap()
}

/// The stored chunks, in order.
async fn chunks(bench: &Bench) -> Vec<std::collections::HashMap<String, AttributeValue>> {
    let pk = format!("CAL#{}", calendar());
    let found = bench
        .raw
        .query()
        .table_name(&bench.table)
        .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
        .expression_attribute_values(":pk", AttributeValue::S(pk))
        .expression_attribute_values(":sk", AttributeValue::S("JOURNAL#".into()))
        .send();
    found.await.unwrap().items.unwrap_or_default()
}

#[tokio::test]
async fn ten_thousand_facts_come_back_as_they_were() {
    let bench = Bench::new().await;
    let pointer = staged(&bench).await;
    assert!(pointer.chunks > 1, "{pointer:?}");
    assert_eq!(bench.store.journal(calendar(), &pointer).await, Ok(facts()));
}

#[tokio::test]
async fn chunks_that_were_left_unprocessed_are_written_before_staging_ends() {
    let bench = Bench::new().await;
    bench.disturb(BATCH, 2, Verdict::Leave(1));
    let pointer = staged(&bench).await;
    assert_eq!(bench.count(BATCH), 3);
    assert_eq!(chunks(&bench).await.len(), pointer.chunks as usize);
    assert_eq!(bench.store.journal(calendar(), &pointer).await, Ok(facts()));
}

#[tokio::test]
async fn staging_that_never_ends_gives_no_pointer() {
    let bench = Bench::new().await;
    bench.disturb(BATCH, usize::MAX, Verdict::Leave(100));
    let error = bench.store.stage(calendar(), &id(), &facts(), at(0)).await;
    assert_eq!(error.unwrap_err().class(), Class::Throttled);
}

#[tokio::test]
async fn staging_twice_is_staging_once() {
    let bench = Bench::new().await;
    bench.disturb(BATCH, 1, lost_after());
    let pointer = staged(&bench).await;
    assert_eq!(staged(&bench).await, pointer);
    assert_eq!(bench.store.journal(calendar(), &pointer).await, Ok(facts()));
}

#[tokio::test]
async fn a_missing_chunk_is_damage() {
    let bench = Bench::new().await;
    let pointer = staged(&bench).await;
    let last = chunks(&bench).await.pop().unwrap();
    let gone = bench
        .raw
        .delete_item()
        .table_name(&bench.table)
        .key("pk", last["pk"].clone())
        .key("sk", last["sk"].clone());
    let _ = gone.send().await.unwrap();
    let error = bench.store.journal(calendar(), &pointer).await.unwrap_err();
    assert_eq!(error.class(), Class::Corrupt);
}

#[tokio::test]
async fn one_changed_byte_is_damage() {
    let bench = Bench::new().await;
    let pointer = staged(&bench).await;
    let mut first = chunks(&bench).await.remove(0);
    let mut bytes = first["bytes"].as_b().unwrap().clone().into_inner();
    bytes[100] ^= 1;
    first.insert("bytes".into(), AttributeValue::B(Blob::new(bytes)));
    let put = bench.raw.put_item().table_name(&bench.table);
    let _ = put.set_item(Some(first)).send().await.unwrap();
    let error = bench.store.journal(calendar(), &pointer).await.unwrap_err();
    assert_eq!(error.class(), Class::Corrupt);
}

/// Commits the pointer and returns the state with it.
async fn flipped(bench: &Bench) -> shared::model::State {
    let before = bench.granted().await;
    let pointer = staged(bench).await;
    let mut flip = commit(&before, 1, "t1", vec![]);
    flip.state_after.journal = Some(pointer);
    let done = bench.store.commit(&flip).await;
    assert_eq!(done, Ok(CommitOutcome::Committed));
    flip.state_after
}

#[tokio::test]
async fn an_applied_journal_is_dropped_by_its_holder_with_its_chunks() {
    let bench = Bench::new().await;
    let state = flipped(&bench).await;
    let dropped = bench
        .store
        .drop_journal(calendar(), state.epoch, &id())
        .await;
    assert_eq!(dropped, Ok(Put::Written));
    assert_eq!(bench.stored().await.journal, None);
    assert!(chunks(&bench).await.is_empty());
}

#[tokio::test]
async fn an_old_holder_or_another_commit_drops_nothing() {
    let bench = Bench::new().await;
    let state = flipped(&bench).await;
    let other = CommitId::new(Epoch(1), 99);
    let wrong = bench
        .store
        .drop_journal(calendar(), state.epoch, &other)
        .await;
    assert_eq!(wrong, Ok(Put::Conflict));
    let new = bench.grant(&state, "thief", 5_000).await;
    assert_eq!(new.journal, state.journal);
    let late = bench
        .store
        .drop_journal(calendar(), state.epoch, &id())
        .await;
    assert_eq!(late, Ok(Put::Conflict));
    assert_eq!(bench.stored().await.journal, state.journal);
    assert!(!chunks(&bench).await.is_empty());
}

#[tokio::test]
async fn a_drop_whose_answer_was_lost_counts_as_done() {
    let bench = Bench::new().await;
    let state = flipped(&bench).await;
    bench.disturb("UpdateItem", 1, lost_after());
    let dropped = bench
        .store
        .drop_journal(calendar(), state.epoch, &id())
        .await;
    assert_eq!(dropped, Ok(Put::Written));
}
