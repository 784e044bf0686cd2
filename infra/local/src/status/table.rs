//! A status for people: a table for each person, and a line for everything that is not in order.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use jiff::Timestamp;
use shared::model::{Access, FailureClass, ParkKind};

use super::{CalendarStatus, Issue, Part, PersonStatus, Status};
use crate::age::Until;
use crate::damaged::Damaged;
use crate::findings::count;
use crate::report::STYLE;

const HEADINGS: [&str; 9] = [
    "calendar", "access", "part", "checked", "events", "mirrored", "blocks", "pending", "parked",
];

/// The status as tables and notes. Ends with a line break.
#[must_use]
pub(super) fn text(status: &Status) -> String {
    let mut text = String::new();
    for person in &status.people {
        write_person(&mut text, person, status.at);
    }
    text.push_str(match status.in_order {
        true => "in order\n",
        false => "NOT in order\n",
    });
    text
}

/// Writing to a string has no way to fail.
fn write_person(text: &mut String, person: &PersonStatus, now: Timestamp) {
    let _ = writeln!(text, "{}", person.user);
    for damaged in &person.damaged {
        let _ = writeln!(text, "  {}", damaged.line());
    }
    if let Some(failed) = &person.failed {
        let _ = writeln!(text, "  FAILED: {failed}");
        return;
    }
    if !person.connected {
        let _ = writeln!(text, "  nothing is connected yet; run `tidelock sync`");
        return;
    }
    let _ = writeln!(text, "{}", table(person));
    for withdrawn in &person.withdrawn {
        let _ = writeln!(text, "  {}", withdrawn.line());
    }
    for calendar in &person.calendars {
        for note in notes(calendar, now) {
            let _ = writeln!(text, "  {}: {note}", calendar.name);
        }
    }
}

fn table(person: &PersonStatus) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(HEADINGS);
    for calendar in &person.calendars {
        table.add_row(cells(calendar));
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn cells(calendar: &CalendarStatus) -> [String; 9] {
    let checked = calendar.checked.map(|at| format!("{at} ago"));
    let pending = calendar.pending.map_or(0, |pending| pending.events);
    let parked: u64 = calendar.parked.iter().map(|parked| parked.events).sum();
    [
        calendar.name.clone(),
        access(calendar.access).to_owned(),
        part(calendar.part).to_owned(),
        checked.unwrap_or_else(|| "never".to_owned()),
        calendar.events.to_string(),
        calendar.mirrored.to_string(),
        format!("{}/{}", calendar.blocks_in_step, calendar.blocks_wanted),
        pending.to_string(),
        parked.to_string(),
    ]
}

fn access(access: Option<Access>) -> &'static str {
    match access {
        Some(Access::Write) => "write",
        Some(Access::Read) => "read",
        None => "?",
    }
}

fn part(part: Part) -> &'static str {
    match part {
        Part::On => "on",
        Part::Paused => "paused",
        Part::Off => "off",
        Part::Left => "left",
    }
}

fn notes(calendar: &CalendarStatus, now: Timestamp) -> Vec<String> {
    let mut notes: Vec<String> = calendar.damaged.iter().map(Damaged::line).collect();
    notes.extend(calendar.failing.as_ref().map(|failing| {
        let (count, first, class) = (failing.count, failing.first, class(failing.class));
        let error = &failing.error;
        format!("FAILING for {first}, {count} times in a row ({class}): {error}")
    }));
    notes.extend(calendar.held.as_ref().map(|held| {
        let (deletions, until) = (
            count(held.deletions, "deletion"),
            Until::new(held.until, now),
        );
        format!("{deletions} held; the second look is due {until}")
    }));
    notes.extend(pending(calendar));
    notes.extend(calendar.parked.iter().map(|parked| {
        let (events, kind, oldest) = (parked.events, kind(parked.kind), parked.oldest);
        let target = parked.target.as_ref();
        let target = target.map_or_else(String::new, |name| format!(" for {name}"));
        format!(
            "{events} set aside{target} ({kind}, for {oldest}): {}",
            parked.reason
        )
    }));
    notes.extend(calendar.lease.as_ref().map(|lease| {
        let until = Until::new(lease.until, now);
        let (owner, held) = (&lease.owner, lease.held);
        format!("leased by {owner} for {held}; can be taken over {until}")
    }));
    if calendar.journal_left {
        notes.push("a commit is not fully applied; the next sync does it first".to_owned());
    }
    notes.extend(calendar.wake.map(|wake| format!("a wake waits for {wake}")));
    notes.extend(
        calendar
            .issues
            .iter()
            .filter_map(|issue| told(*issue))
            .map(str::to_owned),
    );
    notes
}

fn pending(calendar: &CalendarStatus) -> Option<String> {
    let pending = calendar.pending?;
    let oldest = pending.oldest;
    let oldest = oldest.map_or_else(String::new, |at| format!(", the oldest for {at}"));
    let events = count(pending.events, "event");
    Some(format!("{events} to push{oldest}"))
}

/// The kind in words.
#[must_use]
pub(crate) fn kind(kind: ParkKind) -> &'static str {
    match kind {
        ParkKind::Unreadable => "unreadable",
        ParkKind::Refused => "refused",
        ParkKind::Frozen => "frozen",
        ParkKind::NoAccess => "no access",
        ParkKind::Paused => "waiting for a paused calendar",
    }
}

fn class(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Conflict => "other workers were faster",
        FailureClass::Later => "tried again later",
        FailureClass::Denied => "refused",
        FailureClass::Corrupt => "unreadable",
        FailureClass::Config => "set up wrongly",
    }
}

/// What is told of an issue that no line above tells.
fn told(issue: Issue) -> Option<&'static str> {
    match issue {
        Issue::ConfigNotApplied => {
            Some("the config changed since its events were planned; the next sync plans them again")
        }
        Issue::LeaseStuck => {
            Some("the lease lasts longer than any sync; `tidelock repair --apply` frees it")
        }
        Issue::CheckUnknown => {
            Some("nobody noted when it was last checked; `tidelock repair --apply` checks it")
        }
        Issue::TimeAhead => {
            Some("its last check lies in the future; `tidelock repair --apply` sets it right")
        }
        Issue::Damaged
        | Issue::NeverChecked
        | Issue::Pending
        | Issue::Parked
        | Issue::Failing
        | Issue::Held
        | Issue::JournalLeft
        | Issue::WakeWaiting
        | Issue::LeaseLeft => None,
    }
}
