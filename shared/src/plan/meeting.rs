//! One meeting on several of a person's calendars: which of them show it, and which of them holds it on another one.
//!
//! A function of facts and rules alone, so whichever calendar's sync asks is told the same. No calendar holds what is on
//! the target already; of several that could, the first by id does.

use super::{Rows, Setting};
use crate::model::{CalendarId, EventKey, Pair, Response, Source, SourceEvent, Stamp, Want};

/// What each calendar shows of one meeting.
pub(super) struct Meeting<'a> {
    setting: &'a Setting<'a>,
    rows: &'a Rows,
    key: &'a EventKey,
    series: Option<&'a EventKey>,
    copies: Vec<(CalendarId, &'a SourceEvent)>,
}

impl<'a> Meeting<'a> {
    /// The meeting of a row; an `occurrence` goes with its series where nothing else is said of it.
    pub(super) fn of(
        setting: &'a Setting<'a>,
        rows: &'a Rows,
        key: &'a EventKey,
        occurrence: Option<(&'a EventKey, &'a Stamp)>,
    ) -> Self {
        let copies = match key.as_orphan() {
            Some(_) => Vec::new(),
            None => setting
                .calendars
                .iter()
                .filter_map(|calendar| Some((*calendar, copy(rows, *calendar, key, occurrence)?)))
                .collect(),
        };
        Self {
            setting,
            rows,
            key,
            series: occurrence.map(|(series, _)| series),
            copies,
        }
    }

    /// Whether `target` holds the meeting without `source`: it is there itself, or a calendar before `source` holds it there.
    pub(super) fn held_without(&self, source: CalendarId, target: CalendarId) -> bool {
        self.copies.iter().any(|(calendar, event)| {
            if *calendar == target {
                is_attended(event)
            } else {
                *calendar < source && self.places(*calendar, event, target)
            }
        })
    }

    /// Whether a calendar's copy leads to a block on `target`, if nobody else's does.
    fn places(&self, source: CalendarId, copy: &SourceEvent, target: CalendarId) -> bool {
        match self.setting.pairs.get(source, target) {
            Some(Pair::Mirrors(rule)) => rule.block(copy).is_ok(),
            // What a pause found there stays.
            Some(Pair::Paused(_)) => self.is_due(source, target),
            None => false,
        }
    }

    fn is_due(&self, source: CalendarId, target: CalendarId) -> bool {
        let row = |key: &EventKey| self.rows.get(&(source, key.clone()));
        let row = row(self.key).or_else(|| row(self.series?));
        let mirror = row.and_then(|row| row.mirrors.get(&target));
        mirror.is_some_and(|mirror| matches!(mirror.due(), Want::Own(_) | Want::Instance(_)))
    }
}

/// What a calendar shows of a meeting.
fn copy<'a>(
    rows: &'a Rows,
    calendar: CalendarId,
    key: &EventKey,
    occurrence: Option<(&EventKey, &Stamp)>,
) -> Option<&'a SourceEvent> {
    match rows.get(&(calendar, key.clone())).map(|row| &row.source) {
        Some(Source::Live(event)) => Some(event),
        Some(Source::Hidden { .. }) => None,
        Some(Source::Unseen | Source::Follows { .. } | Source::Gone) | None => {
            let (series, original) = occurrence?;
            let series = rows.get(&(calendar, series.clone()))?.source.live()?;
            series.may_repeat_at(original).then_some(series)
        }
    }
}

/// Whether it is there for its calendar's owner: not declined.
fn is_attended(event: &SourceEvent) -> bool {
    match event.response {
        Response::Declined => false,
        Response::NotAsked | Response::Open | Response::Tentative | Response::Accepted => true,
    }
}
