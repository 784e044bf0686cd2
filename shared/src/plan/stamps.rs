//! Occurrences of series blocks under the names that their sources have.
//!
//! Google names an occurrence by the start that the block's rule gives it. Where a block begins before its event, that is not
//! the start by which its row is called. Everything after a read, the plan as well as what is kept for later, goes by the
//! source's starts.

use std::collections::BTreeMap;

use super::Rows;
use super::facts::{BlockFact, Fact, Shows};
use crate::model::{CalendarId, EventKey, EventTime, Lead, Part};

/// The facts of a read of `target` with every occurrence named as its source names it, and whether that changed anything.
/// One that cannot be told is left out.
#[must_use]
pub fn in_series(target: CalendarId, facts: Vec<Fact>, rows: &Rows) -> (Vec<Fact>, bool) {
    let shown = series_shown(&facts);
    let mut moved = false;
    let named = facts
        .into_iter()
        .filter_map(|fact| {
            let Fact::Block(mut block) = fact else {
                return Some(fact);
            };
            let Part::Occurrence(there) = &block.part else {
                return Some(Fact::Block(block));
            };
            let Some((lead, first)) = lead_of(target, &block, &shown, rows) else {
                return Some(Fact::Block(block));
            };
            moved = true;
            block.part = Part::Occurrence(lead.in_series(first, there)?);
            Some(Fact::Block(block))
        })
        .collect();
    (named, moved)
}

/// The part of the block on `target` that is meant, as Google names it.
#[must_use]
pub fn in_block(target: CalendarId, fact: &BlockFact, rows: &Rows) -> Part {
    match &fact.part {
        Part::Occurrence(stamp) => {
            let there = lead_of(target, fact, &BTreeMap::new(), rows)
                .map(|(lead, first)| lead.in_block(first, stamp));
            Part::Occurrence(there.unwrap_or_else(|| stamp.clone()))
        }
        part @ (Part::Whole | Part::Split(_)) => part.clone(),
    }
}

type Shown = BTreeMap<(CalendarId, EventKey), EventTime>;

/// When the series blocks begin that the read itself shows.
fn series_shown(facts: &[Fact]) -> Shown {
    let blocks = facts.iter().filter_map(|fact| match fact {
        Fact::Block(block) => Some(block),
        Fact::Source(_) => None,
    });
    blocks
        .filter_map(|block| match &block.shows {
            Shows::Live {
                series: Some(first),
                ..
            } => Some(((block.source, block.event.clone()), first.clone())),
            Shows::Live { .. } | Shows::Cancelled | Shows::Missing => None,
        })
        .collect()
}

/// By how much the block of an occurrence begins before its series, if it does, and when the series begins.
fn lead_of<'a>(
    target: CalendarId,
    block: &BlockFact,
    shown: &Shown,
    rows: &'a Rows,
) -> Option<(Lead, &'a EventTime)> {
    let at = (block.source, block.event.clone());
    let row = rows.get(&at)?;
    let first = &row.source.live()?.time;
    let lead = match shown.get(&at) {
        Some(there) => Lead::between(first, there),
        None => row.mirrors.get(&target)?.lead,
    };
    (!lead.is_none()).then_some((lead, first))
}
