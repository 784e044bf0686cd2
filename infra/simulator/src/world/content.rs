//! What a writer can set on an event: reading a body, checking it, showing it (BEHAVIOUR.md 2).
//!
//! Defaults are not stored and not shown. Fields that only Google sets are ignored in bodies.

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::{
    wire::refusal::Refusal,
    world::{recurrence, time::EventTime},
};

/// Fields kept as they came.
const KEPT: &[&str] = &[
    "anyoneCanAddSelf",
    "attachments",
    "attendees",
    "birthdayProperties",
    "colorId",
    "conferenceData",
    "description",
    "endTimeUnspecified",
    "eventLabelId",
    "focusTimeProperties",
    "gadget",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "location",
    "organizer",
    "outOfOfficeProperties",
    "source",
    "workingLocationProperties",
];

/// Longest key of an extended property; longer ones are dropped silently.
const LONGEST_KEY: usize = 44;
/// Longest value of an extended property; longer ones are cut silently.
const LONGEST_VALUE: usize = 1_024;
/// Most extended properties of one event.
const MOST_PROPERTIES: usize = 300;
/// Most reminders of one event.
const MOST_REMINDERS: usize = 5;

/// Whether an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It stands.
    Confirmed,
    /// It may.
    Tentative,
    /// It was deleted, or the occurrence cancelled.
    Cancelled,
}

impl Status {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Key-value pairs that applications attach, sorted by key.
pub(crate) type Properties = Vec<(Box<str>, Box<str>)>;

/// The writable part of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) status: Status,
    pub(crate) summary: Option<Box<str>>,
    pub(crate) start: Option<EventTime>,
    pub(crate) end: Option<EventTime>,
    pub(crate) recurrence: Vec<Box<str>>,
    pub(crate) transparent: bool,
    pub(crate) visibility: Option<Box<str>>,
    pub(crate) event_type: Option<Box<str>>,
    pub(crate) reminders: Option<Box<str>>,
    pub(crate) private: Properties,
    pub(crate) shared: Properties,
    pub(crate) extra: Map<String, Value>,
}

/// Who wrote a body, where that decides what is accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Zone of the calendar.
    pub(crate) zone: Tz,
    /// Whether a timed end without a zone gets the calendar's.
    pub(crate) fill: bool,
    /// Whether an end equal to the start passes: such events exist, but the API refuses to make them.
    pub(crate) zero_length: bool,
    /// Whether the event is an occurrence of a series.
    pub(crate) occurrence: bool,
}

impl Content {
    /// Reads and checks a whole body.
    pub(crate) fn read(body: &Map<String, Value>, how: Reading) -> Result<Self, Refusal> {
        let present = |key: &str| body.get(key).filter(|value| !value.is_null());
        let fill = how.fill.then_some(how.zone);
        let end = present("end").ok_or_else(|| Refusal::required("Missing end time."))?;
        let start = present("start").ok_or_else(|| Refusal::required("Missing start time."))?;
        let recurrence = if how.occurrence {
            Vec::new()
        } else {
            lines(present("recurrence"))?
        };
        if !recurrence.is_empty() {
            check_series_zone(start, "start")?;
            check_series_zone(end, "end")?;
        }
        let (start, end) = (
            EventTime::parse(start, "start", fill)?,
            EventTime::parse(end, "end", fill)?,
        );
        check_order(start, end, how)?;
        recurrence::check(&recurrence, start, how.zone)?;
        Ok(Self {
            status: status(present("status"))?,
            summary: string(present("summary"), "summary")?,
            start: Some(start),
            end: Some(end),
            recurrence,
            transparent: choice(
                present("transparency"),
                "transparency",
                &["opaque", "transparent"],
            )?
            .is_some(),
            visibility: choice(
                present("visibility"),
                "visibility",
                &["default", "public", "private", "confidential"],
            )?,
            event_type: choice(present("eventType"), "eventType", EVENT_TYPES)?,
            reminders: reminders(present("reminders"))?,
            private: properties(present("extendedProperties"), "private")?,
            shared: properties(present("extendedProperties"), "shared")?,
            extra: kept(body),
        })
    }

