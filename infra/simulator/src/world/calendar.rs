//! One calendar: its events, kept for ever, and the order in which they last changed.
//!
//! Rule: `put` is the only way in for a change, and it moves the event to the end of the change order; so an incremental list costs what changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::world::event::Event;

/// A calendar and all that was ever on it.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) id: Arc<str>,
    pub(crate) ordinal: u32,
    pub(crate) summary: String,
    pub(crate) zone: Tz,
    pub(crate) owner: Arc<str>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) stamp: i64,
    pub(crate) change: u64,
    /// Sync tokens of an older epoch are dead.
    pub(crate) epoch: u32,
    pub(crate) push_supported: bool,
    events: BTreeMap<Arc<str>, Arc<Event>>,
    by_change: BTreeMap<u64, Arc<str>>,
    exceptions: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    by_uid: BTreeMap<Box<str>, Arc<str>>,
}

impl Calendar {
    pub(crate) fn new(
        id: &str,
        ordinal: u32,
        summary: &str,
        zone: Tz,
        owner: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id.into(),
            ordinal,
            summary: summary.to_owned(),
            zone,
            owner: owner.into(),
            updated: now,
            stamp: now.timestamp_micros(),
            change: 0,
            epoch: 0,
            push_supported: true,
            events: BTreeMap::new(),
            by_change: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            by_uid: BTreeMap::new(),
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Event>> {
        self.events.get(id)
    }

    pub(crate) fn by_uid(&self, uid: &str) -> Option<&Arc<Event>> {
        let id = self
            .by_uid
            .get(uid)
            .map(|id| &**id)
            .or_else(|| uid.strip_suffix("@google.com"))?;
        self.get(id).filter(|event| event.ical_uid() == uid)
    }

    /// Stores an event under a new change number, which is returned.
    pub(crate) fn put(&mut self, mut event: Event) -> Arc<Event> {
        self.change += 1;
        event.change = self.change;
        if let Some(old) = self.events.get(&event.id) {
            self.by_change.remove(&old.change);
            event.first_change = old.first_change;
        } else {
            event.first_change = self.change;
        }
        self.updated = event.updated.max(self.updated);
        self.stamp = self.stamp.max(event.stamp);
        let event = Arc::new(event);
        self.keep(event.clone());
        event
    }

    /// Files an event under the change number that it has.
    pub(crate) fn keep(&mut self, event: Arc<Event>) {
        if let Some((master, _)) = &event.series {
            self.exceptions
                .entry(master.clone())
                .or_default()
                .insert(event.id.clone());
        }
        if let (Some(uid), None) = (&event.uid, &event.series) {
            self.by_uid.insert(uid.clone(), event.id.clone());
        }
        self.by_change.insert(event.change, event.id.clone());
        self.events.insert(event.id.clone(), event);
    }

    /// Forgets an exception as if it had never been made.
    pub(crate) fn forget_exception(&mut self, id: &str) {
        let Some(event) = self.events.remove(id) else {
            return;
        };
        self.by_change.remove(&event.change);
        if let Some((master, _)) = &event.series
            && let Some(ids) = self.exceptions.get_mut(master)
        {
            ids.remove(id);
        }
    }

    /// Stored exceptions of a series, by id.
    pub(crate) fn exceptions_of(&self, master: &str) -> Vec<Arc<Event>> {
        let ids = self.exceptions.get(master).into_iter().flatten();
        ids.filter_map(|id| self.events.get(id).cloned()).collect()
    }

    /// All events by id, from after `cursor`.
    pub(crate) fn after<'a>(
        &'a self,
        cursor: Option<&str>,
    ) -> impl Iterator<Item = &'a Arc<Event>> + use<'a> {
        let bound = cursor.map_or(Bound::Unbounded, Bound::Excluded);
        self.events
            .range::<str, _>((bound, Bound::Unbounded))
            .map(|(_, event)| event)
    }

    /// Events whose last change lies after `since` and not after `until`, in that order.
    pub(crate) fn changed(&self, since: u64, until: u64) -> impl Iterator<Item = &Arc<Event>> {
        let range = (
            Bound::Excluded(since),
            Bound::Included(until.max(since.saturating_add(1))),
        );
        self.by_change
            .range(range)
            .filter(move |(change, _)| **change <= until)
            .filter_map(|(_, id)| self.events.get(id))
    }

    /// The last change that happened at or before an instant (microseconds).
    pub(crate) fn change_at(&self, micros: i64) -> u64 {
        let mut seen = self.change;
        for (change, id) in self.by_change.iter().rev() {
            match self.events.get(id) {
                Some(event) if event.stamp > micros => seen = change.saturating_sub(1),
                Some(_) | None => break,
            }
        }
        seen
    }

    /// How many events are stored, cancelled ones included.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }
}
