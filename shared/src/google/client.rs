//! The calls that Tidelock makes for one account.
//!
//! Reads take Google's ids. Writes take a block's id and nothing else, so that a write to a source event
//! does not compile. Each request's parameters stand in one place; those of a listing never vary between
//! its pages, nor between one listing and the next.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use super::auth::{Auth, Credentials};
use super::body::{self, BadBody};
use super::budget::Budget;
use super::call::{Call, Operation};
use super::clock::Clock;
use super::error::{Cause, Class, Error};
use super::exchange::{Exchange, Outgoing};
use super::group::Group;
use super::pages::{
    BadPages, EventPages, EventsPage, Listing, PageEnd, PageToken, Since, Trail, checked, token,
};
use super::path::Path;
use super::retry::Backoff;
use super::settings::Settings;
use super::transport::Transport;
use super::wire::{
    BlockBody, CalendarListEntry, CalendarListPage, EVENT_FIELDS, Event, Item, NewBlock,
    RawEventsPage,
};
use crate::model::{BlockId, BlockRef, Etag, GoogleCalendarId, GoogleEventId};

/// The most entries that a page of the calendar list holds (reference: CalendarList, list).
const LARGEST_CALENDAR_PAGE: u16 = 250;

/// The client of one account. Clones share its token, its budget and its place in the group; make one per
/// account and clone it, or the account's budget is no longer one.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use shared::google::{reqwest::*, *};
/// # use shared::model::*;
/// # async fn f(clock: Clock, calendar: GoogleCalendarId, token: SyncToken, block: BlockRef, body: wire::BlockBody) {
/// let transport = Arc::new(Reqwest::new(Limits::default(), Schemes::Https).unwrap());
/// let credentials = Credentials::AccessToken("ya29.a0".into());
/// let (settings, group, rng) = (Settings::default(), Group::default(), fastrand::Rng::with_seed(1));
/// let client = Client::new(transport, credentials, &settings, &group, clock, rng);
/// let listing = client.events_list(&calendar, &Since::Token(token)).await;
/// let stored = client.update_block(&calendar, &block, &body, None).await;
/// # }
/// ```
///
/// The event of a person is no target of a write:
///
/// ```compile_fail,E0308
/// # use shared::google::{wire::BlockBody, *};
/// # use shared::model::*;
/// # async fn f(client: Client, calendar: GoogleCalendarId, body: BlockBody) {
/// let event = GoogleEventId::parse("persons-own-event").unwrap();
/// let stored = client.update_block(&calendar, &event, &body, None).await;
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
    page_size: u16,
    longest_listing: u32,
}

/// Which occurrences of a series are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InstanceRange {
    /// Lower bound, inclusive, on an occurrence's end.
    pub time_min: Option<Timestamp>,
    /// Upper bound, exclusive, on an occurrence's start.
    pub time_max: Option<Timestamp>,
}

