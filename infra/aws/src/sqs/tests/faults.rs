use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use wire::Schedule;
use wire::faults::{Failure, Service, Verdict};

use super::fixture::{behind, pass, world};
use crate::sqs::{Fate, throttled, unavailable};

#[tokio::test(start_paused = true)]
async fn a_message_can_be_lost_doubled_delayed_and_overtaken() {
    let world = world();
    let queue = world.queue(30).await;
    world.sqs.disturb(|taken| match taken.body {
        "lost" => Fate::Lose,
        "twice" => Fate::Double,
        "late" => Fate::Delay(Duration::from_secs(5)),
        "ahead" => Fate::Overtake,
        _ => Fate::Keep,
    });
    for body in ["lost", "twice", "late", "kept", "ahead"] {
        world.send(&queue, body).await;
    }
    let got = world.receive(&queue, 10, 0).await;
    let bodies: Vec<_> = got
        .iter()
        .map(|message| message.body.as_deref().unwrap())
        .collect();
    assert_eq!(bodies, ["ahead", "twice", "twice", "kept"]);
    assert_eq!(got[1].message_id, got[2].message_id);
    world.delete(&queue, &got[1]).await;
    assert_eq!(world.sqs.depth("q").unwrap().in_flight, 3);
    pass(5.0).await;
    assert_eq!(world.bodies(&queue, 10).await, ["late"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_can_fail_before_and_after_its_effect() {
    let schedule = Schedule::none();
    let world = behind(&schedule);
    let queue = world.queue(30).await;
    let send = async || {
        let asked = world
            .client
            .send_message()
            .queue_url(&queue)
            .message_body("x");
        asked.send().await.is_ok()
    };
    schedule.set(|call| match (call.service, call.operation.as_str()) {
        (Service::Sqs, "SendMessage") => Verdict::fail_before(Failure::Refused),
        _ => Verdict::Pass,
    });
    assert!(!send().await);
    assert_eq!(world.sqs.depth("q").unwrap().visible, 0);
    schedule.set(|_| Verdict::fail_after(Failure::Interrupted));
    assert!(!send().await);
    assert_eq!(world.sqs.depth("q").unwrap().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn the_services_own_errors_arrive_as_such() {
    let schedule = Schedule::none();
    let world = behind(&schedule);
    for (failure, code) in [
        (unavailable(), "ServiceUnavailableException"),
        (throttled(), "RequestThrottled"),
    ] {
        schedule.set(move |_| Verdict::fail_before(failure.clone()));
        let answer = world.client.list_queues().send().await;
        assert_eq!(answer.unwrap_err().code(), Some(code));
    }
}