    /// The content as a body that would write it; the base that a patch is merged into.
    pub(crate) fn to_map(&self, zone: Tz) -> Map<String, Value> {
        let mut map = self.extra.clone();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        };
        let text = |value: &Option<Box<str>>| value.as_deref().map(Value::from);
        put("status", Some(self.status.name().into()));
        put("summary", text(&self.summary));
        put("start", self.start.map(|time| time.to_json(zone)));
        put("end", self.end.map(|time| time.to_json(zone)));
        let lines = self
            .recurrence
            .iter()
            .map(|line| Value::from(&**line))
            .collect::<Vec<_>>();
        put(
            "recurrence",
            (!lines.is_empty()).then_some(Value::Array(lines)),
        );
        put(
            "transparency",
            self.transparent.then(|| "transparent".into()),
        );
        put("visibility", text(&self.visibility));
        put(
            "eventType",
            Some(self.event_type.as_deref().unwrap_or("default").into()),
        );
        put("reminders", Some(self.reminders_json()));
        put("extendedProperties", self.properties_json());
        map
    }

    fn reminders_json(&self) -> Value {
        let own = self
            .reminders
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        own.unwrap_or_else(|| json!({"useDefault": true}))
    }

    fn properties_json(&self) -> Option<Value> {
        let part = |properties: &Properties| -> Value {
            properties
                .iter()
                .map(|(key, value)| (key.to_string(), Value::from(&**value)))
                .collect::<Map<_, _>>()
                .into()
        };
        let mut map = Map::new();
        for (name, properties) in [("private", &self.private), ("shared", &self.shared)] {
            if !properties.is_empty() {
                map.insert(name.into(), part(properties));
            }
        }
        (!map.is_empty()).then_some(Value::Object(map))
    }

    /// The type of event.
    pub(crate) fn kind(&self) -> &str {
        self.event_type.as_deref().unwrap_or("default")
    }

    /// Whether details are hidden from readers without private access.
    pub(crate) fn is_private(&self) -> bool {
        matches!(self.visibility.as_deref(), Some("private" | "confidential"))
    }

    /// The answer of one attendee.
    pub(crate) fn response_of(&self, email: &str) -> Option<&str> {
        let attendees = self.extra.get("attendees")?.as_array()?;
        let own = |item: &&Value| item.get("email").and_then(Value::as_str) == Some(email);
        attendees.iter().find(own)?.get("responseStatus")?.as_str()
    }

    /// The same but for what one person sets for themselves: reminders, colour, answer, own properties.
    pub(crate) fn shared_part(&self) -> Self {
        let mut part = self.clone();
        part.reminders = None;
        part.private = Vec::new();
        part.transparent = false;
        part.visibility = None;
        for key in ["colorId", "attendees", "eventLabelId"] {
            part.extra.remove(key);
        }
        part
    }
}

/// Event types the API knows.
const EVENT_TYPES: &[&str] = &[
    "default",
    "birthday",
    "focusTime",
    "fromGmail",
    "outOfOffice",
    "workingLocation",
];

fn check_series_zone(value: &Value, what: &str) -> Result<(), Refusal> {
    let timed = value.get("dateTime").is_some_and(|time| !time.is_null());
    let zoned = value.get("timeZone").is_some_and(|zone| !zone.is_null());
    if timed && !zoned {
        return Err(Refusal::required(&format!(
            "Missing time zone definition for {what} time."
        )));
    }
    Ok(())
}

fn check_order(start: EventTime, end: EventTime, how: Reading) -> Result<(), Refusal> {
    if start.is_date() != end.is_date() {
        return Err(Refusal::invalid(
            "Start and end times must either both be date or both be dateTime.",
        ));
    }
    let length = start.until(end);
    let shortest = if how.zero_length && !start.is_date() {
        chrono::Duration::zero()
    } else {
        chrono::Duration::seconds(1)
    };
    if length < shortest {
        Err(Refusal::range_empty())
    } else {
        Ok(())
    }
}

fn string(value: Option<&Value>, name: &str) -> Result<Option<Box<str>>, Refusal> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().into())),
        Some(_) => Err(Refusal::invalid(&format!("Invalid value for: {name}"))),
    }
}

