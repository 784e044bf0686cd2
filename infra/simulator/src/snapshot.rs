//! The state as text, to go on from later.
//!
//! What Google itself would remember is kept: accounts, credentials, calendars, every event with its etag and place in
//! the order of changes, so that sync tokens and etags handed out before still hold. Not kept: knobs (a caller's
//! settings), faults, push channels, and the log.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    settings::{Knobs, Settings},
    simulator::Simulator,
    wire::refusal::Refusal,
    world::{
        account::{Account, Entry, Grant},
        calendar::Calendar,
        content::{Content, Reading},
        event::Event,
        role::Role,
        time::EventTime,
    },
};

/// Text that is no saved state.
#[derive(Debug, thiserror::Error)]
#[error("not a saved state: {0}")]
pub struct BadSnapshot(String);

impl BadSnapshot {
    fn of(what: impl ToString) -> Self {
        Self(what.to_string())
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    now: i64,
    seed: u64,
    last_stamp: i64,
    next_ordinal: u32,
    next_request: u64,
    accounts: Vec<SavedAccount>,
    access: BTreeMap<String, SavedGrant>,
    refresh: BTreeMap<String, SavedGrant>,
    calendars: Vec<SavedCalendar>,
}

#[derive(Serialize, Deserialize)]
struct SavedAccount {
    email: String,
    ordinal: u32,
    scopes: Vec<String>,
    client_id: String,
    client_secret: String,
    list: BTreeMap<String, SavedEntry>,
    change: u64,
    epoch: u32,
}

#[derive(Serialize, Deserialize)]
struct SavedEntry {
    role: String,
    hidden: bool,
    deleted: bool,
    change: u64,
    stamp: i64,
}

#[derive(Serialize, Deserialize)]
struct SavedGrant {
    email: String,
    expires: Option<i64>,
    parent: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct SavedCalendar {
    id: String,
    ordinal: u32,
    summary: String,
    zone: String,
    owner: String,
    updated: i64,
    stamp: i64,
    change: u64,
    epoch: u32,
    push_supported: bool,
    events: Vec<SavedEvent>,
}

#[derive(Serialize, Deserialize)]
struct SavedEvent {
    id: String,
    uid: Option<String>,
    body: Map<String, Value>,
    sequence: u32,
    created: i64,
    updated: i64,
    stamp: i64,
    change: u64,
    first_change: u64,
    creator: String,
    series: Option<(String, Value)>,
    deleted_by_person: bool,
    bare: bool,
}

impl Simulator {
    /// The state as one line of JSON.
    #[must_use]
    pub fn save(&self) -> String {
        let saved = Saved {
            now: self.now.timestamp_micros(),
            seed: self.rng.get_seed(),
            last_stamp: self.last_stamp,
            next_ordinal: self.next_ordinal,
            next_request: self.next_request,
            accounts: self.accounts.values().map(SavedAccount::of).collect(),
            access: grants(&self.access),
            refresh: grants(&self.refresh),
            calendars: self
                .calendars
                .values()
                .map(|calendar| SavedCalendar::of(calendar))
                .collect(),
        };
        // Text, numbers and maps with text as keys: serialisation has no way to fail.
        serde_json::to_string(&saved).unwrap_or_default()
    }

    /// The state that was saved, with these knobs.
    ///
    /// # Errors
    /// The text is no saved state.
    pub fn load(text: &str, knobs: Knobs) -> Result<Self, BadSnapshot> {
        let saved: Saved = serde_json::from_str(text).map_err(BadSnapshot::of)?;
        let mut simulator = Self::new(Settings {
            now: time(saved.now)?,
            seed: saved.seed,
            knobs,
        });
        simulator.last_stamp = saved.last_stamp;
        simulator.next_ordinal = saved.next_ordinal;
        simulator.next_request = saved.next_request;
        for account in saved.accounts {
            let account = account.restore()?;
            simulator.accounts.insert(account.email.clone(), account);
        }
        simulator.access = restored(saved.access)?;
        simulator.refresh = restored(saved.refresh)?;
        for calendar in saved.calendars {
            let calendar = calendar.restore()?;
            let id = calendar.id.clone();
            simulator.calendars.insert(id, Arc::new(calendar));
        }
        Ok(simulator)
    }
}

fn time(micros: i64) -> Result<DateTime<Utc>, BadSnapshot> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| BadSnapshot::of("a time is out of bounds"))
}

