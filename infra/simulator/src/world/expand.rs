//! Occurrences of a series. Every expansion is bounded in steps and in results, so no rule can hang a request.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::world::{event::Event, recurrence, time::EventTime};

/// Occurrences a rule is followed through at most, wherever the window lies.
const STEPS: usize = 20_000;

/// Part of the time line, and how many occurrences of one series are wanted from it at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Occurrences ending after this; `None` from the beginning.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Occurrences starting before this.
    pub(crate) to: DateTime<Utc>,
    /// Most results.
    pub(crate) limit: usize,
}

/// Original starts of a series inside a window, in order.
pub(crate) fn starts(master: &Event, calendar_zone: Tz, window: Window) -> Vec<EventTime> {
    let (Some(start), Some(end)) = (master.content.start, master.content.end) else {
        return Vec::new();
    };
    let Ok(Some(set)) = recurrence::set(&master.content.recurrence, start, calendar_zone) else {
        return Vec::new();
    };
    let length = start.until(end);
    let mut found = Vec::new();
    let mut last = None;
    for at in set.into_iter().take(STEPS) {
        let original = original(start, at.with_timezone(&Utc));
        let instant = original.instant(calendar_zone);
        if instant >= window.to || found.len() >= window.limit {
            break;
        }
        let after = window
            .from
            .is_none_or(|from| original.plus(length).instant(calendar_zone) > from);
        if after && last != Some(instant) {
            last = Some(instant);
            found.push(original);
        }
    }
    found
}

fn original(start: EventTime, at: DateTime<Utc>) -> EventTime {
    match start {
        EventTime::Date(_) => EventTime::Date(at.date_naive()),
        EventTime::Timed { zone, .. } => EventTime::Timed { at, zone },
    }
}

/// Whether a series has an occurrence that originally starts at `at`.
pub(crate) fn has(master: &Event, calendar_zone: Tz, at: EventTime) -> bool {
    let instant = at.instant(calendar_zone);
    let window = Window {
        from: Some(instant - Duration::days(1)),
        to: instant + Duration::seconds(1),
        limit: STEPS,
    };
    starts(master, calendar_zone, window)
        .into_iter()
        .any(|start| start.same_moment(at))
}

/// Occurrences that start before `at`.
pub(crate) fn count_before(master: &Event, calendar_zone: Tz, at: EventTime) -> usize {
    let window = Window {
        from: None,
        to: at.instant(calendar_zone),
        limit: STEPS,
    };
    starts(master, calendar_zone, window).len()
}

/// Whether any occurrence may end after `from`; true when that cannot be told within the bound.
pub(crate) fn may_end_after(master: &Event, calendar_zone: Tz, from: DateTime<Utc>) -> bool {
    let lines = &master.content.recurrence;
    let rules = lines.iter().filter(|line| line.starts_with("RRULE:"));
    let endless = rules.into_iter().any(|line| {
        recurrence::part(line, "UNTIL").is_none() && recurrence::part(line, "COUNT").is_none()
    });
    if endless {
        return true;
    }
    let window = Window {
        from: Some(from),
        to: DateTime::<Utc>::MAX_UTC,
        limit: 1,
    };
    !starts(master, calendar_zone, window).is_empty() || count_before_bound(master, calendar_zone)
}

fn count_before_bound(master: &Event, calendar_zone: Tz) -> bool {
    let counts = master
        .content
        .recurrence
        .iter()
        .filter_map(|line| recurrence::part(line, "COUNT"));
    let long = counts
        .filter_map(|text| text.parse::<usize>().ok())
        .any(|count| count > STEPS);
    let window = Window {
        from: None,
        to: DateTime::<Utc>::MAX_UTC,
        limit: STEPS,
    };
    long && starts(master, calendar_zone, window).len() >= STEPS
}
