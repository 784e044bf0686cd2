use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName,
};

use super::fixture::{code, pass, system, world};

#[tokio::test(start_paused = true)]
async fn what_was_received_too_often_goes_to_the_dead_letters_as_it_is() {
    let world = world();
    let (queue, dead) = world.with_dead("2").await;
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v");
    let asked = world
        .client
        .send_message()
        .queue_url(&queue)
        .message_body("poison");
    let sent = asked
        .message_attributes("k", value.build().unwrap())
        .send()
        .await
        .unwrap();
    for _ in 0..2 {
        world.one(&queue).await;
    }
    assert!(world.is_empty(&queue).await);
    let letter = world.one(&dead).await;
    assert_eq!(letter.message_id, sent.message_id);
    assert_eq!(letter.body.as_deref(), Some("poison"));
    assert_eq!(
        letter.message_attributes.as_ref().unwrap()["k"].string_value(),
        Some("v")
    );
    let source = world.arn(&queue).await;
    assert_eq!(
        system(&letter, System::DeadLetterQueueSourceArn),
        Some(source.as_str())
    );
    assert_eq!(system(&letter, System::ApproximateReceiveCount), Some("3"));
}

#[tokio::test(start_paused = true)]
async fn the_count_may_be_text_and_the_sources_are_listed() {
    let world = world();
    let (queue, dead) = world.with_dead("\"1\"").await;
    world.send(&queue, "x").await;
    world.one(&queue).await;
    assert!(world.is_empty(&queue).await);
    world.one(&dead).await;
    let listed = world
        .client
        .list_dead_letter_source_queues()
        .queue_url(&dead)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.queue_urls(), [queue]);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_moved_back_as_new_messages() {
    let world = world();
    let (queue, dead) = world.with_dead("1").await;
    let id = world.send(&queue, "x").await;
    world.one(&queue).await;
    assert!(world.is_empty(&queue).await);
    let arn = world.arn(&dead).await;
    world
        .client
        .start_message_move_task()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    let again = world
        .client
        .start_message_move_task()
        .source_arn(&arn)
        .send()
        .await;
    assert_eq!(code(again), "AWS.SimpleQueueService.UnsupportedOperation");
    let moved = world.receive(&queue, 1, 2).await;
    assert_ne!(moved[0].message_id.as_ref(), Some(&id));
    assert_eq!(
        system(&moved[0], System::ApproximateReceiveCount),
        Some("1")
    );
    pass(1.0).await;
    let tasks = world
        .client
        .list_message_move_tasks()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    let task = &tasks.results()[0];
    assert_eq!(task.status.as_deref(), Some("COMPLETED"));
    assert_eq!(task.approximate_number_of_messages_moved, 1);
    assert_eq!(task.task_handle, None);
}

#[tokio::test(start_paused = true)]
async fn a_move_keeps_to_its_rate_and_can_be_stopped() {
    let world = world();
    let (queue, dead) = world.with_dead("1").await;
    for _ in 0..10 {
        world.send(&queue, "x").await;
    }
    world.receive(&queue, 10, 0).await;
    world.receive(&queue, 10, 0).await;
    let arn = world.arn(&dead).await;
    let start = world.client.start_message_move_task().source_arn(&arn);
    let started = start
        .max_number_of_messages_per_second(2)
        .send()
        .await
        .unwrap();
    pass(2.0).await;
    let cancel = world.client.cancel_message_move_task();
    let stopped = cancel
        .task_handle(started.task_handle.unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(stopped.approximate_number_of_messages_moved, 4);
    pass(60.0).await;
    assert_eq!(world.sqs.depth("q").unwrap().visible, 4);
    assert_eq!(world.sqs.depth("dead").unwrap().visible, 6);
}

#[tokio::test(start_paused = true)]
async fn letters_that_never_were_elsewhere_need_to_be_told_where_to_go() {
    let world = world();
    let (queue, dead) = world.with_dead("1").await;
    world.send(&dead, "x").await;
    let arn = world.arn(&dead).await;
    world
        .client
        .start_message_move_task()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    pass(1.0).await;
    let tasks = world
        .client
        .list_message_move_tasks()
        .source_arn(&arn)
        .send()
        .await
        .unwrap();
    let task = &tasks.results()[0];
    assert_eq!(
        task.failure_reason.as_deref(),
        Some("CouldNotDetermineMessageSource")
    );
    let target = world.arn(&queue).await;
    let start = world.client.start_message_move_task().source_arn(&arn);
    start.destination_arn(target).send().await.unwrap();
    assert_eq!(world.receive(&queue, 1, 2).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_dead_letters_are_moved() {
    let world = world();
    let queue = world.queue(30).await;
    let arn = world.arn(&queue).await;
    let answer = world
        .client
        .start_message_move_task()
        .source_arn(arn)
        .send()
        .await;
    assert_eq!(code(answer), "InvalidParameterValue");
    let answer = world
        .client
        .start_message_move_task()
        .source_arn("arn:none")
        .send()
        .await;
    assert_eq!(code(answer), "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_queue_may_choose_whose_letters_it_takes() {
    let world = world();
    let allow = r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:q"]}"#;
    let dead = world.make("dead", &[("RedriveAllowPolicy", allow)]).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#,
        world.arn(&dead).await
    );
    world.make("q", &[("RedrivePolicy", &policy)]).await;
    let other = world.client.create_queue().queue_name("other");
    let other = other
        .attributes(QueueAttributeName::RedrivePolicy, policy)
        .send()
        .await;
    assert_eq!(code(other), "InvalidParameterValue");
}
