//! From (HTTP status, reason, kind of call) to the class of an error: the only place that decides it.
//!
//! Follows Google's guide "Handle API errors" and field reports. An answer that is not in Google's form
//! says nothing about a calendar or an event: a 404 page of some proxy must not look like a deletion.

use std::time::Duration;

use super::call::Operation;
use super::error::{AccountDenial, Class, Denial, Effect};
use super::reason::{About, Reason, Refusal};

/// The class of an error answer to `operation`.
pub(super) fn classify(
    operation: Operation,
    status: u16,
    refusal: &Refusal,
    retry_after: Option<Duration>,
) -> Class {
    let throttled = Class::Throttled { retry_after };
    match status {
        400 => bad_request(operation, refusal),
        401 => Class::AccountDenied(AccountDenial::NeedsReauth),
        403 => forbidden(operation, &refusal.reason, retry_after),
        404 => not_found(operation, &refusal.reason),
        408 | 500..=599 => unavailable(operation, retry_after),
        409 => taken(operation, &refusal.reason),
        410 => gone(operation, &refusal.reason),
        412 => Class::Conflict,
        429 if refusal.reason == Reason::QuotaExceeded => Class::QuotaExhausted,
        429 => throttled,
        402..=499 if refusal.reason != Reason::NoEnvelope => Class::Invalid,
        _ => Class::Malformed,
    }
}

/// The class of "no certain answer".
pub(super) fn unavailable(operation: Operation, retry_after: Option<Duration>) -> Class {
    let effect = if operation.is_write() {
        Effect::Unknown
    } else {
        Effect::Nothing
    };
    Class::Unavailable {
        effect,
        retry_after,
    }
}

/// Turned away before anything was done.
fn turned_away() -> Class {
    Class::Unavailable {
        effect: Effect::Nothing,
        retry_after: None,
    }
}

/// 400 is for good, unless it is about the sync token that was sent along.
fn bad_request(operation: Operation, refusal: &Refusal) -> Class {
    let token_sent = operation == Operation::ListChanges;
    let about_token = token_sent && refusal.about != About::Other;
    match &refusal.reason {
        Reason::NoEnvelope => Class::Malformed,
        Reason::FullSyncRequired if token_sent => Class::SyncTokenInvalid,
        Reason::Invalid if about_token => Class::SyncTokenInvalid,
        Reason::FullSyncRequired
        | Reason::Invalid
        | Reason::TimeRangeEmpty
        | Reason::SyncTokenWithRestrictions
        | Reason::EventTypeRestriction
        | Reason::AuthError
        | Reason::RateLimitExceeded
        | Reason::QuotaExceeded
        | Reason::ForbiddenForEvent
        | Reason::Forbidden
        | Reason::InsufficientPermissions
        | Reason::AccessNotConfigured
        | Reason::NotACalendarUser
        | Reason::NotFound
        | Reason::Duplicate
        | Reason::Conflict
        | Reason::Deleted
        | Reason::ConditionNotMet
        | Reason::BackendError
        | Reason::Other(_)
        | Reason::Unsaid => Class::Invalid,
    }
}

fn forbidden(operation: Operation, reason: &Reason, retry_after: Option<Duration>) -> Class {
    match reason {
        Reason::RateLimitExceeded => Class::Throttled { retry_after },
        Reason::QuotaExceeded => Class::QuotaExhausted,
        Reason::ForbiddenForEvent
        | Reason::EventTypeRestriction
        | Reason::Invalid
        | Reason::TimeRangeEmpty
        | Reason::SyncTokenWithRestrictions => Class::Invalid,
        Reason::InsufficientPermissions => Class::Denied(Denial::MissingScope),
        Reason::AccessNotConfigured => Class::AccountDenied(AccountDenial::ApiDisabled),
        Reason::NotACalendarUser => Class::AccountDenied(AccountDenial::NotACalendarUser),
        Reason::AuthError => Class::AccountDenied(AccountDenial::NeedsReauth),
        Reason::BackendError => unavailable(operation, retry_after),
        Reason::NoEnvelope => Class::Malformed,
        Reason::Forbidden
        | Reason::NotFound
        | Reason::Duplicate
        | Reason::Conflict
        | Reason::FullSyncRequired
        | Reason::Deleted
        | Reason::ConditionNotMet
        | Reason::Other(_)
        | Reason::Unsaid => Class::Denied(Denial::NoAccess),
    }
}

fn not_found(operation: Operation, reason: &Reason) -> Class {
    if *reason == Reason::NoEnvelope {
        return Class::Malformed;
    }
    match operation {
        Operation::ListAll | Operation::ListChanges | Operation::Insert => {
            Class::Denied(Denial::NotFound)
        }
        Operation::Get | Operation::Instances | Operation::Update | Operation::Delete => {
            Class::Absent
        }
        Operation::CalendarList => Class::Config,
    }
}

/// 409: a taken id for an insert; `conflict` is a collision inside Google that passes.
fn taken(operation: Operation, reason: &Reason) -> Class {
    if *reason == Reason::Conflict {
        return turned_away();
    }
    match operation {
        Operation::Insert => Class::Exists,
        Operation::CalendarList
        | Operation::ListAll
        | Operation::ListChanges
        | Operation::Get
        | Operation::Instances
        | Operation::Update
        | Operation::Delete => Class::Conflict,
    }
}

/// 410: a used-up sync token, or an event that was deleted. A full read leads to what is needed even if
/// the body is unreadable; a deletion is believed only from Google itself.
fn gone(operation: Operation, reason: &Reason) -> Class {
    let from_google = *reason != Reason::NoEnvelope;
    match operation {
        Operation::ListChanges => Class::SyncTokenInvalid,
        Operation::ListAll | Operation::CalendarList => turned_away(),
        Operation::Insert if from_google => Class::Exists,
        Operation::Get | Operation::Instances | Operation::Update | Operation::Delete
            if from_google =>
        {
            Class::Absent
        }
        Operation::Insert
        | Operation::Get
        | Operation::Instances
        | Operation::Update
        | Operation::Delete => Class::Malformed,
    }
}
