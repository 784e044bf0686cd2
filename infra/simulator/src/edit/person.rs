//! A person's own edits in Google's interface: the same effects as on Google, without HTTP, quotas or faults.

use serde_json::{Map, Value, json};

use crate::{
    edit::{Actor, instance},
    simulator::Simulator,
    wire::refusal::Refusal,
    world::{content::Status, event::Event, time::EventTime},
};

/// A JSON object as a map; anything else is empty.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

impl Simulator {
    fn owner_of(&self, calendar: &str) -> Result<String, Refusal> {
        self.calendar(calendar)
            .map(|calendar| calendar.owner.to_string())
    }

    /// Adds an event; `id` and `iCalUID` in the body are honoured, with any characters. Returns the id.
    ///
    /// # Errors
    /// As the API would refuse the body; unknown calendar.
    pub fn insert_event(&mut self, calendar: &str, body: Value) -> Result<String, Refusal> {
        let owner = self.owner_of(calendar)?;
        self.create(calendar, Actor::Person(&owner), &object(body))
            .map(|event| event.id.to_string())
    }

    /// Replaces an event or an occurrence.
    ///
    /// # Errors
    /// Unknown calendar or event; a body that is not an event.
    pub fn replace_event(&mut self, calendar: &str, id: &str, body: Value) -> Result<(), Refusal> {
        let owner = self.owner_of(calendar)?;
        self.replace(calendar, id, Actor::Person(&owner), &object(body))
            .map(|_| ())
    }

    /// Changes some fields of an event, a series or an occurrence (JSON merge patch).
    ///
    /// # Errors
    /// Unknown calendar or event; a result that is not an event.
    pub fn patch_event(&mut self, calendar: &str, id: &str, patch: Value) -> Result<(), Refusal> {
        let owner = self.owner_of(calendar)?;
        self.patch(calendar, id, Actor::Person(&owner), &object(patch))
            .map(|_| ())
    }

    /// Deletes an event, a series or an occurrence.
    ///
    /// # Errors
    /// Unknown calendar or event; already deleted.
    pub fn delete_event(&mut self, calendar: &str, id: &str) -> Result<(), Refusal> {
        let owner = self.owner_of(calendar)?;
        self.delete(calendar, id, Actor::Person(&owner))
    }

    /// Cancels the occurrence that was to start at `original_start` (RFC 3339, or a date). Returns its id.
    ///
    /// # Errors
    /// No such series or occurrence; already cancelled.
    pub fn cancel_occurrence(
        &mut self,
        calendar: &str,
        series: &str,
        original_start: &str,
    ) -> Result<String, Refusal> {
        let id = self.occurrence_id(calendar, series, original_start)?;
        self.delete_event(calendar, &id).map(|()| id)
    }

    /// Moves one occurrence to other times (`{date}` or `{dateTime, timeZone}`). Returns its id.
    ///
    /// # Errors
    /// No such series or occurrence; unreadable times.
    pub fn move_occurrence(
        &mut self,
        calendar: &str,
        series: &str,
        original_start: &str,
        start: Value,
        end: Value,
    ) -> Result<String, Refusal> {
        let id = self.occurrence_id(calendar, series, original_start)?;
        let mut body = self
            .event_json(calendar, &id)
            .map(object)
            .ok_or_else(Refusal::not_found)?;
        body.insert("start".into(), start);
        body.insert("end".into(), end);
        self.replace_event(calendar, &id, Value::Object(body))
            .map(|()| id)
    }

    /// The id of the occurrence that was to start at `original_start` (RFC 3339, or a date).
    ///
    /// # Errors
    /// No such series or occurrence.
    pub fn occurrence_id(
        &self,
        calendar: &str,
        series: &str,
        original_start: &str,
    ) -> Result<String, Refusal> {
        let stored = self.calendar(calendar)?;
        let master = stored.get(series).ok_or_else(Refusal::not_found)?;
        let original = moment(master, original_start)?;
        let id = instance::id_of(series, original);
        instance::find(stored, &id)
            .map(|_| id)
            .ok_or_else(Refusal::not_found)
    }

