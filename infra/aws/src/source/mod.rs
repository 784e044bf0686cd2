//! The event source mapping between a queue and a function: what polls, invokes, and deletes.
//!
//! Rules, after the developer guide of AWS Lambda ("Using Lambda with Amazon SQS"): a batch is one invocation; what it did
//! not report as failed is deleted; what it did is left, and becomes visible again when its time has passed; if the function
//! fails, or its report makes no sense, all is left. It never deletes before the function has answered.

mod event;
mod report;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::lambda::{Invoke, InvokeError};
use crate::shape::{Function, SourceShape};
use crate::site::Site;
use crate::sqs::{Refused, Sqs};

/// How long a poll waits for a message: the most that SQS allows.
const LONG_POLL: Duration = Duration::from_secs(20);
/// What is waited after a poll that SQS refused.
const AFTER_REFUSAL: Duration = Duration::from_secs(1);

/// A queue and the function that drains it.
#[derive(Debug)]
pub struct Source<I> {
    sqs: Sqs,
    site: Site,
    function: Function,
    shape: SourceShape,
    url: String,
    invoke: I,
}

/// What came of one poll.
#[derive(Debug, Default)]
pub struct Polled {
    /// Messages that were received.
    pub received: usize,
    /// Of these: deleted, as the function is done with them.
    pub deleted: usize,
    /// Why the invocation failed, if it did.
    pub error: Option<InvokeError>,
}

impl Polled {
    /// Messages that will be received again.
    #[must_use]
    pub fn left(&self) -> usize {
        self.received.saturating_sub(self.deleted)
    }
}

impl<I: Invoke> Source<I> {
    /// A source whose queue has this URL.
    pub fn new(
        sqs: &Sqs,
        site: &Site,
        function: Function,
        shape: SourceShape,
        url: &str,
        invoke: I,
    ) -> Self {
        Self {
            sqs: sqs.clone(),
            site: site.clone(),
            function,
            shape,
            url: url.to_owned(),
            invoke,
        }
    }

    /// Takes one batch, without waiting for a message, and sees it through.
    ///
    /// # Errors
    /// The queue refuses to be polled.
    pub async fn poll_once(&self) -> Result<Polled, Refused> {
        let messages = self.receive(Duration::ZERO).await?;
        self.see_through(messages).await
    }

    /// Polls until `stop` ends, with as many invocations at a time as the shape says; then lets those under way finish.
    pub async fn run(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        let turns = Arc::new(Semaphore::new(self.shape.concurrency));
        let mut running = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let turn = Arc::clone(&turns).acquire_owned();
            let batch = async {
                let turn = turn.await;
                (turn, self.receive(LONG_POLL).await)
            };
            let (turn, messages) = tokio::select! {
                () = &mut stop => break,
                batch = batch => batch,
            };
            while running.try_join_next().is_some() {}
            match messages {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let source = Arc::clone(&self);
                    running.spawn(async move {
                        let _turn = turn;
                        source.tell(source.see_through(messages).await);
                    });
                }
                Err(refused) => {
                    self.tell(Err(refused));
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
            }
        }
        while running.join_next().await.is_some() {}
    }

    fn tell(&self, outcome: Result<Polled, Refused>) {
        let function = self.function.name();
        match outcome {
            Ok(Polled {
                error: Some(error), ..
            }) => tracing::warn!(function, %error, "a batch failed, and will be received again"),
            Ok(polled) if polled.left() > 0 => {
                tracing::info!(
                    function,
                    left = polled.left(),
                    "messages will be received again"
                );
            }
            Ok(_) => {}
            Err(refused) => tracing::warn!(function, %refused, "a queue cannot be polled"),
        }
    }

    async fn receive(&self, wait: Duration) -> Result<Vec<Value>, Refused> {
        let asked = json!({
            "QueueUrl": self.url,
            "MaxNumberOfMessages": self.shape.batch.min(10),
            "WaitTimeSeconds": wait.as_secs(),
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut answer = self.sqs.call("ReceiveMessage", &asked).await?;
        Ok(match answer.get_mut("Messages").map(Value::take) {
            Some(Value::Array(messages)) => messages,
            Some(_) | None => Vec::new(),
        })
    }

    async fn see_through(&self, messages: Vec<Value>) -> Result<Polled, Refused> {
        if messages.is_empty() {
            return Ok(Polled::default());
        }
        let arn = self.site.queue_arn(&self.shape.queue.name());
        let event = event::of(&messages, &arn, &self.site.region);
        let answered = self.invoke.invoke(self.function, event).await;
        let ids: Vec<&str> = messages
            .iter()
            .map(|message| text(message, "MessageId"))
            .collect();
        let (done, error) = match answered {
            Ok(answer) => (report::done(&answer, &ids), None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let receipts = messages
            .iter()
            .filter(|message| done.contains(&text(message, "MessageId")))
            .map(|message| text(message, "ReceiptHandle"));
        let receipts: Vec<&str> = receipts.collect();
        self.delete(&receipts).await?;
        Ok(Polled {
            received: messages.len(),
            deleted: receipts.len(),
            error,
        })
    }

    async fn delete(&self, receipts: &[&str]) -> Result<(), Refused> {
        if receipts.is_empty() {
            return Ok(());
        }
        let entries = receipts
            .iter()
            .enumerate()
            .map(|(number, receipt)| json!({ "Id": number.to_string(), "ReceiptHandle": receipt }));
        let entries: Vec<Value> = entries.collect();
        let asked = json!({ "QueueUrl": self.url, "Entries": entries });
        self.sqs.call("DeleteMessageBatch", &asked).await.map(drop)
    }
}

fn text<'a>(message: &'a Value, field: &str) -> &'a str {
    message
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The event that a function gets for these messages of a queue, as [`Source`] makes it. `messages` are in the form in which
/// SQS's JSON protocol has them.
#[must_use]
pub fn event(messages: &[Value], queue_arn: &str, region: &str) -> Bytes {
    event::of(messages, queue_arn, region)
}
