//! One queue of Amazon SQS: batches of messages, of which each may fail by itself.

use std::collections::BTreeMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures::StreamExt;
use futures::stream;

use super::message::{Message, Unreadable};
use crate::limits::{
    QUARANTINED_CHARS, QUEUE_ATTEMPT, QUEUE_BATCH, QUEUE_BATCHES_AT_ONCE, QUEUE_ROUNDS,
};

/// A message that was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the queue did not take it ({code})")]
pub struct QueueError {
    /// The error's code.
    pub code: String,
}

/// What became of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Taken by the queue.
    pub sent: u64,
    /// The codes of those that were not taken, and how many of each.
    pub failures: BTreeMap<String, u64>,
}

impl Sent {
    fn fail(&mut self, code: String) {
        let count = self.failures.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    /// How many were not taken, or nobody knows; who wants it asks again.
    #[must_use]
    pub fn unsent(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The commonest error, if anything was not taken.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        let worst = self.failures.iter().max_by_key(|(_, count)| **count);
        worst.map(|(code, _)| code.as_str())
    }
}

/// A queue. Clones share the client.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue at `url`. The client's own retries are switched off: what fails is sent again here, by itself.
    #[must_use]
    pub fn new(client: &Client, url: impl Into<String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(QUEUE_ATTEMPT)
            .operation_timeout(QUEUE_ATTEMPT)
            .build();
        let config = client.config().to_builder();
        let config = config
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        Self {
            client: Client::from_conf(config.build()),
            url: url.into(),
        }
    }

    /// Sends all, in batches; what fails for a while is sent again a few times.
    pub async fn send_all<M: Message>(&self, messages: &[M]) -> Sent {
        let mut sent = Sent::default();
        // With why they were not taken the last time.
        let mut left: Vec<(&M, String)> = messages.iter().map(|one| (one, String::new())).collect();
        for _ in 0..QUEUE_ROUNDS {
            if left.is_empty() {
                break;
            }
            let batches = left.chunks(QUEUE_BATCH).map(|batch| self.send(batch));
            let rounds: Vec<Round<'_, M>> = stream::iter(batches)
                .buffered(QUEUE_BATCHES_AT_ONCE)
                .collect()
                .await;
            left = Vec::new();
            for round in rounds {
                sent.sent = sent.sent.saturating_add(round.sent);
                round.refused.into_iter().for_each(|code| sent.fail(code));
                left.extend(round.again);
            }
        }
        left.into_iter().for_each(|(_, code)| sent.fail(code));
        sent
    }

    async fn send<'m, M: Message>(&self, batch: &[(&'m M, String)]) -> Round<'m, M> {
        let entries = batch.iter().enumerate().map(|(number, (message, _))| {
            SendMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .message_body(message.body())
                .message_group_id(message.user().to_string())
                .build()
        });
        let Ok(entries) = entries.collect::<Result<Vec<_>, _>>() else {
            return Round::failed(batch, "not built");
        };
        let request = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send();
        match Box::pin(request).await {
            Ok(answer) => Round::of(batch, &answer),
            Err(error) => Round::failed(batch, &code(&error)),
        }
    }

    /// Sets a message aside that no version of ours reads: as it came, with where from and why.
    ///
    /// # Errors
    /// It was not taken: leave the message where it is.
    pub async fn set_aside(
        &self,
        from: &str,
        body: &str,
        why: Unreadable,
    ) -> Result<(), QueueError> {
        let attribute = |text: &str| {
            let value = MessageAttributeValue::builder().data_type("String");
            value.string_value(text).build().map_err(|_| QueueError {
                code: "not built".to_owned(),
            })
        };
        let body = acceptable(body);
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .message_attributes("reason", attribute(&why.to_string())?)
            .message_attributes("queue", attribute(from)?)
            .send();
        match Box::pin(request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(QueueError { code: code(&error) }),
        }
    }
}

/// What became of one batch.
struct Round<'m, M> {
    sent: u64,
    /// To be sent again, and why.
    again: Vec<(&'m M, String)>,
    /// Why those that will never be taken were not.
    refused: Vec<String>,
}

impl<'m, M> Round<'m, M> {
    fn failed(batch: &[(&'m M, String)], code: &str) -> Self {
        Self {
            sent: 0,
            again: batch
                .iter()
                .map(|(message, _)| (*message, code.to_owned()))
                .collect(),
            refused: Vec::new(),
        }
    }

    /// What is neither among the successes nor among the failures was not answered: it is sent again.
    fn of(batch: &[(&'m M, String)], answer: &SendMessageBatchOutput) -> Self {
        let mut round = Self {
            sent: 0,
            again: Vec::new(),
            refused: Vec::new(),
        };
        for (number, (message, _)) in batch.iter().enumerate() {
            let id = number.to_string();
            if answer.successful().iter().any(|one| one.id() == id) {
                round.sent += 1;
                continue;
            }
            let failed = answer.failed().iter().find(|one| one.id() == id);
            let code = failed.map_or("no answer", |one| one.code()).to_owned();
            match failed.is_some_and(|one| one.sender_fault()) {
                true => round.refused.push(code),
                false => round.again.push((message, code)),
            }
        }
        round
    }
}

/// The text as far as a queue takes it: not empty, not too long, and of characters that XML has (Amazon SQS API, `SendMessage`).
fn acceptable(body: &str) -> String {
    let allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let shown = |char| {
        if allowed(char) {
            char
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    let mut text: String = body.chars().take(QUARANTINED_CHARS).map(shown).collect();
    if text.is_empty() {
        text.push(' ');
    }
    text
}

/// The code of AWS's answer, if there was one.
pub(crate) fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    let code = error.as_service_error().and_then(|error| error.code());
    code.unwrap_or("no answer").to_owned()
}
