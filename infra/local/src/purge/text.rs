//! A purge for people.

use super::{Mode, PurgeReport, PurgedCalendar};
use crate::findings::{count, counted_copies};

/// A line for each calendar, and what to do next. Ends with a line break.
#[must_use]
pub(super) fn text(report: &PurgeReport) -> String {
    let mut lines = of_calendars(&report.calendars, report.mode);
    lines.extend(report.refused.iter().map(|why| format!("FAILED: {why}")));
    lines.push(next(report).to_owned());
    lines.join("\n") + "\n"
}

/// What was found and done on each calendar.
#[must_use]
pub(crate) fn of_calendars(calendars: &[PurgedCalendar], mode: Mode) -> Vec<String> {
    let mut lines = Vec::new();
    for calendar in calendars {
        let name = &calendar.name;
        lines.push(match mode {
            Mode::DryRun => would(calendar),
            Mode::Apply => did(calendar),
        });
        if let Some(failed) = &calendar.failed {
            lines.push(format!("{name}: FAILED: {failed}"));
        }
        if calendar.foreign > 0 {
            let foreign = count(calendar.foreign, "block");
            lines.push(format!(
                "{foreign} of another installation or user on {name}: not touched"
            ));
        }
        if calendar.copies > 0 {
            let copies = counted_copies(calendar.copies);
            lines.push(format!("{copies} on {name}: not ours to delete"));
        }
    }
    lines
}

fn would(calendar: &PurgedCalendar) -> String {
    match calendar.found {
        Some(found) => format!(
            "would delete {} on {}",
            count(found, "block"),
            calendar.name
        ),
        None => format!("{} could not be listed", calendar.name),
    }
}

fn did(calendar: &PurgedCalendar) -> String {
    let name = &calendar.name;
    match (calendar.left, calendar.found) {
        (Some(left), Some(found)) => {
            let gone = found.saturating_sub(left);
            format!("{} left on {name} ({gone} deleted)", count(left, "block"))
        }
        (Some(left), None) => format!("{} left on {name}", count(left, "block")),
        (None, _) => format!("{name} could not be listed: what is left there is not known"),
    }
}

fn next(report: &PurgeReport) -> &'static str {
    match (report.mode, report.clean) {
        (Mode::DryRun, true) => "nothing is to be deleted",
        (Mode::DryRun, false) => "nothing was changed; --apply does it",
        (Mode::Apply, true) => {
            "done; `tidelock sync` switches on again what its config names, so take it out there first"
        }
        (Mode::Apply, false) => "NOT done; run it again, it goes on from here",
    }
}
