//! One request: sent, judged, and sent again as the policy says.
//!
//! It keeps track of doubt: once an answer was lost, the request may have taken effect, and a condition that
//! fails afterwards may have failed because of that. Who calls resolves it, by looking at what is stored.

use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::SdkError;

use super::error::StoreError;
use super::fault::{self, Detail, Fault, Refusal};
use super::retry::{self, Next};
use super::{Store, keys::Key};
use crate::limits;

/// How a request ended.
#[derive(Debug)]
pub(super) struct Called<T> {
    /// Its answer, the condition that refused it, or the error after the last try.
    pub(super) reply: Reply<T>,
    /// Whether it may have taken effect in a try whose answer was lost.
    pub(super) doubtful: bool,
}

/// The last try's result.
#[derive(Debug)]
pub(super) enum Reply<T> {
    /// Answered.
    Done(T),
    /// A condition did not hold.
    Refused(Refusal),
    /// Given up.
    Failed(StoreError),
}

impl<T> Called<T> {
    /// The answer of a request without conditions.
    pub(super) fn done(self, operation: &'static str) -> Result<T, StoreError> {
        match self.reply {
            Reply::Done(answer) => Ok(answer),
            Reply::Failed(error) => Err(error),
            Reply::Refused(_) => Err(StoreError::Conflict { operation }),
        }
    }
}

impl Store {
    /// Sends what `request` makes, until it is answered or the policy says stop.
    pub(super) async fn call<T, E, F>(
        &self,
        operation: &'static str,
        request: impl Fn() -> F,
    ) -> Called<T>
    where
        E: Detail,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut doubtful = false;
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            // Boxed: the SDK's futures are large, and callers hold several of them.
            let error = match Box::pin(request()).await {
                Ok(answer) => return Called::new(Reply::Done(answer), doubtful),
                Err(error) => error,
            };
            let fault = fault::of(&error);
            doubtful |= may_have_happened(&fault);
            let Next::Again { from, to } = retry::next(&fault, tries) else {
                return Called::new(stopped(operation, fault), doubtful);
            };
            tracing::debug!(operation, tries, "request is tried again");
            self.pause((from, to)).await;
        }
    }

    /// Waits for a time drawn from a range.
    pub(super) async fn pause(&self, range: (Duration, Duration)) {
        tokio::time::sleep(self.draw(|random| retry::draw(random, range))).await;
    }
}

impl<T> Called<T> {
    fn new(reply: Reply<T>, doubtful: bool) -> Self {
        Self { reply, doubtful }
    }
}

fn may_have_happened(fault: &Fault) -> bool {
    match fault {
        Fault::Lost(_) | Fault::InProgress | Fault::TokenReused => true,
        Fault::Throttled
        | Fault::Conflict
        | Fault::Refused(_)
        | Fault::Invalid(_)
        | Fault::Denied(_)
        | Fault::NotFound(_) => false,
    }
}

fn stopped<T>(operation: &'static str, fault: Fault) -> Reply<T> {
    Reply::Failed(match fault {
        Fault::Refused(refusal) => return Reply::Refused(refusal),
        Fault::Throttled => StoreError::Throttled { operation },
        Fault::Lost(code) => StoreError::Unavailable { operation, code },
        Fault::InProgress => unavailable(operation, "transaction in progress"),
        Fault::TokenReused => unavailable(operation, "request token used before"),
        Fault::Conflict => StoreError::Conflict { operation },
        Fault::Invalid(code) => StoreError::Invalid { operation, code },
        Fault::Denied(code) => StoreError::Denied { operation, code },
        Fault::NotFound(code) => StoreError::NoTable { operation, code },
    })
}

/// No answer that can be relied on.
pub(super) fn unavailable(operation: &'static str, why: &str) -> StoreError {
    StoreError::Unavailable {
        operation,
        code: why.to_owned(),
    }
}

/// An item is not what its key says.
pub(super) fn corrupt(key: &Key, what: &'static str) -> StoreError {
    StoreError::Corrupt {
        key: key.clone(),
        what,
    }
}

/// The same client without retries of its own, and with time limits.
pub(super) fn tamed(client: &Client) -> Client {
    let ours = TimeoutConfig::builder()
        .connect_timeout(limits::STORE_CONNECT)
        .operation_attempt_timeout(limits::STORE_ATTEMPT)
        .operation_timeout(limits::STORE_ATTEMPT)
        .build();
    let timeouts = client
        .config()
        .timeout_config()
        .map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder)
        .take_unset_from(ours.to_builder());
    let config = client
        .config()
        .to_builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build());
    Client::from_conf(config.build())
}
