//! Occurrences of a series as events: stored exceptions, and those that exist only by the rule.
//!
//! Instance ids are `<series>_<original start>`; the original start is UTC for timed series (BEHAVIOUR.md 1).

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use crate::world::{calendar::Calendar, content::Status, event::Event, expand, time::EventTime};

/// The id of an occurrence.
pub(crate) fn id_of(master: &str, original: EventTime) -> String {
    format!("{master}_{}", original.stamp())
}

/// Finds an event by id: stored, or an occurrence by the rule of its series.
pub(crate) fn find(calendar: &Calendar, id: &str) -> Option<Arc<Event>> {
    if let Some(event) = calendar.get(id) {
        return Some(event.clone());
    }
    let (master, stamp) = id.rsplit_once('_')?;
    let master = calendar.get(master).filter(|master| master.is_master())?;
    let original = original_of(master, stamp)?;
    expand::has(master, calendar.zone, original).then(|| Arc::new(virtual_of(master, original)))
}

fn original_of(master: &Event, stamp: &str) -> Option<EventTime> {
    match master.content.start? {
        EventTime::Date(_) => NaiveDate::parse_from_str(stamp, "%Y%m%d")
            .ok()
            .map(EventTime::Date),
        EventTime::Timed { zone, .. } => {
            let local = NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").ok()?;
            Some(EventTime::Timed {
                at: local.and_utc(),
                zone,
            })
        }
    }
}

/// An occurrence as the rule makes it. It carries its series' etag until it is changed.
pub(crate) fn virtual_of(master: &Event, original: EventTime) -> Event {
    let mut event = master.clone();
    let length = match (master.content.start, master.content.end) {
        (Some(start), Some(end)) => start.until(end),
        (Some(_) | None, None) | (None, Some(_)) => chrono::Duration::zero(),
    };
    event.id = id_of(&master.id, original).into();
    event.content.recurrence = Vec::new();
    event.content.start = Some(original);
    event.content.end = Some(original.plus(length));
    event.series = Some((master.id.clone(), original));
    event
}

/// Occurrences of a series in a window, exceptions in their places, cancelled ones included.
pub(crate) fn expand(
    calendar: &Calendar,
    master: &Event,
    window: expand::Window,
) -> Vec<Arc<Event>> {
    let exceptions = calendar.exceptions_of(&master.id);
    let original = |event: &Event| {
        event
            .series
            .as_ref()
            .map(|(_, original)| original.instant(calendar.zone))
    };
    let replaced: std::collections::BTreeSet<_> = exceptions
        .iter()
        .filter_map(|event| original(event))
        .collect();
    let mut found: Vec<Arc<Event>> = expand::starts(master, calendar.zone, window)
        .into_iter()
        .filter(|start| !replaced.contains(&start.instant(calendar.zone)))
        .map(|start| Arc::new(virtual_of(master, start)))
        .collect();
    let mut moved = exceptions;
    if master.content.status == Status::Cancelled {
        moved.clear();
    }
    found.extend(
        moved
            .into_iter()
            .filter(|event| overlaps(event, calendar, window)),
    );
    found.sort_by_key(|event| original(event));
    found
}

/// Whether an event lies in a window (an event without times does).
pub(crate) fn overlaps(event: &Event, calendar: &Calendar, window: expand::Window) -> bool {
    let (Some(start), Some(end)) = (event.content.start, event.content.end) else {
        return true;
    };
    let ends_after = window
        .from
        .is_none_or(|from| end.instant(calendar.zone) > from);
    ends_after && start.instant(calendar.zone) < window.to
}
