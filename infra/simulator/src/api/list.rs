//! events.list: full and incremental, in pages (GOOGLE.md 1).
//!
//! Rule: a walk sees the calendar as of its first page. Events born later are left to the next incremental list, whose token
//! starts at that snapshot; so whatever happens while a client pages is never lost.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    api::list_query::{ListQuery, Order},
    edit::instance,
    settings::{MalformedToken, QueryMismatch, TokenScoping},
    simulator::Simulator,
    token::{self, PageToken, SyncToken},
    violation::Violation,
    wire::{call::Call, refusal::Refusal, reply::Reply},
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
struct Walk<'a> {
    calendar: &'a Calendar,
    query: &'a ListQuery,
    view: View<'a>,
    /// The change number of the sync token; `None` is a full list.
    since: Option<u64>,
    snapshot: u64,
    window: Window,
    scope: Option<Window>,
    single: bool,
}

impl Simulator {
    pub(crate) fn events_list(
        &mut self,
        call: &Call,
        email: &str,
        calendar: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.reader(calendar, email)?;
        let query = ListQuery::read(call)?;
        if query
            .updated_min
            .is_some_and(|min| min < self.now - self.knobs.history)
        {
            return Err(Refusal::updated_min_too_long_ago());
        }
        let stored = self.calendar(calendar)?.clone();
        let account = self
            .accounts
            .get(email)
            .map_or(0, |account| account.ordinal);
        let sync = query
            .sync
            .as_deref()
            .map(|text| self.read_sync(text, &stored, account, &query))
            .transpose()?;
        let page = query
            .page
            .as_deref()
            .map(|text| read_page(text, &stored, &query))
            .transpose()?;
        let view = self.view(call, calendar, role)?;
        let snapshot = page
            .as_ref()
            .map_or_else(|| self.visible(&stored), |page| page.snapshot);
        let limit = self.page_limit(&query, page.as_ref());
        let walk = self.walk(&stored, &query, view, sync.as_ref(), snapshot);
        let (items, next) = walk.page(page.as_ref(), limit);
        let mut body = head(&walk, role);
        let next = next.map(|(cursor, shown)| PageToken {
            of: stored.ordinal,
            snapshot,
            cursor,
            shown,
            was_empty: items.is_empty(),
            query: query.fingerprint.clone(),
        });
        let tail = match next {
            Some(next) => Some(("nextPageToken", token::encode(&next))),
            None if query.yields_token() => {
                let token = self.mint(&stored, account, snapshot, &query, sync.as_ref());
                Some(("nextSyncToken", token::encode(&token)))
            }
            None => None,
        };
        if let Some(map) = body.as_object_mut() {
            map.insert("items".into(), Value::Array(items));
            map.extend(tail.map(|(key, text)| (key.to_owned(), Value::from(text))));
        }
        Ok(Reply::json(body))
    }

