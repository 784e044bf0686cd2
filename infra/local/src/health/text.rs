//! Health for people: one line for all, one for each issue, and what was done.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::engine::Cared;
use shared::health::{Issue, IssueKind, Level, Remedy, Subject};
use shared::model::{CalendarId, FailureClass, UserId};

use super::Health;
use crate::age::Since;
use crate::findings::{Names, count};
use crate::plain::one_line;

/// What people call those that issues are about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subjects {
    users: BTreeMap<UserId, String>,
    calendars: Names,
}

impl Subjects {
    /// A user's name.
    pub(super) fn user(&mut self, id: UserId, name: &str) {
        self.users.insert(id, one_line(name).into_owned());
    }

    /// A user's calendars.
    pub(super) fn calendars(&mut self, names: Names) {
        self.calendars.extend(names);
    }

    fn get(&self, subject: Subject) -> String {
        match subject {
            Subject::Installation => "everything".to_owned(),
            Subject::User(id) => self.person(id),
            Subject::Calendar(id) => self.calendar(id),
        }
    }

    fn person(&self, id: UserId) -> String {
        let name = self.users.get(&id).cloned();
        name.unwrap_or_else(|| format!("user {id}"))
    }

    fn calendar(&self, id: CalendarId) -> String {
        format!("{}: {}", self.person(id.user()), self.calendars.get(id))
    }
}

/// The report in words. Ends with a line break.
#[must_use]
pub(super) fn text(health: &Health) -> String {
    let report = &health.report;
    let mut text = vec![head(health)];
    for detail in &report.details {
        let whose = health.names.get(detail.subject);
        let issues = detail.issues.iter();
        text.extend(issues.map(|one| format!("  {whose}: {}", issue(one, report.checked_at))));
    }
    text.extend(
        health
            .withdrawn
            .iter()
            .map(|one| format!("  {}", one.line())),
    );
    if report.left_out > 0 {
        text.push(format!("  and {} more with issues", report.left_out));
    }
    text.extend(
        health
            .care
            .iter()
            .flat_map(|care| cared(care, &health.names)),
    );
    if health.alerts_sent > 0 {
        text.push(format!("{} sent", count(health.alerts_sent, "alert")));
    }
    if health.alerts_unsent > 0 {
        let unsent = count(health.alerts_unsent, "alert");
        text.push(format!("{unsent} NOT sent; the next run tries again"));
    }
    text.join("\n") + "\n"
}

fn head(health: &Health) -> String {
    let report = &health.report;
    let overall = match report.overall {
        Level::Healthy => "healthy",
        Level::Degraded => "DEGRADED",
        Level::Critical => "CRITICAL",
    };
    let mut parts = vec![
        format!("{} checked", count(report.calendars_checked, "calendar")),
        format!("{} healthy", report.calendars_healthy),
        format!("{} with issues", report.calendars_with_issues),
        count(report.critical_issues, "critical issue"),
        count(report.warnings, "warning"),
    ];
    if health.care.is_some() || report.automatic_fixes > 0 {
        parts.push(count_fixes(report.automatic_fixes));
    }
    format!("{overall}: {}", parts.join(", "))
}

fn count_fixes(fixes: u64) -> String {
    match fixes {
        1 => "1 automatic fix".to_owned(),
        _ => format!("{fixes} automatic fixes"),
    }
}

fn issue(issue: &Issue, now: Timestamp) -> String {
    let kind = issue.kind;
    let counted = match issue.count {
        0 | 1 => String::new(),
        many => format!(" ({many})"),
    };
    let since = issue
        .since
        .map(|at| format!(", for {}", Since::new(at, now)));
    format!(
        "{} {kind}{counted}: {}{}; {}",
        issue.level.name(),
        meaning(kind),
        since.unwrap_or_default(),
        helps(kind)
    )
}

fn meaning(kind: IssueKind) -> &'static str {
    match kind {
        IssueKind::ConfigMissing => "never connected",
        IssueKind::StateMissing => "its state is missing",
        IssueKind::StateUnreadable => "its state cannot be read",
        IssueKind::Damaged => "something that is stored of it cannot be read",
        IssueKind::Newer => "something that is stored of it was written by a newer tidelock",
        IssueKind::Blind => "the table did not answer this time",
        IssueKind::NeverChecked => "no check ever succeeded",
        IssueKind::Stale => "not checked any more",
        IssueKind::TimeAhead => "a stored time lies in the future",
        IssueKind::PendingTooLong => "events wait to be pushed",
        IssueKind::WakeUnserved => "somebody asked for a sync that did not come",
        IssueKind::JournalLeft => "a commit is not fully applied",
        IssueKind::LeaseLeft => "a worker died at it",
        IssueKind::LeaseStuck => "a lease lasts longer than any sync may take",
        IssueKind::Failing(FailureClass::Conflict) => "syncs fail, as others are faster",
        IssueKind::Failing(FailureClass::Later) => {
            "syncs fail, as Google or the table does not answer"
        }
        IssueKind::Failing(FailureClass::Denied) => "Google refuses it or its account",
        IssueKind::Failing(FailureClass::Corrupt) => "syncs fail on what is stored",
        IssueKind::Failing(FailureClass::Config) => "syncs fail, as it is set up wrongly",
        IssueKind::Parked => "events are set aside",
        IssueKind::Frozen => "blocks are set aside that somebody keeps rewriting",
        IssueKind::NoAccess => "blocks are set aside, as their calendar cannot be written",
        IssueKind::Held => "a mass deletion waits for a second look",
        IssueKind::AuditOverdue => "its comparison with Google is overdue",
        IssueKind::AuditErrors => "the last comparison with Google found errors",
        IssueKind::AuditWarnings => "the last comparison with Google found oddities",
    }
}

fn helps(kind: IssueKind) -> &'static str {
    match (kind, kind.scale().remedy) {
        (IssueKind::Newer, _) => "use the newer tidelock that wrote it",
        (IssueKind::ConfigMissing, _) => "run `tidelock sync`, which says why",
        (IssueKind::AuditErrors | IssueKind::AuditWarnings, _) => {
            "`tidelock validate --deep` shows them, `tidelock repair --apply` helps"
        }
        (_, Remedy::Sync) => "`tidelock sync` helps",
        (_, Remedy::Repair) => "`tidelock repair --apply` helps",
        (_, Remedy::Audit) => "`tidelock health --repair` makes it",
        (_, Remedy::Person) => "`tidelock status` says why",
    }
}

fn cared(care: &Cared, names: &Subjects) -> Vec<String> {
    let mut done = Vec::new();
    for (number, what) in [
        (care.synced.len(), "synced"),
        (care.repaired.len(), "repaired"),
        (care.audited.len(), "compared with Google"),
    ] {
        if number > 0 {
            done.push(format!("{} {what}", count(number as u64, "calendar")));
        }
    }
    let mut text = Vec::new();
    if !done.is_empty() {
        text.push(done.join(", "));
    }
    for (calendar, why) in &care.failed {
        text.push(format!(
            "{}: FAILED: {}",
            names.calendar(*calendar),
            one_line(why)
        ));
    }
    if care.postponed > 0 {
        text.push(format!(
            "{} left to the next run",
            count(care.postponed, "calendar")
        ));
    }
    text
}
