//! What is told, and in which words. No event text can get in: an alert holds ids of ours, codes and times.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::{IssueKind, Level, Subject};
use crate::limits::ALERT_SUBJECT;

/// What happened to an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It came.
    Raised,
    /// It was there and has become critical.
    Worsened,
    /// It went.
    Cleared,
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Grows by one with every alert: the same number twice is the same alert sent twice.
    pub number: u64,
    /// When it was noticed.
    pub at: Timestamp,
    /// Whom it concerns.
    pub subject: Subject,
    /// What.
    pub kind: IssueKind,
    /// Came or went.
    pub change: Change,
    /// How bad it is; of one that went, how bad it was.
    pub level: Level,
}

impl Alert {
    /// One line of fewer than 100 ASCII characters, for the subject of a message.
    #[must_use]
    pub fn headline(&self) -> String {
        let change = match self.change {
            Change::Raised => self.level.name(),
            Change::Worsened => "now critical",
            Change::Cleared => "cleared",
        };
        let line = format!("Tidelock {change}: {} of {}", self.kind, self.subject);
        let ascii = line.chars().filter(|char| matches!(char, ' '..='~'));
        ascii.take(ALERT_SUBJECT).collect()
    }

    /// The whole of it, for the body of a message.
    #[must_use]
    pub fn message(&self) -> String {
        let change = match self.change {
            Change::Raised => "raised",
            Change::Worsened => "worsened",
            Change::Cleared => "cleared",
        };
        format!(
            "change: {change}\nissue: {}\nlevel: {}\nsubject: {}\nat: {}\nnumber: {}\n\
             What it means and who mends it: docs/health.md. The same number twice is the same alert.\n",
            self.kind,
            self.level.name(),
            self.subject,
            self.at,
            self.number,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CalendarId;

    #[test]
    fn a_headline_of_every_alert_fits_a_subject_line_whole() {
        let calendar = CalendarId::from_bytes([255; CalendarId::BYTES]);
        for kind in IssueKind::ALL {
            for change in [Change::Raised, Change::Worsened, Change::Cleared] {
                let subject = Subject::Calendar(calendar);
                let alert = Alert {
                    number: u64::MAX,
                    at: Timestamp::UNIX_EPOCH,
                    subject,
                    kind,
                    change,
                    level: Level::Critical,
                };
                let line = alert.headline();
                assert!(line.is_ascii() && line.len() <= ALERT_SUBJECT, "{line}");
                assert!(line.ends_with(&subject.to_string()), "{line}");
            }
        }
    }
}
