//! A purge for people.

use super::{Mode, PurgeReport, PurgedCalendar};

/// A line for each calendar, and what to do next. Ends with a line break.
#[must_use]
pub(super) fn text(report: &PurgeReport) -> String {
    let mut lines = Vec::new();
    for calendar in &report.calendars {
        let name = &calendar.name;
        lines.push(match report.mode {
            Mode::DryRun => would(calendar),
            Mode::Apply => did(calendar),
        });
        if let Some(failed) = &calendar.failed {
            lines.push(format!("{name}: FAILED: {failed}"));
        }
        if calendar.foreign > 0 {
            lines.push(format!(
                "{} blocks of another installation or user on {name} are not touched",
                calendar.foreign
            ));
        }
    }
    lines.extend(report.refused.iter().map(|why| format!("FAILED: {why}")));
    lines.push(next(report).to_owned());
    lines.join("\n") + "\n"
}

fn would(calendar: &PurgedCalendar) -> String {
    match calendar.found {
        Some(found) => format!("would delete {found} blocks on {}", calendar.name),
        None => format!("{} could not be listed", calendar.name),
    }
}

fn did(calendar: &PurgedCalendar) -> String {
    let name = &calendar.name;
    match (calendar.left, calendar.found) {
        (Some(left), Some(found)) => {
            let gone = found.saturating_sub(left);
            format!("{left} blocks left on {name} ({gone} deleted)")
        }
        (Some(left), None) => format!("{left} blocks left on {name}"),
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
