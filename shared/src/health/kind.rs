//! The kinds of issues, whom they concern, and how bad things are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{BadId, CalendarId, FailureClass, UserId};

/// How a calendar, or everything, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing to note.
    Healthy,
    /// Something is not as it should be, and should pass by itself or be looked at soon.
    Degraded,
    /// Blocks are wrong or will be; somebody has to know now.
    Critical,
}

impl Level {
    /// Its name in reports and alerts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Critical => "critical",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum IssueKind {
    /// The user has no config.
    ConfigMissing,
    /// The calendar takes part and has no state.
    StateMissing,
    /// The calendar's state is damaged.
    StateUnreadable,
    /// Another item of the calendar, its user's config or a row is damaged.
    Damaged,
    /// An item was written by a newer version of this program.
    Newer,
    /// A signal could not be read this time.
    Blind,
    /// No check ever succeeded.
    NeverChecked,
    /// The last successful check is long ago.
    Stale,
    /// A stored time lies in the future.
    TimeAhead,
    /// A block is out of step for long.
    PendingTooLong,
    /// Somebody wants the calendar looked at, and nobody does.
    WakeUnserved,
    /// A committed journal is not applied, and nobody is at it.
    JournalLeft,
    /// A dead worker's lease ran out, and nobody took it over.
    LeaseLeft,
    /// A lease lasts longer than any sync may take: nobody else can work.
    LeaseStuck,
    /// Syncs fail.
    Failing(FailureClass),
    /// Events are set aside: unreadable, or their blocks refused.
    Parked,
    /// Blocks are set aside that are rewritten again and again.
    Frozen,
    /// Blocks are set aside since their target cannot be written.
    NoAccess,
    /// A mass deletion waits for a second look.
    Held,
    /// The blocks were not compared with Google in time.
    AuditOverdue,
    /// The last comparison with Google found errors.
    AuditErrors,
    /// The last comparison with Google found oddities.
    AuditWarnings,
}

impl IssueKind {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::ConfigMissing,
        Self::StateMissing,
        Self::StateUnreadable,
        Self::Damaged,
        Self::Newer,
        Self::Blind,
        Self::NeverChecked,
        Self::Stale,
        Self::TimeAhead,
        Self::PendingTooLong,
        Self::WakeUnserved,
        Self::JournalLeft,
        Self::LeaseLeft,
        Self::LeaseStuck,
        Self::Failing(FailureClass::Conflict),
        Self::Failing(FailureClass::Later),
        Self::Failing(FailureClass::Denied),
        Self::Failing(FailureClass::Corrupt),
        Self::Failing(FailureClass::Config),
        Self::Parked,
        Self::Frozen,
        Self::NoAccess,
        Self::Held,
        Self::AuditOverdue,
        Self::AuditErrors,
        Self::AuditWarnings,
    ];

    /// Its name in reports, alerts and docs/health.md.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ConfigMissing => "config_missing",
            Self::StateMissing => "state_missing",
            Self::StateUnreadable => "state_unreadable",
            Self::Damaged => "damaged",
            Self::Newer => "newer",
            Self::Blind => "blind",
            Self::NeverChecked => "never_checked",
            Self::Stale => "stale",
            Self::TimeAhead => "time_ahead",
            Self::PendingTooLong => "pending_too_long",
            Self::WakeUnserved => "wake_unserved",
            Self::JournalLeft => "journal_left",
            Self::LeaseLeft => "lease_left",
            Self::LeaseStuck => "lease_stuck",
            Self::Failing(FailureClass::Conflict) => "failing_conflict",
            Self::Failing(FailureClass::Later) => "failing_later",
            Self::Failing(FailureClass::Denied) => "failing_denied",
            Self::Failing(FailureClass::Corrupt) => "failing_corrupt",
            Self::Failing(FailureClass::Config) => "failing_config",
            Self::Parked => "parked",
            Self::Frozen => "frozen",
            Self::NoAccess => "no_access",
            Self::Held => "held",
            Self::AuditOverdue => "audit_overdue",
            Self::AuditErrors => "audit_errors",
            Self::AuditWarnings => "audit_warnings",
        }
    }

    /// Whether other issues of the same subject may be there and cannot be seen because of this one.
    #[must_use]
    pub fn hides_others(self) -> bool {
        match self {
            Self::ConfigMissing
            | Self::StateMissing
            | Self::StateUnreadable
            | Self::Damaged
            | Self::Newer
            | Self::Blind => true,
            Self::NeverChecked
            | Self::Stale
            | Self::TimeAhead
            | Self::PendingTooLong
            | Self::WakeUnserved
            | Self::JournalLeft
            | Self::LeaseLeft
            | Self::LeaseStuck
            | Self::Failing(_)
            | Self::Parked
            | Self::Frozen
            | Self::NoAccess
            | Self::Held
            | Self::AuditOverdue
            | Self::AuditErrors
            | Self::AuditWarnings => false,
        }
    }
}

impl TryFrom<String> for IssueKind {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.code() == text)
            .ok_or(BadId { what: "issue kind" })
    }
}
impl From<IssueKind> for &'static str {
    fn from(kind: IssueKind) -> Self {
        kind.code()
    }
}
impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whom an issue concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Subject {
    /// Everything.
    Installation,
    /// One user.
    User(UserId),
    /// One calendar.
    Calendar(CalendarId),
}

const INSTALLATION: &str = "installation";
const USER: &str = "user ";
const CALENDAR: &str = "calendar ";

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str(INSTALLATION),
            Self::User(user) => write!(f, "{USER}{user}"),
            Self::Calendar(calendar) => write!(f, "{CALENDAR}{calendar}"),
        }
    }
}
impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}
impl TryFrom<String> for Subject {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        if text == INSTALLATION {
            return Ok(Self::Installation);
        }
        if let Some(user) = text.strip_prefix(USER) {
            return UserId::parse(user).map(Self::User);
        }
        match text.strip_prefix(CALENDAR) {
            Some(calendar) => CalendarId::parse(calendar).map(Self::Calendar),
            None => Err(BadId { what: "subject" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_differ_and_read_back() {
        let codes: BTreeSet<&str> = IssueKind::ALL.into_iter().map(IssueKind::code).collect();
        assert_eq!(codes.len(), IssueKind::ALL.len());
        for kind in IssueKind::ALL {
            assert_eq!(IssueKind::try_from(kind.code().to_owned()), Ok(kind));
        }
        assert!(IssueKind::try_from("fine".to_owned()).is_err());
    }

    #[test]
    fn subjects_read_back() {
        let calendar = CalendarId::from_bytes([7; CalendarId::BYTES]);
        for subject in [
            Subject::Installation,
            Subject::User(calendar.user()),
            Subject::Calendar(calendar),
        ] {
            assert_eq!(Subject::try_from(String::from(subject)), Ok(subject));
        }
        assert!(Subject::try_from("calendar x".to_owned()).is_err());
    }

    #[test]
    fn levels_sort_by_how_bad_they_are() {
        assert!(Level::Healthy < Level::Degraded && Level::Degraded < Level::Critical);
    }
}
