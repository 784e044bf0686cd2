//! What a function answers, and how it fails.

use lambda_runtime::Diagnostic;
use serde_json::{Map, Value, json};

use super::event::BadEvent;
use crate::engine::chain;
use crate::queue::Sent;
use crate::store::StoreError;

/// What an invocation came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Of a batch: the records that are to come again.
    pub failures: Option<Vec<String>>,
    /// Numbers for the log, under constant names.
    pub counts: Vec<(&'static str, u64)>,
}

impl Answer {
    /// An answer of numbers.
    #[must_use]
    pub fn of(counts: impl IntoIterator<Item = (&'static str, u64)>) -> Self {
        Self {
            failures: None,
            counts: counts.into_iter().collect(),
        }
    }

    /// What Lambda gets: of a batch the failures (Lambda Developer Guide, "partial batch responses"), else the numbers.
    #[must_use]
    pub fn json(&self) -> Value {
        match &self.failures {
            Some(failures) => {
                let failures = failures.iter().map(|id| json!({ "itemIdentifier": id }));
                json!({ "batchItemFailures": failures.collect::<Vec<_>>() })
            }
            None => self.numbers().into(),
        }
    }

    /// One of the numbers.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u64> {
        let found = self.counts.iter().find(|(own, _)| *own == name);
        found.map(|(_, count)| *count)
    }

    fn numbers(&self) -> Map<String, Value> {
        let numbers = self.counts.iter();
        numbers
            .map(|(name, count)| ((*name).to_owned(), (*count).into()))
            .collect()
    }
}

/// An invocation that came to nothing: Lambda tries it again as it is set up to.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The event is none of this function's.
    #[error(transparent)]
    Event(#[from] BadEvent),
    /// The table could not be read or written.
    #[error("the table")]
    Store(#[from] StoreError),
    /// A queue took none of the messages.
    #[error("{unsent} messages could not be sent ({code})")]
    Queue {
        /// How many.
        unsent: u64,
        /// The commonest error.
        code: String,
    },
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        let kind = match &failed {
            Failed::Event(_) => "Tidelock.Event",
            Failed::Store(_) => "Tidelock.Store",
            Failed::Queue { .. } => "Tidelock.Queue",
        };
        Self {
            error_type: kind.to_owned(),
            error_message: chain(&failed),
        }
    }
}

impl Sent {
    /// The failure of an invocation whose messages were not all taken.
    #[must_use]
    pub fn failed(&self) -> Option<Failed> {
        self.why().map(|code| Failed::Queue {
            unsent: self.unsent(),
            code: code.to_owned(),
        })
    }
}
