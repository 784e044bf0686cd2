//! What one look at everything came to, and what is to be done about it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::judge::Verdict;
use super::kind::{IssueKind, Subject};
use super::latest::Standing;
use super::report::Report;
use super::scale::Remedy;
use super::signals::Vitals;
use crate::limits::{AUDIT_EVERY, HEALTH_EVERY, WORK_PER_RUN};
use crate::model::{CalendarId, UserId};

/// How often things are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often health runs.
    pub health_every: Duration,
    /// How often each calendar's blocks are compared with Google.
    pub audit_every: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            health_every: HEALTH_EVERY,
            audit_every: AUDIT_EVERY,
        }
    }
}

/// One look at everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// When.
    pub at: Timestamp,
    /// The users that were looked at.
    pub users: BTreeSet<UserId>,
    /// What was found, in the order of subjects; also of what is healthy.
    pub verdicts: Vec<Verdict>,
    /// The active calendars that can be compared with Google, and when they last were.
    pub audits: BTreeMap<CalendarId, Option<Timestamp>>,
    /// The figures of all.
    pub vitals: Vitals,
}

/// What is to be done; each list is bounded, and what is left over comes with the next run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    /// A sync would mend these.
    pub to_sync: Vec<CalendarId>,
    /// These need a repair.
    pub to_repair: Vec<CalendarId>,
    /// Whose turn it is to be compared with Google, longest waiting first.
    pub to_audit: Vec<CalendarId>,
}

impl Checkup {
    /// The report on it, with the fixes that were made meanwhile.
    #[must_use]
    pub fn report(&self, automatic_fixes: u64) -> Report {
        Report::of(&self.verdicts, self.at, automatic_fixes)
    }

    /// This look, and what a later one shows besides: what is wrong at either is in it.
    #[must_use]
    pub fn with(mut self, later: &Self) -> Self {
        for verdict in &later.verdicts {
            let own = self
                .verdicts
                .iter_mut()
                .find(|own| own.subject == verdict.subject);
            match own {
                None => self.verdicts.push(verdict.clone()),
                Some(own) => {
                    let new = verdict.issues.iter().filter(|issue| !own.shows(issue.kind));
                    let both = own.issues.iter().chain(new).copied().collect();
                    *own = Verdict::of(own.subject, both);
                }
            }
        }
        self.verdicts.sort_by_key(|verdict| verdict.subject);
        self
    }

    /// How many of the issues that stood, and that a sync or a repair mends, are gone. What cannot be seen is not gone.
    #[must_use]
    pub fn mended_since(&self, standing: &[Standing]) -> u64 {
        let is_gone = |issue: &&Standing| {
            let mends = matches!(issue.kind.scale().remedy, Remedy::Sync | Remedy::Repair);
            let of = |verdict: &&Verdict| verdict.subject == issue.subject;
            let verdict = self.verdicts.iter().find(of);
            let shows =
                verdict.is_none_or(|verdict| verdict.is_blind() || verdict.shows(issue.kind));
            mends && !issue.kind.hides_others() && !shows
        };
        standing.iter().filter(is_gone).count() as u64
    }

    /// What is to be done about it.
    #[must_use]
    pub fn work(&self, pace: &Pace) -> Work {
        Work {
            to_sync: self.needing(Remedy::Sync),
            to_repair: self.needing(Remedy::Repair),
            to_audit: self.turns(pace),
        }
    }

    /// Worst first.
    fn needing(&self, remedy: Remedy) -> Vec<CalendarId> {
        let needs = |verdict: &&Verdict| {
            let mut kinds = verdict.issues.iter().map(|issue| issue.kind);
            kinds.any(|kind| is_mended(kind, remedy))
        };
        let mut verdicts: Vec<&Verdict> = self.verdicts.iter().filter(needs).collect();
        verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.level));
        let calendars = verdicts
            .into_iter()
            .filter_map(|verdict| calendar(verdict.subject));
        calendars.take(WORK_PER_RUN).collect()
    }

    /// So many of those whose time has nearly come that all come round within the period.
    fn turns(&self, pace: &Pace) -> Vec<CalendarId> {
        // An eighth early, since a turn may be missed.
        let period = pace.audit_every.mul_f64(7.0 / 8.0);
        let is_due = |at: &Option<Timestamp>| {
            at.is_none_or(|at| at.saturating_add(period).is_ok_and(|due| due <= self.at))
        };
        let due = self.audits.iter().filter(|(_, at)| is_due(at));
        let mut due: Vec<(Option<Timestamp>, CalendarId)> =
            due.map(|(id, at)| (*at, *id)).collect();
        due.sort_unstable();
        let share = share(self.audits.len(), pace.health_every, period);
        due.into_iter().take(share).map(|(_, id)| id).collect()
    }
}

