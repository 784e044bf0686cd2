//! An event as Google reports it: a source event, a block, or a tombstone that has little more than its id.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::fields::{Fields, Unreadable};
use super::text::Text;
use super::when::When;

/// The fields of the resource `Event` that Tidelock looks at (reference: Events, resource representations).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Unique on its calendar.
    pub id: String,
    /// `confirmed`, `tentative`, `cancelled`; confirmed when missing.
    pub status: Option<String>,
    /// Opaque, quotes included.
    pub etag: Option<String>,
    /// RFC 3339.
    pub created: Option<String>,
    /// RFC 3339; a change of reminders does not move it.
    pub updated: Option<String>,
    /// Title.
    pub summary: Option<Text>,
    /// Inclusive start.
    pub start: Option<When>,
    /// Exclusive end.
    pub end: Option<When>,
    /// RRULE, EXRULE, RDATE and EXDATE lines of a series.
    pub recurrence: Vec<String>,
    /// The series that this is an occurrence of.
    pub recurring_event_id: Option<String>,
    /// When the occurrence would have been by its series' rule.
    pub original_start_time: Option<When>,
    /// `opaque` (also when missing) or `transparent`, which is free.
    pub transparency: Option<String>,
    /// `default` (also when missing), `public`, `private`, `confidential`.
    pub visibility: Option<String>,
    /// `default` (also when missing), `outOfOffice`, `focusTime`, `workingLocation`, `birthday`, `fromGmail`, ...
    pub event_type: Option<String>,
    /// How many attendees the answer listed. They themselves are dropped while reading.
    pub attendees: usize,
    /// The calendar owner's `responseStatus`: `needsAction`, `declined`, `tentative`, `accepted`. Google marks
    /// the owner on primary calendars only.
    pub own_response: Option<String>,
    /// Whether the calendar's owner organises it.
    pub organizer_self: bool,
    /// `extendedProperties.private`.
    pub private_properties: BTreeMap<String, Text>,
    /// `extendedProperties.shared`.
    pub shared_properties: BTreeMap<String, Text>,
    /// `iCalUID`: one for all occurrences of a series.
    pub ical_uid: Option<String>,
    /// Grows when the start changes; an update must not lower it.
    pub sequence: Option<i64>,
    /// Reminders of this account.
    pub reminders: Option<Reminders>,
    /// Colour.
    pub color_id: Option<String>,
}

/// Reminders, as far as it matters whether there are any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reminders {
    /// Whether the calendar's default reminders apply.
    pub use_default: bool,
    /// How many of its own the event has.
    pub overrides: usize,
}

impl Event {
    /// Whether Google says that it is deleted, or an occurrence taken out of its series.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.status.as_deref() == Some("cancelled")
    }

    /// Reads one event.
    ///
    /// # Errors
    /// It has no id, or a field that decides its meaning has an unexpected type.
    pub fn read(value: Value) -> Result<Self, Unreadable> {
        let mut fields = Fields::of(value)?;
        let mut event = Self {
            id: fields.id()?,
            ..Self::default()
        };
        event.read_state(&mut fields)?;
        event.read_time(&mut fields)?;
        event.read_people(&mut fields)?;
        event.read_details(&mut fields);
        Ok(event)
    }

    fn read_state(&mut self, fields: &mut Fields) -> Result<(), Unreadable> {
        self.status = fields.text("status")?;
        self.etag = fields.text("etag")?;
        self.transparency = fields.text("transparency")?;
        self.visibility = fields.text("visibility")?;
        self.event_type = fields.text("eventType")?;
        Ok(())
    }

    fn read_time(&mut self, fields: &mut Fields) -> Result<(), Unreadable> {
        let mut when = |name| {
            fields
                .take(name)
                .map(|value| When::read(value, name))
                .transpose()
        };
        self.start = when("start")?;
        self.end = when("end")?;
        self.original_start_time = when("originalStartTime")?;
        self.recurrence = fields.texts("recurrence")?;
        self.recurring_event_id = fields.text("recurringEventId")?;
        Ok(())
    }

    fn read_people(&mut self, fields: &mut Fields) -> Result<(), Unreadable> {
        let attendees = fields.list("attendees")?;
        self.attendees = attendees.len();
        let mut people = attendees
            .into_iter()
            .filter_map(|person| Fields::of(person).ok());
        if let Some(mut own) = people.find_map(|mut person| person.flag("self").then_some(person)) {
            self.own_response = own
                .text("responseStatus")
                .map_err(|_| Unreadable::Field("attendees"))?;
        }
        let organizer = fields.object("organizer");
        self.organizer_self = organizer.is_some_and(|mut organizer| organizer.flag("self"));
        Ok(())
    }

    fn read_details(&mut self, fields: &mut Fields) {
        self.created = fields.text_if_any("created");
        self.updated = fields.text_if_any("updated");
        self.summary = fields.text_if_any("summary").map(Text::from);
        self.ical_uid = fields.text_if_any("iCalUID");
        self.color_id = fields.text_if_any("colorId");
        self.sequence = fields.take("sequence").and_then(|value| value.as_i64());
        self.reminders = fields.object("reminders").map(reminders);
        if let Some(mut properties) = fields.object("extendedProperties") {
            self.private_properties = properties.object("private").map(texts).unwrap_or_default();
            self.shared_properties = properties.object("shared").map(texts).unwrap_or_default();
        }
    }
}

fn reminders(mut fields: Fields) -> Reminders {
    Reminders {
        use_default: fields.flag("useDefault"),
        overrides: fields
            .list("overrides")
            .map_or(0, |overrides| overrides.len()),
    }
}

fn texts(fields: Fields) -> BTreeMap<String, Text> {
    let entries = fields.into_iter();
    entries
        .filter_map(|(key, value)| Some((key, Text::from(value.as_str()?))))
        .collect()
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
