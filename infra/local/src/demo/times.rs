//! Times as people read them, on the wall clock of a calendar's zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use shared::model::{EventTime, Stamp};

/// A day: `Tue 24 Mar`, with the year where it is not that of `now`.
pub(super) fn day(date: Date, now: &Zoned) -> String {
    let format = if date.year() == now.year() {
        "%a %-d %b"
    } else {
        "%a %-d %b %Y"
    };
    date.strftime(format).to_string()
}

/// An instant: `Tue 24 Mar 10:00`.
pub(super) fn instant(at: Timestamp, now: &Zoned) -> String {
    let local = at.to_zoned(now.time_zone().clone());
    format!("{} {}", day(local.date(), now), local.strftime("%H:%M"))
}

/// From start to end, without saying a day twice.
pub(super) fn stretch(time: &EventTime, now: &Zoned) -> String {
    match time {
        EventTime::Days { start, end } => days(*start, *end, now),
        EventTime::Instants { start, end, .. } => instants(*start, *end, now),
    }
}

fn days(start: Date, end: Date, now: &Zoned) -> String {
    let last = end.checked_sub(1.day()).unwrap_or(end);
    if last <= start {
        return day(start, now);
    }
    format!("{} to {}", day(start, now), day(last, now))
}

fn instants(start: Timestamp, end: Timestamp, now: &Zoned) -> String {
    let zone: &TimeZone = now.time_zone();
    let (from, to) = (start.to_zoned(zone.clone()), end.to_zoned(zone.clone()));
    if start == end {
        instant(start, now)
    } else if from.date() == to.date() {
        format!("{}–{}", instant(start, now), to.strftime("%H:%M"))
    } else {
        format!("{} to {}", instant(start, now), instant(end, now))
    }
}

/// The day or instant on which an occurrence was to start.
pub(super) fn original(stamp: &Stamp, now: &Zoned) -> String {
    match stamp {
        Stamp::Day(date) => day(*date, now),
        Stamp::Instant(at) => instant(*at, now),
    }
}

/// How a series repeats, in a word.
pub(super) fn rhythm(recurrence: &[String]) -> &'static str {
    let rule = recurrence
        .iter()
        .find_map(|line| line.strip_prefix("RRULE"));
    let every = |word: &str| rule.is_some_and(|rule| rule.contains(word));
    match () {
        () if every("FREQ=DAILY") => "daily",
        () if every("FREQ=WEEKLY") => "weekly",
        () if every("FREQ=MONTHLY") => "monthly",
        () if every("FREQ=YEARLY") => "yearly",
        () => "repeated",
    }
}

/// The same instant in jiff's terms; the check and the simulator use chrono's.
pub(super) fn from_chrono(at: chrono::DateTime<chrono::Utc>) -> Timestamp {
    Timestamp::from_microsecond(at.timestamp_micros()).unwrap_or_default()
}

/// The same instant in chrono's terms.
pub(super) fn to_chrono(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_micros(at.as_microsecond()).unwrap_or_default()
}
