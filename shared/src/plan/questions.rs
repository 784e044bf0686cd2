//! What a read leaves open. A list says what is there; what it does not show may be gone, or may only have
//! been out of its reach. Whatever cannot be told is asked, event by event, before anything is planned.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::facts::{BlockFact, Fact, Shows, SourceFact};
use super::settle::default_occurrence;
use super::{Rows, Setting};
use crate::model::{
    CalendarId, EventKey, EventKind, GoogleEventId, Have, Part, Row, Source, SourceEvent, Want,
};

/// An event of the calendar that was read which has to be looked at by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The row.
    pub key: EventKey,
    /// What Google calls it.
    pub id: GoogleEventId,
}

/// What can be said of an event that a full read did not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answerable {
    /// It is gone: the read would have shown it.
    Gone,
    /// The read could not have shown it.
    OutOfReach,
    /// It has to be asked for.
    Ask,
}

/// What a full read from `since` on says about the calendar's known events that it did not list: facts, and
/// questions.
#[must_use]
pub fn absent_sources<'a>(
    rows: impl Iterator<Item = &'a Row>,
    listed: &BTreeSet<EventKey>,
    since: Timestamp,
) -> (Vec<Fact>, Vec<Question>) {
    let (mut facts, mut questions) = (Vec::new(), Vec::new());
    for row in rows.filter(|row| !listed.contains(&row.key)) {
        match absent(&row.source, since) {
            Answerable::OutOfReach => {}
            Answerable::Gone => {
                facts.push(Fact::Source(SourceFact::Gone {
                    key: row.key.clone(),
                }));
            }
            Answerable::Ask => questions.extend(question(row)),
        }
    }
    (facts, questions)
}

/// The question that settles what a row's source is now, if it can be asked at all.
#[must_use]
pub fn question(row: &Row) -> Option<Question> {
    let id = match &row.source {
        Source::Live(event) => event.id.clone(),
        Source::Hidden { id, .. } => id.clone(),
        Source::Unseen => row.key.google_id()?,
        Source::Follows { .. } | Source::Gone => return None,
    };
    Some(Question {
        key: row.key.clone(),
        id,
    })
}

fn absent(source: &Source, since: Timestamp) -> Answerable {
    match source {
        // A block shows that it was there once; whether it still is, a list from `since` on cannot tell.
        Source::Unseen => Answerable::Ask,
        Source::Gone | Source::Follows { .. } => Answerable::OutOfReach,
        Source::Hidden { original, .. } if original.latest() <= since => Answerable::OutOfReach,
        Source::Hidden { .. } => Answerable::Ask,
        Source::Live(event) => absent_event(event, since),
    }
}

fn absent_event(event: &SourceEvent, since: Timestamp) -> Answerable {
    if event.over_by().is_some_and(|over| over <= since) {
        return Answerable::OutOfReach;
    }
    match &event.kind {
        EventKind::Single if event.time.ends_after() > since => Answerable::Gone,
        EventKind::Series { recurrence } if endless(recurrence) => Answerable::Gone,
        EventKind::Single | EventKind::Series { .. } | EventKind::Exception { .. } => {
            Answerable::Ask
        }
    }
}

fn endless(recurrence: &[String]) -> bool {
    let rules: Vec<_> = recurrence
        .iter()
        .filter(|line| line.starts_with("RRULE"))
        .collect();
    !rules.is_empty()
        && rules
            .iter()
            .all(|rule| !rule.contains("UNTIL=") && !rule.contains("COUNT="))
}

/// Exceptions whose series now repeats otherwise, and which the read did not report: Google may have kept
/// them or reset them.
#[must_use]
pub fn reset_exceptions(calendar: CalendarId, facts: &[Fact], rows: &Rows) -> Vec<Question> {
    let told: BTreeSet<EventKey> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Source(source) => Some(source.key()),
            Fact::Block(_) => None,
        })
        .collect();
    let changed: BTreeSet<EventKey> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Source(SourceFact::Live(event)) => Some(event),
            Fact::Source(_) | Fact::Block(_) => None,
        })
        .filter(|event| repeats_otherwise(calendar, event, rows))
        .map(SourceEvent::key)
        .collect();
    rows.iter()
        .filter(|((of, key), row)| {
            let series = row.source.occurrence().map(|(series, _)| series);
            *of == calendar
                && !told.contains(key)
                && series.is_some_and(|series| changed.contains(series))
        })
        .filter_map(|(_, row)| question(row))
        .collect()
}

