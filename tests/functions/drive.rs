//! What AWS does with the functions: the schedule each minute, batches of messages as long as there are any.

use std::time::Duration;

use aws::shape::Queue;
use aws::source::event;

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::lambda::{Failed, Function, invoke};
use shared::limits::DEADLINE_MARGIN;

use super::cloud::{Cloud, Functions};

/// Lambda's time limit of the workers.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(300);

/// What a minute came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Minute {
    /// Messages for syncs that dispatch says it sent.
    pub(crate) sent: u64,
    /// Invocations of workers.
    pub(crate) batches: u64,
    /// Records that were to come again.
    pub(crate) again: u64,
    /// Invocations that failed.
    pub(crate) failed: u64,
}

impl Minute {
    /// This and another one.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            batches: self.batches + other.batches,
            again: self.again + other.again,
            failed: self.failed + other.failed,
        }
    }
}

/// A scheduled event, as EventBridge sends it.
pub(crate) fn scheduled(at: Timestamp) -> Value {
    json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "123456789012", "time": format!("{at:.0}"), "region": "eu-central-1",
        "resources": ["arn:aws:events:eu-central-1:123456789012:rule/minute"], "detail": {},
    })
}

impl Cloud {
    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// One invocation, as Lambda's runtime makes it.
    pub(crate) async fn invoke<F: Function>(
        &self,
        function: &F,
        event: &Value,
    ) -> Result<Value, Failed> {
        let deadline = self
            .now()
            .saturating_add(TIMEOUT - DEADLINE_MARGIN)
            .unwrap();
        let clock = self.world.clock().shared();
        invoke(function, event, deadline, "request", &clock).await
    }

    /// One minute: the schedule, then the queues until they hold nothing that can be received. Then time goes on.
    pub(crate) async fn minute(&self, functions: &Functions) -> Minute {
        let mut minute = Minute::default();
        let event = scheduled(self.now());
        match self.invoke(&functions.dispatch, &event).await {
            Ok(answer) => minute.sent = answer["sent"].as_u64().unwrap(),
            Err(_) => minute.failed += 1,
        }
        let of_hour = self.now().as_second() / 60 % 60;
        if of_hour % 5 == 0 && self.invoke(&functions.health, &event).await.is_err() {
            minute.failed += 1;
        }
        if of_hour == 0 && self.invoke(&functions.validation, &event).await.is_err() {
            minute.failed += 1;
        }
        self.drain(functions, &mut minute).await;
        self.next_minute();
        minute
    }

    /// Time goes on to the next full minute.
    pub(crate) fn next_minute(&self) {
        let next = self.now().as_second() / 60 * 60 + 60;
        let wait = self
            .now()
            .duration_until(Timestamp::from_second(next).unwrap());
        self.world.clock().advance(wait.unsigned_abs());
    }

    pub(crate) async fn drain(&self, functions: &Functions, minute: &mut Minute) {
        loop {
            let syncs = self
                .consume(Queue::Sync, 10, 8, &functions.sync, minute)
                .await;
            let validations = self
                .consume(Queue::Validation, 5, 1, &functions.validation, minute)
                .await;
            let repairs = self
                .consume(Queue::Repair, 5, 1, &functions.repair, minute)
                .await;
            if syncs + validations + repairs == 0 {
                break;
            }
        }
    }

    /// Up to `at_once` batches of `size`, side by side; how many there were.
    async fn consume<F: Function>(
        &self,
        queue: Queue,
        size: u64,
        at_once: usize,
        function: &F,
        minute: &mut Minute,
    ) -> usize {
        let mut batches = Vec::new();
        for _ in 0..at_once {
            let batch = self.receive(queue, size).await;
            if batch.is_empty() {
                break;
            }
            batches.push(batch);
        }
        let works = batches.iter().map(async |batch: &Vec<Value>| {
            let event = event(
                batch,
                "arn:aws:sqs:us-east-1:000000000000:queue",
                "us-east-1",
            );
            let event = serde_json::from_slice(&event).unwrap();
            (batch, self.invoke(function, &event).await)
        });
        for (batch, answer) in join_all(works).await {
            minute.batches += 1;
            match answer {
                Ok(answer) => self.settle(queue, batch, &answer, minute).await,
                Err(_) => minute.failed += 1,
            }
        }
        batches.len()
    }

    pub(crate) async fn receive(&self, queue: Queue, size: u64) -> Vec<Value> {
        let asked = json!({
            "QueueUrl": self.url(queue), "MaxNumberOfMessages": size, "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let answer = self.sqs.call("ReceiveMessage", &asked).await.unwrap();
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// Removes what is done; what failed comes again when it becomes visible.
    async fn settle(&self, queue: Queue, batch: &[Value], answer: &Value, minute: &mut Minute) {
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed = |message: &Value| {
            failures
                .iter()
                .any(|one| one["itemIdentifier"] == message["MessageId"])
        };
        for message in batch {
            if failed(message) {
                minute.again += 1;
                continue;
            }
            let asked =
                json!({ "QueueUrl": self.url(queue), "ReceiptHandle": message["ReceiptHandle"] });
            self.sqs.call("DeleteMessage", &asked).await.unwrap();
        }
    }
}
