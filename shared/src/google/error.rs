//! What can go wrong with a call, and what the caller does next.
//!
//! The class prescribes the next step; the cause explains. Neither holds a token, a secret, event text or
//! an address, so an error may be printed with its whole chain. Who decides the class is `classify`.

use std::fmt;
use std::time::Duration;

use super::body::BadBody;
use super::call::{Call, Operation};
use super::pages::BadPages;
use super::reason::Reason;
use super::transport::TransportError;

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    call: Box<Call>,
    class: Class,
    cause: Cause,
}

impl Error {
    pub(super) fn new(call: &Call, class: Class, cause: Cause) -> Self {
        Self {
            call: Box::new(call.clone()),
            class,
            cause,
        }
    }

    pub(super) fn body(call: &Call, why: BadBody) -> Self {
        Self::new(call, Class::Malformed, Cause::Body(why))
    }

    pub(super) fn pages(call: &Call, why: BadPages) -> Self {
        Self::new(call, Class::PageLoop, Cause::Pages(why))
    }

    /// What the caller does next.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What it comes to, without the names of what was asked about.
    #[must_use]
    pub fn said(&self) -> String {
        format!("{}: {}", self.class, self.cause)
    }

    /// What was asked.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.call.operation
    }

    /// Google's id of the calendar that was asked about.
    #[must_use]
    pub fn calendar(&self) -> Option<&str> {
        self.call.calendar.as_deref()
    }

    /// Google's id of the event that was asked about.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.call.event.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call, self.class)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The event is not the one that If-Match named (412): read it and plan again.
    Conflict,
    /// The id is taken, by a live event or a deleted one (409 on insert): read it.
    Exists,
    /// No such event, or no longer (404, 410): a delete has succeeded, an update becomes an insert.
    Absent,
    /// The sync token is used up (410, or 400 about the token): one full read.
    SyncTokenInvalid,
    /// Too many requests: later, and slower. Not a failure.
    Throttled {
        /// How long Google asked to wait.
        retry_after: Option<Duration>,
    },
    /// A quota that takes hours or longer to come back: pause the account's writes for long.
    QuotaExhausted,
    /// Google cannot answer now: later.
    Unavailable {
        /// Whether the request may have been carried out.
        effect: Effect,
        /// How long Google asked to wait.
        retry_after: Option<Duration>,
    },
    /// This calendar refuses: pause it and tell its owner.
    Denied(Denial),
    /// The whole account refuses: stop all its work and tell its owner, once.
    AccountDenied(AccountDenial),
    /// This request will never be accepted as it is: park the event.
    Invalid,
    /// The installation is set up wrongly: tell the operator.
    Config,
    /// The answer is no answer of this API: the attempt failed. A write may have been carried out.
    Malformed,
    /// A listing that does not end as Google promises: the whole listing failed.
    PageLoop,
}

impl Class {
    /// Whether the same request may simply be sent again after a wait.
    #[must_use]
    pub fn is_passing(self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unavailable { .. } => true,
            Self::Conflict
            | Self::Exists
            | Self::Absent
            | Self::SyncTokenInvalid
            | Self::QuotaExhausted
            | Self::Denied(_)
            | Self::AccountDenied(_)
            | Self::Invalid
            | Self::Config
            | Self::Malformed
            | Self::PageLoop => false,
        }
    }

    /// The wait that Google asked for, if it did.
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } | Self::Unavailable { retry_after, .. } => retry_after,
            Self::Conflict
            | Self::Exists
            | Self::Absent
            | Self::SyncTokenInvalid
            | Self::QuotaExhausted
            | Self::Denied(_)
            | Self::AccountDenied(_)
            | Self::Invalid
            | Self::Config
            | Self::Malformed
            | Self::PageLoop => None,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "changed meanwhile",
            Self::Exists => "the id is taken",
            Self::Absent => "no such event",
            Self::SyncTokenInvalid => "the sync token is no longer valid",
            Self::Throttled { .. } => "too many requests",
            Self::QuotaExhausted => "a long-term quota is used up",
            Self::Unavailable { effect, .. } => match effect {
                Effect::Nothing => "Google cannot be asked now",
                Effect::Unknown => "no certain answer; it may have been carried out",
            },
            Self::Denied(why) => match why {
                Denial::NoAccess => "no access to the calendar",
                Denial::MissingScope => "the account's consent does not cover this",
                Denial::NotFound => "no such calendar for this account",
            },
            Self::AccountDenied(why) => match why {
                AccountDenial::NeedsReauth => "the account has to be connected again",
                AccountDenial::NotACalendarUser => "the account has no Google Calendar",
                AccountDenial::ApiDisabled => "the Calendar API is not enabled for this project",
            },
            Self::Invalid => "refused for good",
            Self::Config => "set up wrongly",
            Self::Malformed => "not an answer of the Calendar API",
            Self::PageLoop => "the listing has no proper end",
        })
    }
}

/// Whether a request without a certain answer may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It was not: it never arrived, was turned away, or only reads.
    Nothing,
    /// It may have been: read before writing again.
    Unknown,
}

/// Why a calendar refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The account may not do this there (403 `forbidden`, `requiredAccessLevel`).
    NoAccess,
    /// The user's consent lacks a scope (403 `insufficientPermissions`).
    MissingScope,
    /// The account does not see such a calendar (404): deleted, or no longer shared.
    NotFound,
}

/// Why an account refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountDenial {
    /// Its tokens are refused: revoked, expired, or never valid.
    NeedsReauth,
    /// It is not signed up for Google Calendar.
    NotACalendarUser,
    /// The Google Cloud project has the API switched off: the operator's to mend.
    ApiDisabled,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The API answered with an error.
    #[error("answered {status} ({reason})")]
    Answer {
        /// HTTP status.
        status: u16,
        /// The reason in the body.
        reason: Reason,
    },
    /// No answer arrived.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer could not be used.
    #[error(transparent)]
    Body(#[from] BadBody),
    /// The pages of a listing do not fit together.
    #[error(transparent)]
    Pages(#[from] BadPages),
    /// The token endpoint refused; its error code, if it is one of OAuth's.
    #[error("the token endpoint answered {status} ({code})")]
    Token {
        /// HTTP status.
        status: u16,
        /// OAuth's error code.
        code: String,
    },
    /// The refresh token was refused earlier; it is not tried again.
    #[error("the refresh token was refused before")]
    Revoked,
    /// The request cannot be put into words: an id or address that no URL or header can carry.
    #[error("{what} cannot be sent")]
    Unsendable {
        /// Which part.
        what: &'static str,
    },
}
