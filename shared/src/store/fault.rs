//! From the SDK's errors to ours: what kind of failure a request met.
//!
//! It looks at codes only, so that one table serves all operations; messages are for people and stay behind.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::operation::describe_time_to_live::DescribeTimeToLiveError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_time_to_live::UpdateTimeToLiveError;

use super::items::Item;

/// One failed try.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Slow down; nothing happened.
    Throttled,
    /// No answer, or an error of the service: it may have happened.
    Lost(String),
    /// Another transaction was at work on an item; nothing happened.
    Conflict,
    /// The same transaction is still being worked on.
    InProgress,
    /// The token was used with another request: whether that one happened is not known.
    TokenReused,
    /// A condition did not hold.
    Refused(Refusal),
    /// Never, as it stands.
    Invalid(String),
    /// Not with these credentials.
    Denied(String),
    /// No such table or resource.
    NotFound(String),
}

/// A condition that did not hold, with what stands there if DynamoDB told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// Of a single write.
    One(Option<Item>),
    /// Of a transaction: one entry an action, in order.
    Of(Vec<Verdict>),
}

/// What became of one action of a refused transaction.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// Nothing against it.
    Fine,
    /// Its condition did not hold.
    Refused(Option<Item>),
}

/// What an operation's own error tells beyond its code.
pub(super) trait Detail: ProvideErrorMetadata {
    /// The condition that did not hold, or why a transaction was cancelled.
    fn detail(&self) -> Option<Fault> {
        None
    }
}

impl Detail for GetItemError {}
impl Detail for QueryError {}
impl Detail for BatchGetItemError {}
impl Detail for BatchWriteItemError {}
impl Detail for CreateTableError {}
impl Detail for DescribeTableError {}
impl Detail for DescribeTimeToLiveError {}
impl Detail for UpdateTimeToLiveError {}

macro_rules! one_condition {
    ($($error:ident),+) => {$(
        impl Detail for $error {
            fn detail(&self) -> Option<Fault> {
                let Self::ConditionalCheckFailedException(failed) = self else {
                    return None;
                };
                Some(Fault::Refused(Refusal::One(failed.item.clone())))
            }
        }
    )+};
}
one_condition!(PutItemError, UpdateItemError, DeleteItemError);

impl Detail for TransactWriteItemsError {
    fn detail(&self) -> Option<Fault> {
        let Self::TransactionCanceledException(cancelled) = self else {
            return None;
        };
        let reasons = cancelled.cancellation_reasons().iter();
        Some(cancelled_by(reasons.map(|reason| {
            (reason.code().unwrap_or("None"), reason.item().cloned())
        })))
    }
}

/// The fault of a cancelled transaction. A refused condition says most, then what can never succeed.
pub(super) fn cancelled_by<'a>(reasons: impl Iterator<Item = (&'a str, Option<Item>)>) -> Fault {
    let mut worst: Option<Fault> = None;
    let mut refused = false;
    let mut verdicts = Vec::new();
    for (code, item) in reasons {
        let fails = code == "ConditionalCheckFailed";
        refused |= fails;
        verdicts.push(if fails {
            Verdict::Refused(item)
        } else {
            Verdict::Fine
        });
        if !fails && code != "None" {
            worst = Some(worse(worst, of_code(code)));
        }
    }
    if refused {
        return Fault::Refused(Refusal::Of(verdicts));
    }
    worst.unwrap_or_else(|| Fault::Lost("TransactionCanceledException".to_owned()))
}

fn worse(one: Option<Fault>, other: Fault) -> Fault {
    match one {
        Some(one) if weight(&one) >= weight(&other) => one,
        Some(_) | None => other,
    }
}

fn weight(fault: &Fault) -> u8 {
    match fault {
        Fault::Invalid(_) | Fault::Denied(_) | Fault::NotFound(_) => 3,
        Fault::Throttled => 2,
        Fault::Conflict => 1,
        Fault::Lost(_) | Fault::InProgress | Fault::TokenReused | Fault::Refused(_) => 0,
    }
}

/// The fault that an error code means. One that is not known counts as lost: it is tried again, and then reported.
pub(super) fn of_code(code: &str) -> Fault {
    match code {
        "ThrottlingException"
        | "ThrottlingError"
        | "Throttling"
        | "ProvisionedThroughputExceeded"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "LimitExceededException" => Fault::Throttled,
        "TransactionConflict" | "TransactionConflictException" => Fault::Conflict,
        "TransactionInProgressException" => Fault::InProgress,
        "IdempotentParameterMismatchException" => Fault::TokenReused,
        "ConditionalCheckFailedException" => Fault::Refused(Refusal::One(None)),
        "ValidationException"
        | "ValidationError"
        | "SerializationException"
        | "ItemCollectionSizeLimitExceeded"
        | "ItemCollectionSizeLimitExceededException" => Fault::Invalid(code.to_owned()),
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException" => Fault::Denied(code.to_owned()),
        "ResourceNotFoundException" | "ResourceInUseException" => Fault::NotFound(code.to_owned()),
        _ => Fault::Lost(code.to_owned()),
    }
}

/// The fault of one try.
pub(super) fn of<E: Detail>(error: &SdkError<E>) -> Fault {
    let Some(service) = error.as_service_error() else {
        return below_the_service(error);
    };
    service
        .detail()
        .unwrap_or_else(|| of_code(service.code().unwrap_or("unnamed error")))
}

fn below_the_service<E>(error: &SdkError<E>) -> Fault {
    match error {
        SdkError::ConstructionFailure(_) => Fault::Invalid("request not built".to_owned()),
        SdkError::TimeoutError(_) => Fault::Lost("timeout".to_owned()),
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            Fault::Invalid("request not sent".to_owned())
        }
        // A connection that broke off may have carried the request.
        SdkError::DispatchFailure(_) => Fault::Lost("connection failed".to_owned()),
        SdkError::ResponseError(_) => Fault::Lost("unreadable answer".to_owned()),
        SdkError::ServiceError(_) | _ => Fault::Lost("unknown failure".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancelled(codes: &[&str]) -> Fault {
        cancelled_by(codes.iter().map(|code| (*code, None)))
    }

    #[test]
    fn a_refused_condition_outweighs_conflicts_and_throttling() {
        let fault = cancelled(&["TransactionConflict", "None", "ConditionalCheckFailed"]);
        let verdicts = vec![Verdict::Fine, Verdict::Fine, Verdict::Refused(None)];
        assert_eq!(fault, Fault::Refused(Refusal::Of(verdicts)));
    }

    #[test]
    fn an_invalid_action_outweighs_what_would_pass_with_time() {
        let fault = cancelled(&["TransactionConflict", "ValidationError", "ThrottlingError"]);
        assert_eq!(fault, Fault::Invalid("ValidationError".into()));
    }

    #[test]
    fn throttling_and_conflicts_are_found_inside_a_cancellation() {
        assert_eq!(cancelled(&["None", "ThrottlingError"]), Fault::Throttled);
        assert_eq!(
            cancelled(&["ProvisionedThroughputExceeded"]),
            Fault::Throttled
        );
        assert_eq!(cancelled(&["None", "TransactionConflict"]), Fault::Conflict);
    }

    #[test]
    fn a_cancellation_without_a_reason_is_not_taken_for_success_or_refusal() {
        assert!(matches!(cancelled(&[]), Fault::Lost(_)));
    }

    #[test]
    fn an_unknown_code_counts_as_lost() {
        assert_eq!(of_code("Brandnew"), Fault::Lost("Brandnew".into()));
    }
}
