//! Direct looks at what is stored, for checks that must not go through the code under test.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    edit::instance,
    simulator::Simulator,
    world::{
        calendar::Calendar,
        content::Status,
        event::{Event, View},
        expand::Window,
        role::Role,
        time::EventTime,
    },
};

/// An event, in brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSummary {
    /// Event id.
    pub id: String,
    /// Live or cancelled.
    pub status: Status,
    /// Title.
    pub summary: Option<String>,
    /// Start as text: a date, or UTC in RFC 3339.
    pub start: Option<String>,
    /// End, exclusive, as text.
    pub end: Option<String>,
    /// Whether it lasts whole days.
    pub all_day: bool,
    /// Whether it does not block time.
    pub transparent: bool,
    /// Type of event, `default` mostly.
    pub event_type: String,
    /// Recurrence lines of a series.
    pub recurrence: Vec<String>,
    /// The series this is an exception of.
    pub recurring_event_id: Option<String>,
    /// When the exception was to start: a date, or UTC in RFC 3339.
    pub original_start: Option<String>,
    /// Private extended properties.
    pub private: BTreeMap<String, String>,
    /// Current etag.
    pub etag: String,
    /// Sequence number.
    pub sequence: u32,
    /// Whether the calendar has declined.
    pub declined: bool,
}

/// One stretch of busy time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Start.
    pub start: DateTime<Utc>,
    /// End, exclusive.
    pub end: DateTime<Utc>,
    /// Event id; of the instance, for a series.
    pub event_id: String,
    /// The series.
    pub master_id: Option<String>,
    /// When an occurrence of a series was to start.
    pub original_start: Option<DateTime<Utc>>,
    /// Whether it lasts whole days; `start` and `end` are then midnights in the calendar's zone.
    pub all_day: bool,
    /// Title.
    pub summary: Option<String>,
    /// Type of event.
    pub event_type: String,
    /// Whether the calendar has declined.
    pub declined: bool,
    /// Private extended properties.
    pub private: BTreeMap<String, String>,
}

impl Simulator {
    /// Ids of all calendars, sorted.
    pub fn calendar_ids(&self) -> Vec<String> {
        self.calendars.keys().map(|id| id.to_string()).collect()
    }

    /// E-mails of all accounts, sorted.
    pub fn account_emails(&self) -> Vec<String> {
        self.accounts
            .keys()
            .map(|email| email.to_string())
            .collect()
    }

    /// A calendar's title.
    pub fn calendar_summary(&self, calendar: &str) -> Option<&str> {
        self.calendars
            .get(calendar)
            .map(|calendar| calendar.summary.as_str())
    }

    /// A calendar's zone.
    pub fn calendar_zone(&self, calendar: &str) -> Option<chrono_tz::Tz> {
        self.calendars.get(calendar).map(|calendar| calendar.zone)
    }

    /// How many events a calendar has, cancelled ones included.
    pub fn event_count(&self, calendar: &str) -> usize {
        self.calendars
            .get(calendar)
            .map_or(0, |calendar| calendar.len())
    }

    /// One event as its owner sees it, occurrences by rule included; `None` if it never was.
    pub fn event_json(&self, calendar: &str, id: &str) -> Option<Value> {
        let stored = self.calendars.get(calendar)?;
        instance::find(stored, id).map(|event| event.show(&owners_view(stored)))
    }

    /// Every stored event, live and cancelled, as its owner sees it, by id.
    pub fn events_json(&self, calendar: &str) -> Vec<Value> {
        let Some(stored) = self.calendars.get(calendar) else {
            return Vec::new();
        };
        stored
            .after(None)
            .map(|event| event.show(&owners_view(stored)))
            .collect()
    }

    /// Every stored event, live and cancelled, in brief, by id.
    pub fn events(&self, calendar: &str) -> Vec<EventSummary> {
        let Some(stored) = self.calendars.get(calendar) else {
            return Vec::new();
        };
        stored
            .after(None)
            .map(|event| brief(stored, event))
            .collect()
    }

    /// One stored event in brief.
    pub fn event(&self, calendar: &str, id: &str) -> Option<EventSummary> {
        let stored = self.calendars.get(calendar)?;
        instance::find(stored, id).map(|event| brief(stored, &event))
    }

    /// Busy time in a window: live, opaque events, series expanded in their own zones, exceptions in their places; sorted by start.
    /// Declined ones are included and marked.
    pub fn occurrences(
        &self,
        calendar: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Occurrence> {
        let Some(stored) = self.calendars.get(calendar) else {
            return Vec::new();
        };
        let window = Window {
            from: Some(from),
            to,
            limit: usize::MAX,
        };
        let mut found: Vec<Occurrence> = stored
            .after(None)
            .filter(|event| event.is_live())
            .flat_map(|event| instances(stored, event, window))
            .filter(|event| {
                event.is_live()
                    && !event.content.transparent
                    && instance::overlaps(event, stored, window)
            })
            .filter_map(|event| occurrence(stored, &event))
            .collect();
        found.sort();
        found
    }
}

fn instances(calendar: &Calendar, event: &Arc<Event>, window: Window) -> Vec<Arc<Event>> {
    if event.is_master() {
        return instance::expand(calendar, event, window);
    }
    let with_series = event
        .series
        .as_ref()
        .is_some_and(|(master, _)| calendar.get(master).is_some());
    if with_series {
        Vec::new()
    } else {
        vec![event.clone()]
    }
}

fn owners_view(calendar: &Calendar) -> View<'_> {
    View {
        calendar: &calendar.id,
        shown_in: calendar.zone,
        role: Role::Owner,
        most_attendees: None,
    }
}

fn text(time: EventTime) -> String {
    match time {
        EventTime::Date(date) => date.to_string(),
        EventTime::Timed { at, .. } => at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    }
}

fn declined(calendar: &Calendar, event: &Event) -> bool {
    event.content.response_of(&calendar.id) == Some("declined")
}

fn private(event: &Event) -> BTreeMap<String, String> {
    event
        .content
        .private
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect()
}

fn brief(calendar: &Calendar, event: &Event) -> EventSummary {
    let content = &event.content;
    EventSummary {
        id: event.id.to_string(),
        status: content.status,
        summary: content.summary.as_deref().map(str::to_owned),
        start: content.start.map(text),
        end: content.end.map(text),
        all_day: content.start.is_some_and(EventTime::is_date),
        transparent: content.transparent,
        event_type: content.kind().to_owned(),
        recurrence: content
            .recurrence
            .iter()
            .map(|line| line.to_string())
            .collect(),
        recurring_event_id: event.series.as_ref().map(|(master, _)| master.to_string()),
        original_start: event.series.as_ref().map(|(_, original)| text(*original)),
        private: private(event),
        etag: event.etag(),
        sequence: event.sequence,
        declined: declined(calendar, event),
    }
}

fn occurrence(calendar: &Calendar, event: &Event) -> Option<Occurrence> {
    let (start, end) = (event.content.start?, event.content.end?);
    Some(Occurrence {
        start: start.instant(calendar.zone),
        end: end.instant(calendar.zone),
        event_id: event.id.to_string(),
        master_id: event.series.as_ref().map(|(master, _)| master.to_string()),
        original_start: event
            .series
            .as_ref()
            .map(|(_, original)| original.instant(calendar.zone)),
        all_day: start.is_date(),
        summary: event.content.summary.as_deref().map(str::to_owned),
        event_type: event.content.kind().to_owned(),
        declined: declined(calendar, event),
        private: private(event),
    })
}
