//! DynamoDB's own errors, formatted as AWS formats them.
//!
//! Source of names, codes and messages: the API reference of DynamoDB (common errors, and the errors
//! of `TransactWriteItems` with its cancellation reasons). They were not compared with AWS itself.

use serde_json::{Value, json};

use crate::answer::{Answer, SERVICE};

const AVAILABILITY: &str = "com.amazon.coral.availability";
const VALIDATE: &str = "com.amazon.coral.validate";

/// An error that DynamoDB can answer with and the embedded engine does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DynamoFailure {
    /// `ThrottlingException`.
    Throttling,
    /// `ProvisionedThroughputExceededException`.
    ProvisionedThroughputExceeded,
    /// `RequestLimitExceeded`.
    RequestLimitExceeded,
    /// `InternalServerError`, status 500.
    InternalServerError,
    /// `ServiceUnavailable`, status 503.
    ServiceUnavailable,
    /// `TransactionCanceledException`, because of one of its actions.
    Cancelled {
        /// Which action, from 0.
        action: usize,
        /// Why that one.
        cause: Cancellation,
    },
    /// `TransactionConflictException`: a single write met a transaction.
    TransactionConflict,
    /// `TransactionInProgressException`: the same token is still being worked on.
    TransactionInProgress,
    /// `IdempotentParameterMismatchException`: the same token came with another request.
    IdempotentParameterMismatch,
    /// `ItemCollectionSizeLimitExceededException`.
    ItemCollectionSizeLimitExceeded,
    /// `ValidationException` with this message.
    Validation(String),
}

/// Why an action cancelled its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// Another transaction was at work on the item.
    TransactionConflict,
    /// The table was being throttled.
    ThrottlingError,
    /// The provisioned capacity was used up.
    ProvisionedThroughputExceeded,
    /// The item collection was full.
    ItemCollectionSizeLimitExceeded,
    /// The action was not valid.
    ValidationError,
}

impl DynamoFailure {
    /// The answer to a request of `operation` with this body, which tells how many actions a
    /// transaction has.
    pub(crate) fn answer(&self, operation: &str, body: &[u8]) -> Answer {
        match self {
            Self::Cancelled { action, cause } => {
                cancelled(actions(operation, body), *action, *cause)
            }
            Self::Throttling => refuse(AVAILABILITY, "ThrottlingException", THROTTLED),
            Self::ProvisionedThroughputExceeded => refuse(
                SERVICE,
                "ProvisionedThroughputExceededException",
                PROVISIONED,
            ),
            Self::RequestLimitExceeded => refuse(SERVICE, "RequestLimitExceeded", ACCOUNT_LIMIT),
            Self::InternalServerError => break_down(500, "InternalServerError", INTERNAL),
            Self::ServiceUnavailable => break_down(503, "ServiceUnavailable", UNAVAILABLE),
            Self::TransactionConflict => refuse(SERVICE, "TransactionConflictException", CONFLICT),
            Self::TransactionInProgress => {
                refuse(SERVICE, "TransactionInProgressException", IN_PROGRESS)
            }
            Self::IdempotentParameterMismatch => {
                refuse(SERVICE, "IdempotentParameterMismatchException", MISMATCH)
            }
            Self::ItemCollectionSizeLimitExceeded => refuse(
                SERVICE,
                "ItemCollectionSizeLimitExceededException",
                COLLECTION,
            ),
            Self::Validation(message) => refuse(VALIDATE, "ValidationException", message),
        }
    }
}

const THROTTLED: &str = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.";
const PROVISIONED: &str = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.";
const ACCOUNT_LIMIT: &str = "Throughput exceeds the current throughput limit for your account.";
const INTERNAL: &str = "Internal server error";
const UNAVAILABLE: &str = "Service is not available. Please retry again later.";
const CONFLICT: &str = "Transaction is ongoing for the item";
const IN_PROGRESS: &str = "The transaction with the given request token is already in progress.";
const MISMATCH: &str = "Request token was used with different parameters.";
const COLLECTION: &str = "Collection size exceeded.";
const INVALID: &str = "One or more parameter values were invalid";

fn refuse(namespace: &str, kind: &str, message: &str) -> Answer {
    Answer::error(400, &format!("{namespace}#{kind}"), message)
}

fn break_down(status: u16, kind: &str, message: &str) -> Answer {
    Answer::error(status, &format!("{SERVICE}#{kind}"), message)
}

fn actions(operation: &str, body: &[u8]) -> usize {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let list = match operation {
        "TransactWriteItems" | "TransactGetItems" => request.get("TransactItems"),
        _ => None,
    };
    list.and_then(Value::as_array).map_or(0, Vec::len)
}

fn cancelled(actions: usize, action: usize, cause: Cancellation) -> Answer {
    let count = actions.max(action.saturating_add(1));
    let codes: Vec<&str> = (0..count)
        .map(|at| if at == action { cause.code() } else { "None" })
        .collect();
    let reasons: Vec<Value> = (0..count)
        .map(|at| {
            if at == action {
                json!({ "Code": cause.code(), "Message": cause.message() })
            } else {
                json!({ "Code": "None" })
            }
        })
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let body = json!({
        "__type": format!("{SERVICE}#TransactionCanceledException"),
        "Message": message,
        "CancellationReasons": reasons,
    });
    Answer {
        status: 400,
        body: body.to_string(),
    }
}

impl Cancellation {
    fn code(self) -> &'static str {
        match self {
            Self::TransactionConflict => "TransactionConflict",
            Self::ThrottlingError => "ThrottlingError",
            Self::ProvisionedThroughputExceeded => "ProvisionedThroughputExceeded",
            Self::ItemCollectionSizeLimitExceeded => "ItemCollectionSizeLimitExceeded",
            Self::ValidationError => "ValidationError",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::TransactionConflict => CONFLICT,
            Self::ThrottlingError => THROTTLED,
            Self::ProvisionedThroughputExceeded => PROVISIONED,
            Self::ItemCollectionSizeLimitExceeded => COLLECTION,
            Self::ValidationError => INVALID,
        }
    }
}
