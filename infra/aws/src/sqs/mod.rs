//! Amazon SQS inside the process: a state machine of queues, in front of which the stock SDK works without a socket.
//!
//! It speaks the JSON protocol and does what the API reference and the developer guide say of visibility, long polls,
//! redrive policies, batches, FIFO groups and message move tasks; it was not compared with AWS itself. Standard queues give
//! messages out in the order of arrival, each once, unless [`Sqs::disturb`] says otherwise: SQS promises neither. Time and
//! randomness come from outside. It deliberately forgets everything when it ends, and checks no permission.

mod attributes;
mod error;
mod fate;
mod lists;
mod message;
mod moves;
mod queue;
mod receipts;
mod receive;
mod send;
mod state;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use wire::faults::{Failure, Service};
use wire::{Clock, Schedule};

use crate::lock::lock;
use crate::reply::{Protocol, Reply, operation};
use crate::site::Site;
use fate::Fates;
use state::{State, Step};

pub use fate::{Fate, Taken};
pub use queue::Depth;

/// The queues of an account. Clones are the same.
#[derive(Debug, Clone)]
pub struct Sqs {
    state: Arc<Mutex<State>>,
    clock: Clock,
    /// Counts requests that may have brought a message, for those who wait for one.
    changes: Arc<watch::Sender<u64>>,
}

/// A request that was refused, or an answer that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("SQS refuses {operation}: {why}")]
pub struct Refused {
    /// What was asked for.
    pub operation: String,
    /// The error's type and message.
    pub why: String,
}

impl Sqs {
    /// A service without queues. `base` is what queue URLs begin with, without a slash at the end.
    #[must_use]
    pub fn new(site: &Site, base: &str, clock: &Clock, seed: u64) -> Self {
        let state = State::new(site.clone(), base.to_owned(), seed);
        Self {
            state: Arc::new(Mutex::new(state)),
            clock: clock.clone(),
            changes: Arc::new(watch::Sender::new(0)),
        }
    }

    /// What the SDK sends its requests with; each passes `schedule` first.
    #[must_use]
    pub fn behind(&self, schedule: &Schedule) -> SharedHttpClient {
        let connector = self.connector(schedule);
        http_client_fn(move |_, _| connector.clone())
    }

    /// The same for whoever serves it over HTTP.
    #[must_use]
    pub fn connector(&self, schedule: &Schedule) -> SharedHttpConnector {
        schedule.guard(Service::Sqs, SharedHttpConnector::new(self.clone()))
    }

    /// Asks `decide` about every message that is taken from now on. It must not use this service.
    pub fn disturb(&self, decide: impl FnMut(&Taken<'_>) -> Fate + Send + 'static) {
        lock(&self.state).fates = Fates::new(decide);
    }

    /// Makes a queue with these attributes, and returns its URL.
    ///
    /// # Errors
    /// Name or attributes are refused.
    pub async fn create(
        &self,
        name: &str,
        attributes: &[(&str, String)],
    ) -> Result<String, Refused> {
        let attributes: BTreeMap<_, _> = attributes
            .iter()
            .map(|(name, value)| (*name, value))
            .collect();
        let asked = json!({ "QueueName": name, "Attributes": attributes });
        let answer = self.call("CreateQueue", &asked).await?;
        let url = answer.get("QueueUrl").and_then(Value::as_str);
        Ok(url.unwrap_or_default().to_owned())
    }

    /// How many messages the queue with this name holds; none: it is not there.
    #[must_use]
    pub fn depth(&self, name: &str) -> Option<Depth> {
        lock(&self.state).depth(name, self.clock.now_millis())
    }

    /// Does what a request asks for, past every schedule: as AWS's own services do.
    ///
    /// # Errors
    /// The request is refused.
    pub async fn call(&self, operation: &str, asked: &Value) -> Result<Value, Refused> {
        let reply = self.answer(operation, asked.to_string().as_bytes()).await;
        match reply.status {
            200 => Ok(reply.body),
            _ => Err(Refused {
                operation: operation.to_owned(),
                why: reply.body.to_string(),
            }),
        }
    }

    async fn answer(&self, operation: &str, body: &[u8]) -> Reply {
        let began = Instant::now();
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let now = self.clock.now_millis();
            let step = lock(&self.state).handle(operation, body, now);
            let (patience, look_again, reply) = match step {
                Step::Done(reply) => {
                    self.changes
                        .send_modify(|count| *count = count.wrapping_add(1));
                    return reply;
                }
                Step::Nothing {
                    patience,
                    look_again,
                    reply,
                } => (patience, look_again, reply),
            };
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return reply;
            }
            let until_then = look_again.map(|at| Duration::from_millis(at.saturating_sub(now)));
            let wait = until_then.map_or(left, |until_then| left.min(until_then));
            // The sender lives as long as `self`.
            let _woken = tokio::time::timeout(wait, changes.changed()).await;
        }
    }
}

/// An error of SQS's own for a schedule to fail a call with: the server's fault, so that a client tries again.
#[must_use]
pub fn unavailable() -> Failure {
    Failure::Answer {
        status: 503,
        body: json!({ "__type": "com.amazon.coral.service#ServiceUnavailableException", "message": "unavailable" })
            .to_string(),
    }
}

/// SQS asks for fewer requests.
#[must_use]
pub fn throttled() -> Failure {
    Failure::Answer {
        status: 400,
        body: json!({ "__type": "com.amazonaws.sqs#RequestThrottled", "message": "Request throttled" }).to_string(),
    }
}

impl HttpConnector for Sqs {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sqs = self.clone();
        HttpConnectorFuture::new(async move {
            let target = operation(request.headers().get("x-amz-target")).to_owned();
            let body = request.body().bytes().unwrap_or_default();
            Ok(sqs
                .answer(&target, body)
                .await
                .into_response(Protocol::Json10))
        })
    }
}
