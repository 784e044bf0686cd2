//! What can be wrong, how bad it is, and what helps. One table, so that reports, repair and docs/findings.md agree.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{CalendarId, EventKey};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Known and visible, or on its way to be put right.
    Warning,
    /// An invariant does not hold.
    Error,
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// An ordinary sync of the calendar.
    Sync,
    /// Its rows are planned again by the present config, and their marks set right.
    Replan,
    /// The calendar is listed as a whole.
    FullRead,
    /// What cannot be read is dropped; then a full read.
    Rebuild,
    /// What was staged in vain is removed.
    Sweep,
    /// It passes by itself; nothing is to be done.
    Wait,
    /// A person has to do something.
    Person,
}

macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $name:ident: $severity:ident, $remedy:ident;)+) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// What helps.
            #[must_use]
            pub fn remedy(self) -> Remedy {
                match self { $(Self::$name => Remedy::$remedy,)+ }
            }

            /// What it means, for a person.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($meaning),+).trim_ascii(),)+ }
            }
        }
    };
}

kinds! {
    // What the config of a user shows.
    /// the config of a calendar cannot be read, so none of its user's is synced
    ConfigUnreadable: Error, Rebuild;
    /// the config was written by a newer version of Tidelock
    ConfigNewer: Error, Person;

    // What the state of a calendar shows.
    /// a calendar of the config has no state
    StateMissing: Error, Rebuild;
    /// the state of a calendar cannot be read
    StateUnreadable: Error, Rebuild;
    /// the state was written by a newer version of Tidelock
    StateNewer: Error, Person;
    /// there is a sync token but no time of the last check
    TokenWithoutTime: Error, Sync;
    /// the last check lies in the future
    TimeAhead: Error, Sync;
    /// the calendar was never listed
    NeverRead: Warning, Sync;
    /// a committed journal is not applied, and nobody is at it
    JournalLeft: Warning, Sync;
    /// a committed journal cannot be read
    JournalUnreadable: Error, Rebuild;
    /// facts were staged for a commit that never came
    StagedLeft: Warning, Sweep;
    /// a worker died with the lease in its hand
    LeaseOver: Warning, Sync;
    /// a lease lasts longer than any lease may
    LeaseTooLong: Error, Sync;
    /// the number of mirrored events, which the brake measures by, is far off
    Miscounted: Error, Replan;
    /// somebody asked for a sync that did not come
    WakeUnserved: Warning, Sync;
    /// syncs fail again and again
    Failing: Warning, Wait;
    /// Google refuses the account or the calendar
    AccessRefused: Error, Person;
    /// a mass deletion waits for a second look
    Held: Warning, Wait;

    // What rows show.
    /// a row cannot be read
    RowUnreadable: Error, Rebuild;
    /// a row was written by a newer version of Tidelock
    RowNewer: Error, Person;
    /// a row is filed under another event's name
    RowMisfiled: Error, Rebuild;
    /// a row wants another block than its event and the config call for
    WrongWant: Error, Replan;
    /// a row wants a block on a calendar that takes no part
    DeadTarget: Error, Replan;
    /// a row names a calendar of another user
    OtherUsersTarget: Error, Replan;
    /// a row is wrong about whether the meeting is on the target without it
    WrongTwin: Error, Replan;
    /// a row says the wrong thing about being pending, so pushes pass it by or look in vain
    WrongMark: Error, Replan;
    /// a row was written under an epoch that was never granted, so no sync can write it
    EpochAhead: Error, Replan;
    /// a row will expire while it is needed
    ExpiresEarly: Error, Replan;
    /// a row waits longer for its next try than any row may
    RetryTooLate: Error, Replan;
    /// a row is out of step and nothing says so
    SilentlyPending: Error, Sync;
    /// a row is out of step for too long
    Overdue: Warning, Wait;
    /// a block is due on a calendar that cannot be written
    TargetReadOnly: Warning, Person;
    /// an event or block is set aside
    Parked: Warning, Person;
    /// a block is left alone because it was changed again and again
    Frozen: Warning, Person;
    /// a block lies on a calendar that is not connected
    NoAccess: Warning, Person;

    // What a comparison with Google shows.
    /// the calendar could not be compared with Google
    NotCompared: Error, Wait;
    /// Google no longer takes the sync token
    TokenRefused: Error, FullRead;
    /// an event has no row
    RowMissing: Error, FullRead;
    /// an event is not what its row says
    SourceChanged: Error, FullRead;
    /// a row stands for an event that is gone
    SourceGone: Error, FullRead;
    /// a block is not there
    BlockMissing: Error, FullRead;
    /// a block is not what it should be
    BlockChanged: Error, FullRead;
    /// there is a block too many of an event
    BlockDuplicate: Error, FullRead;
    /// there is a block of no event
    BlockOrphaned: Error, FullRead;
    /// there is a block that its row does not know of
    BlockUnrecorded: Error, FullRead;
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// How bad.
    pub severity: Severity,
    /// What helps.
    pub remedy: Remedy,
    /// The calendar whose state or row it is; of a comparison, the one that was listed.
    pub calendar: CalendarId,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventKey>,
    /// The calendar of the event, if it is not `calendar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<CalendarId>,
    /// The target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<CalendarId>,
    /// What was expected and what was found; no event text.
    pub detail: String,
    /// Since when, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Google reports it as changed since the last sync, so the next one brings it.
    pub fresh: bool,
}

impl Finding {
    /// A finding about a calendar.
    #[must_use]
    pub fn new(kind: Kind, calendar: CalendarId, detail: impl Into<String>) -> Self {
        Self {
            kind,
            severity: kind.severity(),
            remedy: kind.remedy(),
            calendar,
            event: None,
            source: None,
            target: None,
            detail: detail.into(),
            since: None,
            fresh: false,
        }
    }

    /// Whether a repair helps: neither time alone nor a person.
    #[must_use]
    pub fn calls_for_repair(&self) -> bool {
        self.severity == Severity::Error && !matches!(self.remedy, Remedy::Wait | Remedy::Person)
    }

    /// About this event.
    #[must_use]
    pub fn of_event(self, event: &EventKey) -> Self {
        Self {
            event: Some(event.clone()),
            ..self
        }
    }

    /// About its block on this target.
    #[must_use]
    pub fn on(self, target: CalendarId) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }

    /// About an event of this calendar.
    #[must_use]
    pub fn from_calendar(self, source: CalendarId) -> Self {
        Self {
            source: Some(source),
            ..self
        }
    }

    /// True for so long.
    #[must_use]
    pub fn since(self, since: Option<Timestamp>) -> Self {
        Self { since, ..self }
    }

    /// Not yet known to any sync, but the next one will be told: no invariant is broken.
    #[must_use]
    pub fn fresh(self) -> Self {
        Self {
            fresh: true,
            severity: Severity::Warning,
            remedy: Remedy::Sync,
            ..self
        }
    }

    /// Whether it says the same of the same thing, however it is worded.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.calendar == other.calendar
            && self.event == other.event
            && self.source == other.source
            && self.target == other.target
    }
}
