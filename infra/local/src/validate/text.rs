//! Reports for people.

use jiff::Timestamp;
use shared::validate::{Aged, Finding, Report};

use super::{Shown, Validation};
use crate::age::Since;
use crate::findings::{count, counted_copies, lines};
use crate::plain::one_line;

/// Each person's report, and the sum; nothing of an event that nobody knows. Ends with a line break.
#[must_use]
pub(super) fn text(validation: &Validation) -> String {
    if !validation.known {
        return String::new();
    }
    let mut text = Vec::new();
    for (report, shown) in validation.reports.iter().zip(&validation.people) {
        text.extend(of_person(report, shown));
    }
    let found: u64 = validation
        .reports
        .iter()
        .map(|one| one.consistency_issues)
        .sum();
    text.push(match (found, validation.failed.len()) {
        (0, 0) => "nothing found".to_owned(),
        (found, 0) => count(found, "finding"),
        (found, failed) => format!(
            "{}; {failed} could not be validated",
            count(found, "finding")
        ),
    });
    text.join("\n") + "\n"
}

fn of_person(report: &Report, shown: &Shown) -> Vec<String> {
    let mut text = vec![head(report, &shown.user)];
    let aged = [
        ("pending", &report.pending),
        ("parked", &report.parked),
        ("paused", &report.paused),
        ("frozen", &report.frozen),
    ];
    text.extend(
        aged.into_iter()
            .filter_map(|(what, of)| aside(what, of, report.at)),
    );
    if report.foreign > 0 {
        let foreign = count(report.foreign, "block");
        text.push(format!(
            "  {foreign} of another installation or user: not touched"
        ));
    }
    if report.copies > 0 {
        let copies = counted_copies(report.copies);
        text.push(format!("  {copies}: not ours to delete"));
    }
    let findings: Vec<Finding> = report.findings().cloned().collect();
    text.extend(lines(&findings, &shown.names, report.at));
    if report.not_named > 0 {
        text.push(format!(
            "  and {} that are not named",
            count(report.not_named, "finding")
        ));
    }
    text
}

fn head(report: &Report, user: &str) -> String {
    let valid = if report.valid { "valid" } else { "NOT valid" };
    let how = if report.deep {
        "compared with Google"
    } else {
        "checked"
    };
    let calendars = count(report.calendars_checked, "calendar");
    let (events, blocks) = (
        count(report.stats.regular, "event"),
        count(report.stats.blocks, "block"),
    );
    let mut head = format!(
        "{}: {valid}; {calendars} {how}, {events}, {blocks}",
        one_line(user)
    );
    for (number, what) in [
        (report.errors.len(), "error"),
        (report.warnings.len(), "warning"),
    ] {
        if number > 0 {
            head += &format!(", {}", count(number as u64, what));
        }
    }
    head
}

fn aside(what: &str, of: &Aged, now: Timestamp) -> Option<String> {
    let oldest = of.oldest.map(|at| Since::new(at, now));
    let oldest = oldest.map_or_else(String::new, |oldest| format!(", the oldest for {oldest}"));
    let reasons = of.reasons.iter();
    let reasons: Vec<_> = reasons
        .map(|(reason, count)| format!("{count} {}", one_line(reason)))
        .collect();
    (of.count > 0).then(|| format!("  {what}: {}{oldest}: {}", of.count, reasons.join("; ")))
}
