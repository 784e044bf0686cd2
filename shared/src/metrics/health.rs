//! The metrics of one health run.

use std::collections::BTreeMap;

use super::line::{Line, Metric, Source};
use crate::engine::Told;
use crate::health::{Checkup, IssueKind};

/// What a look at everything came to, and what was told of it.
#[must_use]
pub fn of_health(checkup: &Checkup, told: &Told) -> Line {
    let (vitals, report) = (checkup.vitals, &told.report);
    let line = Line::new(Source::Health, report.checked_at)
        .age(Metric::Freshness, vitals.oldest_check)
        .age(Metric::PendingAge, vitals.oldest_pending)
        .count(Metric::Pending, vitals.pending)
        .count(Metric::Parked, vitals.parked)
        .count(Metric::CalendarsChecked, report.calendars_checked)
        .count(Metric::CalendarsHealthy, report.calendars_healthy)
        .count(Metric::CriticalIssues, report.critical_issues)
        .count(Metric::Warnings, report.warnings)
        .count(Metric::Fixes, report.automatic_fixes)
        .count(Metric::AlertsUnsent, told.unsent);
    let by_kind = by_kind(checkup).into_iter();
    by_kind.fold(line, |line, (kind, count)| {
        line.count(Metric::Issues(kind), count)
    })
}

/// Only those that there are: what is not written costs nothing, and alarms take it for zero.
fn by_kind(checkup: &Checkup) -> BTreeMap<IssueKind, u64> {
    let mut counts = BTreeMap::new();
    for issue in checkup.verdicts.iter().flat_map(|verdict| &verdict.issues) {
        let count = counts.entry(issue.kind).or_insert(0_u64);
        *count = count.saturating_add(1);
    }
    counts
}