/// One of several words; the first is the default and is not stored.
fn choice(value: Option<&Value>, name: &str, words: &[&str]) -> Result<Option<Box<str>>, Refusal> {
    let Some(text) = string(value, name)? else {
        return Ok(None);
    };
    if !words.contains(&&*text) {
        return Err(Refusal::invalid(&format!("Invalid value for: {name}")));
    }
    Ok((words.first() != Some(&&*text)).then_some(text))
}

fn status(value: Option<&Value>) -> Result<Status, Refusal> {
    match choice(value, "status", &["confirmed", "tentative", "cancelled"])?.as_deref() {
        Some("tentative") => Ok(Status::Tentative),
        Some(_) => Ok(Status::Cancelled),
        None => Ok(Status::Confirmed),
    }
}

fn lines(value: Option<&Value>) -> Result<Vec<Box<str>>, Refusal> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let broken = || Refusal::invalid("Invalid recurrence rule.");
    let items = value.as_array().ok_or_else(broken)?;
    items
        .iter()
        .map(|item| item.as_str().map(Box::from).ok_or_else(broken))
        .collect()
}

fn reminders(value: Option<&Value>) -> Result<Option<Box<str>>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    let uses_default = value
        .get("useDefault")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let overrides = value.get("overrides").and_then(Value::as_array);
    if uses_default && overrides.is_some_and(|items| !items.is_empty()) {
        return Err(Refusal::new(
            400,
            "calendar",
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        ));
    }
    let fine = |item: &Value| {
        let method = item.get("method").and_then(Value::as_str);
        let minutes = item.get("minutes").and_then(Value::as_i64);
        matches!(method, Some("email" | "popup"))
            && minutes.is_some_and(|count| (0..=40_320).contains(&count))
    };
    if overrides.is_some_and(|items| items.len() > MOST_REMINDERS || !items.iter().all(fine)) {
        return Err(Refusal::invalid("Invalid reminder."));
    }
    if uses_default {
        return Ok(None);
    }
    let mut kept = json!({"useDefault": false});
    if let (Some(items), Some(map)) = (
        overrides.filter(|items| !items.is_empty()),
        kept.as_object_mut(),
    ) {
        map.insert("overrides".into(), items.clone().into());
    }
    Ok(Some(kept.to_string().into()))
}

fn properties(value: Option<&Value>, part: &str) -> Result<Properties, Refusal> {
    let Some(map) = value
        .and_then(|value| value.get(part))
        .and_then(Value::as_object)
    else {
        return Ok(Vec::new());
    };
    if map.len() > MOST_PROPERTIES {
        return Err(Refusal::invalid("Too many extended properties."));
    }
    let text = |value: &Value| {
        value
            .as_str()
            .map(cut)
            .ok_or_else(|| Refusal::invalid("Invalid value for: extendedProperties"))
    };
    map.iter()
        .filter(|(key, value)| key.len() <= LONGEST_KEY && !value.is_null())
        .map(|(key, value)| Ok((key.as_str().into(), text(value)?)))
        .collect()
}

fn cut(text: &str) -> Box<str> {
    text.chars().take(LONGEST_VALUE).collect::<String>().into()
}

fn kept(body: &Map<String, Value>) -> Map<String, Value> {
    KEPT.iter()
        .filter_map(|key| body.get(*key).map(|value| (*key, value)))
        .filter(|(key, value)| !is_default(key, value))
        .map(|(key, value)| {
            (
                key.to_owned(),
                if key == "attendees" {
                    with_answers(value)
                } else {
                    value.clone()
                },
            )
        })
        .collect()
}

fn is_default(key: &str, value: &Value) -> bool {
    match key {
        "guestsCanInviteOthers" | "guestsCanSeeOtherGuests" => {
            value.is_null() || *value == Value::Bool(true)
        }
        "guestsCanModify" | "anyoneCanAddSelf" | "endTimeUnspecified" => {
            value.is_null() || *value == Value::Bool(false)
        }
        "attendees" | "attachments" => {
            value.is_null() || value.as_array().is_some_and(Vec::is_empty)
        }
        "description" | "location" => value.is_null() || value.as_str().is_some_and(str::is_empty),
        _ => value.is_null(),
    }
}