    fn walk<'a>(
        &self,
        calendar: &'a Calendar,
        query: &'a ListQuery,
        view: View<'a>,
        sync: Option<&SyncToken>,
        snapshot: u64,
    ) -> Walk<'a> {
        let horizon = self
            .now
            .checked_add_signed(self.knobs.expansion_horizon)
            .unwrap_or(self.now);
        let limit = self.knobs.expansion_limit;
        let scope = sync.filter(|sync| sync.from.is_some() || sync.to.is_some());
        Walk {
            calendar,
            query,
            single: query.single || view.role == Role::FreeBusyReader,
            view,
            since: sync.map(|sync| sync.change),
            snapshot,
            window: Window {
                from: query.from,
                to: query.to.unwrap_or(horizon),
                limit,
            },
            scope: scope.map(|sync| Window {
                from: sync.from.and_then(DateTime::from_timestamp_micros),
                to: sync
                    .to
                    .and_then(DateTime::from_timestamp_micros)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC),
                limit,
            }),
        }
    }

    /// The last change that lists show already.
    fn visible(&self, calendar: &Calendar) -> u64 {
        if self.knobs.list_lag <= Duration::zero() {
            return calendar.change;
        }
        calendar.change_at((self.now - self.knobs.list_lag).timestamp_micros())
    }

    fn page_limit(&mut self, query: &ListQuery, page: Option<&PageToken>) -> usize {
        let may_be_empty = page.is_none_or(|page| !page.was_empty);
        if may_be_empty && self.chance(self.knobs.empty_pages) {
            0
        } else if self.chance(self.knobs.short_pages) {
            self.rng.usize(1..=query.page_size)
        } else {
            query.page_size
        }
    }

    fn mint(
        &self,
        calendar: &Calendar,
        account: u32,
        change: u64,
        query: &ListQuery,
        sync: Option<&SyncToken>,
    ) -> SyncToken {
        let scoped = self.knobs.token_scoping == TokenScoping::Window;
        let window = match sync {
            Some(sync) => (sync.from, sync.to),
            None if scoped => (
                query.from.map(|at| at.timestamp_micros()),
                query.to.map(|at| at.timestamp_micros()),
            ),
            None => (None, None),
        };
        SyncToken {
            of: calendar.ordinal,
            epoch: calendar.epoch,
            account,
            change,
            minted: self.now.timestamp_micros(),
            query: query.fingerprint.clone(),
            from: window.0,
            to: window.1,
        }
    }

    fn read_sync(
        &mut self,
        text: &str,
        calendar: &Calendar,
        account: u32,
        query: &ListQuery,
    ) -> Result<SyncToken, Refusal> {
        let token: SyncToken = token::decode(text).ok_or_else(|| self.malformed())?;
        if token.of != calendar.ordinal || token.account != account {
            return Err(self.malformed());
        }
        let lifetime = self.knobs.sync_token_lifetime;
        let old = lifetime.is_some_and(|lifetime| {
            self.now.timestamp_micros() - token.minted
                > lifetime.num_microseconds().unwrap_or(i64::MAX)
        });
        if old || token.epoch != calendar.epoch || token.change > calendar.change {
            return Err(Refusal::full_sync_required());
        }
        if token.query != query.fingerprint {
            let what = format!(
                "sync token of {} used with other parameters than it was made for",
                calendar.id
            );
            self.violations.push(Violation {
                request: self.next_request.saturating_sub(1),
                what,
            });
            if self.knobs.query_mismatch == QueryMismatch::Reject {
                return Err(Refusal::token_with_restrictions());
            }
        }
        Ok(token)
    }

    pub(crate) fn malformed(&self) -> Refusal {
        match self.knobs.malformed_token {
            MalformedToken::Gone => Refusal::full_sync_required(),
            MalformedToken::BadRequest => Refusal::invalid("Invalid sync token value."),
        }
    }
}

fn read_page(text: &str, calendar: &Calendar, query: &ListQuery) -> Result<PageToken, Refusal> {
    let token: Option<PageToken> = token::decode(text);
    token
        .filter(|page| page.of == calendar.ordinal && page.query == query.fingerprint)
        .ok_or_else(|| Refusal::invalid("Invalid page token value."))
}

fn head(walk: &Walk<'_>, role: Role) -> Value {
    let calendar = walk.calendar;
    json!({
        "kind": "calendar#events",
        "etag": format!("\"p{}o{}\"", calendar.stamp, calendar.ordinal),
        "summary": calendar.summary,
        "updated": calendar.updated.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "timeZone": walk.view.shown_in.name(),
        "accessRole": role.name(),
        "defaultReminders": [],
    })
}

impl Walk<'_> {
    /// Rows for one page, and where the next one starts.
    fn page(
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
    let exceptions = calendar.exceptions_of(&master.id);
    let unique: BTreeSet<&str> = exceptions
        .iter()
        .filter(|event| instance::overlaps(event, calendar, window))
        .map(|event| &*event.id)
        .collect();
    !unique.is_empty()
}