impl Client {
    /// A client of the account that `credentials` belong to. `rng` decides the waits between attempts.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        credentials: Credentials,
        settings: &Settings,
        group: &Group,
        clock: Clock,
        rng: fastrand::Rng,
    ) -> Self {
        let exchange = Exchange {
            transport,
            base: settings.calendar_url.trim_end_matches('/').to_owned(),
            auth: Auth::new(credentials, settings.token_url.clone(), clock.clone()),
            budget: Budget::new(settings.units_per_minute),
            backoff: Backoff::new(settings.retry, rng),
            group: group.clone(),
            clock,
        };
        Self {
            exchange: Arc::new(exchange),
            page_size: settings.page_size.clamp(1, 2_500),
            longest_listing: settings.longest_listing.max(1),
        }
    }

    /// The refresh token that Google gave in place of the configured one, if it did: to be stored.
    #[must_use]
    pub fn rotated_refresh_token(&self) -> Option<SecretString> {
        self.exchange.auth.rotated()
    }

    /// All calendars on the account's list (`calendarList.list`), hidden ones left out.
    ///
    /// # Errors
    /// A page could not be had, or the pages have no end.
    pub async fn calendar_list(&self) -> Result<Vec<CalendarListEntry>, Error> {
        let call = Call::account(Operation::CalendarList);
        let mut trail = Trail::new(self.longest_listing);
        let mut entries = Vec::new();
        let mut next = None;
        loop {
            let path = self.calendar_list_path(next.as_ref());
            let page: CalendarListPage = self
                .read(&Outgoing::get(call.clone(), sendable(path, &call)?))
                .await?;
            success(&call, page.error.is_some())?;
            entries.extend(page.items);
            let Some(token) = token(page.next_page_token).map(PageToken::new) else {
                return Ok(entries);
            };
            trail
                .follow(&token)
                .map_err(|why| Error::pages(&call, why))?;
            next = Some(token);
        }
    }

    fn calendar_list_path(&self, page: Option<&PageToken>) -> Option<Path> {
        const FIELDS: &str = "nextPageToken,nextSyncToken,items(id,summary,summaryOverride,timeZone,\
accessRole,primary,hidden,deleted,etag)";
        let size = self.page_size.min(LARGEST_CALENDAR_PAGE);
        let path = Path::new(&["users", "me", "calendarList"])?;
        Some(
            path.with("maxResults", &size.to_string())
                .with("fields", FIELDS)
                .with_some("pageToken", page.map(PageToken::as_str)),
        )
    }

    /// One page of `events.list`: series as series, deletions as Google reports them.
    ///
    /// # Errors
    /// The page could not be had, or its tokens make no sense.
    pub async fn events_list_page(
        &self,
        calendar: &GoogleCalendarId,
        since: &Since,
        page: Option<&PageToken>,
    ) -> Result<EventsPage, Error> {
        let call = list_call(calendar, since);
        let path = sendable(self.list_path(calendar, since, page), &call)?;
        let raw: RawEventsPage = self.read(&Outgoing::get(call.clone(), path)).await?;
        success(&call, raw.error.is_some())?;
        checked(raw).map_err(|why| Error::pages(&call, why))
    }

    fn list_path(
        &self,
        calendar: &GoogleCalendarId,
        since: &Since,
        page: Option<&PageToken>,
    ) -> Option<Path> {
        let path = Path::new(&["calendars", calendar.as_str(), "events"])?
            .with("singleEvents", "false")
            .with("maxResults", &self.page_size.to_string())
            .with("fields", &page_fields());
        let path = match since {
            Since::Start { time_min } => path.with_some("timeMin", instant(*time_min).as_deref()),
            Since::Token(token) => path.with("syncToken", token.as_str()),
        };
        Some(path.with_some("pageToken", page.map(PageToken::as_str)))
    }

    /// A walk over all pages of `events.list`, one page in memory at a time.
    #[must_use]
    pub fn events_pages<'a>(
        &'a self,
        calendar: &'a GoogleCalendarId,
        since: &'a Since,
    ) -> EventPages<'a> {
        EventPages::new(self, calendar, since, self.longest_listing)
    }

    /// All pages of `events.list`: the whole listing, or nothing.
    ///
    /// # Errors
    /// A page could not be had, or the pages do not fit together.
    pub async fn events_list(
        &self,
        calendar: &GoogleCalendarId,
        since: &Since,
    ) -> Result<Listing, Error> {
        let mut pages = self.events_pages(calendar, since);
        let mut items = Vec::new();
        while let Some(page) = pages.next().await? {
            items.extend(page.items);
            if let PageEnd::Last(sync_token) = page.end {
                return Ok(Listing {
                    items,
                    sync_token,
                    time_zone: page.time_zone,
                    access_role: page.access_role,
                    pages: pages.pages(),
                });
            }
        }
        Err(self.bad_list(calendar, since, BadPages::NoToken))
    }

    pub(super) fn bad_list(
        &self,
        calendar: &GoogleCalendarId,
        since: &Since,
        why: BadPages,
    ) -> Error {
        Error::pages(&list_call(calendar, since), why)
    }

    /// One event, deleted ones included (`events.get`).
    ///
    /// # Errors
    /// [`Class::Absent`] if Google never had it, or lets this account not see it.
    pub async fn events_get(
        &self,
        calendar: &GoogleCalendarId,
        event: &GoogleEventId,
    ) -> Result<Event, Error> {
        self.get(calendar, event.as_str()).await
    }

    /// One block or occurrence of a block, deleted ones included (`events.get`).
    ///
    /// # Errors
    /// As [`Client::events_get`].
    pub async fn get_block(
        &self,
        calendar: &GoogleCalendarId,
        block: &BlockRef,
    ) -> Result<Event, Error> {
        self.get(calendar, &block.event_id()).await
    }

    async fn get(&self, calendar: &GoogleCalendarId, event: &str) -> Result<Event, Error> {
        let call = Call::event(Operation::Get, calendar.as_str(), event);
        let path = event_path(calendar, event).map(|path| path.with("fields", EVENT_FIELDS));
        let path = sendable(path, &call)?;
        let outgoing = Outgoing::get(call, path);
        self.event(&outgoing).await
    }

    /// The occurrences of a series, cancelled ones included (`events.instances`). Without an upper bound an
    /// endless series gives all that Google is willing to list.
    ///
    /// # Errors
    /// A page could not be had, or the pages have no end.
    pub async fn instances(
        &self,
        calendar: &GoogleCalendarId,
        series: &GoogleEventId,
        range: InstanceRange,
    ) -> Result<Vec<Item>, Error> {
        let call = Call::event(Operation::Instances, calendar.as_str(), series.as_str());
        let mut trail = Trail::new(self.longest_listing);
        let mut items = Vec::new();
        let mut next = None;
        loop {
            let path = self.instances_path(calendar, series, range, next.as_ref());
            let page: RawEventsPage = self
                .read(&Outgoing::get(call.clone(), sendable(path, &call)?))
                .await?;
            success(&call, page.error.is_some())?;
            items.extend(page.items);
            let Some(token) = token(page.next_page_token).map(PageToken::new) else {
                return Ok(items);
            };
            trail
                .follow(&token)
                .map_err(|why| Error::pages(&call, why))?;
            next = Some(token);
        }
    }

    fn instances_path(
        &self,
        calendar: &GoogleCalendarId,
        series: &GoogleEventId,
        range: InstanceRange,
        page: Option<&PageToken>,
    ) -> Option<Path> {
        let path = Path::new(&[
            "calendars",
            calendar.as_str(),
            "events",
            series.as_str(),
            "instances",
        ])?;
        Some(
            path.with("showDeleted", "true")
                .with("maxResults", &self.page_size.to_string())
                .with("fields", &page_fields())
                .with_some("timeMin", instant(range.time_min).as_deref())
                .with_some("timeMax", instant(range.time_max).as_deref())
                .with_some("pageToken", page.map(PageToken::as_str)),
        )
    }

    /// Creates a block under its own id (`events.insert`). Sent twice, it meets itself.
    ///
    /// # Errors
    /// [`Class::Exists`] if the id is taken, by a live event or a deleted one: read it.
    pub async fn insert_block(
        &self,
        calendar: &GoogleCalendarId,
        block: &BlockId,
        body: &BlockBody,
    ) -> Result<Event, Error> {
        let call = Call::event(Operation::Insert, calendar.as_str(), block.as_str());
        let path = Path::new(&["calendars", calendar.as_str(), "events"]);
        let id = block.as_str();
        let outgoing = Outgoing {
            path: sendable(path.map(written), &call)?,
            method: Method::POST,
            if_match: None,
            body: Some(sent(&call, &NewBlock { id, body })?),
            call,
        };
        self.event(&outgoing).await
    }

    /// Replaces a block, or an occurrence of one, as a whole (`events.update`), on the condition that it is
    /// still what `etag` names. It also revives a deleted one, where Google allows that.
    ///
    /// # Errors
    /// [`Class::Conflict`] if it is not: read it and plan again. After a lost answer the retry's own first
    /// attempt can be what is in the way. [`Class::Absent`] if there is no such event.
    pub async fn update_block(
        &self,
        calendar: &GoogleCalendarId,
        block: &BlockRef,
        body: &BlockBody,
        etag: Option<&Etag>,
    ) -> Result<Event, Error> {
        let event = block.event_id();
        let call = Call::event(Operation::Update, calendar.as_str(), &event);
        let outgoing = Outgoing {
            path: sendable(event_path(calendar, &event).map(written), &call)?,
            method: Method::PUT,
            if_match: etag.map(|etag| etag.as_str().to_owned()),
            body: Some(sent(&call, body)?),
            call,
        };
        self.event(&outgoing).await
    }

    /// Deletes a block, or cancels an occurrence of one (`events.delete`), on the condition that it is still
    /// what `etag` names.
    ///
    /// # Errors
    /// [`Class::Absent`] if it was gone already: to the caller a success. [`Class::Conflict`] if it is not
    /// what `etag` names.
    pub async fn delete_block(
        &self,
        calendar: &GoogleCalendarId,
        block: &BlockRef,
        etag: Option<&Etag>,
    ) -> Result<(), Error> {
        let event = block.event_id();
        let call = Call::event(Operation::Delete, calendar.as_str(), &event);
        let path = event_path(calendar, &event).map(|path| path.with("sendUpdates", "none"));
        let outgoing = Outgoing {
            path: sendable(path, &call)?,
            method: Method::DELETE,
            if_match: etag.map(|etag| etag.as_str().to_owned()),
            body: None,
            call,
        };
        self.exchange.send(&outgoing).await.map(drop)
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, outgoing: &Outgoing) -> Result<T, Error> {
        let response: Response<Bytes> = self.exchange.send(outgoing).await?;
        body::json(&response).map_err(|why| Error::body(&outgoing.call, why))
    }

    async fn event(&self, outgoing: &Outgoing) -> Result<Event, Error> {
        let value: serde_json::Value = self.read(outgoing).await?;
        success(&outgoing.call, value.get("error").is_some())?;
        Event::read(value).map_err(|why| Error::body(&outgoing.call, BadBody::Event { why }))
    }
}

