//! Loading a file into a calendar, as if its owner had made the events there.
//!
//! Ids follow from the UIDs, so the same file gives the same ids every time.

use std::collections::BTreeMap;

use data_encoding::BASE32HEX_NOPAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    edit::{Actor, instance},
    ics::{IcsCalendar, event::IcsEvent, time::IcsTime},
    simulator::Simulator,
    wire::refusal::Refusal,
    world::{content::Content, event::Event, expand},
};

/// Length of the ids made.
const ID_LENGTH: usize = 26;

/// What a file brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Single events.
    pub singles: usize,
    /// Series.
    pub series: usize,
    /// Overridden occurrences, cancelled ones included.
    pub overrides: usize,
}

impl Simulator {
    /// Loads a file's events into a calendar. Nothing is loaded if one event is refused.
    ///
    /// # Errors
    /// Unknown calendar; an event that Google would refuse, or whose id is there already. The message names its line in the file.
    pub fn load_ics(&mut self, calendar: &str, file: &IcsCalendar) -> Result<Loaded, Refusal> {
        let mut draft = self.clone();
        let loaded = draft.load_all(calendar, file)?;
        *self = draft;
        Ok(loaded)
    }

    fn load_all(&mut self, calendar: &str, file: &IcsCalendar) -> Result<Loaded, Refusal> {
        let mut loaded = Loaded::default();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let (overrides, own): (Vec<&IcsEvent>, Vec<&IcsEvent>) = file
            .events
            .iter()
            .partition(|event| event.overrides.is_some());
        for event in own {
            let uid = uid_of(event);
            let copies = seen.entry(uid.clone()).or_insert(0);
            *copies += 1;
            let id = if *copies == 1 {
                id_of(&uid)
            } else {
                id_of(&format!("{uid}\n{copies}"))
            };
            let first = *copies == 1;
            self.load_event(calendar, event, id, first.then_some(uid))
                .map_err(|refusal| at_line(refusal, event))?;
            let kind = if event.recurrence.is_empty() {
                &mut loaded.singles
            } else {
                &mut loaded.series
            };
            *kind += 1;
        }
        for event in overrides {
            self.load_override(calendar, event)
                .map_err(|refusal| at_line(refusal, event))?;
            loaded.overrides += 1;
        }
        Ok(loaded)
    }

    fn load_event(
        &mut self,
        calendar: &str,
        event: &IcsEvent,
        id: String,
        uid: Option<String>,
    ) -> Result<(), Refusal> {
        let mut body = body_of(event);
        body.insert("id".into(), id.into());
        body.extend(
            uid.filter(|_| event.uid.is_some())
                .map(|uid| ("iCalUID".to_owned(), Value::from(uid))),
        );
        let owner = self.calendar(calendar)?.owner.clone();
        self.create(calendar, Actor::Person(&owner), &body)
            .map(|_| ())
    }

    /// An override becomes an exception of its series, also where the series is not in the file.
    fn load_override(&mut self, calendar: &str, event: &IcsEvent) -> Result<(), Refusal> {
        let stored = self.calendar(calendar)?;
        let (zone, owner) = (stored.zone, stored.owner.clone());
        let master = id_of(&uid_of(event));
        let actor = Actor::Person(&owner);
        let content = Content::read(&body_of(event), self.reading(zone, actor, true))?;
        let Some(original) = event.overrides.map(|time| time.event_time()) else {
            return Ok(());
        };
        if let Some(series) = stored.get(&master).cloned() {
            if series.is_master() && !expand::has(&series, zone, original) {
                self.add_occurrence(calendar, &series, actor, event)?;
            }
            let occurrence = instance::virtual_of(&series, original);
            return self
                .write(calendar, &occurrence, actor, content, series.sequence)
                .map(|_| ());
        }
        let now = self.now;
        let alone = Event {
            id: instance::id_of(&master, original).into(),
            uid: event.uid.as_deref().map(Box::from),
            content: content.clone(),
            sequence: 0,
            created: now,
            updated: now,
            stamp: 0,
            change: 0,
            first_change: 0,
            creator: owner.clone(),
            series: Some((master.into(), original)),
            deleted_by_person: false,
            bare: false,
        };
        self.write(calendar, &alone, actor, content, 0).map(|_| ())
    }

    /// On Google an exception is always one of an occurrence, so a series is given those that its file only overrides.
    fn add_occurrence(
        &mut self,
        calendar: &str,
        series: &Event,
        actor: Actor<'_>,
        event: &IcsEvent,
    ) -> Result<(), Refusal> {
        let Some((params, value)) = event.overrides.map(IcsTime::to_line) else {
            return Ok(());
        };
        let mut content = series.content.clone();
        content
            .recurrence
            .push(format!("RDATE{params}:{value}").into());
        self.write(calendar, series, actor, content, series.sequence)
            .map(|_| ())
    }
}

fn at_line(mut refusal: Refusal, event: &IcsEvent) -> Refusal {
    refusal.message = format!(
        "{} (the event that begins in line {})",
        refusal.message, event.line
    )
    .into();
    refusal
}

/// The UID, or one made of what the event is.
fn uid_of(event: &IcsEvent) -> String {
    let made = || format!("{:?} {:?} {:?}", event.start, event.end, event.summary);
    event.uid.clone().unwrap_or_else(made)
}

/// An id in Google's alphabet.
fn id_of(uid: &str) -> String {
    let mut id = BASE32HEX_NOPAD
        .encode(&Sha256::digest(uid.as_bytes()))
        .to_ascii_lowercase();
    id.truncate(ID_LENGTH);
    id
}

fn body_of(event: &IcsEvent) -> Map<String, Value> {
    let mut body = json!({
        "status": event.status,
        "start": event.start.to_json(),
        "end": event.end.to_json(),
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "visibility": event.visibility,
    });
    let lines = event.lines();
    if let Some(map) = body.as_object_mut() {
        if !lines.is_empty() {
            map.insert("recurrence".into(), lines.into());
        }
        if event.transparent {
            map.insert("transparency".into(), "transparent".into());
        }
    }
    body.as_object().cloned().unwrap_or_default()
}
