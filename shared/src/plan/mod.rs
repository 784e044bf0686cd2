//! Facts, rows and rules to row changes: a pure, total function.
//!
//! It knows no clock, no network and no table; it leaves its executor no choice; planning the same facts over
//! its own result changes nothing. What it deliberately does not do: decide *when* to write or push.
//!
//! Reading order: `facts` (what a sync brings), `questions` (what must be asked before they can be planned),
//! `settle` (want), `observe` (have), `sheet` (rows in work), `brake`,
//! `stamps` (which occurrence of a series block is which), `standing` (how a row stands, in words), `purge` (what a purge takes).

mod brake;
mod facts;
mod forget;
mod observe;
mod purge;
mod questions;
mod settle;
mod sheet;
mod stamps;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{CalendarId, Cause, Counts, Epoch, EventKey, Pairs, Part, Row, RowWrite};

pub use brake::{Deletions, suspicious};
pub use facts::{BlockFact, Fact, Read, Shows, SourceFact};
pub use forget::{believed, let_go, without};
pub use purge::{Listed, Purge, deletions, removed};
pub use questions::{
    Answerable, BlockName, Question, absent_blocks, absent_sources, name, question,
    reset_exceptions,
};
#[cfg(all(feature = "store", feature = "google"))]
pub(crate) use settle::{default_occurrence, set_alone};
pub use settle::{holds, why_not};
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

/// The series whose exceptions must be read too, because what is known of the series changes.
#[must_use]
pub fn families(setting: &Setting<'_>, facts: &[Fact], rows: &Rows) -> BTreeSet<EventKey> {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Source(source) => Some(source),
            Fact::Block(_) => None,
        })
        .filter(|source| {
            let known = rows.get(&(setting.calendar, source.key()));
            source.is_series() || known.is_some_and(sheet::is_series)
        })
        .map(SourceFact::key)
        .collect()
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
