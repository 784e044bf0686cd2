//! One stored event, live or cancelled: its content and what Google keeps about it.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

use crate::world::{
    content::{Content, Status},
    role::Role,
    time::EventTime,
};

/// A row of a calendar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: Arc<str>,
    pub(crate) uid: Option<Box<str>>,
    pub(crate) content: Content,
    pub(crate) sequence: u32,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    /// Microseconds of the last change of any kind; unique in the simulator.
    pub(crate) stamp: i64,
    /// Change number in its calendar, of the last change and of the first.
    pub(crate) change: u64,
    pub(crate) first_change: u64,
    pub(crate) creator: Arc<str>,
    /// The series this is an occurrence of, and when it was to start.
    pub(crate) series: Option<(Arc<str>, EventTime)>,
    pub(crate) deleted_by_person: bool,
    /// Whether only the id is left (an event that was moved to another calendar).
    pub(crate) bare: bool,
}

/// Through whose eyes an event is shown.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    pub(crate) calendar: &'a str,
    pub(crate) shown_in: Tz,
    pub(crate) role: Role,
    pub(crate) most_attendees: Option<usize>,
}

impl Event {
    pub(crate) fn is_live(&self) -> bool {
        self.content.status != Status::Cancelled
    }

    pub(crate) fn is_master(&self) -> bool {
        !self.content.recurrence.is_empty()
    }

    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.stamp.saturating_mul(2))
    }

    pub(crate) fn ical_uid(&self) -> String {
        let own = self.uid.as_deref().map(str::to_owned);
        let series = self.series.as_ref().map_or(&self.id, |(master, _)| master);
        own.unwrap_or_else(|| format!("{series}@google.com"))
    }

    /// The e-mail of the organizer: the calendar's own unless another was given.
    pub(crate) fn organizer<'a>(&'a self, calendar: &'a str) -> &'a str {
        let given = self
            .content
            .extra
            .get("organizer")
            .and_then(|value| value.get("email"))
            .and_then(Value::as_str);
        given.unwrap_or(calendar)
    }

    /// The few fields of a deletion: four, or six for an occurrence (BEHAVIOUR.md 1).
    pub(crate) fn tombstone(&self, view: &View<'_>) -> Value {
        let mut row = json!({"kind": "calendar#event", "etag": self.etag(), "id": &*self.id, "status": "cancelled"});
        if let (Some((master, original)), Some(map)) = (&self.series, row.as_object_mut()) {
            map.insert("recurringEventId".into(), (&**master).into());
            map.insert("originalStartTime".into(), original.to_json(view.shown_in));
        }
        row
    }

    /// The event as the viewer sees it.
    pub(crate) fn show(&self, view: &View<'_>) -> Value {
        if self.bare {
            return self.tombstone(view);
        }
        let hidden = view.role == Role::FreeBusyReader
            || (self.content.is_private() && !view.role.sees_private());
        let map = if hidden {
            self.busy_only(view)
        } else {
            self.details(view)
        };
        Value::Object(map)
    }

    fn frame(&self, view: &View<'_>) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("kind".into(), "calendar#event".into());
        map.insert("etag".into(), self.etag().into());
        map.insert("id".into(), (&*self.id).into());
        map.insert("status".into(), self.content.status.name().into());
        map.insert(
            "updated".into(),
            self.updated
                .to_rfc3339_opts(SecondsFormat::Millis, true)
                .into(),
        );
        if let Some((master, original)) = &self.series {
            map.insert("recurringEventId".into(), (&**master).into());
            map.insert("originalStartTime".into(), original.to_json(view.shown_in));
        }
        map
    }

    fn busy_only(&self, view: &View<'_>) -> Map<String, Value> {
        let mut map = self.frame(view);
        for (key, time) in [("start", self.content.start), ("end", self.content.end)] {
            if let Some(time) = time {
                map.insert(key.into(), time.to_json(view.shown_in));
            }
        }
        if self.content.transparent {
            map.insert("transparency".into(), "transparent".into());
        }
        if !self.content.recurrence.is_empty() && view.role != Role::FreeBusyReader {
            map.insert(
                "recurrence".into(),
                self.content
                    .recurrence
                    .iter()
                    .map(|line| Value::from(&**line))
                    .collect(),
            );
        }
        map.insert("visibility".into(), "private".into());
        map.insert("eventType".into(), self.content.kind().into());
        map
    }

    fn details(&self, view: &View<'_>) -> Map<String, Value> {
        let mut map = self.content.to_map(view.shown_in);
        map.extend(self.frame(view));
        let created = DateTime::from_timestamp(self.created.timestamp(), 0).unwrap_or(self.created);
        map.insert(
            "created".into(),
            created.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
        );
        map.insert("htmlLink".into(), self.link(view.calendar).into());
        map.insert("iCalUID".into(), self.ical_uid().into());
        map.insert("sequence".into(), self.sequence.into());
        map.insert("creator".into(), person(&self.creator, view.calendar));
        map.insert("organizer".into(), self.organizer_json(view.calendar));
        if let Some(attendees) = map.get_mut("attendees") {
            let omitted = mark_attendees(attendees, view);
            if omitted {
                map.insert("attendeesOmitted".into(), true.into());
            }
        }
        map
    }

    fn organizer_json(&self, calendar: &str) -> Value {
        let mut organizer = person(self.organizer(calendar), calendar);
        let given = self
            .content
            .extra
            .get("organizer")
            .and_then(Value::as_object);
        if let (Some(given), Some(map)) = (given, organizer.as_object_mut()) {
            let name = given.get("displayName").cloned();
            map.extend(name.map(|name| ("displayName".to_owned(), name)));
        }
        organizer
    }

    fn link(&self, calendar: &str) -> String {
        let short = match calendar.strip_suffix("@gmail.com") {
            Some(name) => format!("{name}@m"),
            None => calendar.to_owned(),
        };
        let eid = BASE64URL_NOPAD.encode(format!("{} {short}", self.id).as_bytes());
        format!("https://www.google.com/calendar/event?eid={eid}")
    }
}

fn person(email: &str, calendar: &str) -> Value {
    let mut person = json!({"email": email});
    if let (true, Some(map)) = (email == calendar, person.as_object_mut()) {
        map.insert("self".into(), true.into());
    }
    person
}

/// Marks the viewer's own copy and cuts the list; says whether anyone was left out.
fn mark_attendees(attendees: &mut Value, view: &View<'_>) -> bool {
    let Some(items) = attendees.as_array_mut() else {
        return false;
    };
    for item in items.iter_mut() {
        let own = item.get("email").and_then(Value::as_str) == Some(view.calendar);
        if let (true, Some(map)) = (own, item.as_object_mut()) {
            map.insert("self".into(), true.into());
        }
    }
    let Some(most) = view.most_attendees.filter(|most| items.len() > *most) else {
        return false;
    };
    let mut room = most;
    items.retain(|item| {
        let own = item.get("self").is_some();
        let stays = own || room > 0;
        room = if own { room } else { room.saturating_sub(1) };
        stays
    });
    true
}
