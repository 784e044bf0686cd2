//! The reason inside an error answer, out of both envelopes that Google uses.
//!
//! The Calendar backend says `error.errors[0].reason`; the front end adds `error.details[].reason` and
//! `error.status`. The edge in front of both may answer in HTML: then there is no envelope, and the
//! answer proves nothing about a calendar or an event.

use std::fmt;

use serde_json::Value;

/// The longest unknown reason that is shown.
const LONGEST_SHOWN: usize = 40;

/// Why Google refused, as listed in its guide "Handle API errors"; other words are kept for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// `invalid`, `badRequest`, `invalidParameter`, `required`, and the like.
    Invalid,
    /// `timeRangeEmpty`.
    TimeRangeEmpty,
    /// `syncTokenWithRequestRestrictions`.
    SyncTokenWithRestrictions,
    /// `eventTypeRestriction`.
    EventTypeRestriction,
    /// `authError`, `required` of the header, `UNAUTHENTICATED`.
    AuthError,
    /// `rateLimitExceeded`, `userRateLimitExceeded`.
    RateLimitExceeded,
    /// `quotaExceeded`, `dailyLimitExceeded`, `calendarUsageLimits`.
    QuotaExceeded,
    /// `forbiddenForNonOrganizer`, `forbiddenForServiceAccounts`.
    ForbiddenForEvent,
    /// `forbidden`, `requiredAccessLevel`, `PERMISSION_DENIED`.
    Forbidden,
    /// `insufficientPermissions`.
    InsufficientPermissions,
    /// `accessNotConfigured`.
    AccessNotConfigured,
    /// `notACalendarUser`.
    NotACalendarUser,
    /// `notFound`.
    NotFound,
    /// `duplicate`.
    Duplicate,
    /// `conflict`.
    Conflict,
    /// `fullSyncRequired`, `updatedMinTooLongAgo`.
    FullSyncRequired,
    /// `deleted`.
    Deleted,
    /// `conditionNotMet`.
    ConditionNotMet,
    /// `backendError`, `internalError`.
    BackendError,
    /// Another word, as far as it may be shown.
    Other(String),
    /// Google's envelope without a reason.
    Unsaid,
    /// Not Google's envelope at all: HTML, text, nothing.
    NoEnvelope,
}

impl Reason {
    fn parse(word: &str) -> Self {
        match word {
            "invalid" | "badRequest" | "invalidParameter" | "required" | "parseError"
            | "INVALID_ARGUMENT" => Self::Invalid,
            "timeRangeEmpty" => Self::TimeRangeEmpty,
            "syncTokenWithRequestRestrictions" => Self::SyncTokenWithRestrictions,
            "eventTypeRestriction" => Self::EventTypeRestriction,
            "authError" | "UNAUTHENTICATED" | "CREDENTIALS_MISSING" => Self::AuthError,
            "rateLimitExceeded"
            | "userRateLimitExceeded"
            | "concurrentLimitExceeded"
            | "RATE_LIMIT_EXCEEDED"
            | "RESOURCE_EXHAUSTED" => Self::RateLimitExceeded,
            "quotaExceeded" | "dailyLimitExceeded" | "calendarUsageLimits" => Self::QuotaExceeded,
            "forbiddenForNonOrganizer" | "forbiddenForServiceAccounts" => Self::ForbiddenForEvent,
            "forbidden" | "requiredAccessLevel" | "PERMISSION_DENIED" => Self::Forbidden,
            "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => {
                Self::InsufficientPermissions
            }
            "accessNotConfigured" | "SERVICE_DISABLED" => Self::AccessNotConfigured,
            "notACalendarUser" => Self::NotACalendarUser,
            "notFound" | "NOT_FOUND" => Self::NotFound,
            "duplicate" | "ALREADY_EXISTS" => Self::Duplicate,
            "conflict" | "ABORTED" => Self::Conflict,
            "fullSyncRequired" | "updatedMinTooLongAgo" => Self::FullSyncRequired,
            "deleted" => Self::Deleted,
            "conditionNotMet" => Self::ConditionNotMet,
            "backendError" | "internalError" | "INTERNAL" | "UNAVAILABLE" => Self::BackendError,
            other => Self::Other(shown(other)),
        }
    }
}

/// A word that may be shown: short and of letters and `_` only, as all codes of Google's are. Tokens have
/// digits, titles have spaces.
pub(super) fn shown(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    if word.len() <= LONGEST_SHOWN && word.bytes().all(plain) {
        return word.to_owned();
    }
    "not a known word".to_owned()
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "invalid",
            Self::TimeRangeEmpty => "timeRangeEmpty",
            Self::SyncTokenWithRestrictions => "syncTokenWithRequestRestrictions",
            Self::EventTypeRestriction => "eventTypeRestriction",
            Self::AuthError => "authError",
            Self::RateLimitExceeded => "rateLimitExceeded",
            Self::QuotaExceeded => "quotaExceeded",
            Self::ForbiddenForEvent => "forbiddenForNonOrganizer",
            Self::Forbidden => "forbidden",
            Self::InsufficientPermissions => "insufficientPermissions",
            Self::AccessNotConfigured => "accessNotConfigured",
            Self::NotACalendarUser => "notACalendarUser",
            Self::NotFound => "notFound",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::FullSyncRequired => "fullSyncRequired",
            Self::Deleted => "deleted",
            Self::ConditionNotMet => "conditionNotMet",
            Self::BackendError => "backendError",
            Self::Other(word) => word,
            Self::Unsaid => "no reason given",
            Self::NoEnvelope => "not in Google's form",
        })
    }
}

/// Which parameter an error names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The sync token.
    SyncToken,
    /// Something else.
    Other,
    /// It does not say.
    Unsaid,
}

/// The part of an error answer that decides its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) about: About,
}

impl Refusal {
    /// Reads an error body of any form; it never fails.
    pub(super) fn read(body: &[u8]) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let error = parsed.as_ref().and_then(|value| value.get("error"));
        match error.filter(|error| error.is_object()) {
            Some(error) => Self {
                reason: word(error).map_or(Reason::Unsaid, Reason::parse),
                about: about(error),
            },
            None => Self {
                reason: Reason::NoEnvelope,
                about: About::Unsaid,
            },
        }
    }
}

fn word(error: &Value) -> Option<&str> {
    let backend = error.pointer("/errors/0/reason").and_then(Value::as_str);
    let details = error.get("details").and_then(Value::as_array);
    let front = || {
        details?
            .iter()
            .find_map(|detail| detail.get("reason")?.as_str())
    };
    let status = || error.get("status").and_then(Value::as_str);
    backend.or_else(front).or_else(status)
}

fn about(error: &Value) -> About {
    match error.pointer("/errors/0/location").and_then(Value::as_str) {
        Some("syncToken") => About::SyncToken,
        Some(_) => About::Other,
        None => About::Unsaid,
    }
}
