use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use super::fixture::{code, world};

fn entry(id: &str, body: &str, delay: i32) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body);
    entry.delay_seconds(delay).build().unwrap()
}

fn ids(failed: &[BatchResultErrorEntry]) -> Vec<&str> {
    failed.iter().map(BatchResultErrorEntry::id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_sent_but_for_the_messages_that_are_refused() {
    let world = world();
    let queue = world.queue(30).await;
    let asked = world.client.send_message_batch().queue_url(&queue);
    let entries = [
        entry("1", "one", 0),
        entry("2", "late", 901),
        entry("3", "bad\u{1}", 0),
        entry("4", "four", 0),
    ];
    let answer = asked
        .set_entries(Some(entries.into()))
        .send()
        .await
        .unwrap();
    let sent: Vec<&str> = answer.successful().iter().map(|entry| entry.id()).collect();
    assert_eq!(sent, ["1", "4"]);
    assert_eq!(ids(answer.failed()), ["2", "3"]);
    assert!(answer.failed().iter().all(|entry| entry.sender_fault()));
    assert_eq!(answer.failed()[1].code(), "InvalidMessageContents");
    assert_eq!(world.bodies(&queue, 10).await, ["one", "four"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_wrong_as_a_whole_sends_nothing() {
    let world = world();
    let queue = world.queue(30).await;
    let send = async |entries: Vec<SendMessageBatchRequestEntry>| {
        let asked = world.client.send_message_batch().queue_url(&queue);
        code(asked.set_entries(Some(entries)).send().await)
    };
    let eleven = (0..11)
        .map(|number| entry(&number.to_string(), "x", 0))
        .collect();
    assert_eq!(
        send(eleven).await,
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
    );
    let same = vec![entry("a", "x", 0), entry("a", "x", 0)];
    assert_eq!(
        send(same).await,
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
    );
    let large = (0..10)
        .map(|number| entry(&number.to_string(), &"x".repeat(200_000), 0))
        .collect();
    assert_eq!(
        send(large).await,
        "AWS.SimpleQueueService.BatchRequestTooLong"
    );
    assert_eq!(
        send(vec![entry("a b", "x", 0)]).await,
        "AWS.SimpleQueueService.InvalidBatchEntryId"
    );
    assert_eq!(
        send(Vec::new()).await,
        "AWS.SimpleQueueService.EmptyBatchRequest"
    );
    assert!(world.is_empty(&queue).await);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_deleted_but_for_receipts_that_are_none() {
    let world = world();
    let queue = world.queue(30).await;
    world.send(&queue, "x").await;
    let receipt = world.one(&queue).await.receipt_handle.unwrap();
    let entry = |id: &str, receipt: &str| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(id);
        entry.receipt_handle(receipt).build().unwrap()
    };
    let asked = world.client.delete_message_batch().queue_url(&queue);
    let entries = vec![entry("a", &receipt), entry("b", "garbage")];
    let answer = asked.set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "a");
    assert_eq!(ids(answer.failed()), ["b"]);
    assert_eq!(world.sqs.depth("q").unwrap().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn visibility_is_changed_but_for_receipts_that_are_none() {
    let world = world();
    let queue = world.queue(30).await;
    world.send(&queue, "x").await;
    let receipt = world.one(&queue).await.receipt_handle.unwrap();
    let entry = |id: &str, receipt: &str| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id);
        entry
            .receipt_handle(receipt)
            .visibility_timeout(0)
            .build()
            .unwrap()
    };
    let asked = world
        .client
        .change_message_visibility_batch()
        .queue_url(&queue);
    let entries = vec![entry("a", &receipt), entry("b", "garbage")];
    let answer = asked.set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "a");
    assert_eq!(ids(answer.failed()), ["b"]);
    world.one(&queue).await;
}
