//! A repair for people: what was found, what it comes to, what was done, what is left.

use shared::engine::{Action, Repaired};
use shared::repair::Effects;
use shared::validate::Finding;

use super::{Mode, PersonRepair, RepairReport};
use crate::findings::{Names, count, lines};
use crate::plain::one_line;

/// Each person's part, and what to do next. Ends with a line break.
#[must_use]
pub(super) fn text(report: &RepairReport) -> String {
    let mut text = Vec::new();
    for person in &report.people {
        text.extend(of_person(person, report.mode));
    }
    let held_back = |one: &PersonRepair| one.result.as_ref().is_some_and(|one| one.held_back);
    text.push(match (report.mode, report.done) {
        (Mode::DryRun, true) => "nothing is to be done".to_owned(),
        (Mode::DryRun, false) => "nothing was changed; --apply does it".to_owned(),
        (Mode::Apply | Mode::Force, true) => "done; nothing is left".to_owned(),
        (Mode::Apply, false) if report.people.iter().any(held_back) => {
            "HELD BACK: look at what would go with `tidelock validate --deep`; an ordinary sync looks twice by itself, two minutes apart, \
             and does what both looks agree on; --apply --force does it at once".to_owned()
        }
        (Mode::Apply | Mode::Force, false) => "NOT done; what is left is shown above".to_owned(),
    });
    text.join("\n") + "\n"
}

fn of_person(person: &PersonRepair, mode: Mode) -> Vec<String> {
    let user = one_line(&person.user);
    let mut text = Vec::new();
    for calendar in &person.looked_again {
        let name = person.names.get(*calendar);
        text.push(match mode {
            Mode::DryRun => format!("{user}: would look again at the held deletions of {name}"),
            Mode::Apply | Mode::Force => {
                format!("{user}: looked again at the held deletions of {name}")
            }
        });
    }
    if let Some(failed) = &person.failed {
        text.push(format!("{user}: FAILED: {failed}"));
    }
    if let Some(result) = &person.result {
        text.push(format!("{user}: {}", found(result)));
        text.extend(of_result(result, person, mode));
    }
    text
}

fn found(result: &Repaired) -> String {
    let (errors, warnings) = (&result.before.errors, &result.before.warnings);
    match result.before.clean() {
        true => "nothing found".to_owned(),
        false => format!(
            "{} and {} found",
            count(errors.len() as u64, "error"),
            count(warnings.len() as u64, "warning")
        ),
    }
}

fn of_result(result: &Repaired, person: &PersonRepair, mode: Mode) -> Vec<String> {
    if result.before.clean() {
        return Vec::new();
    }
    let findings: Vec<Finding> = result.before.findings().cloned().collect();
    let mut text = lines(&findings, &person.names, person.at);
    text.push(format!(
        "  {}",
        effects(result.would, mode, result.held_back)
    ));
    let not_done = mode == Mode::DryRun || result.held_back;
    let actions = result.actions.iter();
    text.extend(actions.map(|one| format!("  {}", action(one, &person.names, not_done))));
    if !result.success && result.left.is_empty() {
        text.push(
            "  some blocks are still to be pushed: `tidelock sync`, or this command with --apply"
                .to_owned(),
        );
    }
    if not_done {
        return text;
    }
    text.push(format!(
        "  {} taken, {} fixed, {} resolved",
        count(result.actions_taken, "action"),
        count(result.errors_fixed, "error"),
        count(result.warnings_resolved, "warning")
    ));
    if !result.left.is_empty() {
        text.push("  left:".to_owned());
        text.extend(lines(&result.left, &person.names, person.at));
    }
    text
}

fn effects(would: Effects, mode: Mode, held_back: bool) -> String {
    let Effects {
        inserts,
        updates,
        deletes,
    } = would;
    let all = format!("insert {inserts}, update {updates}, delete {deletes}");
    match (mode, held_back) {
        (Mode::DryRun, false) => format!("would {all}"),
        (Mode::DryRun, true) => format!(
            "would {all}, which deletes more than the brake lets through: --apply holds it back, --apply --force does it"
        ),
        (Mode::Apply | Mode::Force, true) => {
            format!("HELD BACK: it would {all}, which deletes more than the brake lets through")
        }
        (Mode::Apply | Mode::Force, false) => format!("as planned: {all}"),
    }
}

fn action(action: &Action, names: &Names, not_done: bool) -> String {
    let (name, what) = (names.get(action.calendar), action.what.join(", "));
    match (&action.failed, not_done) {
        (Some(why), _) => format!("{name}: {what}: FAILED: {}", one_line(why)),
        (None, true) => format!("{name}: would {what}"),
        (None, false) => format!("{name}: {what}: done"),
    }
}
