//! The rows of several calendars side by side, event by event. One page of each is held at a time, and one more is on its
//! way: the one that will be missed first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::task::JoinSet;
use tracing::Instrument;

use super::{Engine, SyncError};
use crate::model::{CalendarId, CommitId, EventKey, Row};
use crate::plan::{self, Rows};
use crate::store::{Page, PageMark, RawPage, Store, StoreError, Unreadable};

/// One calendar's rows, as far as they are read.
#[derive(Debug)]
struct Cursor {
    rows: VecDeque<Row>,
    rest: Rest,
}

/// What of a calendar is not read yet.
#[derive(Debug)]
enum Rest {
    /// All after a mark; without one, all.
    After(Option<PageMark>),
    /// All after a mark, and a task reads the next page. Dropping the task stops it.
    Coming(Option<PageMark>, JoinSet<Answer>),
    /// Nothing.
    Nothing,
}

/// A page, and where the one after it begins, if there is one.
type Answer = Result<(RawPage, Option<PageMark>), StoreError>;

impl Cursor {
    fn new() -> Self {
        Self {
            rows: VecDeque::new(),
            rest: Rest::After(None),
        }
    }

    /// Whether its next row is not known and may be there.
    fn is_hungry(&self) -> bool {
        self.rows.is_empty() && !matches!(self.rest, Rest::Nothing)
    }

    /// Where its next page begins, if nobody reads it yet.
    fn unasked(&self) -> Option<Option<&str>> {
        match &self.rest {
            Rest::After(mark) => Some(mark.as_ref().and_then(PageMark::place)),
            Rest::Coming(..) | Rest::Nothing => None,
        }
    }

    /// Lets a task read its next page.
    fn ask(&mut self, store: &Store, calendar: CalendarId) {
        if let Rest::After(mark) = &self.rest {
            let (store, from) = (store.clone(), mark.clone());
            let mut task = JoinSet::new();
            let page = async move { store.calendar_page(calendar, from).await };
            task.spawn(page.in_current_span());
            self.rest = Rest::Coming(mark.clone(), task);
        }
    }

    /// Its next page.
    async fn page(&mut self, store: &Store, calendar: CalendarId) -> Result<RawPage, StoreError> {
        let (mark, asked) = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::After(mark) => (mark, None),
            Rest::Coming(mark, mut task) => (mark, task.join_next().await),
            Rest::Nothing => return Ok(RawPage::default()),
        };
        let (page, next) = match asked {
            Some(Ok(answer)) => answer?,
            // A task that did not end by itself has told nothing.
            Some(Err(_)) | None => store.calendar_page(calendar, mark).await?,
        };
        if next.is_some() {
            self.rest = Rest::After(next);
        }
        Ok(page)
    }
}

/// All rows of some calendars, in the order of their events.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    engine: &'a Engine,
    cursors: BTreeMap<CalendarId, Cursor>,
    /// Series whose names begin the event's that is at hand: its own is among them.
    series: BTreeMap<CalendarId, Vec<Row>>,
    /// Items that could not be read so far.
    pub(super) unreadable: Vec<(CalendarId, Unreadable)>,
    /// What is staged, as far as it was read.
    pub(super) staged: BTreeMap<CalendarId, BTreeSet<CommitId>>,
}

impl Engine {
    pub(super) fn stream(&self, calendars: impl Iterator<Item = CalendarId>) -> Stream<'_> {
        Stream {
            engine: self,
            cursors: calendars
                .map(|calendar| (calendar, Cursor::new()))
                .collect(),
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
        let cursors = self.cursors.values();
        let fronts = cursors.filter_map(|cursor| cursor.rows.front());
        let Some(key) = fronts.map(|row| &row.key).min().cloned() else {
            return Ok(None);
        };
        self.leave_series_behind(&key);
        let mut rows = Rows::new();
        for cursor in self.cursors.values_mut() {
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

    /// Reads pages until each calendar shows its next row or has none left.
    async fn fill(&mut self) -> Result<(), SyncError> {
        let store = &self.engine.store;
        loop {
            let mut cursors = self.cursors.iter_mut();
            let Some((calendar, cursor)) = cursors.find(|(_, cursor)| cursor.is_hungry()) else {
                return Ok(());
            };
            let calendar = *calendar;
            let page = cursor.page(store, calendar).await;
            let page = page.map_err(|why| SyncError::Store { calendar, why })?;
            self.look_ahead();
            self.take(calendar, page.read());
        }
    }

    /// Asks for the page that will be missed first, unless one is on its way: more than one would cost memory.
    fn look_ahead(&mut self) {
        let mut cursors = self.cursors.values();
        if cursors.any(|cursor| matches!(cursor.rest, Rest::Coming(..))) {
            return;
        }
        let cursors = self.cursors.iter_mut();
        let unasked = cursors.filter(|(_, cursor)| cursor.unasked().is_some());
        let first = unasked.min_by(|(_, one), (_, other)| one.unasked().cmp(&other.unasked()));
        if let Some((calendar, cursor)) = first {
            cursor.ask(&self.engine.store, *calendar);
        }
    }

    fn take(&mut self, calendar: CalendarId, page: Page) {
        if let Some(cursor) = self.cursors.get_mut(&calendar) {
            cursor.rows.extend(page.rows);
        }
        let unreadable = page.unreadable.into_iter();
        self.unreadable
            .extend(unreadable.map(|item| (calendar, item)));
        self.staged.entry(calendar).or_default().extend(page.staged);
    }
}
