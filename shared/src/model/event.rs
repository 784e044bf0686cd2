//! A source event: what its owner's calendar says, reduced to what a block depends on.
//!
//! No guests, no description; of the title no more than the calendar's rules ask for.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ids::{BadId, Etag, EventKey, GoogleEventId};
use super::rule::{EventTitle, Keyword};
use super::time::{EventTime, ZoneName};

/// The start that an occurrence had by its series' rule. With the series it is the occurrence's true name:
/// Google renames ids of occurrences, but never this.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stamp {
    /// Of an all-day series.
    Day(Date),
    /// Of a timed series, to the second.
    Instant(Timestamp),
}

impl Stamp {
    /// Longest text, in bytes.
    pub const LONGEST: usize = 16;

    /// Reads the suffix of an instance id: `YYYYMMDD` or `YYYYMMDDTHHMMSSZ`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bad = BadId {
            what: "original start",
        };
        let stamp = match text.len() {
            8 => Date::strptime("%Y%m%d", text).ok().map(Self::Day),
            16 => jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text)
                .ok()
                .and_then(|at| at.to_zoned(TimeZone::UTC).ok())
                .map(|at| Self::Instant(at.timestamp())),
            _ => None,
        };
        stamp.ok_or(bad)
    }

    /// Cuts an instant to the second, as Google does.
    #[must_use]
    pub fn instant(at: Timestamp) -> Self {
        Self::Instant(Timestamp::from_second(at.as_second()).unwrap_or(at))
    }

    /// The latest instant at which the original start can lie.
    #[must_use]
    pub fn latest(&self) -> Timestamp {
        match self {
            Self::Day(day) => EventTime::Days {
                start: *day,
                end: *day,
            }
            .ends_by(),
            Self::Instant(at) => *at,
        }
    }

    /// The occurrence's time by the rule of a series whose first occurrence is at `first`.
    #[must_use]
    pub fn occurrence(&self, first: &EventTime) -> EventTime {
        match self {
            Self::Day(day) => first.moved_to_day(*day),
            Self::Instant(at) => first.moved_to_instant(*at),
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{}", day.strftime("%Y%m%d")),
            Self::Instant(at) => write!(f, "{}", at.strftime("%Y%m%dT%H%M%SZ")),
        }
    }
}
impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stamp({self})")
    }
}
impl TryFrom<String> for Stamp {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(&text)
    }
}
impl From<Stamp> for String {
    fn from(stamp: Stamp) -> String {
        stamp.to_string()
    }
}

/// How an event repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Once.
    Single,
    /// By rule lines as Google holds them (RFC 5545: RRULE, EXRULE, RDATE, EXDATE).
    Series {
        /// The lines, in Google's order.
        recurrence: Vec<String>,
    },
    /// In place of one occurrence of a series.
    Exception {
        /// The row of the series.
        series: EventKey,
        /// Which occurrence.
        original: Stamp,
    },
}

impl EventKind {
    /// Whether it repeats.
    #[must_use]
    pub fn is_series(&self) -> bool {
        matches!(self, Self::Series { .. })
    }
}

/// Whether it is certain to take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Certain.
    Confirmed,
    /// Not yet.
    Tentative,
}

/// What the calendar's owner answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Nobody was asked: the event has no guests, or the owner is none of them.
    NotAsked,
    /// No answer yet.
    Open,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// Yes.
    Accepted,
}

/// Google's `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// An ordinary event.
    Default,
    /// Out of office.
    OutOfOffice,
    /// Focus time.
    FocusTime,
    /// Where the owner works that day; takes no time.
    WorkingLocation,
    /// A birthday; takes no time.
    Birthday,
    /// Made by Google out of a mail.
    FromGmail,
    /// A type that Google added later.
    Other,
}

/// One live source event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEvent {
    /// What Google calls it now.
    pub id: GoogleEventId,
    /// Once, by rule, or instead of an occurrence.
    pub kind: EventKind,
    /// When; of a series the first occurrence.
    pub time: EventTime,
    /// Certain or not.
    pub status: Status,
    /// The owner's answer.
    pub response: Response,
    /// Whether it leaves the time free (`transparency: transparent`).
    pub free: bool,
    /// Google's type of event.
    pub event_type: EventType,
    /// It has guests: other calendars of the person may have the same meeting.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guests: bool,
    /// Its title, if a rule copies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<EventTitle>,
    /// Its owner marked it as private or confidential: its title is never copied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The keywords of the calendar's rules that its title has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub words: BTreeSet<Keyword>,
    /// Google's etag, so that a repeated item is known as such without a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<Etag>,
}

