//! A disconnection for people.

use super::{DisconnectReport, Gone};
use crate::findings::count;
use crate::plain::one_line;
use crate::purge::text::of_calendars;
use crate::purge::{Mode, PurgedCalendar};

/// A line for each calendar, what was forgotten or why not, and what to do next. Ends with a line break.
#[must_use]
pub(super) fn text(report: &DisconnectReport) -> String {
    let account = format!("{}/{}", report.user, report.account);
    if !report.known {
        return format!("{account}: nothing is stored of it\n{ANEW}\n");
    }
    let mut lines = of_calendars(&report.calendars, report.mode);
    lines.extend(report.refused.iter().map(|why| format!("FAILED: {why}")));
    lines.extend(unseen(report));
    match (report.mode, report.forgotten) {
        (Mode::DryRun, _) => {
            lines.push(format!("would forget {account} with {}", going(report)));
            lines.extend(shut(report).then(|| NOT_CLEAN.to_owned()));
            lines.push("nothing was changed; --apply does it".to_owned());
        }
        (Mode::Apply, Some(gone)) => {
            lines.push(forgotten(report, &account, gone));
            lines.push(ANEW.to_owned());
        }
        (Mode::Apply, None) => lines.extend(not_forgotten(report, &account)),
    }
    lines.join("\n") + "\n"
}

const ANEW: &str = "`tidelock sync` with a config file that still has the account connects it anew, so take it out there first";
const NOT_CLEAN: &str = "where Google lets nobody in, blocks cannot be removed: let the account in again (a new token in the config), or \
                         leave them there with --apply --leave-blocks";

fn going(report: &DisconnectReport) -> String {
    let names: Vec<_> = report.going.iter().map(|name| one_line(name)).collect();
    match names.as_slice() {
        [] => "its credentials; no calendar is reached through it".to_owned(),
        names => format!(
            "what is stored of {}, and its credentials",
            names.join(", ")
        ),
    }
}

fn forgotten(report: &DisconnectReport, account: &str, gone: Gone) -> String {
    let calendars = count(gone.calendars, "calendar");
    let items = count(gone.items, "item");
    let left = match report.clean {
        true => "done",
        false => "done, and blocks are left where nobody is let in",
    };
    format!(
        "{left}: {account} is forgotten: {calendars} with {items} of the table, and its credentials"
    )
}

fn not_forgotten(report: &DisconnectReport, account: &str) -> Vec<String> {
    match &report.failed {
        Some(why) => vec![format!(
            "NOT done: {account} is not forgotten to its end: {why}; run it again, it goes on from here"
        )],
        None => {
            let mut lines = vec![format!(
                "NOT done: nothing of {account} is forgotten, as its blocks are not all gone; run it again, it goes on from here"
            )];
            lines.extend(shut(report).then(|| NOT_CLEAN.to_owned()));
            lines
        }
    }
}

fn unseen(report: &DisconnectReport) -> Option<String> {
    let unlisted = report.calendars.iter().filter(|one| one.left.is_none());
    let names: Vec<_> = unlisted.map(|one| one_line(&one.name)).collect();
    (!names.is_empty()).then(|| {
        let blocks = count(report.unseen, "block");
        let names = names.join(", ");
        format!("{blocks} that the table knows of could not be looked for on {names}")
    })
}

fn shut(report: &DisconnectReport) -> bool {
    let left = |one: &&PurgedCalendar| one.left != Some(0) && one.shut;
    report.calendars.iter().any(|one| left(&one))
}
