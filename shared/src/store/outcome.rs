//! What conditional writes come to. Losing is a normal outcome, not an error.

use jiff::Timestamp;

use crate::model::{CalendarId, EventKey, State};

/// A conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Put {
    /// What was to be written is there.
    Written,
    /// Something else is there than the caller started from; nothing was written.
    Conflict,
}

/// An attempt to get the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Acquire {
    /// Granted; the state as it is now, under its new epoch.
    Granted(State),
    /// Somebody holds it.
    Held {
        /// Until then at most.
        until: Timestamp,
    },
    /// It is free, but somebody else synced in between; the state as it is now.
    Moved(State),
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum CommitOutcome {
    /// All of it is there.
    Committed,
    /// A newer epoch was granted: stop.
    Fenced,
    /// The state is not the one that the commit started from: read it again.
    TokenMoved,
    /// These rows were written by somebody else in between: read and plan them again.
    RowConflict(Vec<(CalendarId, EventKey)>),
}
