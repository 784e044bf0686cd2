//! The hours and weekdays whose events a rule mirrors, on the wall clock of the user's zone.
//!
//! An event counts if it touches them. A series is judged as a whole, by the wall-clock times that its occurrences have in
//! the user's zone over a year: it counts if any of them touches the hours, since leaving one out that does would double-book.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::{DateTime, Time, Weekday};
use jiff::{ToSpan, Zoned};
use serde::{Deserialize, Serialize};

use crate::model::event::{EventKind, SourceEvent};
use crate::model::time::{EventTime, ZoneName};

const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;

/// A day of the week, by the first three letters of its English name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// The week.
    pub const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }

    /// As BYDAY names it (RFC 5545, 3.3.10).
    fn of_rule(text: &str) -> Option<Self> {
        Some(match text {
            "MO" => Self::Mon,
            "TU" => Self::Tue,
            "WE" => Self::Wed,
            "TH" => Self::Thu,
            "FR" => Self::Fri,
            "SA" => Self::Sat,
            "SU" => Self::Sun,
            _ => return None,
        })
    }

    /// Minutes from the beginning of the week to the beginning of the day.
    fn begins(self) -> i64 {
        self as i64 * DAY
    }
}

/// Text that is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no time of day: write it like 09:00, up to 24:00")]
pub struct BadClock;

/// A time of day in whole minutes, 24:00 included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Clock(u16);

impl Clock {
    /// The beginning of the day.
    pub const FIRST: Self = Self(0);
    /// Its end.
    pub const LAST: Self = Self(24 * 60);

    /// Reads `HH:MM`.
    ///
    /// # Errors
    /// It is no time of day.
    pub fn parse(text: &str) -> Result<Self, BadClock> {
        let digits = |part: &str| match part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())
        {
            true => part.parse::<u16>().map_err(|_| BadClock),
            false => Err(BadClock),
        };
        let (hours, minutes) = text.split_once(':').ok_or(BadClock)?;
        let (hours, minutes) = (digits(hours)?, digits(minutes)?);
        let at = Self(hours * 60 + minutes);
        match minutes < 60 && at <= Self::LAST {
            true => Ok(at),
            false => Err(BadClock),
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({self})")
    }
}
impl TryFrom<String> for Clock {
    type Error = BadClock;
    fn try_from(text: String) -> Result<Self, BadClock> {
        Self::parse(&text)
    }
}
impl From<Clock> for String {
    fn from(clock: Clock) -> String {
        clock.to_string()
    }
}

/// Hours of some weekdays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Whose wall clock.
    pub zone: ZoneName,
    /// The days; hours that pass midnight count by the day they begin on.
    pub days: BTreeSet<Day>,
    /// From.
    pub from: Clock,
    /// To; not after `from`: the next day.
    pub to: Clock,
}

impl Hours {
    /// Whether an event touches them.
    #[must_use]
    pub fn touch(&self, event: &SourceEvent) -> bool {
        match (&event.time, &event.kind) {
            (EventTime::Days { start, end }, kind) => {
                let days = i64::from((*end - *start).get_days()).clamp(1, 7);
                let mut begin = match kind {
                    EventKind::Series { recurrence } => weekdays(recurrence, start.weekday()),
                    EventKind::Single | EventKind::Exception { .. } => {
                        BTreeSet::from([Day::of(start.weekday())])
                    }
                };
                begin.retain(|day| self.has_day(*day, days));
                !begin.is_empty()
            }
            (EventTime::Instants { start, end, zone }, EventKind::Series { recurrence }) => {
                let length = start.duration_until(*end).as_mins().max(1);
                let own = zone.as_ref().unwrap_or(&self.zone);
                let first = start.to_zoned(own.rules());
                let days = weekdays(recurrence, first.weekday());
                let mut shifts = self.shifts(&first).into_iter();
                shifts.any(|shift| {
                    let mut days = days.iter();
                    days.any(|day| self.holds(day.begins() + of_day(first.time()) + shift, length))
                })
            }
            (
                EventTime::Instants { start, end, .. },
                EventKind::Single | EventKind::Exception { .. },
            ) => {
                let zone = self.zone.rules();
                let wall = start.to_zoned(zone.clone()).datetime();
                let until = end.to_zoned(zone).datetime();
                // In the night when clocks go back the wall clock may stand still or run backwards.
                let length = minutes_between(wall, until).max(1);
                self.holds(
                    Day::of(wall.weekday()).begins() + of_day(wall.time()),
                    length,
                )
            }
        }
    }

    /// Whether any of `count` days from `first` on is one of theirs.
    fn has_day(&self, first: Day, count: i64) -> bool {
        let days = (0..count).map(|day| (first as i64 + day) % 7);
        let mut own = days.filter(|day| self.days.iter().any(|own| *own as i64 == *day));
        own.next().is_some()
    }

    /// How far the user's wall clock is ahead of the series', in minutes: each distance that comes up within a year.
    fn shifts(&self, first: &Zoned) -> BTreeSet<i64> {
        let zone = self.zone.rules();
        let weeks = (0..54).filter_map(|week| first.checked_add(week.weeks()).ok());
        weeks
            .map(|at| {
                let here = at.with_time_zone(zone.clone()).datetime();
                minutes_between(at.datetime(), here)
            })
            .collect()
    }

    /// Whether `length` minutes from a minute of the week on touch them.
    fn holds(&self, start: i64, length: i64) -> bool {
        let from = i64::from(self.from.0);
        let to = i64::from(self.to.0);
        let window = if to > from {
            to - from
        } else {
            to + DAY - from
        };
        self.days.iter().any(|day| {
            let opens = day.begins() + from;
            // How long after one begins does the other: on a circle of one week.
            let after = (start - opens).rem_euclid(WEEK);
            let before = (opens - start).rem_euclid(WEEK);
            after < window || before < length
        })
    }
}

fn of_day(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn minutes_between(one: DateTime, other: DateTime) -> i64 {
    one.duration_until(other).as_mins()
}

/// The weekdays that a series' occurrences can begin on.
fn weekdays(recurrence: &[String], first: Weekday) -> BTreeSet<Day> {
    let mut days = BTreeSet::from([Day::of(first)]);
    for line in recurrence {
        let Some((name, value)) = line.split_once(':') else {
            return Day::ALL.into();
        };
        match name.split(';').next() {
            Some("RRULE") => match rule_days(value) {
                Some(more) => days.extend(more),
                None => return Day::ALL.into(),
            },
            Some("EXDATE" | "EXRULE") => {}
            _ => return Day::ALL.into(),
        }
    }
    days
}

/// The weekdays that a rule names; none: any. A weekly rule that names none keeps to that of its first occurrence.
fn rule_days(rule: &str) -> Option<BTreeSet<Day>> {
    let part = |name: &str| {
        let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(own, _)| *own == name).map(|(_, value)| value)
    };
    match (part("BYDAY"), part("FREQ")) {
        (Some(days), _) => days
            .split(',')
            .map(|day| {
                Day::of_rule(day.trim_start_matches([
                    '+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0',
                ]))
            })
            .collect(),
        (None, Some("WEEKLY")) => Some(BTreeSet::new()),
        (None, _) => None,
    }
}