fn grants(grants: &BTreeMap<String, Grant>) -> BTreeMap<String, SavedGrant> {
    let saved = |grant: &Grant| SavedGrant {
        email: grant.email.to_string(),
        expires: grant.expires.map(|at| at.timestamp_micros()),
        parent: grant.parent.clone(),
    };
    let grants = grants.iter();
    grants
        .map(|(token, grant)| (token.clone(), saved(grant)))
        .collect()
}

fn restored(saved: BTreeMap<String, SavedGrant>) -> Result<BTreeMap<String, Grant>, BadSnapshot> {
    let restore = |grant: SavedGrant| {
        Ok(Grant {
            email: grant.email.into(),
            expires: grant.expires.map(time).transpose()?,
            parent: grant.parent,
        })
    };
    let saved = saved.into_iter();
    saved
        .map(|(token, grant)| Ok((token, restore(grant)?)))
        .collect()
}

impl SavedAccount {
    fn of(account: &Account) -> Self {
        let list = account.list.iter();
        Self {
            email: account.email.to_string(),
            ordinal: account.ordinal,
            scopes: account.scopes.clone(),
            client_id: account.client_id.clone(),
            client_secret: account.client_secret.clone(),
            list: list
                .map(|(id, entry)| (id.to_string(), SavedEntry::of(entry)))
                .collect(),
            change: account.change,
            epoch: account.epoch,
        }
    }

    fn restore(self) -> Result<Account, BadSnapshot> {
        let list = self.list.into_iter();
        Ok(Account {
            email: self.email.into(),
            ordinal: self.ordinal,
            scopes: self.scopes,
            client_id: self.client_id,
            client_secret: self.client_secret,
            list: list
                .map(|(id, entry)| Ok((id.into(), entry.restore()?)))
                .collect::<Result<_, BadSnapshot>>()?,
            change: self.change,
            epoch: self.epoch,
        })
    }
}

impl SavedEntry {
    fn of(entry: &Entry) -> Self {
        Self {
            role: entry.role.name().to_owned(),
            hidden: entry.hidden,
            deleted: entry.deleted,
            change: entry.change,
            stamp: entry.stamp,
        }
    }

    fn restore(self) -> Result<Entry, BadSnapshot> {
        Ok(Entry {
            role: Role::parse(&self.role).ok_or_else(|| BadSnapshot::of("unknown role"))?,
            hidden: self.hidden,
            deleted: self.deleted,
            change: self.change,
            stamp: self.stamp,
        })
    }
}

impl SavedCalendar {
    fn of(calendar: &Calendar) -> Self {
        let events = calendar.after(None);
        Self {
            id: calendar.id.to_string(),
            ordinal: calendar.ordinal,
            summary: calendar.summary.clone(),
            zone: calendar.zone.name().to_owned(),
            owner: calendar.owner.to_string(),
            updated: calendar.updated.timestamp_micros(),
            stamp: calendar.stamp,
            change: calendar.change,
            epoch: calendar.epoch,
            push_supported: calendar.push_supported,
            events: events
                .map(|event| SavedEvent::of(event, calendar.zone))
                .collect(),
        }
    }

    fn restore(self) -> Result<Calendar, BadSnapshot> {
        let zone: Tz = self.zone.parse().map_err(BadSnapshot::of)?;
        let updated = time(self.updated)?;
        let mut calendar = Calendar::new(
            &self.id,
            self.ordinal,
            &self.summary,
            zone,
            &self.owner,
            updated,
        );
        for event in self.events {
            calendar.keep(Arc::new(event.restore(zone)?));
        }
        calendar.stamp = self.stamp;
        calendar.change = self.change;
        calendar.epoch = self.epoch;
        calendar.push_supported = self.push_supported;
        Ok(calendar)
    }
}