impl SourceEvent {
    /// An ordinary event: certain, opaque, without guests and without a title.
    #[must_use]
    pub fn new(id: GoogleEventId, kind: EventKind, time: EventTime) -> Self {
        Self {
            id,
            kind,
            time,
            status: Status::Confirmed,
            response: Response::NotAsked,
            free: false,
            event_type: EventType::Default,
            guests: false,
            title: None,
            private: false,
            words: BTreeSet::new(),
            etag: None,
        }
    }

    /// The key of its row.
    #[must_use]
    pub fn key(&self) -> EventKey {
        match &self.kind {
            EventKind::Single | EventKind::Series { .. } => EventKey::of(&self.id),
            EventKind::Exception { series, original } => EventKey::exception(series, original),
        }
    }

    /// The instant by which it is surely over; none for a series that may go on.
    ///
    /// A rule with COUNT counts as going on: telling would need an expansion, and nothing here expands.
    #[must_use]
    pub fn over_by(&self) -> Option<Timestamp> {
        match &self.kind {
            EventKind::Single | EventKind::Exception { .. } => Some(self.time.ends_by()),
            EventKind::Series { recurrence } => last_end(recurrence, &self.time),
        }
    }

    /// Whether a series can have an occurrence with this original start, as far as that shows without an expansion: it is
    /// not before the first or after the last, not taken out, and at the series' time of day.
    #[must_use]
    pub fn may_repeat_at(&self, original: &Stamp) -> bool {
        let EventKind::Series { recurrence } = &self.kind else {
            return false;
        };
        let in_time = match (&self.time, original) {
            (EventTime::Days { start, .. }, Stamp::Day(day)) => day >= start,
            (EventTime::Instants { start, zone, .. }, Stamp::Instant(at)) => {
                let zone = zone.as_ref().map_or(TimeZone::UTC, ZoneName::rules);
                *at >= *start && (recurs_freely(recurrence) || same_clock(&zone, *start, *at))
            }
            (EventTime::Days { .. }, Stamp::Instant(_))
            | (EventTime::Instants { .. }, Stamp::Day(_)) => false,
        };
        in_time && !is_taken_out(recurrence, original) && !is_after_the_last(recurrence, original)
    }

    /// Whether a series that begins with these facts repeats at the same times as `other`.
    #[must_use]
    pub fn repeats_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.time == other.time
    }
}

/// Whether rule lines can lead to any time of day.
fn recurs_freely(recurrence: &[String]) -> bool {
    let free = [
        "RDATE", "BYHOUR", "BYMINUTE", "BYSECOND", "HOURLY", "MINUTELY", "SECONDLY",
    ];
    let mut lines = recurrence.iter();
    lines.any(|line| free.iter().any(|word| line.contains(word)))
}

/// Whether `at` is what the zone makes of the time of day of `start` on its own day.
fn same_clock(zone: &TimeZone, start: Timestamp, at: Timestamp) -> bool {
    let clock = start.to_zoned(zone.clone()).time();
    let there = at.to_zoned(zone.clone()).date().to_datetime(clock);
    let there = there.to_zoned(zone.clone());
    there.is_ok_and(|there| there.timestamp().as_second() == at.as_second())
}

fn is_taken_out(recurrence: &[String], original: &Stamp) -> bool {
    let named = original.to_string();
    let lines = recurrence.iter().filter_map(|line| line.split_once(':'));
    let mut out = lines.filter(|(name, _)| name.starts_with("EXDATE"));
    out.any(|(name, values)| {
        let zone = name.split(';').find_map(|part| part.strip_prefix("TZID="));
        let local = zone.and_then(|zone| local_name(original, zone));
        values
            .split(',')
            .any(|value| value == named || local.as_deref() == Some(value))
    })
}

fn local_name(original: &Stamp, zone: &str) -> Option<String> {
    let Stamp::Instant(at) = original else {
        return None;
    };
    let at = at.to_zoned(ZoneName::parse(zone).ok()?.rules());
    Some(at.strftime("%Y%m%dT%H%M%S").to_string())
}

