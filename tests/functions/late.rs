//! A worker whose time is over answers all the same, and what it left is asked for again.

use std::time::Duration;

use aws::shape::Queue;
use serde_json::json;
use shared::queue::{Message, ToSync};
use shared::schedule::Asked;
use wire::Schedule;
use wire::faults::{Gate, Service, Verdict};

use super::cloud::{Cloud, calendar};
use super::drive::{Minute, TIMEOUT};
use crate::bench::timed;

#[tokio::test(start_paused = true)]
async fn a_sync_that_google_never_answers_is_left_before_its_time_is_over() {
    let cloud = Cloud::of(1, 2, |google, person| {
        google
            .insert_event(&calendar(person, 0), timed("event", 9, 9))
            .unwrap();
    })
    .await;
    cloud.connect().await;
    let gate = Gate::new();
    let held = gate.clone();
    let schedule = Schedule::new(move |call| match call.service {
        Service::Google => Verdict::hold(&held),
        Service::DynamoDb | Service::Sns | Service::Sqs | Service::Secrets => Verdict::Pass,
    });
    let functions = cloud.functions(&schedule, 1).await;
    let asked = Asked {
        calendar: cloud.ids(0)[0],
        every: None,
    };
    let message =
        json!({ "QueueUrl": cloud.url(Queue::Sync), "MessageBody": ToSync::new(asked).body() });
    cloud.sqs.call("SendMessage", &message).await.unwrap();
    let (began, mut minute) = (cloud.now(), Minute::default());
    cloud.drain(&functions, &mut minute).await;
    let took = Duration::try_from(began.duration_until(cloud.now())).unwrap();
    assert!(took < TIMEOUT, "{took:?}");
    // The message is done with; the table asks again, and another worker does it.
    assert_eq!((minute.failed, minute.again), (0, 0));
    let functions = cloud.functions(&Schedule::none(), 2).await;
    for _ in 0..3 {
        cloud.minute(&functions).await;
    }
    for _ in 0..15 {
        cloud.minute(&functions).await;
    }
    assert_eq!(cloud.faults(), []);
}