impl SavedEvent {
    fn of(event: &Event, zone: Tz) -> Self {
        let series = event.series.as_ref();
        Self {
            id: event.id.to_string(),
            uid: event.uid.as_deref().map(str::to_owned),
            body: event.content.to_map(zone),
            sequence: event.sequence,
            created: event.created.timestamp_micros(),
            updated: event.updated.timestamp_micros(),
            stamp: event.stamp,
            change: event.change,
            first_change: event.first_change,
            creator: event.creator.to_string(),
            series: series.map(|(master, original)| (master.to_string(), original.to_json(zone))),
            deleted_by_person: event.deleted_by_person,
            bare: event.bare,
        }
    }

    fn restore(self, zone: Tz) -> Result<Event, BadSnapshot> {
        let refused = |refusal: Refusal| BadSnapshot(format!("event {}: {refusal}", self.id));
        let how = Reading {
            zone,
            fill: false,
            zero_length: true,
            occurrence: self.series.is_some(),
        };
        let content = Content::read(&self.body, how).map_err(refused)?;
        let series = match &self.series {
            None => None,
            Some((master, original)) => {
                let original = EventTime::parse(original, "original", None).map_err(refused)?;
                Some((master.as_str().into(), original))
            }
        };
        Ok(Event {
            id: self.id.into(),
            uid: self.uid.map(Box::from),
            content,
            sequence: self.sequence,
            created: time(self.created)?,
            updated: time(self.updated)?,
            stamp: self.stamp,
            change: self.change,
            first_change: self.first_change,
            creator: self.creator.into(),
            series,
            deleted_by_person: self.deleted_by_person,
            bare: self.bare,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::default_world::{EMAIL, default_world};

    fn timed(time: &str) -> Value {
        json!({"dateTime": format!("2026-01-06T{time}:00"), "timeZone": "Europe/Berlin"})
    }

    fn world() -> Simulator {
        let mut world = default_world(Settings::default());
        let body = json!({"id": "series", "summary": "Standup", "start": timed("09:00"), "end": timed("09:15"),
            "recurrence": ["RRULE:FREQ=DAILY"], "attendees": [{"email": "bob@example.com"}], "extendedProperties": {"private": {"k": "v"}}});
        world.insert_event(EMAIL, body).unwrap();
        let at = "2026-01-07T09:00:00+01:00";
        world.cancel_occurrence(EMAIL, "series", at).unwrap();
        let body = json!({"iCalUID": "a@b", "start": timed("12:00"), "end": timed("12:00"), "transparency": "transparent"});
        let gone = world.insert_event(EMAIL, body).unwrap();
        world.delete_event(EMAIL, &gone).unwrap();
        let days = json!({"start": {"date": "2026-01-05"}, "end": {"date": "2026-01-07"}});
        world.insert_event(EMAIL, days).unwrap();
        world
    }

    #[test]
    fn a_loaded_state_is_the_saved_one() {
        let world = world();
        let loaded = Simulator::load(&world.save(), Knobs::default()).unwrap();
        assert_eq!(loaded.save(), world.save());
        for calendar in world.calendar_ids() {
            let events = |of: &Simulator| {
                let stored = of.calendar(&calendar).unwrap();
                stored.after(None).cloned().collect::<Vec<_>>()
            };
            assert_eq!(events(&loaded), events(&world));
            assert_eq!(loaded.events(&calendar), world.events(&calendar));
        }
    }

    #[test]
    fn a_loaded_state_goes_on_as_the_saved_one_would() {
        let mut world = world();
        let mut loaded = Simulator::load(&world.save(), Knobs::default()).unwrap();
        let body = || json!({"start": timed("15:00"), "end": timed("16:00")});
        let ids = [&mut world, &mut loaded].map(|one| one.insert_event(EMAIL, body()).unwrap());
        assert_eq!(ids.first(), ids.last());
        assert_eq!(loaded.save(), world.save());
    }

    #[test]
    fn other_text_is_refused() {
        assert!(Simulator::load("{}", Knobs::default()).is_err());
    }
}