/// Whether every rule ends before it.
fn is_after_the_last(recurrence: &[String], original: &Stamp) -> bool {
    let of_rules = recurrence
        .iter()
        .filter_map(|line| line.strip_prefix("RRULE:"));
    let ends: Vec<Option<Timestamp>> = of_rules.map(until).collect();
    let only_rules = !ends.is_empty() && !recurrence.iter().any(|line| line.starts_with("RDATE"));
    let over = |end: &Option<Timestamp>| end.is_some_and(|end| end < original.latest());
    only_rules && ends.iter().all(over)
}

/// The latest possible end of a series whose every rule has UNTIL.
fn last_end(recurrence: &[String], first: &EventTime) -> Option<Timestamp> {
    let mut last = first.ends_by();
    for line in recurrence {
        let (name, value) = line.split_once(':')?;
        let name = name.split(';').next().unwrap_or(name);
        match name {
            "RRULE" => last = last.max(until(value)?),
            "EXDATE" | "EXRULE" => {}
            // RDATE has many forms; one that is not read here means "may go on".
            _ => return None,
        }
    }
    last.checked_add(first.longest()).ok()
}

fn until(rule: &str) -> Option<Timestamp> {
    let value = rule
        .split(';')
        .find_map(|part| part.strip_prefix("UNTIL="))?;
    Stamp::parse(value).ok().map(|stamp| stamp.latest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_round_trip_and_sort_by_time() {
        for text in ["20260329", "20260329T010000Z", "00010101"] {
            assert_eq!(Stamp::parse(text).unwrap().to_string(), text);
        }
        assert!(Stamp::parse("R20260329T010000").is_err());
        assert!(Stamp::parse("2026-3-9").is_err());
        assert!(
            Stamp::parse("20260101T000000Z").unwrap() < Stamp::parse("20260101T000001Z").unwrap()
        );
    }

    #[test]
    fn a_series_may_repeat_where_its_rule_lines_let_it() {
        let zone = ZoneName::parse("Europe/Berlin").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let first = EventTime::instants(
            at("2026-03-04T08:00:00Z"),
            at("2026-03-04T09:00:00Z"),
            Some(zone),
        );
        let check = |lines: &[&str], original: &str, expected| {
            let recurrence = lines.iter().map(|line| (*line).to_owned()).collect();
            let id = GoogleEventId::parse("series").unwrap();
            let kind = EventKind::Series { recurrence };
            let series = SourceEvent::new(id, kind, first.clone().unwrap());
            let original = Stamp::parse(original).unwrap();
            assert_eq!(series.may_repeat_at(&original), expected, "{lines:?}");
        };
        let weekly = "RRULE:FREQ=WEEKLY";
        check(&[weekly], "20260311T080000Z", true);
        // The clocks have changed: nine in the morning is another instant.
        check(&[weekly], "20260401T070000Z", true);
        check(&[weekly], "20260401T080000Z", false);
        check(&["RRULE:FREQ=DAILY;BYHOUR=9,15"], "20260401T130000Z", true);
        check(&[weekly], "20260225T080000Z", false);
        check(&[weekly], "20260311", false);
        check(
            &["RRULE:FREQ=WEEKLY;UNTIL=20260311T075959Z"],
            "20260311T080000Z",
            false,
        );
        check(
            &["RRULE:FREQ=WEEKLY;UNTIL=20260311T080000Z"],
            "20260311T080000Z",
            true,
        );
        let out = "EXDATE;TZID=Europe/Berlin:20260318T090000,20260311T090000";
        check(&[weekly, out], "20260311T080000Z", false);
        check(&[weekly, out], "20260325T080000Z", true);
        check(
            &[weekly, "EXDATE:20260311T080000Z"],
            "20260311T080000Z",
            false,
        );
    }

    #[test]
    fn only_a_series_with_an_end_in_every_rule_is_ever_over() {
        let first =
            EventTime::days(Date::constant(2020, 1, 1), Date::constant(2020, 1, 2)).unwrap();
        let line = |text: &str| last_end(&[text.to_owned()], &first);
        assert!(line("RRULE:FREQ=DAILY;UNTIL=20200301").is_some());
        assert!(line("RRULE:FREQ=DAILY;COUNT=3").is_none());
        assert!(line("RRULE:FREQ=DAILY").is_none());
        assert!(line("RDATE;VALUE=DATE:20200301").is_none());
    }
}
