//! Why a sync did not get through, and what its caller does next.

use std::time::Duration;

use crate::google;
use crate::model::{CalendarId, FailureClass, UserId};
use crate::plan::BadPlan;
use crate::store::{self, StoreError};

/// A sync that did not get through. What was committed before stays; nothing is half done.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The table could not be read or written.
    #[error("calendar {calendar}: the table")]
    Store {
        /// Which calendar was synced.
        calendar: CalendarId,
        /// Why.
        #[source]
        why: StoreError,
    },
    /// What is known of a user could not be read.
    #[error("user {user}: the table")]
    User {
        /// Which user.
        user: UserId,
        /// Why.
        #[source]
        why: StoreError,
    },
    /// The user is not connected.
    #[error("user {user} is not connected: sync them once first")]
    NobodyThere {
        /// Which user.
        user: UserId,
    },
    /// Google could not be read.
    #[error("calendar {calendar}: Google")]
    Google {
        /// Which calendar was synced.
        calendar: CalendarId,
        /// Why.
        #[source]
        why: google::Error,
    },
    /// The planner made a plan that would break an invariant; nothing was committed.
    #[error("calendar {calendar}: a plan was refused")]
    Plan {
        /// Which calendar was synced.
        calendar: CalendarId,
        /// Why.
        #[source]
        why: BadPlan,
    },
    /// The calendar is in no user's config: connect it first.
    #[error("calendar {calendar} is not connected")]
    NotConnected {
        /// Which calendar.
        calendar: CalendarId,
    },
    /// No client was given for the calendar's account.
    #[error(
        "calendar {calendar}: account {account} has no credentials here; add them and try again"
    )]
    NoAccount {
        /// Which calendar.
        calendar: CalendarId,
        /// Its account's name.
        account: String,
    },
    /// Google refuses the token that a full read has just ended with; not asked again before the wait is over.
    #[error("calendar {calendar}: the sync token of the last full read is refused")]
    TokenRefused {
        /// Which calendar.
        calendar: CalendarId,
        /// Until the next try makes sense.
        wait: Duration,
    },
    /// Somebody else kept changing the same rows; the next sync goes on.
    #[error("calendar {calendar}: other workers kept changing the same rows")]
    Contended {
        /// Which calendar.
        calendar: CalendarId,
    },
    /// A committed journal cannot be read: left as it is, for repair.
    #[error("calendar {calendar}: the journal of its last commit cannot be read")]
    Journal {
        /// Which calendar.
        calendar: CalendarId,
    },
}

/// What the caller of a failed sync does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Read and plan again, soon.
    Conflict,
    /// Later, not before the wait if one is given.
    Later(Option<Duration>),
    /// The calendar or its account refuses: pause it and tell its owner.
    Denied,
    /// Leave it and raise a finding.
    Corrupt,
    /// The installation is set up wrongly: tell the operator.
    Config,
}

impl From<Class> for FailureClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Conflict => Self::Conflict,
            Class::Later(_) => Self::Later,
            Class::Denied => Self::Denied,
            Class::Corrupt => Self::Corrupt,
            Class::Config => Self::Config,
        }
    }
}

impl SyncError {
    /// Whether the account of the calendar does not let us in any more: only a person can change that.
    #[must_use]
    pub fn consent_is_gone(&self) -> bool {
        let gone = google::Class::AccountDenied(google::AccountDenial::NeedsReauth);
        matches!(self, Self::Google { why, .. } if why.class() == gone)
    }

    /// What the caller does next.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Store { why, .. } | Self::User { why, .. } => store_class(why.class()),
            Self::Google { why, .. } => google_class(why.class()),
            Self::TokenRefused { wait, .. } => Class::Later(Some(*wait)),
            Self::Contended { .. } => Class::Conflict,
            Self::Plan { .. } | Self::Journal { .. } => Class::Corrupt,
            Self::NotConnected { .. } | Self::NobodyThere { .. } | Self::NoAccount { .. } => {
                Class::Config
            }
        }
    }
}

fn store_class(class: store::Class) -> Class {
    match class {
        store::Class::Throttled | store::Class::Unavailable => Class::Later(None),
        store::Class::Conflict => Class::Conflict,
        store::Class::Denied => Class::Config,
        store::Class::Invalid | store::Class::Corrupt | store::Class::Newer => Class::Corrupt,
    }
}

fn google_class(class: google::Class) -> Class {
    match class {
        google::Class::Throttled { retry_after }
        | google::Class::Unavailable { retry_after, .. } => Class::Later(retry_after),
        google::Class::QuotaExhausted
        | google::Class::Malformed
        | google::Class::PageLoop
        | google::Class::SyncTokenInvalid
        | google::Class::Exists
        | google::Class::Absent
        | google::Class::Invalid => Class::Later(None),
        google::Class::Conflict => Class::Conflict,
        google::Class::Denied(_) | google::Class::AccountDenied(_) => Class::Denied,
        google::Class::Config => Class::Config,
    }
}

/// The whole chain of an error in one line, for logs and people.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        text.push_str(": ");
        text.push_str(&why.to_string());
        cause = why.source();
    }
    text
}
