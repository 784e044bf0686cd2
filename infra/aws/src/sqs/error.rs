//! What SQS refuses, with its code in the JSON protocol and in the older query protocol.
//!
//! Source: the API reference of SQS, and the codes that the stock SDKs look for.

use serde_json::json;

use crate::reply::Reply;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) message: String,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    NoQueue,
    QueueExists,
    BadReceipt,
    NotInFlight,
    BadContents,
    IdsNotDistinct,
    BatchTooLong,
    EmptyBatch,
    BadEntryId,
    TooManyEntries,
    BadAttributeName,
    BadAttributeValue,
    BadParameter,
    MissingParameter,
    PurgeInProgress,
    NoResource,
    Unsupported,
    NoAction,
}

impl Code {
    /// Error type on the wire, and its code in the query protocol.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::NoQueue => (
                "com.amazonaws.sqs#QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
            ),
            Self::QueueExists => ("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists"),
            Self::BadReceipt => (
                "com.amazonaws.sqs#ReceiptHandleIsInvalid",
                "ReceiptHandleIsInvalid",
            ),
            Self::NotInFlight => (
                "com.amazonaws.sqs#MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
            ),
            Self::BadContents => (
                "com.amazonaws.sqs#InvalidMessageContents",
                "InvalidMessageContents",
            ),
            Self::IdsNotDistinct => (
                "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::BatchTooLong => (
                "com.amazonaws.sqs#BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
            ),
            Self::EmptyBatch => (
                "com.amazonaws.sqs#EmptyBatchRequest",
                "AWS.SimpleQueueService.EmptyBatchRequest",
            ),
            Self::BadEntryId => (
                "com.amazonaws.sqs#InvalidBatchEntryId",
                "AWS.SimpleQueueService.InvalidBatchEntryId",
            ),
            Self::TooManyEntries => (
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::BadAttributeName => (
                "com.amazonaws.sqs#InvalidAttributeName",
                "InvalidAttributeName",
            ),
            Self::BadAttributeValue => (
                "com.amazonaws.sqs#InvalidAttributeValue",
                "InvalidAttributeValue",
            ),
            Self::BadParameter => (
                "com.amazon.coral.service#InvalidParameterValueException",
                "InvalidParameterValue",
            ),
            Self::MissingParameter => (
                "com.amazon.coral.service#MissingRequiredParameterException",
                "MissingParameter",
            ),
            Self::PurgeInProgress => (
                "com.amazonaws.sqs#PurgeQueueInProgress",
                "AWS.SimpleQueueService.PurgeQueueInProgress",
            ),
            Self::NoResource => (
                "com.amazonaws.sqs#ResourceNotFoundException",
                "ResourceNotFoundException",
            ),
            Self::Unsupported => (
                "com.amazonaws.sqs#UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation",
            ),
            Self::NoAction => (
                "com.amazon.coral.service#UnknownOperationException",
                "InvalidAction",
            ),
        }
    }

    /// The refusal with a message.
    pub(super) fn says(self, message: impl Into<String>) -> Refusal {
        Refusal {
            code: self,
            message: message.into(),
        }
    }
}

impl Refusal {
    /// The code as it stands in the failed entries of a batch.
    pub(super) fn entry_code(&self) -> &'static str {
        self.code.names().1
    }

    pub(super) fn reply(&self) -> Reply {
        let (kind, query) = self.code.names();
        Reply {
            status: 400,
            body: json!({ "__type": kind, "message": self.message }),
            query_error: Some(format!("{query};Sender")),
        }
    }
}
