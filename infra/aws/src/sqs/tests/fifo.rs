use super::fixture::{World, code, pass, world};
use aws_sdk_sqs::types::MessageSystemAttributeName as System;

async fn fifo(world: &World, more: &[(&str, &str)]) -> String {
    let mut attributes = vec![("FifoQueue", "true")];
    attributes.extend(more);
    world.make("q.fifo", &attributes).await
}

#[tokio::test(start_paused = true)]
async fn a_group_waits_for_its_first_message() {
    let world = world();
    let queue = fifo(&world, &[("VisibilityTimeout", "2")]).await;
    for (group, body) in [("A", "1"), ("A", "2"), ("B", "3"), ("A", "4")] {
        world.send_fifo(&queue, group, body, body).await;
    }
    let first = world.one(&queue).await;
    assert_eq!(first.body.as_deref(), Some("1"));
    assert_eq!(
        super::fixture::system(&first, System::MessageGroupId),
        Some("A")
    );
    assert_eq!(world.bodies(&queue, 10).await, ["3"]);
    world.delete(&queue, &first).await;
    assert_eq!(world.bodies(&queue, 10).await, ["2", "4"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_again_comes_in_order() {
    let world = world();
    let queue = fifo(&world, &[("VisibilityTimeout", "1")]).await;
    for body in ["1", "2", "3"] {
        world.send_fifo(&queue, "A", body, body).await;
    }
    assert_eq!(world.bodies(&queue, 2).await, ["1", "2"]);
    assert!(world.is_empty(&queue).await);
    pass(1.0).await;
    assert_eq!(world.bodies(&queue, 10).await, ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_deduplication_id_counts_for_five_minutes_also_after_a_deletion() {
    let world = world();
    let queue = fifo(&world, &[]).await;
    let first = world.send_fifo(&queue, "A", "x", "d").await;
    assert_eq!(first, world.send_fifo(&queue, "A", "y", "d").await);
    let message = world.one(&queue).await;
    world.delete(&queue, &message).await;
    world.send_fifo(&queue, "A", "z", "d").await;
    assert!(world.is_empty(&queue).await);
    pass(300.0).await;
    world.send_fifo(&queue, "A", "z", "d").await;
    assert_eq!(world.bodies(&queue, 10).await, ["z"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_content_counts_once_where_the_queue_says_so() {
    let world = world();
    let queue = fifo(&world, &[("ContentBasedDeduplication", "true")]).await;
    for body in ["x", "x", "y"] {
        let asked = world
            .client
            .send_message()
            .queue_url(&queue)
            .message_body(body);
        asked.message_group_id("A").send().await.unwrap();
    }
    assert_eq!(world.bodies(&queue, 10).await, ["x", "y"]);
}

#[tokio::test(start_paused = true)]
async fn group_and_deduplication_id_are_asked_for() {
    let world = world();
    let queue = fifo(&world, &[]).await;
    let asked = || {
        world
            .client
            .send_message()
            .queue_url(&queue)
            .message_body("x")
    };
    let answer = asked().message_deduplication_id("d").send().await;
    assert_eq!(code(answer), "MissingParameter");
    let answer = asked().message_group_id("A").send().await;
    assert_eq!(code(answer), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_no_longer_holds_its_group_up() {
    let world = world();
    let dead = world.make("dead.fifo", &[("FifoQueue", "true")]).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#,
        world.arn(&dead).await
    );
    let queue = fifo(
        &world,
        &[("VisibilityTimeout", "0"), ("RedrivePolicy", &policy)],
    )
    .await;
    for body in ["1", "2"] {
        world.send_fifo(&queue, "A", body, body).await;
    }
    assert_eq!(world.bodies(&queue, 1).await, ["1"]);
    assert_eq!(world.bodies(&queue, 1).await, ["2"]);
    assert_eq!(world.bodies(&dead, 1).await, ["1"]);
}
