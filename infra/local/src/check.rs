//! The check that believes nobody: it looks at the simulated Google directly, and knows neither rows nor ids nor
//! plans. What every calendar should hold is worked out from the source events alone, occurrence by occurrence.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveTime, Utc};
use simulator::{EventSummary, Occurrence, Simulator, Status};

/// Begins the id of every block, of any installation.
const BLOCK: &str = "tidelock";
/// How far ahead series are compared, in days.
const DAYS_AHEAD: i64 = 400;
/// How far back: what was over when it was first seen has no block.
const DAYS_BACK: i64 = 29;

/// A stretch of time that is held: start, end, and whether it is whole days.
pub type Held = (DateTime<Utc>, DateTime<Utc>, bool);

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A calendar does not hold a time that it should.
    Missing {
        /// The calendar.
        calendar: String,
        /// The time.
        time: Held,
    },
    /// A calendar holds a time for which there is no event, or holds it more than once.
    Extra {
        /// The calendar.
        calendar: String,
        /// The time.
        time: Held,
    },
    /// A block says more than it should.
    Talkative {
        /// The calendar.
        calendar: String,
        /// The block.
        block: String,
    },
    /// A request wrote to an event that is no block.
    SourceWritten {
        /// The calendar.
        calendar: String,
        /// The event.
        event: String,
    },
}

/// Everything wrong with `calendars`, which belong to one person. Empty: in step.
#[must_use]
pub fn faults(google: &Simulator, calendars: &[String]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for target in calendars {
        let held = held(google, target);
        let due = due(google, calendars, target, &held);
        let missing = surplus(&due, &held);
        let extra = surplus(&held, &due);
        let calendar = || target.clone();
        faults.extend(missing.into_iter().map(|time| Fault::Missing {
            calendar: calendar(),
            time,
        }));
        faults.extend(extra.into_iter().map(|time| Fault::Extra {
            calendar: calendar(),
            time,
        }));
        faults.extend(talkative(google, target));
    }
    faults.extend(source_writes(google));
    faults
}

/// How many events of the others a calendar should hold, series counting once.
#[must_use]
pub fn blocks_due(google: &Simulator, calendars: &[String], target: &str) -> usize {
    let sources = calendars.iter().filter(|source| *source != target);
    let busy = sources.flat_map(|source| {
        let own = sources_of(google, source, target);
        own.into_iter()
            .map(|busy| busy.master_id.unwrap_or(busy.event_id))
    });
    busy.collect::<BTreeSet<_>>().len()
}

fn window(google: &Simulator) -> (DateTime<Utc>, DateTime<Utc>) {
    let now = google.now();
    (
        now - Duration::days(DAYS_BACK),
        now + Duration::days(DAYS_AHEAD),
    )
}

fn count(times: impl Iterator<Item = Held>) -> BTreeMap<Held, usize> {
    let mut counted = BTreeMap::new();
    for time in times {
        *counted.entry(time).or_insert(0) += 1;
    }
    counted
}

fn due(
    google: &Simulator,
    calendars: &[String],
    target: &str,
    held: &BTreeMap<Held, usize>,
) -> BTreeMap<Held, usize> {
    let mut copies: BTreeMap<Meeting, BTreeSet<Held>> = BTreeMap::new();
    for source in calendars.iter().filter(|source| *source != target) {
        for busy in sources_of(google, source, target) {
            let times = copies.entry(meeting(&busy)).or_default();
            times.insert(time(google, source, &busy));
        }
    }
    // Copies of one meeting at different times: it is held at one of them, whichever.
    let (one, several): (Vec<_>, Vec<_>) = copies.into_values().partition(|times| times.len() < 2);
    let mut due = count(one.into_iter().flatten());
    for times in several {
        let left = |time: &&Held| held.get(time) > due.get(time);
        let chosen = times.iter().find(left).or(times.first());
        *due.entry(chosen.copied().unwrap_or_default()).or_insert(0) += 1;
    }
    due
}

/// The same on every calendar: an event's id, or a series and the start that the occurrence was to have.
type Meeting = (String, Option<DateTime<Utc>>);

fn meeting(busy: &Occurrence) -> Meeting {
    match &busy.master_id {
        Some(series) => (series.clone(), busy.original_start),
        None => (busy.event_id.clone(), None),
    }
}

/// Whole days are days, whatever the zone of the calendar: they are compared as such.
fn time(google: &Simulator, calendar: &str, busy: &Occurrence) -> Held {
    let day = |at: DateTime<Utc>| match google.calendar_zone(calendar) {
        Some(zone) => at
            .with_timezone(&zone)
            .date_naive()
            .and_time(NaiveTime::MIN)
            .and_utc(),
        None => at,
    };
    match busy.all_day {
        true => (day(busy.start), day(busy.end), true),
        false => (busy.start, busy.end, false),
    }
}

fn sources_of(google: &Simulator, source: &str, target: &str) -> Vec<Occurrence> {
    let (from, to) = window(google);
    let busy = google.occurrences(source, from, to).into_iter();
    busy.filter(|busy| eligible(busy) && !same_meeting(google, target, busy))
        .collect()
}

fn eligible(busy: &Occurrence) -> bool {
    !busy.event_id.starts_with(BLOCK)
        && !busy.private.contains_key(BLOCK)
        && !busy.declined
        && busy.start < busy.end
        && matches!(
            busy.event_type.as_str(),
            "default" | "outOfOffice" | "focusTime"
        )
}

/// The target has this very event, or this very occurrence, and its owner did not decline it.
fn same_meeting(google: &Simulator, target: &str, busy: &Occurrence) -> bool {
    let there = google.event(target, &busy.event_id);
    there.is_some_and(|event| event.status != Status::Cancelled && !event.declined)
}

fn held(google: &Simulator, target: &str) -> BTreeMap<Held, usize> {
    let (from, to) = window(google);
    let blocks = google.occurrences(target, from, to).into_iter();
    count(
        blocks
            .filter(|block| block.event_id.starts_with(BLOCK))
            .map(|block| time(google, target, &block)),
    )
}

fn surplus(of: &BTreeMap<Held, usize>, over: &BTreeMap<Held, usize>) -> Vec<Held> {
    of.iter()
        .flat_map(|(time, count)| {
            let other = over.get(time).copied().unwrap_or_default();
            std::iter::repeat_n(*time, count.saturating_sub(other))
        })
        .collect()
}

fn talkative(google: &Simulator, target: &str) -> Vec<Fault> {
    let tells = |event: &EventSummary| {
        event.id.starts_with(BLOCK)
            && event.status != Status::Cancelled
            && event.summary.as_deref() != Some("Busy")
    };
    let events = google.events(target).into_iter().filter(tells);
    events
        .map(|event| Fault::Talkative {
            calendar: target.to_owned(),
            block: event.id,
        })
        .collect()
}

fn source_writes(google: &Simulator) -> Vec<Fault> {
    let written = google
        .log()
        .iter()
        .filter(|request| request.applied && writes(request.kind));
    written
        .filter_map(|request| {
            let event = request
                .event
                .clone()
                .unwrap_or_else(|| id_in(&request.body));
            let calendar = request.calendar.clone().unwrap_or_default();
            (!event.starts_with(BLOCK)).then_some(Fault::SourceWritten { calendar, event })
        })
        .collect()
}

fn writes(kind: &str) -> bool {
    ["insert", "update", "patch", "delete", "move", "import"]
        .iter()
        .any(|verb| kind.strip_prefix("events.") == Some(verb))
}

/// An insert names its id in the body.
fn id_in(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    body.get("id")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