    /// Answers an invitation for the calendar: `accepted`, `declined`, `tentative` or `needsAction`.
    ///
    /// # Errors
    /// Unknown calendar or event.
    pub fn respond(&mut self, calendar: &str, id: &str, answer: &str) -> Result<(), Refusal> {
        let owner = self.owner_of(calendar)?;
        let event = self.find(calendar, id, Actor::Person(&owner))?;
        let mut guests = event
            .content
            .extra
            .get("attendees")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        // The guest is the calendar, not its owner: that is what `self` means on every copy.
        let own = |guest: &&mut Value| guest.get("email").and_then(Value::as_str) == Some(calendar);
        match guests.iter_mut().find(own).and_then(Value::as_object_mut) {
            Some(guest) => {
                guest.insert("responseStatus".into(), answer.into());
            }
            None => guests.push(json!({"email": calendar, "responseStatus": answer})),
        }
        self.patch_event(calendar, id, json!({"attendees": guests}))
    }

    /// "This and following": ends the series before the occurrence at `at` and goes on with a new series `<id>_R<stamp>`
    /// that has the changes. Returns the new id (the old one if `at` is the first occurrence).
    ///
    /// # Errors
    /// No such series or occurrence; a result that is not an event.
    pub fn ui_split(
        &mut self,
        calendar: &str,
        series: &str,
        at: &str,
        changes: Value,
    ) -> Result<String, Refusal> {
        let master = self
            .calendar(calendar)?
            .get(series)
            .cloned()
            .ok_or_else(Refusal::not_found)?;
        let at = moment(&master, at)?;
        self.split(calendar, series, at, &object(changes))
            .map(|event| event.id.to_string())
    }

    /// Moves an event (or a series with its exceptions) to another calendar, under the same id.
    /// The old calendar keeps a deletion that has nothing but the id.
    ///
    /// # Errors
    /// Unknown calendar or event; the id is live on the destination.
    pub fn move_event_to(
        &mut self,
        calendar: &str,
        id: &str,
        destination: &str,
    ) -> Result<(), Refusal> {
        let owner = self.owner_of(calendar)?;
        self.relocate(calendar, id, Actor::Person(&owner), destination)
            .map(|_| ())
    }

    pub(crate) fn relocate(
        &mut self,
        calendar: &str,
        id: &str,
        actor: Actor<'_>,
        destination: &str,
    ) -> Result<Event, Refusal> {
        let old = self.find(calendar, id, actor)?;
        if !old.is_live() {
            return Err(Refusal::deleted());
        }
        let exceptions = self.calendar(calendar)?.exceptions_of(&old.id);
        if self
            .calendar(destination)?
            .get(id)
            .is_some_and(|event| event.is_live())
        {
            return Err(Refusal::duplicate());
        }
        self.delete(calendar, id, actor)?;
        let stamp = self.stamp();
        let left = self
            .calendar(calendar)?
            .get(id)
            .cloned()
            .ok_or_else(Refusal::not_found)?;
        let left = Event {
            bare: true,
            stamp,
            ..(*left).clone()
        };
        self.store(calendar, left.clone())?;
        for event in std::iter::once(old).chain(exceptions) {
            let stamp = self.stamp();
            self.store(
                destination,
                Event {
                    stamp,
                    updated: self.now,
                    ..(*event).clone()
                },
            )?;
        }
        Ok(left)
    }

    /// Takes all extended properties off an event, as other programs do.
    ///
    /// # Errors
    /// Unknown calendar or event.
    pub fn strip_extended_properties(&mut self, calendar: &str, id: &str) -> Result<(), Refusal> {
        self.patch_event(calendar, id, json!({"extendedProperties": null}))
    }

    /// Copies an event to a calendar (the same or another) under a new id, extended properties included. Returns the id.
    ///
    /// # Errors
    /// Unknown calendar or event.
    pub fn copy_event(
        &mut self,
        calendar: &str,
        id: &str,
        destination: &str,
    ) -> Result<String, Refusal> {
        let owner = self.owner_of(calendar)?;
        let event = self.find(calendar, id, Actor::Person(&owner))?;
        let mut content = event.content.clone();
        content.status = if content.status == Status::Cancelled {
            Status::Confirmed
        } else {
            content.status
        };
        let body = content.to_map(self.calendar(calendar)?.zone);
        self.insert_event(destination, Value::Object(body))
    }
}

/// Reads an original start in the manner of its series.
fn moment(master: &Event, text: &str) -> Result<EventTime, Refusal> {
    match master.content.start {
        Some(EventTime::Date(_)) => EventTime::parse(&json!({"date": text}), "start", None),
        Some(EventTime::Timed { zone, .. }) => {
            let mut value = json!({"dateTime": text});
            if let (Some(zone), Some(map)) = (zone, value.as_object_mut()) {
                map.insert("timeZone".into(), zone.name().into());
            }
            EventTime::parse(&value, "start", None)
        }
        None => Err(Refusal::not_found()),
    }
}
