//! What a person does about a finding. Text only; docs/findings.md has it as a table that a test compares.

use std::fmt;

use super::finding::{Kind, Remedy};

impl Kind {
    /// What a person does about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::ConfigNewer | Self::StateNewer | Self::RowNewer => {
                "use the version of Tidelock that wrote it, or a newer one"
            }
            Self::AccessRefused => {
                "give the account access again, or put a new token into the config; then sync"
            }
            Self::TargetReadOnly | Self::NoAccess => {
                "give the account the right to change events there, or take the calendar out of the config; then sync"
            }
            Self::Parked => {
                "ask `tidelock explain` for the reason; change the event and it is tried again"
            }
            Self::Frozen => {
                "find who keeps changing the block, often another sync tool, and stop it; change the event and it is tried again"
            }
            Self::Held => {
                "nothing if so many events were deleted on purpose; `tidelock repair --apply --look-again` does not wait"
            }
            Self::NotCompared => "look at the reason; if it is the account, give it access again",
            Self::Failing => "look at the reason in `tidelock status`; syncs go on trying",
            Self::ConfigUnreadable
            | Self::StateMissing
            | Self::StateUnreadable
            | Self::TokenWithoutTime
            | Self::TimeAhead
            | Self::NeverRead
            | Self::JournalLeft
            | Self::JournalUnreadable
            | Self::StagedLeft
            | Self::LeaseOver
            | Self::LeaseTooLong
            | Self::Miscounted
            | Self::WakeUnserved
            | Self::RowUnreadable
            | Self::RowMisfiled
            | Self::WrongWant
            | Self::DeadTarget
            | Self::OtherUsersTarget
            | Self::WrongTwin
            | Self::WrongMark
            | Self::EpochAhead
            | Self::ExpiresEarly
            | Self::RetryTooLate
            | Self::SilentlyPending
            | Self::Overdue
            | Self::TokenRefused
            | Self::RowMissing
            | Self::SourceChanged
            | Self::SourceGone
            | Self::BlockMissing
            | Self::BlockChanged
            | Self::BlockDuplicate
            | Self::BlockOrphaned
            | Self::BlockUnrecorded => by_remedy(self.remedy()),
        }
    }
}

fn by_remedy(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Sync => "`tidelock sync`, or `tidelock repair --apply`",
        Remedy::Replan | Remedy::FullRead | Remedy::Rebuild | Remedy::Sweep => {
            "`tidelock repair --apply`"
        }
        Remedy::Wait | Remedy::Person => "nothing; `tidelock status` shows whether it passes",
    }
}

/// Its name as programs see it: `block_missing`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&snake(&format!("{self:?}")))
    }
}

/// Its name as programs see it: `full_read`.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&snake(&format!("{self:?}")))
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::Severity;

    fn row(kind: Kind) -> String {
        let severity = match kind.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let (remedy, meaning, advice) = (kind.remedy(), kind.meaning(), kind.advice());
        format!("| `{kind}` | {severity} | {remedy} | {meaning} | {advice} |")
    }

    #[test]
    fn the_documented_table_is_what_the_code_says() {
        let document = include_str!("../../../docs/findings.md");
        let rows = document.lines().filter(|line| line.starts_with("| `"));
        let documented: Vec<&str> = rows.collect();
        let expected: Vec<String> = Kind::ALL.iter().map(|kind| row(*kind)).collect();
        assert_eq!(documented, expected);
    }

    #[test]
    fn a_name_is_the_one_that_programs_see() {
        for kind in Kind::ALL {
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.to_string());
        }
    }

    #[test]
    fn what_only_a_person_can_mend_says_how() {
        for kind in Kind::ALL {
            let generic = by_remedy(kind.remedy());
            assert!(kind.remedy() != Remedy::Person || kind.advice() != generic);
        }
    }
}
