//! events.list: full and incremental, in pages (BEHAVIOUR.md 1).
//!
//! Rule: a walk sees the calendar as of its first page. Events born later are left to the next incremental list, whose token
//! starts at that snapshot; so whatever happens while a client pages is never lost.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    api::{list_query::ListQuery, walk::Walk},
    settings::{MalformedToken, QueryMismatch, TokenScoping},
    simulator::Simulator,
    token::{self, PageToken, SyncToken},
    violation::Violation,
    wire::{call::Call, refusal::Refusal, reply::Reply},
    world::{calendar::Calendar, event::View, expand::Window, role::Role},
};

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
