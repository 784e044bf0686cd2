use std::time::Duration;

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName,
};
use tokio::time::Instant;

use super::fixture::{code, pass, system, world};

#[tokio::test(start_paused = true)]
async fn what_is_not_deleted_comes_again_with_another_receipt_and_is_counted() {
    let world = world();
    let queue = world.queue(1).await;
    world.send(&queue, "x").await;
    let first = world.one(&queue).await;
    assert_eq!(system(&first, System::ApproximateReceiveCount), Some("1"));
    assert!(world.is_empty(&queue).await);
    pass(1.0).await;
    let second = world.one(&queue).await;
    assert_eq!(first.message_id, second.message_id);
    assert_ne!(first.receipt_handle, second.receipt_handle);
    assert_eq!(system(&second, System::ApproximateReceiveCount), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_may_hide_a_message_for_another_time() {
    let world = world();
    let queue = world.queue(30).await;
    world.send(&queue, "x").await;
    let asked = world.client.receive_message().queue_url(&queue);
    asked.visibility_timeout(1).send().await.unwrap();
    pass(1.0).await;
    world.one(&queue).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_gone_and_an_old_receipt_deletes_nothing() {
    let world = world();
    let queue = world.queue(0).await;
    world.send(&queue, "x").await;
    let old = world.one(&queue).await;
    let new = world.one(&queue).await;
    world.delete(&queue, &old).await;
    assert_eq!(world.sqs.depth("q").unwrap().visible, 1);
    world.delete(&queue, &new).await;
    world.delete(&queue, &new).await;
    assert!(world.is_empty(&queue).await);
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_when_a_message_is_sent() {
    let world = world();
    let queue = world.queue(30).await;
    let began = Instant::now();
    let sending = async {
        pass(1.0).await;
        world.send(&queue, "x").await
    };
    let (_, received) = tokio::join!(sending, world.receive(&queue, 1, 5));
    assert_eq!(received.len(), 1);
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_without_a_message_takes_its_time() {
    let world = world();
    let queue = world.queue(30).await;
    let began = Instant::now();
    assert!(world.receive(&queue, 1, 2).await.is_empty());
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_when_a_message_becomes_visible_again() {
    let world = world();
    let queue = world.queue(1).await;
    world.send(&queue, "x").await;
    world.one(&queue).await;
    let began = Instant::now();
    assert_eq!(world.receive(&queue, 1, 5).await.len(), 1);
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_queue_can_say_how_long_polls_wait() {
    let world = world();
    let queue = world
        .make("q", &[("ReceiveMessageWaitTimeSeconds", "2")])
        .await;
    let began = Instant::now();
    world
        .client
        .receive_message()
        .queue_url(&queue)
        .send()
        .await
        .unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn visibility_is_ended_and_extended() {
    let world = world();
    let queue = world.queue(30).await;
    world.send(&queue, "x").await;
    let change = async |message: &aws_sdk_sqs::types::Message, seconds| {
        let receipt = message.receipt_handle.clone().unwrap();
        let asked = world.client.change_message_visibility().queue_url(&queue);
        asked
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
            .await
    };
    let first = world.one(&queue).await;
    change(&first, 0).await.unwrap();
    let again = change(&first, 5).await;
    assert_eq!(code(again), "AWS.SimpleQueueService.MessageNotInflight");
    let second = world.one(&queue).await;
    change(&second, 40).await.unwrap();
    pass(35.0).await;
    assert!(world.is_empty(&queue).await);
    pass(5.0).await;
    world.one(&queue).await;
}

#[tokio::test(start_paused = true)]
async fn a_receipt_that_is_none_is_refused() {
    let world = world();
    let queue = world.queue(30).await;
    let asked = world.client.delete_message().queue_url(&queue);
    let answer = asked.receipt_handle("garbage").send().await;
    assert_eq!(code(answer), "ReceiptHandleIsInvalid");
}

#[tokio::test(start_paused = true)]
async fn a_body_may_have_a_mebibyte_and_no_more() {
    let world = world();
    let queue = world.queue(30).await;
    world.send(&queue, &"x".repeat(1024 * 1024)).await;
    assert_eq!(world.one(&queue).await.body.unwrap().len(), 1024 * 1024);
    let asked = world.client.send_message().queue_url(&queue);
    let answer = asked.message_body("x".repeat(1024 * 1024 + 1)).send().await;
    assert_eq!(code(answer), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_message_is_counted_and_comes_when_its_time_has_come() {
    let world = world();
    let queue = world.queue(30).await;
    let asked = world
        .client
        .send_message()
        .queue_url(&queue)
        .message_body("x");
    asked.delay_seconds(2).send().await.unwrap();
    assert!(world.is_empty(&queue).await);
    let attributes = world.attributes(&queue).await;
    assert_eq!(attributes["ApproximateNumberOfMessagesDelayed"], "1");
    assert_eq!(world.receive(&queue, 1, 5).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_waits_and_what_is_in_flight_is_counted() {
    let world = world();
    let queue = world.queue(30).await;
    for _ in 0..3 {
        world.send(&queue, "x").await;
    }
    world.one(&queue).await;
    let attributes = world.attributes(&queue).await;
    assert_eq!(attributes["ApproximateNumberOfMessages"], "2");
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_message_is_dropped_when_its_retention_has_passed() {
    let world = world();
    let queue = world.make("q", &[("MessageRetentionPeriod", "60")]).await;
    world.send(&queue, "x").await;
    pass(60.0).await;
    assert!(world.is_empty(&queue).await);
}

#[tokio::test(start_paused = true)]
async fn a_message_tells_when_and_by_whom_it_was_sent() {
    let world = world();
    let queue = world.queue(30).await;
    let asked = world
        .client
        .send_message()
        .queue_url(&queue)
        .message_body("x");
    asked.message_group_id("ann").send().await.unwrap();
    let message = world.one(&queue).await;
    for name in [
        System::SenderId,
        System::SentTimestamp,
        System::ApproximateFirstReceiveTimestamp,
    ] {
        assert!(system(&message, name.clone()).is_some(), "{name}");
    }
    assert_eq!(system(&message, System::MessageGroupId), Some("ann"));
}

#[tokio::test(start_paused = true)]
async fn attributes_travel_beside_the_body_with_their_digest() {
    let world = world();
    let queue = world.queue(30).await;
    let value = |kind: &str| MessageAttributeValue::builder().data_type(kind);
    let asked = world
        .client
        .send_message()
        .queue_url(&queue)
        .message_body("x");
    let sent = asked
        .message_attributes("s", value("String").string_value("v").build().unwrap())
        .message_attributes(
            "b",
            value("Binary")
                .binary_value(Blob::new([1]))
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    let message = world.one(&queue).await;
    let attributes = message.message_attributes.unwrap();
    assert_eq!(attributes["s"].string_value.as_deref(), Some("v"));
    assert_eq!(attributes["b"].binary_value, Some(Blob::new([1])));
    assert_eq!(
        message.md5_of_message_attributes,
        sent.md5_of_message_attributes
    );
    assert!(message.md5_of_message_attributes.is_some());
    assert_eq!(message.md5_of_body, sent.md5_of_message_body);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_there_is_refused() {
    let world = world();
    let answer = world.client.get_queue_url().queue_name("none").send().await;
    let error = answer.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
    let asked = world
        .client
        .send_message()
        .queue_url("http://sqs.local/000000000000/none");
    let answer = asked.message_body("x").send().await;
    assert!(
        answer
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_made_once_and_not_twice_otherwise() {
    let world = world();
    let first = world.queue(10).await;
    assert_eq!(first, world.queue(10).await);
    let other = world.client.create_queue().queue_name("q");
    let other = other.attributes(QueueAttributeName::VisibilityTimeout, "11");
    assert_eq!(code(other.send().await), "QueueAlreadyExists");
    let listed = world.client.list_queues().send().await.unwrap();
    assert_eq!(listed.queue_urls(), [first]);
}

#[tokio::test(start_paused = true)]
async fn a_purge_empties_a_queue_once_a_minute() {
    let world = world();
    let queue = world.queue(30).await;
    world.send(&queue, "x").await;
    world
        .client
        .purge_queue()
        .queue_url(&queue)
        .send()
        .await
        .unwrap();
    assert!(world.is_empty(&queue).await);
    let again = world.client.purge_queue().queue_url(&queue).send().await;
    assert_eq!(code(again), "AWS.SimpleQueueService.PurgeQueueInProgress");
}

#[tokio::test(start_paused = true)]
async fn many_receivers_get_each_message_once() {
    let world = world();
    let queue = world.queue(60).await;
    for number in 0..300 {
        world.send(&queue, &number.to_string()).await;
    }
    let receivers = (0..32).map(async |_| {
        let mut got = Vec::new();
        loop {
            let bodies = world.bodies(&queue, 10).await;
            if bodies.is_empty() {
                return got;
            }
            got.extend(bodies);
        }
    });
    let got = futures::future::join_all(receivers).await;
    let mut got: Vec<String> = got.into_iter().flatten().collect();
    assert_eq!(got.len(), 300);
    got.sort();
    got.dedup();
    assert_eq!(got.len(), 300);
}

#[tokio::test(start_paused = true)]
async fn encryption_and_tags_are_kept() {
    let world = world();
    let queue = world.make("q", &[("SqsManagedSseEnabled", "true")]).await;
    world
        .client
        .tag_queue()
        .queue_url(&queue)
        .tags("a", "b")
        .send()
        .await
        .unwrap();
    let tags = world
        .client
        .list_queue_tags()
        .queue_url(&queue)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags.unwrap()["a"], "b");
    assert_eq!(
        world.attributes(&queue).await["SqsManagedSseEnabled"],
        "true"
    );
}

#[tokio::test(start_paused = true)]
async fn settings_out_of_range_are_refused() {
    let world = world();
    for (name, value) in [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "x"),
        ("Unknown", "1"),
    ] {
        let asked = world.client.create_queue().queue_name("other");
        let answer = asked
            .attributes(QueueAttributeName::from(name), value)
            .send()
            .await;
        assert!(code(answer).starts_with("InvalidAttribute"), "{name}");
    }
}
