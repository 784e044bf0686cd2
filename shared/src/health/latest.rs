//! LATEST: the last report, the issues that stand, and the alerts that are still to be sent.
//!
//! It is replaced as a whole by compare-and-set, so of two runs at once one sees what the other said. Alerts come into being
//! in the same write as the change of state that they tell of, and leave it only after they were sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alert::{Alert, Change};
use super::judge::{Issue, Verdict};
use super::kind::{IssueKind, Level, Subject};
use super::report::Report;
use super::work::Checkup;
use crate::limits::{SENDING_TIME, STANDING_ISSUES, UNSENT_ALERTS};
use crate::model::Rev;

/// An issue that was told, and not yet that it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whom it concerns.
    pub subject: Subject,
    /// What.
    pub kind: IssueKind,
    /// How bad, as it was told.
    pub level: Level,
    /// Since when it is told.
    pub since: Timestamp,
}

/// Who empties the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The run.
    pub run: String,
    /// Another may take over from this instant on.
    pub until: Timestamp,
}

/// What is known of health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// Compare-and-set counter.
    pub rev: Rev,
    /// The run that wrote it.
    pub run: String,
    /// The last report.
    pub report: Report,
    /// What stands.
    pub standing: Vec<Standing>,
    /// The number of the next alert.
    pub next: u64,
    /// What is to be sent, oldest first.
    pub unsent: Vec<Alert>,
    /// Alerts that were dropped, as the outbox was full.
    pub lost: u64,
    /// Who sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
}

type Key = (Subject, IssueKind);

impl Latest {
    /// What follows `before` after this look, as written by `run`; none if a later look is known already.
    #[must_use]
    pub fn after(
        before: Option<&Self>,
        checkup: &Checkup,
        report: Report,
        run: &str,
    ) -> Option<Self> {
        let mut next = match before {
            Some(before) if before.report.checked_at > report.checked_at => return None,
            Some(before) => before.clone(),
            None => Self::nothing(report.clone()),
        };
        next.rev = Rev(next.rev.0.saturating_add(1));
        next.run = run.to_owned();
        next.follow(checkup);
        next.report = report;
        next.claim(run, checkup.at);
        Some(next)
    }

    fn nothing(report: Report) -> Self {
        Self {
            rev: Rev::default(),
            run: String::new(),
            report,
            standing: Vec::new(),
            next: 1,
            unsent: Vec::new(),
            lost: 0,
            sending: None,
        }
    }

    /// What was sent leaves the outbox; the run goes on sending what came meanwhile, if there is anything.
    #[must_use]
    pub fn sent(&self, numbers: &[u64], run: &str, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.rev = Rev(next.rev.0.saturating_add(1));
        next.unsent.retain(|alert| !numbers.contains(&alert.number));
        if self.is_sending(run) {
            next.sending = None;
            next.claim(run, now);
        }
        next
    }

    /// The run gives the outbox back, with what is still in it.
    #[must_use]
    pub fn given_up(&self, numbers: &[u64], run: &str, now: Timestamp) -> Self {
        let mut next = self.sent(numbers, run, now);
        if next.is_sending(run) {
            next.sending = None;
        }
        next
    }

    /// Whether this run may send what is in the outbox.
    #[must_use]
    pub fn is_sending(&self, run: &str) -> bool {
        self.sending
            .as_ref()
            .is_some_and(|sending| sending.run == run)
    }

    fn claim(&mut self, run: &str, now: Timestamp) {
        let taken = self
            .sending
            .as_ref()
            .is_some_and(|sending| sending.until > now);
        if !taken {
            self.sending = (!self.unsent.is_empty()).then(|| Sending {
                run: run.to_owned(),
                until: now.saturating_add(SENDING_TIME).unwrap_or(Timestamp::MAX),
            });
        }
    }

    fn follow(&mut self, checkup: &Checkup) {
        let mut seen: BTreeMap<Key, Issue> = checkup
            .verdicts
            .iter()
            .flat_map(|verdict| verdict.issues.iter().map(|issue| (verdict.subject, *issue)))
            .map(|(subject, issue)| ((subject, issue.kind), issue))
            .collect();
        let mut kept = Vec::new();
        for mut old in std::mem::take(&mut self.standing) {
            match seen.remove(&(old.subject, old.kind)) {
                Some(issue) => self.stays(&mut old, issue.level, checkup.at),
                None if may_be_there(&old, checkup) => {}
                None => {
                    self.tell(&old, Change::Cleared, checkup.at);
                    continue;
                }
            }
            kept.push(old);
        }
        // Critical ones first, should there be no room for all.
        let mut new: Vec<(Key, Issue)> = seen.into_iter().collect();
        new.sort_by_key(|(key, issue)| (std::cmp::Reverse(issue.level), *key));
        for ((subject, kind), issue) in new {
            if kept.len() >= STANDING_ISSUES {
                break;
            }
            let standing = Standing {
                subject,
                kind,
                level: issue.level,
                since: checkup.at,
            };
            self.tell(&standing, Change::Raised, checkup.at);
            kept.push(standing);
        }
        self.standing = kept;
    }

    /// Getting better without going is no news.
    fn stays(&mut self, old: &mut Standing, level: Level, now: Timestamp) {
        if level > old.level {
            old.level = level;
            self.tell(old, Change::Worsened, now);
        }
    }

    fn tell(&mut self, of: &Standing, change: Change, at: Timestamp) {
        self.unsent.push(Alert {
            number: self.next,
            at,
            subject: of.subject,
            kind: of.kind,
            change,
            level: of.level,
        });
        self.next = self.next.saturating_add(1);
        if self.unsent.len() > UNSENT_ALERTS {
            self.unsent.remove(0);
            self.lost = self.lost.saturating_add(1);
        }
    }
}

/// Whether an issue that was not seen may still be there: its subject, or whoever it belongs to, was not looked at or could
/// not be seen whole.
fn may_be_there(old: &Standing, checkup: &Checkup) -> bool {
    let owner = match old.subject {
        Subject::Installation => None,
        Subject::User(user) => Some(user),
        Subject::Calendar(calendar) => Some(calendar.user()),
    };
    let looked_at = owner.is_none_or(|user| checkup.users.contains(&user));
    let concerned = |verdict: &&Verdict| {
        verdict.subject == old.subject || owner.map(Subject::User) == Some(verdict.subject)
    };
    let mut concerned = checkup.verdicts.iter().filter(concerned);
    !looked_at || concerned.any(Verdict::is_blind)
}

#[cfg(test)]
mod tests;