fn list_call(calendar: &GoogleCalendarId, since: &Since) -> Call {
    let operation = match since {
        Since::Start { .. } => Operation::ListAll,
        Since::Token(_) => Operation::ListChanges,
    };
    Call::calendar(operation, calendar.as_str())
}

fn event_path(calendar: &GoogleCalendarId, event: &str) -> Option<Path> {
    Path::new(&["calendars", calendar.as_str(), "events", event])
}

fn written(path: Path) -> Path {
    path.with("sendUpdates", "none")
        .with("fields", EVENT_FIELDS)
}

fn page_fields() -> String {
    format!("nextPageToken,nextSyncToken,timeZone,accessRole,etag,items({EVENT_FIELDS})")
}

fn instant(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn sendable(path: Option<Path>, call: &Call) -> Result<Path, Error> {
    let what = "an id that no path can carry";
    path.ok_or_else(|| Error::new(call, Class::Invalid, Cause::Unsendable { what }))
}

fn sent(call: &Call, body: &impl Serialize) -> Result<Bytes, Error> {
    let what = "the body";
    let unsendable = |_| Error::new(call, Class::Invalid, Cause::Unsendable { what });
    serde_json::to_vec(body)
        .map(Bytes::from)
        .map_err(unsendable)
}

fn success(call: &Call, has_error: bool) -> Result<(), Error> {
    if has_error {
        return Err(Error::body(call, BadBody::ErrorInSuccess));
    }
    Ok(())
}
