//! Facts, rows and rules to row changes: a pure, total function.
//!
//! It knows no clock, no network and no table; it leaves its executor no choice; planning the same facts over
//! its own result changes nothing. What it deliberately does not do: decide *when* to write or push.
//!
//! Reading order: `facts` (what a sync brings), `questions` (what must be asked before they can be planned),
//! `stamps` (which occurrence of a series block is which), `settle` (want), `meeting` (the same event on several calendars),
//! `observe` (have), `sheet` (rows in work), `brake`, `standing` (how a row stands, in words), `purge` (what a purge takes).

mod brake;
mod facts;
mod forget;
mod meeting;
mod observe;
mod purge;
mod questions;
mod settle;
mod sheet;
mod stamps;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{
    CalendarId, Cause, Counts, Epoch, EventKey, EventKind, Pairs, Part, Row, RowWrite,
};

pub use brake::{Deletions, suspicious};
pub use facts::{BlockFact, Fact, Read, Shows, SourceFact};
pub use forget::{believed, let_go, without};
pub use purge::{Listed, Purge, deletions, removed};
pub use questions::{
    Answerable, BlockName, Question, absent_blocks, absent_sources, name, question,
    reset_exceptions,
};
pub use settle::why_not;
#[cfg(all(feature = "store", feature = "google"))]
pub(crate) use settle::{default_occurrence, set_alone};
#[cfg(all(feature = "store", feature = "google"))]
pub(crate) use sheet::is_series;
pub(crate) use sheet::mark;
pub use stamps::{in_block, in_series};
pub use standing::{NoBlock, Standing, standing};

/// Rows by source calendar and event.
pub type Rows = BTreeMap<(CalendarId, EventKey), Row>;

/// Everything but facts and rows that a plan depends on.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// The calendar that was read.
    pub calendar: CalendarId,
    /// Every calendar of the user, this one included.
    pub calendars: &'a BTreeSet<CalendarId>,
    /// What holds between them.
    pub pairs: &'a Pairs,
    /// The time of the read.
    pub now: Timestamp,
    /// The epoch under which the rows will be written.
    pub epoch: Epoch,
    /// Why it is planned, should a block have to change.
    pub cause: Cause,
}

/// What is to be written. Empty for facts that are already in the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Rows, each with the revision it was planned from.
    pub writes: Vec<RowWrite>,
    /// Calendars whose rows were put out of step by what this one shows.
    pub wakes: BTreeSet<CalendarId>,
    /// Outcomes.
    pub counts: Counts,
    /// Source events of this calendar whose blocks would go.
    pub deletions: Deletions,
    /// Some row of this calendar is out of step.
    pub unpushed: bool,
    /// By how much the number of mirrored events of this calendar changes.
    pub mirrored: i64,
}

/// A plan that would break an invariant; it is never committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPlan {
    /// Facts came in that have no outcome.
    #[error("{facts} facts came in but {outcomes} outcomes are counted")]
    Unaccounted {
        /// Facts planned.
        facts: u64,
        /// Outcomes counted.
        outcomes: u64,
    },
    /// A row of another calendar's source would be changed by more than an observation.
    #[error(
        "the source of {key} in calendar {calendar} would be changed by another calendar's sync"
    )]
    NotOurRow {
        /// The row's calendar.
        calendar: CalendarId,
        /// The row.
        key: EventKey,
    },
    /// A row of a user to whom the calendar does not belong.
    #[error("calendar {calendar} is not of the same user")]
    OtherUser {
        /// The row's calendar.
        calendar: CalendarId,
    },
}

/// Plans `facts` of one read over `rows`. `rows` holds what [`needed`] and [`families`] name.
///
/// # Errors
/// The plan would break an invariant; this is a fault in the planner, never in the input.
pub fn plan(setting: &Setting<'_>, facts: &[Fact], rows: &Rows) -> Result<Plan, BadPlan> {
    let mut sheet = sheet::Sheet::new(setting, rows);
    let mut counts = Counts::default();
    for fact in facts {
        if let Fact::Source(source) = fact {
            sheet.take(source, &mut counts);
        }
    }
    for block in reviewed(facts, rows) {
        sheet.review(&block.event);
    }
    sheet.end_families();
    sheet.settle();
    // Series blocks before their occurrences: a list keeps to no such order.
    let blocks = || facts.iter().filter_map(block);
    for block in blocks().filter(|block| !is_occurrence(block)) {
        observe::observe(&mut sheet, block, &mut counts);
    }
    for block in blocks().filter(|block| is_occurrence(block)) {
        observe::observe(&mut sheet, block, &mut counts);
    }
    let plan = sheet.finish(counts);
    check(setting, facts, rows, &plan)?;
    Ok(plan)
}

fn source(fact: &Fact) -> Option<&SourceFact> {
    match fact {
        Fact::Source(source) => Some(source),
        Fact::Block(_) => None,
    }
}

fn block(fact: &Fact) -> Option<&BlockFact> {
    match fact {
        Fact::Block(block) => Some(block),
        Fact::Source(_) => None,
    }
}

fn is_occurrence(block: &BlockFact) -> bool {
    matches!(block.part, crate::model::Part::Occurrence(_))
}

