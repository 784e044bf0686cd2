//! Walks a listing page by page, and stops one that does not end as Google promises.
//!
//! A listing counts only when its last page came, with a sync token where one is due: an absent event means
//! "deleted" nowhere else. The walk keeps to one set of parameters from the first page to the last (guide
//! "Synchronize resources efficiently").

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::client::Client;
use super::error::Error;
use super::wire::{Item, RawEventsPage};
use crate::model::{GoogleCalendarId, SyncToken};

/// Where a listing starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// All events that end after `time_min`, or all: a full read.
    Start {
        /// Lower bound, exclusive, on the end of an event (`timeMin`).
        time_min: Option<Timestamp>,
    },
    /// What changed since the token was given. No bound on times goes with it.
    Token(SyncToken),
}

/// Google's cursor inside one listing. Opaque, and shown to nobody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageToken(String);

impl PageToken {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageToken({} characters)", self.0.len())
    }
}

/// One page of `events.list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsPage {
    /// The entries; a page may have none and still have another after it.
    pub items: Vec<Item>,
    /// What comes after it.
    pub end: PageEnd,
    /// The calendar's time zone.
    pub time_zone: Option<String>,
    /// What the account may do there: `none`, `freeBusyReader`, `reader`, `writer`, `owner`, ...
    pub access_role: Option<String>,
    /// The listing's etag.
    pub etag: Option<String>,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEnd {
    /// Another page.
    More(PageToken),
    /// Nothing: the listing is complete, and the next one starts from here.
    Last(SyncToken),
}

/// A complete listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// All entries, in page order. An id may come twice: the later entry is the newer.
    pub items: Vec<Item>,
    /// Where the next listing starts from.
    pub sync_token: SyncToken,
    /// The calendar's time zone.
    pub time_zone: Option<String>,
    /// What the account may do there.
    pub access_role: Option<String>,
    /// How many pages it took.
    pub pages: u32,
}

/// Why the pages of a listing do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPages {
    /// A page token came back a second time.
    #[error("the page token repeats")]
    Repeated,
    /// There are more pages than any calendar can have.
    #[error("more than {bound} pages")]
    TooMany {
        /// The bound.
        bound: u32,
    },
    /// Neither another page nor a sync token.
    #[error("the last page has no sync token")]
    NoToken,
    /// Both another page and a sync token, or a sync token that is none.
    #[error("the page's tokens contradict each other")]
    Contradiction,
}

/// The pages seen so far.
#[derive(Debug)]
pub(super) struct Trail {
    seen: BTreeSet<PageToken>,
    pages: u32,
    bound: u32,
}

impl Trail {
    pub(super) fn new(bound: u32) -> Self {
        let seen = BTreeSet::new();
        Self {
            seen,
            pages: 1,
            bound,
        }
    }

    pub(super) fn pages(&self) -> u32 {
        self.pages
    }

    /// Goes on to the page that `token` names.
    pub(super) fn follow(&mut self, token: &PageToken) -> Result<(), BadPages> {
        if self.pages >= self.bound {
            return Err(BadPages::TooMany { bound: self.bound });
        }
        if !self.seen.insert(token.clone()) {
            return Err(BadPages::Repeated);
        }
        self.pages += 1;
        Ok(())
    }
}

/// A token as it arrives; an empty one is none.
pub(super) fn token(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

pub(super) fn checked(raw: RawEventsPage) -> Result<EventsPage, BadPages> {
    let end = match (token(raw.next_page_token), token(raw.next_sync_token)) {
        (Some(next), None) => PageEnd::More(PageToken::new(next)),
        (None, Some(sync)) => {
            PageEnd::Last(SyncToken::parse(sync).map_err(|_| BadPages::Contradiction)?)
        }
        (None, None) => return Err(BadPages::NoToken),
        (Some(_), Some(_)) => return Err(BadPages::Contradiction),
    };
    Ok(EventsPage {
        items: raw.items,
        end,
        time_zone: raw.time_zone,
        access_role: raw.access_role,
        etag: raw.etag,
    })
}

/// A listing under way: holds one page at a time.
#[derive(Debug)]
pub struct EventPages<'a> {
    client: &'a Client,
    calendar: &'a GoogleCalendarId,
    since: &'a Since,
    trail: Trail,
    next: Next,
}

#[derive(Debug)]
enum Next {
    Page(Option<PageToken>),
    End,
}

impl<'a> EventPages<'a> {
    pub(super) fn new(
        client: &'a Client,
        calendar: &'a GoogleCalendarId,
        since: &'a Since,
        bound: u32,
    ) -> Self {
        Self {
            client,
            calendar,
            since,
            trail: Trail::new(bound),
            next: Next::Page(None),
        }
    }

    /// The next page; none after the last one. The last one says [`PageEnd::Last`], and a walk that ended
    /// otherwise is no listing.
    ///
    /// # Errors
    /// The page could not be had, or does not fit: the whole listing failed.
    pub async fn next(&mut self) -> Result<Option<EventsPage>, Error> {
        let Next::Page(token) = std::mem::replace(&mut self.next, Next::End) else {
            return Ok(None);
        };
        let page = self
            .client
            .events_list_page(self.calendar, self.since, token.as_ref())
            .await?;
        if let PageEnd::More(token) = &page.end {
            let followed = self.trail.follow(token);
            followed.map_err(|why| self.client.bad_list(self.calendar, self.since, why))?;
            self.next = Next::Page(Some(token.clone()));
        }
        Ok(Some(page))
    }

    /// How many pages are known of: those that came, and the one that the last of them announced.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.trail.pages()
    }
}
