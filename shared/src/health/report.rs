//! The report: what people, alarms and the next health run read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::judge::{Issue, Verdict};
use super::kind::{Level, Subject};
use crate::limits::REPORT_DETAILS;

/// One subject with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Whom it concerns.
    pub subject: Subject,
    /// How it is.
    pub level: Level,
    /// What is wrong.
    pub issues: Vec<Issue>,
}

/// How everything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// As bad as the worst that was seen.
    pub overall: Level,
    /// Calendars looked at: those that take part, and others of which something is left.
    pub calendars_checked: u64,
    /// Those without an issue.
    pub calendars_healthy: u64,
    /// Those with one.
    pub calendars_with_issues: u64,
    /// Issues that are critical, of calendars, users and everything.
    pub critical_issues: u64,
    /// Issues that are not.
    pub warnings: u64,
    /// Effects of automatic repair that were confirmed.
    pub automatic_fixes: u64,
    /// When.
    pub checked_at: Timestamp,
    /// What is wrong with whom, worst first, as much of it as a report holds.
    pub details: Vec<Detail>,
    /// Subjects with issues beyond those.
    pub left_out: u64,
}

impl Report {
    /// What these verdicts come to.
    #[must_use]
    pub fn of(verdicts: &[Verdict], checked_at: Timestamp, automatic_fixes: u64) -> Self {
        let calendars = verdicts.iter().filter(|verdict| is_calendar(verdict));
        let (healthy, with_issues): (Vec<_>, Vec<_>) =
            calendars.partition(|verdict| verdict.level == Level::Healthy);
        let overall = verdicts.iter().map(|verdict| verdict.level).max();
        let (details, left_out) = details(verdicts);
        Self {
            overall: overall.unwrap_or(Level::Healthy),
            calendars_checked: (healthy.len() + with_issues.len()) as u64,
            calendars_healthy: healthy.len() as u64,
            calendars_with_issues: with_issues.len() as u64,
            critical_issues: count(verdicts, Level::Critical),
            warnings: count(verdicts, Level::Degraded),
            automatic_fixes,
            checked_at,
            details,
            left_out,
        }
    }
}

fn is_calendar(verdict: &Verdict) -> bool {
    match verdict.subject {
        Subject::Calendar(_) => true,
        Subject::User(_) | Subject::Installation => false,
    }
}

fn count(verdicts: &[Verdict], level: Level) -> u64 {
    let issues = verdicts.iter().flat_map(|verdict| &verdict.issues);
    issues.filter(|issue| issue.level == level).count() as u64
}

fn details(verdicts: &[Verdict]) -> (Vec<Detail>, u64) {
    let bad = verdicts
        .iter()
        .filter(|verdict| verdict.level != Level::Healthy);
    let mut bad: Vec<&Verdict> = bad.collect();
    bad.sort_by_key(|verdict| (std::cmp::Reverse(verdict.level), verdict.subject));
    let left_out = bad.len().saturating_sub(REPORT_DETAILS) as u64;
    let kept = bad.into_iter().take(REPORT_DETAILS).map(|verdict| Detail {
        subject: verdict.subject,
        level: verdict.level,
        issues: verdict.issues.clone(),
    });
    (kept.collect(), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::IssueKind;
    use crate::model::CalendarId;

    fn verdict(n: u8, kinds: &[IssueKind]) -> Verdict {
        let subject = Subject::Calendar(CalendarId::from_bytes([n; CalendarId::BYTES]));
        let issues = kinds
            .iter()
            .flat_map(|kind| Verdict::only(subject, *kind).issues);
        Verdict::of(subject, issues.collect())
    }

    #[test]
    fn a_report_counts_calendars_and_issues() {
        let user = CalendarId::from_bytes([9; CalendarId::BYTES]).user();
        let verdicts = [
            verdict(1, &[]),
            verdict(2, &[IssueKind::Parked, IssueKind::NoAccess]),
            verdict(3, &[IssueKind::Held]),
            Verdict::only(Subject::User(user), IssueKind::ConfigMissing),
        ];
        let report = Report::of(&verdicts, Timestamp::UNIX_EPOCH, 7);
        let counts = (
            report.calendars_checked,
            report.calendars_healthy,
            report.calendars_with_issues,
        );
        assert_eq!(counts, (3, 1, 2));
        let issues = (report.critical_issues, report.warnings);
        assert_eq!((issues, report.automatic_fixes), ((2, 2), 7));
        assert_eq!((report.overall, report.left_out), (Level::Critical, 0));
        let subjects: Vec<Subject> = report.details.iter().map(|one| one.subject).collect();
        assert_eq!(
            subjects,
            [
                Subject::User(user),
                verdicts[1].subject,
                verdicts[2].subject
            ]
        );
    }

    #[test]
    fn a_report_is_bounded_and_says_what_it_leaves_out() {
        let verdicts: Vec<Verdict> = (0..=255)
            .map(|n| verdict(n, &[IssueKind::Parked]))
            .collect();
        let report = Report::of(&verdicts, Timestamp::UNIX_EPOCH, 0);
        assert_eq!(report.details.len(), REPORT_DETAILS);
        assert_eq!(report.left_out, 256 - REPORT_DETAILS as u64);
    }

    #[test]
    fn a_report_reads_back() {
        let report = Report::of(
            &[verdict(2, &[IssueKind::Parked])],
            Timestamp::UNIX_EPOCH,
            0,
        );
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}