fn is_mended(kind: IssueKind, remedy: Remedy) -> bool {
    kind.scale().remedy == remedy
}

fn calendar(subject: Subject) -> Option<CalendarId> {
    match subject {
        Subject::Calendar(calendar) => Some(calendar),
        Subject::User(_) | Subject::Installation => None,
    }
}

/// Turns in one run, so that `all` have one within `period`.
fn share(all: usize, run_every: Duration, period: Duration) -> usize {
    let runs = period.as_secs() / run_every.as_secs().max(1);
    let runs = usize::try_from(runs).unwrap_or(usize::MAX).max(1);
    all.div_ceil(runs).min(WORK_PER_RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + second).unwrap()
    }

    fn id(n: u32) -> CalendarId {
        let mut bytes = [0; CalendarId::BYTES];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        CalendarId::from_bytes(bytes)
    }

    fn checkup(audits: BTreeMap<CalendarId, Option<Timestamp>>, now: Timestamp) -> Checkup {
        Checkup {
            at: now,
            users: BTreeSet::new(),
            verdicts: Vec::new(),
            audits,
            vitals: Vitals::default(),
        }
    }

    /// Runs health for two periods over `count` calendars and returns the longest time without an audit.
    fn longest_gap(count: u32) -> Duration {
        let pace = Pace::default();
        let mut audits: BTreeMap<_, _> = (0..count).map(|n| (id(n), None)).collect();
        let mut longest = Duration::ZERO;
        let runs = 2 * AUDIT_EVERY.as_secs() / HEALTH_EVERY.as_secs();
        for run in 0..runs as i64 {
            let now = at(run * HEALTH_EVERY.as_secs() as i64);
            for turn in checkup(audits.clone(), now).work(&pace).to_audit {
                let before = audits.insert(turn, Some(now)).flatten().unwrap_or(at(0));
                longest = longest.max(now.duration_since(before).unsigned_abs());
            }
        }
        assert!(
            audits.values().all(Option::is_some),
            "{count}: not all had a turn"
        );
        longest
    }

    #[test]
    fn every_calendar_has_its_turn_within_the_period() {
        for count in [1, 3, 250, 288, 1_000, 5_000] {
            assert!(longest_gap(count) <= AUDIT_EVERY, "{count}");
        }
    }

    #[test]
    fn the_longest_waiting_come_first_and_recent_ones_not_at_all() {
        let audits = [
            (id(1), Some(at(0))),
            (id(2), None),
            (id(3), Some(at(-100_000))),
        ];
        let now = at(3_600);
        let pace = Pace {
            health_every: AUDIT_EVERY,
            ..Pace::default()
        };
        let work = checkup(audits.into(), now).work(&pace);
        assert_eq!(work.to_audit, [id(2), id(3)]);
    }

    #[test]
    fn what_stood_and_shows_no_more_was_mended_unless_nothing_can_be_seen() {
        let on = |n, kind| Verdict::only(Subject::Calendar(id(n)), kind);
        let stood = |n, kind: IssueKind| Standing {
            subject: Subject::Calendar(id(n)),
            kind,
            level: kind.scale().level(None, 1),
            since: at(0),
        };
        let standing = [
            stood(1, IssueKind::JournalLeft),
            stood(2, IssueKind::JournalLeft),
            stood(3, IssueKind::JournalLeft),
            stood(4, IssueKind::AuditErrors),
            stood(4, IssueKind::NoAccess),
            stood(5, IssueKind::JournalLeft),
        ];
        let mut one = checkup(BTreeMap::new(), at(9));
        one.verdicts = vec![
            on(1, IssueKind::JournalLeft),
            on(2, IssueKind::Blind),
            on(3, IssueKind::AuditWarnings),
            on(4, IssueKind::AuditWarnings),
        ];
        assert_eq!(one.mended_since(&standing), 2);
    }

    #[test]
    fn each_issue_goes_to_its_remedy_worst_first() {
        let on = |n, kind| Verdict::only(Subject::Calendar(id(n)), kind);
        let mut one = checkup(BTreeMap::new(), at(0));
        one.verdicts = vec![
            on(1, IssueKind::AuditWarnings),
            on(2, IssueKind::AuditErrors),
            on(3, IssueKind::JournalLeft),
            on(4, IssueKind::NoAccess),
            Verdict::only(Subject::User(id(5).user()), IssueKind::Damaged),
        ];
        let work = one.work(&Pace::default());
        assert_eq!(
            (work.to_sync, work.to_repair),
            (vec![id(3)], vec![id(2), id(1)])
        );
    }
}
