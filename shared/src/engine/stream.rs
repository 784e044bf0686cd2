//! The rows of several calendars side by side, event by event: one page of each is held at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Engine, SyncError};
use crate::model::{CalendarId, CommitId, EventKey, Row};
use crate::plan::{self, Rows};
use crate::store::{PageMark, Unreadable};

/// One calendar's rows, as far as they are read.
#[derive(Debug)]
struct Cursor {
    calendar: CalendarId,
    rows: VecDeque<Row>,
    next: Option<PageMark>,
    begun: bool,
}

/// All rows of some calendars, in the order of their events.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    engine: &'a Engine,
    cursors: Vec<Cursor>,
    /// Series whose names begin the event's that is at hand: its own is among them.
    series: BTreeMap<CalendarId, Vec<Row>>,
    /// Items that could not be read so far.
    pub(super) unreadable: Vec<(CalendarId, Unreadable)>,
    /// What is staged, as far as it was read.
    pub(super) staged: BTreeMap<CalendarId, BTreeSet<CommitId>>,
}

impl Engine {
    pub(super) fn stream(&self, calendars: impl Iterator<Item = CalendarId>) -> Stream<'_> {
        let cursor = |calendar| Cursor {
            calendar,
            rows: VecDeque::new(),
            next: None,
            begun: false,
        };
        Stream {
            engine: self,
            cursors: calendars.map(cursor).collect(),
            series: BTreeMap::new(),
            unreadable: Vec::new(),
            staged: BTreeMap::new(),
        }
    }
}

/// An event's rows on every calendar, and the rows of its series.
pub(super) struct Group {
    pub(super) key: EventKey,
    pub(super) rows: Rows,
}

impl Group {
    /// The rows of the event itself.
    pub(super) fn own(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(|row| row.key == self.key)
    }
}

impl Stream<'_> {
    /// The next event; none: that was all.
    pub(super) async fn next(&mut self) -> Result<Option<Group>, SyncError> {
        self.fill().await?;
        let fronts = self.cursors.iter().filter_map(|cursor| cursor.rows.front());
        let Some(key) = fronts.map(|row| &row.key).min().cloned() else {
            return Ok(None);
        };
        self.leave_series_behind(&key);
        let mut rows = Rows::new();
        for cursor in &mut self.cursors {
            let is_it = cursor.rows.front().is_some_and(|row| row.key == key);
            let row = cursor.rows.pop_front_if(|_| is_it);
            rows.extend(row.map(|row| ((row.calendar, row.key.clone()), row)));
        }
        let series = self.series_of(&rows);
        for row in rows.values().filter(|row| plan::is_series(row)) {
            let known = self.series.entry(row.calendar).or_default();
            known.push(row.clone());
        }
        rows.extend(series);
        Ok(Some(Group { key, rows }))
    }

    /// Names sort so that everything that begins with a series' name follows it without a gap.
    fn leave_series_behind(&mut self, key: &EventKey) {
        for known in self.series.values_mut() {
            known.retain(|row| key.as_str().starts_with(row.key.as_str()));
        }
    }

    fn series_of(&self, rows: &Rows) -> Rows {
        let named: BTreeSet<&EventKey> = rows
            .values()
            .filter_map(|row| row.source.occurrence().map(|(series, _)| series))
            .collect();
        let known = self.series.values().flatten();
        known
            .filter(|row| named.contains(&row.key))
            .map(|row| ((row.calendar, row.key.clone()), row.clone()))
            .collect()
    }

    async fn fill(&mut self) -> Result<(), SyncError> {
        for cursor in &mut self.cursors {
            while cursor.rows.is_empty() && (!cursor.begun || cursor.next.is_some()) {
                let calendar = cursor.calendar;
                let page = self
                    .engine
                    .store
                    .calendar_page(calendar, cursor.next.take())
                    .await;
                let (page, next) = page.map_err(|why| SyncError::Store { calendar, why })?;
                cursor.rows.extend(page.rows);
                cursor.next = next;
                cursor.begun = true;
                let unreadable = page.unreadable.into_iter();
                self.unreadable
                    .extend(unreadable.map(|item| (calendar, item)));
                self.staged.entry(calendar).or_default().extend(page.staged);
            }
        }
        Ok(())
    }
}
