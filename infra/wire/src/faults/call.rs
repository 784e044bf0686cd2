//! One call on the wire, as deciders, observers and the record see it.

use bytes::Bytes;

use super::Verdict;

/// Which service a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The Calendar API and its token endpoint.
    Google,
    /// The alerts' topics.
    Sns,
    /// The functions' queues.
    Sqs,
    /// The secrets.
    Secrets,
}

/// A call that is about to be made, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Running number on its schedule, over all services, from 0.
    pub index: usize,
    /// Where it goes.
    pub service: Service,
    /// `TransactWriteItems`, `events.insert`, `token`, `Publish`, `SendMessageBatch`.
    pub operation: String,
    /// Path and query; `/` for every other service than Google.
    pub target: String,
    /// The request's body. Empty on a schedule that neither decides nor observes.
    pub body: Bytes,
}

impl Call {
    /// The body as text, for matching; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn body_text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Whether the target or the body contains `text`.
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        self.target.contains(text) || self.body_text().contains(text)
    }
}

/// Whether a call reached its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The service handled the request, whatever it answered and whether or not the answer arrives.
    Reached,
    /// The request was kept from the service.
    Withheld,
}

/// What is kept of a call that passed a schedule.
#[derive(Debug, Clone)]
pub struct Record {
    /// The call's index.
    pub index: usize,
    /// Where it went.
    pub service: Service,
    /// What it asked for.
    pub operation: String,
    /// What was decided about it.
    pub verdict: Verdict,
}