/// Plans all rows of a calendar anew, as after a change of rules.
///
/// # Errors
/// As [`plan`].
pub fn replan(setting: &Setting<'_>, rows: &Rows) -> Result<Plan, BadPlan> {
    let mut sheet = sheet::Sheet::new(setting, rows);
    sheet.touch_all();
    sheet.settle();
    let plan = sheet.finish(Counts::default());
    check(setting, &[], rows, &plan)?;
    Ok(plan)
}

/// A row of the setting's calendar as it would be if it were planned anew now; equal to `row` if nothing is to be done.
/// `rows` holds its event's rows on every calendar, and its series'.
#[must_use]
pub fn rethought(setting: &Setting<'_>, rows: &Rows, row: &Row) -> Row {
    sheet::Sheet::new(setting, rows).settled(row)
}

/// The calendars that lack a row for the occurrence of `row`, though they have to tell it from its series. `rows` as for
/// [`rethought`].
#[must_use]
pub fn unfollowed(setting: &Setting<'_>, rows: &Rows, row: &Row) -> Vec<CalendarId> {
    sheet::Sheet::new(setting, rows).unfollowed(row)
}

/// The rows that must be read before `facts` can be planned: each event's own, its series', the same event on
/// the user's other calendars, and the rows that blocks belong to.
#[must_use]
pub fn needed(setting: &Setting<'_>, facts: &[Fact]) -> BTreeSet<(CalendarId, EventKey)> {
    let mut keys = BTreeSet::new();
    for fact in facts {
        match fact {
            Fact::Source(source) => {
                let key = source.key();
                for calendar in setting.calendars {
                    keys.insert((*calendar, key.clone()));
                }
                if let Some(series) = source.series() {
                    for calendar in setting.calendars {
                        keys.insert((*calendar, series.clone()));
                    }
                }
            }
            Fact::Block(block) => {
                let (calendar, key) = block.row(setting);
                keys.insert((calendar, key));
                if matches!(block.part, Part::Occurrence(_)) {
                    keys.insert((block.source, block.event.clone()));
                }
            }
        }
    }
    keys
}

/// Blocks that are shown of events with guests. Two calendars that learn of one meeting at the same time do not see each other's
/// rows, and both may have it held: the block that follows from that leads here, and the meeting is looked at once more. A
/// series is left to the next validation, which finds the same: its occurrences would have to be read on all calendars.
fn reviewed<'a>(facts: &'a [Fact], rows: &'a Rows) -> impl Iterator<Item = &'a BlockFact> {
    let blocks = facts.iter().filter_map(block);
    blocks.filter(|block| {
        let row = rows.get(&(block.source, block.event.clone()));
        let event = row.and_then(|row| row.source.live());
        let single = event.is_some_and(|event| event.guests && event.kind == EventKind::Single);
        block.part.is_whole() && single
    })
}

/// What else must be read, after what [`needed`] names: the same meetings on all calendars, for blocks that are reviewed.
#[must_use]
pub fn namesakes(
    setting: &Setting<'_>,
    facts: &[Fact],
    rows: &Rows,
) -> BTreeSet<(CalendarId, EventKey)> {
    let calendars = setting.calendars;
    let of = |block: &BlockFact| {
        let key = block.event.clone();
        calendars.iter().map(move |of| (*of, key.clone()))
    };
    reviewed(facts, rows).flat_map(of).collect()
}

/// The series whose exceptions must be read too, because what is known of the series changes: this calendar's, and where
/// the series is on other calendars as well, theirs. A calendar can be asked to single occurrences of a series that it
/// does not have; whether one is, nobody knows when a series turns up.
#[must_use]
pub fn families(
    setting: &Setting<'_>,
    facts: &[Fact],
    rows: &Rows,
) -> BTreeSet<(CalendarId, EventKey)> {
    let own = setting.calendar;
    let known = |of: CalendarId, key: &EventKey| {
        let row = rows.get(&(of, key.clone()));
        row.is_some_and(sheet::is_series)
    };
    let mut families = BTreeSet::new();
    for source in facts.iter().filter_map(source) {
        let key = source.key();
        let was = known(own, &key);
        if !source.is_series() && !was {
            continue;
        }
        let of = setting.calendars.iter().copied();
        let of = of.filter(|of| *of == own || !was || known(*of, &key));
        families.extend(of.map(|of| (of, key.clone())));
    }
    families
}

fn check(setting: &Setting<'_>, facts: &[Fact], rows: &Rows, plan: &Plan) -> Result<(), BadPlan> {
    let counts = &plan.counts;
    let outcomes = counts.created
        + counts.updated
        + counts.deleted
        + counts.unchanged
        + counts.skipped
        + counts.parked
        + counts.observed;
    if outcomes != facts.len() as u64 {
        return Err(BadPlan::Unaccounted {
            facts: facts.len() as u64,
            outcomes,
        });
    }
    for write in &plan.writes {
        let row = &write.row;
        if row.calendar.user() != setting.calendar.user() {
            return Err(BadPlan::OtherUser {
                calendar: row.calendar,
            });
        }
        let before = rows.get(&(row.calendar, row.key.clone()));
        let source_before = before
            .map(|before| before.source.clone())
            .unwrap_or_default();
        let follows = matches!(row.source, crate::model::Source::Follows { .. });
        if row.calendar != setting.calendar && row.source != source_before && !follows {
            return Err(BadPlan::NotOurRow {
                calendar: row.calendar,
                key: row.key.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
