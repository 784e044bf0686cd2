//! What a complete read of a calendar shows, against the rows: whatever a plan of it would change is a finding.
//!
//! The plan is the sync's own, so the audit and the sync cannot disagree about what is right.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Kind};
use crate::model::{CalendarId, EventKey, Have, Mirror, Row, Source, Want, counted};
use crate::plan::{Plan, Rows};

/// The rows that Google reported something about since the last sync: calendar and event.
pub type News = BTreeSet<(CalendarId, EventKey)>;

/// Findings of a complete read of `calendar`, planned over `rows`.
#[must_use]
pub fn check(calendar: CalendarId, rows: &Rows, plan: &Plan, news: &News) -> Vec<Finding> {
    let mut findings = Vec::new();
    for write in &plan.writes {
        let at = (write.row.calendar, write.row.key.clone());
        let before = rows.get(&at);
        let found = compare(calendar, before, &write.row);
        let fresh = news.contains(&at);
        findings.extend(found.into_iter().map(|finding| match fresh {
            true => finding.fresh(),
            false => finding,
        }));
    }
    findings
}

fn compare(calendar: CalendarId, before: Option<&Row>, after: &Row) -> Vec<Finding> {
    let mut findings = Vec::new();
    if after.calendar == calendar {
        findings.extend(source(before, after));
    }
    if let Some(mirror) = after.mirrors.get(&calendar) {
        let known = before.and_then(|before| before.mirrors.get(&calendar));
        findings.extend(block(calendar, before, after, known, mirror));
    }
    findings
}

fn source(before: Option<&Row>, after: &Row) -> Option<Finding> {
    let nothing = Source::Unseen;
    let was = before.map_or(&nothing, |row| &row.source);
    let newly_parked = after.parked.is_some() && before.is_none_or(|row| row.parked.is_none());
    let (kind, detail) = match (was, &after.source) {
        _ if newly_parked => (Kind::SourceChanged, "it cannot be read as an event"),
        (was, is) if was.says_the_same(is) => return None,
        (Source::Unseen | Source::Gone, Source::Live(_) | Source::Hidden { .. }) => (
            Kind::RowMissing,
            "Google shows it, the table does not know it",
        ),
        (_, Source::Gone) => (
            Kind::SourceGone,
            "the table knows it, Google does not show it",
        ),
        (
            Source::Unseen
            | Source::Gone
            | Source::Live(_)
            | Source::Hidden { .. }
            | Source::Follows { .. },
            Source::Unseen | Source::Live(_) | Source::Hidden { .. } | Source::Follows { .. },
        ) => (
            Kind::SourceChanged,
            "Google shows it otherwise than the table",
        ),
    };
    Some(Finding::new(kind, after.calendar, detail).of_event(&after.key))
}

/// A block on `target`. What is being pushed right now says nothing.
fn block(
    target: CalendarId,
    before: Option<&Row>,
    row: &Row,
    known: Option<&Mirror>,
    seen: &Mirror,
) -> Vec<Finding> {
    let nothing = Mirror::default();
    let was = known.unwrap_or(&nothing);
    if was.pending() {
        return Vec::new();
    }
    let found = |kind, detail: &str| {
        let finding = Finding::new(kind, target, detail).of_event(&row.key);
        match row.key.as_orphan() {
            Some((source, event)) => finding.of_event(&event).from_calendar(source),
            None => finding.from_calendar(row.calendar),
        }
    };
    let mut findings = Vec::new();
    if seen.strays.difference(&was.strays).next().is_some() {
        findings.push(found(Kind::BlockDuplicate, "one more than its row knows"));
    }
    if let Some((kind, detail)) = changed(before, row, was, seen) {
        findings.push(found(kind, detail));
    }
    findings
}

fn changed(
    before: Option<&Row>,
    row: &Row,
    was: &Mirror,
    seen: &Mirror,
) -> Option<(Kind, &'static str)> {
    if seen.have == was.have && seen.generation == was.generation {
        return None;
    }
    let there = matches!(seen.have, Have::Own(_) | Have::Instance(_));
    let no_event = matches!(row.source, Source::Unseen | Source::Gone)
        || before.is_none_or(|before| before.source == Source::Gone);
    match (&was.have, &seen.have) {
        (Have::Own(_), Have::Deleted | Have::Nothing) => {
            Some((Kind::BlockMissing, "it is not on Google"))
        }
        (Have::Instance(_), Have::Hidden | Have::Unknown) => {
            Some((Kind::BlockMissing, "the occurrence is cancelled on Google"))
        }
        (Have::Own(_), Have::Own(_)) if seen.generation != was.generation => {
            Some((Kind::BlockUnrecorded, "there is one of another generation"))
        }
        (Have::Own(_) | Have::Instance(_) | Have::Hidden, _) => {
            Some((Kind::BlockChanged, "it is otherwise on Google"))
        }
        (Have::Nothing | Have::Deleted | Have::Unknown, Have::Hidden) => Some((
            Kind::BlockChanged,
            "an occurrence of it was cancelled on Google",
        )),
        (Have::Nothing | Have::Deleted | Have::Unknown, _) if !there => None,
        (Have::Nothing | Have::Deleted | Have::Unknown, Have::Instance(_)) => Some((
            Kind::BlockChanged,
            "an occurrence of it was changed on Google",
        )),
        (Have::Nothing | Have::Deleted | Have::Unknown, _) if no_event => {
            Some((Kind::BlockOrphaned, "its event is not known"))
        }
        (Have::Nothing | Have::Deleted | Have::Unknown, _) if seen.want == Want::Nothing => {
            Some((Kind::BlockOrphaned, "none is wanted here"))
        }
        (Have::Nothing | Have::Deleted | Have::Unknown, _) => Some((
            Kind::BlockUnrecorded,
            "its row does not know that it is there",
        )),
    }
}

