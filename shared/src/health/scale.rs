//! From when on an issue is how bad, and who mends it: one table, in which every kind has its line.

use std::time::Duration;

use super::kind::{IssueKind, Level};
use crate::limits;
use crate::model::FailureClass;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// As soon as it is seen.
    AtOnce,
    /// Once it has lasted so long.
    After(Duration),
    /// From so many on.
    Count(u64),
    /// Not at all.
    Never,
}

impl When {
    /// Whether it holds for an issue that has lasted for `age` (none: it is not known) and counts `count`.
    #[must_use]
    pub fn holds(self, age: Option<Duration>, count: u64) -> bool {
        match self {
            Self::AtOnce => true,
            Self::After(limit) => age.is_some_and(|age| age >= limit),
            Self::Count(limit) => count >= limit,
            Self::Never => false,
        }
    }
}

/// Who mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The next sync does, if there is one.
    Sync,
    /// A repair.
    Repair,
    /// A comparison with Google.
    Audit,
    /// Somebody has to do something.
    Person,
}

/// What holds for one kind of issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// From when on it is degraded.
    pub degraded: When,
    /// From when on it is critical.
    pub critical: When,
    /// Who mends it.
    pub remedy: Remedy,
}

impl Scale {
    /// How bad an issue is that has lasted for `age` and counts `count`.
    #[must_use]
    pub fn level(&self, age: Option<Duration>, count: u64) -> Level {
        if self.critical.holds(age, count) {
            Level::Critical
        } else if self.degraded.holds(age, count) {
            Level::Degraded
        } else {
            Level::Healthy
        }
    }

    const fn new(degraded: When, critical: When, remedy: Remedy) -> Self {
        Self {
            degraded,
            critical,
            remedy,
        }
    }
}

impl IssueKind {
    /// What holds for it.
    #[must_use]
    pub fn scale(self) -> Scale {
        use Remedy::{Audit, Person, Repair, Sync};
        use When::{After, AtOnce, Count, Never};
        match self {
            Self::ConfigMissing => Scale::new(Never, AtOnce, Person),
            Self::StateMissing | Self::StateUnreadable | Self::Damaged => {
                Scale::new(Never, AtOnce, Repair)
            }
            Self::Newer => Scale::new(Never, AtOnce, Person),
            Self::Blind => Scale::new(AtOnce, Never, Sync),
            Self::NeverChecked => Scale::new(AtOnce, After(limits::UNCHECKED_CRITICAL), Sync),
            Self::Stale => Scale::new(
                After(limits::STALE_DEGRADED),
                After(limits::STALE_CRITICAL),
                Sync,
            ),
            Self::TimeAhead | Self::LeaseStuck => Scale::new(Never, AtOnce, Repair),
            Self::PendingTooLong => Scale::new(
                After(limits::PENDING_DEGRADED),
                After(limits::PENDING_CRITICAL),
                Sync,
            ),
            Self::WakeUnserved => Scale::new(
                After(limits::WAKE_DEGRADED),
                After(limits::WAKE_CRITICAL),
                Sync,
            ),
            Self::JournalLeft => Scale::new(AtOnce, After(limits::JOURNAL_CRITICAL), Sync),
            Self::LeaseLeft => Scale::new(After(limits::LEASE_LEFT_DEGRADED), Never, Sync),
            Self::Failing(FailureClass::Conflict | FailureClass::Later) => Scale::new(
                After(limits::FAILING_DEGRADED),
                After(limits::FAILING_CRITICAL),
                Sync,
            ),
            Self::Failing(FailureClass::Corrupt) => Scale::new(Never, AtOnce, Repair),
            Self::Failing(FailureClass::Denied | FailureClass::Config) | Self::NoAccess => {
                Scale::new(Never, AtOnce, Person)
            }
            Self::Parked | Self::Frozen => {
                Scale::new(AtOnce, Count(limits::PARKED_CRITICAL), Person)
            }
            Self::Held => Scale::new(AtOnce, After(limits::HELD_CRITICAL), Sync),
            Self::AuditOverdue => Scale::new(
                After(limits::AUDIT_LATE_DEGRADED),
                After(limits::AUDIT_LATE_CRITICAL),
                Audit,
            ),
            Self::AuditErrors => Scale::new(Never, AtOnce, Repair),
            Self::AuditWarnings => Scale::new(AtOnce, Never, Repair),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_bad_at_some_time() {
        for kind in IssueKind::ALL {
            let scale = kind.scale();
            let worst = scale.level(Some(Duration::MAX), u64::MAX);
            assert_ne!(worst, Level::Healthy, "{kind}");
        }
    }

    #[test]
    fn a_level_holds_from_its_threshold_on() {
        let scale = Scale::new(
            When::After(Duration::from_secs(10)),
            When::After(Duration::from_secs(20)),
            Remedy::Sync,
        );
        let check = |seconds: Option<u64>, expected| {
            assert_eq!(scale.level(seconds.map(Duration::from_secs), 1), expected);
        };
        check(None, Level::Healthy);
        check(Some(9), Level::Healthy);
        check(Some(10), Level::Degraded);
        check(Some(19), Level::Degraded);
        check(Some(20), Level::Critical);
    }

    #[test]
    fn a_count_holds_from_its_threshold_on() {
        assert!(!When::Count(3).holds(None, 2));
        assert!(When::Count(3).holds(None, 3));
    }
}
