//! The rows of events.list, page by page: which stored events give which rows, and in what order.
//!
//! Rule: nothing is kept between pages; a page token names the row reached, and the rows after it are found again from there.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

use crate::{
    api::list_query::{ListQuery, Order},
    edit::instance,
    token::PageToken,
    world::{
        calendar::Calendar,
        event::{Event, View},
        expand::{self, Window},
        role::Role,
    },
};

/// How far around the present a deleted series is shown as cancelled occurrences.
const DELETED_SERIES_SHOWN: Duration = Duration::days(183);

/// A row with the place it holds in the walk.
struct Row {
    cursor: String,
    shown: usize,
    value: Value,
}

/// One list request, understood.
pub(crate) struct Walk<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) query: &'a ListQuery,
    pub(crate) view: View<'a>,
    /// The change number of the sync token; `None` is a full list.
    pub(crate) since: Option<u64>,
    pub(crate) snapshot: u64,
    pub(crate) window: Window,
    pub(crate) scope: Option<Window>,
    pub(crate) single: bool,
}

impl Walk<'_> {
    /// Rows for one page, and where the next one starts.
    pub(crate) fn page(
        &self,
        page: Option<&PageToken>,
        limit: usize,
    ) -> (Vec<Value>, Option<(String, usize)>) {
        let mut place = page.map_or((String::new(), 0), |page| (page.cursor.clone(), page.shown));
        let mut items = Vec::new();
        let rows: Box<dyn Iterator<Item = Row> + '_> = if self.query.order == Order::Stable {
            self.stable(page)
        } else {
            let shown = page.map_or(0, |page| page.shown);
            Box::new(self.sorted().into_iter().skip(shown))
        };
        for row in rows {
            if items.len() >= limit {
                return (items, Some(place));
            }
            place = (row.cursor, row.shown);
            items.push(row.value);
        }
        (items, None)
    }

    /// Rows from a place on: by change number if incremental, by id if full.
    fn stable(&self, page: Option<&PageToken>) -> Box<dyn Iterator<Item = Row> + '_> {
        let (cursor, shown) =
            page.map_or((String::new(), 0), |page| (page.cursor.clone(), page.shown));
        match self.since {
            Some(since) => {
                let reached: u64 = cursor.parse().unwrap_or(0);
                let from = since.max(reached.saturating_sub(1));
                let events = self.calendar.changed(from, self.snapshot);
                Box::new(events.flat_map(move |event| {
                    let skip = if event.change == reached { shown } else { 0 };
                    self.numbered(event, event.change.to_string(), skip)
                }))
            }
            None => {
                let at = self.calendar.get(&cursor).into_iter();
                let events = at.chain(self.calendar.after(Some(&cursor)));
                Box::new(events.flat_map(move |event| {
                    let skip = if *event.id == *cursor { shown } else { 0 };
                    self.numbered(event, event.id.to_string(), skip)
                }))
            }
        }
    }

    fn numbered(
        &self,
        event: &Arc<Event>,
        cursor: String,
        skip: usize,
    ) -> impl Iterator<Item = Row> + use<> {
        let rows = self.rows(event).into_iter().enumerate().skip(skip);
        rows.map(move |(index, (_, value))| Row {
            cursor: cursor.clone(),
            shown: index + 1,
            value,
        })
    }

    fn sorted(&self) -> Vec<Row> {
        let mut rows: Vec<(Arc<Event>, Value)> = self
            .calendar
            .after(None)
            .flat_map(|event| self.rows(event))
            .collect();
        let zone = self.calendar.zone;
        match self.query.order {
            Order::StartTime => {
                rows.sort_by_key(|(event, _)| event.content.start.map(|start| start.instant(zone)))
            }
            Order::Updated => rows.sort_by_key(|(event, _)| event.updated),
            Order::Stable => {}
        }
        let row = |(index, (_, value)): (usize, (Arc<Event>, Value))| Row {
            cursor: String::new(),
            shown: index + 1,
            value,
        };
        rows.into_iter().enumerate().map(row).collect()
    }

    /// The rows one stored event gives.
    fn rows(&self, event: &Arc<Event>) -> Vec<(Arc<Event>, Value)> {
        if event.first_change > self.snapshot && self.since.is_none() {
            return Vec::new();
        }
        let found = if self.single {
            self.single_rows(event)
        } else {
            self.plain_row(event)
        };
        found
            .into_iter()
            .filter(|event| self.in_scope(event))
            .map(|event| self.shown(event))
            .collect()
    }

    fn plain_row(&self, event: &Arc<Event>) -> Vec<Arc<Event>> {
        let live_exception = event.series.as_ref().is_some_and(|(master, _)| {
            self.calendar
                .get(master)
                .is_some_and(|master| master.is_live())
        });
        let wanted = event.is_live() || self.deletions_wanted() || live_exception;
        let shown =
            wanted && self.query.accepts(event) && (self.since.is_some() || self.in_window(event));
        if shown {
            vec![event.clone()]
        } else {
            Vec::new()
        }
    }

    /// With single events a series gives its occurrences. Its exceptions come with it, but on their own in an incremental list.
    fn single_rows(&self, event: &Arc<Event>) -> Vec<Arc<Event>> {
        let found = if event.is_master() {
            self.occurrences(event)
        } else if event.series.is_some() && self.since.is_none() && self.master_is_here(event) {
            Vec::new()
        } else {
            vec![event.clone()]
        };
        let fits = |event: &Arc<Event>| {
            self.since.is_some() || instance::overlaps(event, self.calendar, self.window_or_ever())
        };
        found
            .into_iter()
            .filter(|event| {
                (event.is_live() || self.deletions_wanted())
                    && self.query.accepts(event)
                    && fits(event)
            })
            .filter(|event| self.view.role != Role::FreeBusyReader || !event.content.transparent)
            .collect()
    }

    fn occurrences(&self, master: &Arc<Event>) -> Vec<Arc<Event>> {
        if !master.is_live() {
            return if self.since.is_some() {
                self.cancelled_occurrences(master)
            } else {
                Vec::new()
            };
        }
        let since = self.since;
        let own_row = |event: &Arc<Event>| {
            let stored = self.calendar.get(&event.id).is_some();
            stored && since.is_some_and(|since| event.change > since)
        };
        let window = Window {
            from: self.query.from,
            ..self.window
        };
        instance::expand(self.calendar, master, window)
            .into_iter()
            .filter(|event| !own_row(event))
            .collect()
    }

    fn cancelled_occurrences(&self, master: &Arc<Event>) -> Vec<Arc<Event>> {
        let middle = self.window.to.min(master.updated);
        let window = Window {
            from: middle.checked_sub_signed(DELETED_SERIES_SHOWN),
            to: middle
                .checked_add_signed(DELETED_SERIES_SHOWN)
                .unwrap_or(middle),
            limit: self.window.limit,
        };
        instance::expand(self.calendar, master, window)
    }

    fn master_is_here(&self, event: &Event) -> bool {
        event
            .series
            .as_ref()
            .is_some_and(|(master, _)| self.calendar.get(master).is_some())
    }

    fn deletions_wanted(&self) -> bool {
        self.since.is_some() || self.query.show_deleted || self.query.updated_min.is_some()
    }

    /// The window asked for; events without end in it when none was.
    fn window_or_ever(&self) -> Window {
        Window {
            to: self.query.to.unwrap_or(DateTime::<Utc>::MAX_UTC),
            ..self.window
        }
    }

    fn in_window(&self, event: &Event) -> bool {
        overlaps_somehow(event, self.calendar, self.window_or_ever())
    }

    fn in_scope(&self, event: &Event) -> bool {
        self.scope
            .is_none_or(|scope| !event.is_live() || overlaps_somehow(event, self.calendar, scope))
    }

    fn shown(&self, event: Arc<Event>) -> (Arc<Event>, Value) {
        let short = !event.is_live() && !self.query.show_deleted;
        let value = if short {
            event.tombstone(&self.view)
        } else {
            event.show(&self.view)
        };
        (event, value)
    }
}

/// Whether an event, or any occurrence of a series, may lie in a window.
fn overlaps_somehow(event: &Event, calendar: &Calendar, window: Window) -> bool {
    if !event.is_master() {
        return instance::overlaps(event, calendar, window);
    }
    let starts = event
        .content
        .start
        .is_none_or(|start| start.instant(calendar.zone) < window.to);
    starts
        && window
            .from
            .is_none_or(|from| expand::may_end_after(event, calendar.zone, from))
        || touched(event, calendar, window)
}

/// Whether an exception of a series lies in a window.
fn touched(master: &Event, calendar: &Calendar, window: Window) -> bool {
    calendar
        .exceptions_of(&master.id)
        .iter()
        .any(|event| instance::overlaps(event, calendar, window))
}
