//! A calendar's partition page by page: rows, and what is staged. Made for readers that hold one page at a time and
//! go on where others stop: an item that cannot be read is reported beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::Store;
use super::error::StoreError;
use super::items::{Item, key_of, row as item, state as state_item, wake as wake_item};
use super::keys::{Key, Kind, SK, event, journal, state, wake};
use super::query::Which;
use crate::model::{CalendarId, CommitId, EventKey, Row, State, Wake};

/// Rows and staged chunks lie next to each other: one query brings both.
const FROM: &str = event::EVENT;
const TO: &str = "JOURNAL$";

/// Where the next page begins.
#[derive(Debug, Clone)]
pub struct PageMark(Item);

impl PageMark {
    /// The sort key after which it begins. Rows sort as their events, also across calendars.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.0.get(SK)?.as_s().ok().map(String::as_str)
    }
}

/// One page of a calendar as it came. To read it is work without waiting, so the next page can be asked for first.
#[derive(Debug, Default)]
pub struct RawPage(Vec<Item>);

impl RawPage {
    /// What it holds.
    #[must_use]
    pub fn read(self) -> Page {
        let mut page = Page::default();
        for found in self.0 {
            page.take(found);
        }
        page
    }
}

/// An item that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it lies.
    pub key: Key,
    /// The calendar whose row it is, if the key says so.
    pub calendar: Option<CalendarId>,
    /// The event whose row it is, if the key says so.
    pub event: Option<EventKey>,
    /// Why; class newer: a later version of this program wrote it.
    pub why: StoreError,
}

impl Unreadable {
    pub(super) fn new(key: Key, why: StoreError) -> Self {
        let named = event::parse(&key);
        Self {
            calendar: named.as_ref().map(|(calendar, _)| *calendar),
            event: named.map(|(_, event)| event),
            key,
            why,
        }
    }
}

/// One page of a calendar.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Rows, in the order of their keys.
    pub rows: Vec<Row>,
    /// Items that cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// Commits for which something is staged.
    pub staged: BTreeSet<CommitId>,
}

/// What is known of a calendar beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearing {
    /// Its state, if there is one that can be read.
    pub state: Result<Option<State>, StoreError>,
    /// Its wake, while unserved.
    pub wake: Option<Wake>,
}

impl Store {
    /// One page of a calendar's rows and staged chunks, and where the next one begins, if there is more.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn calendar_page(
        &self,
        calendar: CalendarId,
        from: Option<PageMark>,
    ) -> Result<(RawPage, Option<PageMark>), StoreError> {
        let which = Which::between(state::partition(calendar), FROM, TO);
        let (items, next) = self.page(&which, from.map(|mark| mark.0)).await?;
        Ok((RawPage(items), next.map(PageMark)))
    }

    /// States and wakes of several calendars, in one request for each fifty.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn bearings(
        &self,
        calendars: &[CalendarId],
    ) -> Result<BTreeMap<CalendarId, Bearing>, StoreError> {
        let keys: Vec<Key> = calendars
            .iter()
            .flat_map(|calendar| [state::key(*calendar), wake::key(*calendar)])
            .collect();
        let nothing = || Bearing {
            state: Ok(None),
            wake: None,
        };
        let mut bearings: BTreeMap<_, _> = calendars
            .iter()
            .map(|calendar| (*calendar, nothing()))
            .collect();
        for found in self.get_all(&keys).await? {
            let key = key_of(&found);
            let named = state::parse(&key).or_else(|| wake::parse(&key));
            let Some(bearing) = named.and_then(|calendar| bearings.get_mut(&calendar)) else {
                continue;
            };
            match Kind::of(&key) {
                Some(Kind::Wake) => bearing.wake = wake_item::seen(found),
                Some(_) | None => bearing.state = state_item::decode(found).map(Some),
            }
        }
        Ok(bearings)
    }
}

impl Page {
    fn take(&mut self, found: Item) {
        let key = key_of(&found);
        if let Some((_, commit, _)) = journal::parse(&key) {
            self.staged.insert(commit);
            return;
        }
        match item::decode(found) {
            Ok(row) => self.rows.push(row),
            Err(why) => self.unreadable.push(Unreadable::new(key, why)),
        }
    }
}
