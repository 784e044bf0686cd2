//! Times in calendar files: dates, UTC, and wall-clock times in a zone; durations.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::{
    ics::{IcsError, lines::Line},
    world::time::{EventTime, resolve},
};

/// What to write instead of an unreadable time.
const FIX: &str = "write 20260131, 20260131T090000 or 20260131T090000Z";

/// Longest duration, in seconds; beyond it lies no end that could be written.
const LONGEST: i64 = 100 * 366 * 86_400;

/// A time as the file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IcsTime {
    /// A whole day.
    Date(NaiveDate),
    /// An instant.
    Utc(NaiveDateTime),
    /// A wall-clock time; floating times have the calendar's zone.
    Zoned(NaiveDateTime, Tz),
}

/// How zone names are understood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zones<'a> {
    pub(crate) floating: Tz,
    pub(crate) named: &'a BTreeMap<String, Tz>,
}

impl Zones<'_> {
    fn find(self, line: &Line) -> Result<Tz, IcsError> {
        let Some(name) = line.param("TZID") else {
            return Ok(self.floating);
        };
        let by_file = || self.named.get(name).copied();
        let by_end = || {
            let mut parts: Vec<&str> = name.rsplit('/').take(3).collect();
            parts.reverse();
            (0..parts.len()).find_map(|from| parts.get(from..)?.join("/").parse().ok())
        };
        name.parse()
            .ok()
            .or_else(by_file)
            .or_else(by_end)
            .ok_or_else(|| {
                let what = format!("{} has the unknown time zone \"{name}\"", line.name);
                IcsError::new(line.number, what, "use an IANA name such as Europe/Berlin")
            })
    }
}

/// The one time of a line.
pub(crate) fn read(line: &Line, zones: Zones<'_>) -> Result<IcsTime, IcsError> {
    one(&line.value, line, zones.find(line)?)
}

/// All times of a line, separated by commas; of periods, the starts.
pub(crate) fn read_all(line: &Line, zones: Zones<'_>) -> Result<Vec<IcsTime>, IcsError> {
    let zone = zones.find(line)?;
    let start = |text: &str| text.split('/').next().unwrap_or_default().to_owned();
    line.value
        .split(',')
        .filter(|text| !text.trim().is_empty())
        .map(|text| one(&start(text), line, zone))
        .collect()
}

fn one(text: &str, line: &Line, zone: Tz) -> Result<IcsTime, IcsError> {
    let text = text.trim();
    parse(text, zone).ok_or_else(|| {
        IcsError::new(
            line.number,
            format!("{} is not a date: \"{text}\"", line.name),
            FIX,
        )
    })
}

/// A time in the file's notation.
pub(crate) fn parse(text: &str, zone: Tz) -> Option<IcsTime> {
    let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
    if text.len() == 8 {
        return NaiveDate::parse_from_str(text, "%Y%m%d")
            .ok()
            .map(IcsTime::Date);
    }
    match text.strip_suffix('Z') {
        Some(text) => local(text).map(IcsTime::Utc),
        None => local(text).map(|at| IcsTime::Zoned(at, zone)),
    }
}

/// A duration such as `PT1H30M`, `P1D`, `P2W`.
pub(crate) fn duration(line: &Line) -> Result<Duration, IcsError> {
    let broken = || {
        IcsError::new(
            line.number,
            format!("DURATION is not a duration: \"{}\"", line.value),
            "write PT1H30M or P1D",
        )
    };
    let text = line.value.trim();
    if text.starts_with('-') {
        return Err(IcsError::new(
            line.number,
            "DURATION is negative",
            "give a positive duration",
        ));
    }
    let rest = text
        .trim_start_matches('+')
        .strip_prefix('P')
        .ok_or_else(broken)?;
    let (mut seconds, mut digits, mut timed, mut any) = (0_i64, String::new(), false, false);
    for letter in rest.chars() {
        let unit = match letter {
            'T' => {
                timed = true;
                continue;
            }
            digit if digit.is_ascii_digit() => {
                digits.push(digit);
                continue;
            }
            'W' => 604_800,
            'D' => 86_400,
            'H' if timed => 3_600,
            'M' if timed => 60,
            'S' if timed => 1,
            _ => return Err(broken()),
        };
        let count: i64 = std::mem::take(&mut digits).parse().map_err(|_| broken())?;
        seconds = count
            .checked_mul(unit)
            .and_then(|part| seconds.checked_add(part))
            .ok_or_else(broken)?;
        any = true;
    }
    if !any || !digits.is_empty() {
        return Err(broken());
    }
    if seconds > LONGEST {
        return Err(IcsError::new(
            line.number,
            format!(
                "DURATION is longer than a hundred years: \"{}\"",
                line.value
            ),
            "write PT1H30M or P1D",
        ));
    }
    Duration::try_seconds(seconds).ok_or_else(broken)
}

impl IcsTime {
    pub(crate) fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// Later by whole days for dates, by elapsed time else.
    pub(crate) fn plus(self, length: Duration) -> Self {
        match self {
            Self::Date(date) => Self::Date(date.checked_add_signed(length).unwrap_or(date)),
            Self::Utc(at) => Self::Utc(at.checked_add_signed(length).unwrap_or(at)),
            Self::Zoned(at, zone) => {
                let moved = resolve(at, zone).checked_add_signed(length);
                moved.map_or(self, |at| {
                    Self::Zoned(at.with_timezone(&zone).naive_local(), zone)
                })
            }
        }
    }

    pub(crate) fn instant(self, calendar_zone: Tz) -> DateTime<Utc> {
        self.event_time().instant(calendar_zone)
    }

    pub(crate) fn event_time(self) -> EventTime {
        match self {
            Self::Date(date) => EventTime::Date(date),
            Self::Utc(at) => EventTime::Timed {
                at: at.and_utc(),
                zone: Some(Tz::UTC),
            },
            Self::Zoned(at, zone) => EventTime::Timed {
                at: resolve(at, zone),
                zone: Some(zone),
            },
        }
    }

    /// As the API takes it.
    pub(crate) fn to_json(self) -> Value {
        match self {
            Self::Date(date) => json!({"date": date.to_string()}),
            Self::Utc(at) => {
                json!({"dateTime": at.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "timeZone": "UTC"})
            }
            Self::Zoned(at, zone) => {
                json!({"dateTime": at.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone.name()})
            }
        }
    }

    /// As a recurrence line takes it: parameters, and value.
    pub(crate) fn to_line(self) -> (String, String) {
        match self {
            Self::Date(date) => (";VALUE=DATE".to_owned(), date.format("%Y%m%d").to_string()),
            Self::Utc(at) => (String::new(), at.format("%Y%m%dT%H%M%SZ").to_string()),
            Self::Zoned(at, zone) => (
                format!(";TZID={}", zone.name()),
                at.format("%Y%m%dT%H%M%S").to_string(),
            ),
        }
    }
}
