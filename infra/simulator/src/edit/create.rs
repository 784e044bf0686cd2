//! New events: ids and their collisions, imports (BEHAVIOUR.md 2).

use std::sync::Arc;

use chrono::DateTime;
use serde_json::{Map, Value};

use crate::{
    edit::Actor,
    simulator::Simulator,
    wire::refusal::Refusal,
    world::{
        content::{Content, Reading},
        event::Event,
    },
};

/// The alphabet of ids.
const BASE32HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

impl Simulator {
    /// Creates an event. Ids and iCalUIDs of deleted events stay taken.
    pub(crate) fn create(
        &mut self,
        calendar: &str,
        actor: Actor<'_>,
        body: &Map<String, Value>,
    ) -> Result<Arc<Event>, Refusal> {
        let id = match text(body, "id") {
            Some(id) if actor.is_person() || is_valid(id) => id.to_owned(),
            Some(_) => return Err(Refusal::invalid("Invalid resource id value.")),
            None => self.new_id(),
        };
        let uid = text(body, "iCalUID").filter(|uid| *uid != format!("{id}@google.com"));
        let content = self.read_new(calendar, actor, body)?;
        let stored = self.calendar(calendar)?;
        if stored.get(&id).is_some() || uid.is_some_and(|uid| stored.by_uid(uid).is_some()) {
            return Err(Refusal::duplicate());
        }
        let uid = uid.map(Box::from);
        self.store_new(calendar, actor, id, uid, content, body)
    }

    /// Creates or replaces the event with an iCalUID.
    pub(crate) fn import(
        &mut self,
        calendar: &str,
        actor: Actor<'_>,
        body: &Map<String, Value>,
    ) -> Result<Arc<Event>, Refusal> {
        let uid = text(body, "iCalUID").ok_or_else(|| Refusal::required("Missing iCalUID."))?;
        let known = self
            .calendar(calendar)?
            .by_uid(uid)
            .map(|event| event.id.clone());
        if let Some(id) = known {
            return self.replace(calendar, &id, actor, body);
        }
        let content = self.read_new(calendar, actor, body)?;
        if content.kind() != "default" {
            return Err(Refusal::invalid(
                "Only events of type default can be imported.",
            ));
        }
        let id = format!("_{}", self.new_id());
        let uid = Some(Box::from(uid));
        self.store_new(calendar, actor, id, uid, content, body)
    }

    fn read_new(
        &self,
        calendar: &str,
        actor: Actor<'_>,
        body: &Map<String, Value>,
    ) -> Result<Content, Refusal> {
        let stored = self.calendar(calendar)?;
        let how = self.reading(stored.zone, actor, false);
        let mut content = Content::read(body, how)?;
        if !actor.is_person() {
            content.extra.remove("organizer");
            check_kind(content.kind(), *stored.id == *stored.owner)?;
        }
        Ok(content)
    }

    pub(crate) fn reading(
        &self,
        zone: chrono_tz::Tz,
        actor: Actor<'_>,
        occurrence: bool,
    ) -> Reading {
        Reading {
            zone,
            fill: self.knobs.fill_time_zone,
            zero_length: actor.is_person(),
            occurrence,
        }
    }

    fn store_new(
        &mut self,
        calendar: &str,
        actor: Actor<'_>,
        id: String,
        uid: Option<Box<str>>,
        content: Content,
        body: &Map<String, Value>,
    ) -> Result<Arc<Event>, Refusal> {
        let stamp = self.stamp();
        let at = DateTime::from_timestamp_micros(stamp).unwrap_or(self.now);
        let sequence = body
            .get("sequence")
            .and_then(Value::as_u64)
            .and_then(|number| u32::try_from(number).ok());
        let event = Event {
            id: id.into(),
            uid,
            content,
            sequence: sequence.unwrap_or(0),
            created: at,
            updated: at,
            stamp,
            change: 0,
            first_change: 0,
            creator: actor.email().into(),
            series: None,
            deleted_by_person: false,
            bare: false,
        };
        self.store(calendar, event)
    }

    /// Stores an event and tells the calendar's watchers.
    pub(crate) fn store(&mut self, calendar: &str, event: Event) -> Result<Arc<Event>, Refusal> {
        let event = self.calendar_mut(calendar)?.put(event);
        self.notify_calendar(calendar);
        Ok(event)
    }

    /// An id as Google makes them: 26 characters of base32hex.
    pub(crate) fn new_id(&mut self) -> String {
        let rng = &mut self.rng;
        (0..26)
            .map(|_| {
                BASE32HEX
                    .get(rng.usize(..32))
                    .copied()
                    .map_or('0', char::from)
            })
            .collect()
    }
}

fn text<'a>(body: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

/// Whether a client may choose this id.
fn is_valid(id: &str) -> bool {
    (5..=1_024).contains(&id.len()) && id.bytes().all(|byte| BASE32HEX.contains(&byte))
}

fn check_kind(kind: &str, primary: bool) -> Result<(), Refusal> {
    match kind {
        "fromGmail" => Err(Refusal::type_restriction(kind)),
        "focusTime" | "outOfOffice" | "workingLocation" if !primary => {
            Err(Refusal::type_restriction(kind))
        }
        _ => Ok(()),
    }
}