/// Attendees without an answer have not answered; `self` is Google's to say.
fn with_answers(value: &Value) -> Value {
    let Some(items) = value.as_array() else {
        return value.clone();
    };
    let answered = |item: &Value| {
        let mut item = item.clone();
        if let Some(map) = item.as_object_mut() {
            map.remove("self");
            map.entry("responseStatus")
                .or_insert_with(|| "needsAction".into());
        }
        item
    };
    items.iter().map(answered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: Reading = Reading {
        zone: Tz::UTC,
        fill: true,
        zero_length: false,
        occurrence: false,
    };

    fn read(body: Value) -> Result<Content, (String, String)> {
        let map = body.as_object().cloned().unwrap_or_default();
        Content::read(&map, HOW).map_err(|refusal| (refusal.reason.into(), refusal.message.into()))
    }

    fn timed(extra: Value) -> Value {
        let mut body = json!({"start": {"dateTime": "2026-02-01T10:00:00Z"}, "end": {"dateTime": "2026-02-01T11:00:00Z"}});
        let map = body.as_object_mut().unwrap();
        map.extend(extra.as_object().cloned().unwrap_or_default());
        body
    }

    #[test]
    fn the_end_is_missed_before_the_start() {
        assert_eq!(read(json!({})).unwrap_err().1, "Missing end time.");
        assert_eq!(
            read(json!({"end": {"date": "2026-01-01"}})).unwrap_err().1,
            "Missing start time."
        );
    }

    #[test]
    fn an_empty_range_is_refused_and_a_mixed_one_too() {
        let empty = timed(json!({"end": {"dateTime": "2026-02-01T10:00:00Z"}}));
        assert_eq!(read(empty).unwrap_err().0, "timeRangeEmpty");
        assert_eq!(
            read(timed(json!({"end": {"date": "2026-02-02"}})))
                .unwrap_err()
                .0,
            "invalid"
        );
    }

    #[test]
    fn defaults_are_not_kept() {
        let body = timed(
            json!({"transparency": "opaque", "visibility": "default", "reminders": {"useDefault": true},
            "guestsCanModify": false, "eventType": "default", "colorId": null, "status": "confirmed"}),
        );
        assert_eq!(read(body), read(timed(json!({}))));
    }

    #[test]
    fn long_keys_are_dropped_and_long_values_cut() {
        let body = timed(
            json!({"extendedProperties": {"private": {"k".repeat(45): "x", "k": "v".repeat(2_000)}}}),
        );
        let content = read(body).unwrap();
        assert_eq!(content.private.len(), 1);
        assert_eq!(content.private[0].1.len(), 1_024);
    }

    #[test]
    fn a_series_needs_a_zone_and_a_readable_rule() {
        let unzoned = read(timed(json!({"recurrence": ["RRULE:FREQ=DAILY"]}))).unwrap_err();
        assert_eq!(unzoned.1, "Missing time zone definition for start time.");
        let zoned = |line: &str| {
            read(
                json!({"start": {"dateTime": "2026-02-01T10:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-02-01T11:00:00", "timeZone": "UTC"}, "recurrence": [line]}),
            )
        };
        assert!(zoned("RRULE:FREQ=DAILY;COUNT=3").is_ok());
        assert!(zoned("RRULE:FREQ=DAILY;UNTIL=20260301").is_ok());
        for line in [
            "RRULE:FREQ=SOMETIMES",
            "nonsense",
            "RRULE:",
            "DTSTART:20260101",
        ] {
            assert!(zoned(line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same() {
        let body = timed(
            json!({"summary": "s", "colorId": "3", "visibility": "private", "reminders": {"useDefault": false},
            "extendedProperties": {"private": {"a": "1"}, "shared": {"b": "2"}}, "transparency": "transparent"}),
        );
        let content = read(body).unwrap();
        assert_eq!(
            Content::read(&content.to_map(Tz::Asia__Tokyo), HOW).unwrap(),
            content
        );
    }
}