/// Leaves out what merely follows from another finding. What a comparison shows of an event whose row is wrong says no
/// more than that, and one target that cannot be written is one finding, however many blocks are due there.
#[must_use]
pub fn consolidated(findings: Vec<Finding>) -> Vec<Finding> {
    let (by_target, findings): (Vec<_>, Vec<_>) = findings.into_iter().partition(of_target);
    let wrong: News = findings
        .iter()
        .filter(|finding| is_of_row(finding.kind))
        .filter_map(subject)
        .collect();
    let otherwise: News = findings
        .iter()
        .filter(|finding| is_of_source(finding.kind))
        .filter_map(subject)
        .collect();
    let among = |finding: &Finding, events: &News| {
        subject(finding).is_some_and(|subject| events.contains(&subject))
    };
    let follows = |finding: &Finding| {
        let kind = finding.kind;
        if kind == Kind::RowMissing {
            unread(&findings, finding)
        } else if matches!(kind, Kind::WrongWant | Kind::WrongTwin) {
            // Wanting the wrong thing follows from wrong facts, and not the other way round.
            among(finding, &otherwise)
        } else if is_of_source(kind) {
            unread(&findings, finding) || misfiled(&findings, finding)
        } else {
            is_compared(kind) && among(finding, &wrong)
        }
    };
    let mut left: Vec<Finding> = findings
        .iter()
        .filter(|finding| !follows(finding))
        .cloned()
        .collect();
    left.extend(merged(by_target));
    left
}

/// The calendar of the event, and the event.
fn subject(finding: &Finding) -> Option<(CalendarId, EventKey)> {
    Some((
        finding.source.unwrap_or(finding.calendar),
        finding.event.clone()?,
    ))
}

fn is_of_source(kind: Kind) -> bool {
    matches!(kind, Kind::SourceChanged | Kind::SourceGone)
}

fn misfiled(findings: &[Finding], other: &Finding) -> bool {
    findings
        .iter()
        .any(|finding| finding.kind == Kind::RowMisfiled && subject(finding) == subject(other))
}

/// Whether the row of the event is there after all, but cannot be read.
fn unread(findings: &[Finding], missing: &Finding) -> bool {
    findings.iter().any(|finding| {
        matches!(finding.kind, Kind::RowUnreadable | Kind::RowNewer)
            && subject(finding) == subject(missing)
    })
}

fn is_compared(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RowMissing
            | Kind::SourceChanged
            | Kind::SourceGone
            | Kind::BlockMissing
            | Kind::BlockChanged
            | Kind::BlockDuplicate
            | Kind::BlockOrphaned
            | Kind::BlockUnrecorded
    )
}

/// Whether a finding says that a row is not what it should be, whatever Google shows.
fn is_of_row(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RowUnreadable
            | Kind::RowNewer
            | Kind::RowMisfiled
            | Kind::RowMissing
            | Kind::WrongWant
            | Kind::WrongTwin
            | Kind::DeadTarget
            | Kind::OtherUsersTarget
            | Kind::WrongMark
            | Kind::SilentlyPending
    )
}

fn of_target(finding: &Finding) -> bool {
    finding.target.is_some()
        && matches!(
            finding.kind,
            Kind::Overdue | Kind::TargetReadOnly | Kind::NoAccess
        )
}

/// One finding for each target and kind.
fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: BTreeMap<(CalendarId, Kind), (Finding, u64)> = BTreeMap::new();
    for finding in findings {
        let Some(target) = finding.target else {
            continue;
        };
        let at = (target, finding.kind);
        let (known, count) = merged.entry(at).or_insert_with(|| (finding.clone(), 0));
        known.since = match (known.since, finding.since) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        *count += 1;
    }
    merged
        .into_iter()
        .map(|((target, kind), (known, count))| {
            let detail = format!("{}: {}", counted(count, "block"), known.detail);
            Finding::new(kind, target, detail).since(known.since)
        })
        .collect()
}