fn repeats_otherwise(calendar: CalendarId, event: &SourceEvent, rows: &Rows) -> bool {
    let known = rows.get(&(calendar, event.key()));
    let known = known.and_then(|row| row.source.live());
    matches!(event.kind, EventKind::Series { .. })
        && known.is_some_and(|known| !known.repeats_like(event))
}

/// Blocks that other calendars' rows believe to be on the setting's calendar, and which a full read of it from `since` on
/// did not list: facts, and blocks that have to be asked for.
#[must_use]
pub fn absent_blocks(
    setting: &Setting<'_>,
    rows: &Rows,
    listed: &BTreeSet<BlockName>,
    since: Timestamp,
) -> (Vec<Fact>, Vec<BlockFact>) {
    let (mut facts, mut ask) = (Vec::new(), Vec::new());
    for row in rows.values() {
        let Some(fact) = believed(row, setting.calendar) else {
            continue;
        };
        if listed.contains(&name(&fact)) || by_the_rule(setting, rows, row) {
            continue;
        }
        match reach(row, !fact.part.is_whole(), since) {
            Answerable::OutOfReach => {}
            Answerable::Gone => facts.push(Fact::Block(fact)),
            Answerable::Ask => ask.push(fact),
        }
    }
    (facts, ask)
}

/// Whether a row's block is an occurrence as its series' block has it: no list names such a one by itself.
fn by_the_rule(setting: &Setting<'_>, rows: &Rows, row: &Row) -> bool {
    let by_the_rule = || {
        let Have::Instance(print) = row.mirrors.get(&setting.calendar)?.have else {
            return None;
        };
        let (series, _) = row.source.occurrence()?;
        let series = rows.get(&(row.calendar, series.clone()))?;
        let rule = setting.pairs.rule(row.calendar, setting.calendar)?;
        Some(default_occurrence(row, series, rule)?.fingerprint() == print)
    };
    by_the_rule().unwrap_or_default()
}

/// Source calendar, event key and part of a block.
pub type BlockName = (CalendarId, EventKey, Part);

/// What a block is listed under.
#[must_use]
pub fn name(fact: &BlockFact) -> BlockName {
    (fact.source, fact.event.clone(), fact.part.clone())
}

fn believed(row: &Row, target: CalendarId) -> Option<BlockFact> {
    let mirror = row.mirrors.get(&target)?;
    let (event, part) = match (&mirror.want, &mirror.have) {
        (_, Have::Own(_)) => (row.key.clone(), Part::Whole),
        (Want::Instance(_) | Want::Hidden, Have::Instance(_) | Have::Hidden) => {
            let (series, original) = row.source.occurrence()?;
            (series.clone(), Part::Occurrence(original.clone()))
        }
        (Want::Nothing | Want::Own(_), _) | (_, Have::Nothing | Have::Deleted | Have::Unknown) => {
            return None;
        }
    };
    let (source, event) = match event.as_orphan() {
        Some((source, event)) => (source, event),
        None => (row.calendar, event),
    };
    Some(BlockFact {
        source,
        event,
        part,
        generation: mirror.generation,
        etag: None,
        shows: Shows::Missing,
    })
}

/// Whether a read from `since` on would have listed the row's block.
fn reach(row: &Row, occurrence: bool, since: Timestamp) -> Answerable {
    match &row.source {
        Source::Live(event) => reach_event(event, occurrence, since),
        Source::Hidden { original, .. } if original.latest() > since => Answerable::Gone,
        Source::Hidden { .. } | Source::Follows { .. } | Source::Unseen | Source::Gone => {
            Answerable::OutOfReach
        }
    }
}

fn reach_event(event: &SourceEvent, occurrence: bool, since: Timestamp) -> Answerable {
    if event.over_by().is_some_and(|over| over <= since) {
        return Answerable::OutOfReach;
    }
    match &event.kind {
        EventKind::Series { recurrence } if endless(recurrence) => Answerable::Gone,
        EventKind::Series { .. } => Answerable::Ask,
        EventKind::Exception { original, .. } if occurrence && original.latest() <= since => {
            Answerable::OutOfReach
        }
        EventKind::Single | EventKind::Exception { .. } if event.time.ends_after() > since => {
            Answerable::Gone
        }
        EventKind::Single | EventKind::Exception { .. } => Answerable::Ask,
    }
}
