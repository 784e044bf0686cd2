//! When an event is: either whole days or two instants, never a mixture.
//!
//! An all-day date never passes through UTC: it is a civil date and stays one.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A time that no event can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// The start or the end is missing.
    #[error("start or end is missing")]
    Missing,
    /// One is a date and the other an instant.
    #[error("start and end are not of the same kind")]
    Mixed,
    /// The text is no RFC 3339 date or date-time.
    #[error("{field} is not a date or date-time that a calendar can hold")]
    Unreadable {
        /// `start`, `end` or `originalStartTime`.
        field: &'static str,
    },
    /// The end is before the start.
    #[error("the end is before the start")]
    Backwards,
    /// The zone is in no IANA database.
    #[error("the time zone is not in the IANA database")]
    UnknownZone,
    /// A series of timed events names no zone.
    #[error("a series needs a time zone")]
    NoZone,
}

/// The name of an IANA time zone that this build knows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

impl ZoneName {
    /// Takes a name that the IANA database has.
    ///
    /// # Errors
    /// [`BadTime::UnknownZone`].
    pub fn parse(name: impl Into<String>) -> Result<Self, BadTime> {
        let name = name.into();
        match TimeZone::get(&name) {
            Ok(_) => Ok(Self(name)),
            Err(_) => Err(BadTime::UnknownZone),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its rules; UTC could only stand in if the database changed under the running process.
    #[must_use]
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ZoneName({})", self.0)
    }
}
impl TryFrom<String> for ZoneName {
    type Error = BadTime;
    fn try_from(name: String) -> Result<Self, BadTime> {
        Self::parse(name)
    }
}
impl From<ZoneName> for String {
    fn from(name: ZoneName) -> String {
        name.0
    }
}

/// Start and end of an event; the end is exclusive and not before the start.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventTime {
    /// Whole days.
    Days {
        /// First day.
        start: Date,
        /// The day after the last.
        end: Date,
    },
    /// Two instants, and the zone in which a series repeats.
    Instants {
        /// Start.
        start: Timestamp,
        /// End.
        end: Timestamp,
        /// The zone of the start; only a series needs it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<ZoneName>,
    },
}

impl EventTime {
    /// Whole days from `start` to before `end`.
    ///
    /// # Errors
    /// [`BadTime::Backwards`].
    pub fn days(start: Date, end: Date) -> Result<Self, BadTime> {
        if end < start {
            return Err(BadTime::Backwards);
        }
        Ok(Self::Days { start, end })
    }

    /// From instant to instant.
    ///
    /// # Errors
    /// [`BadTime::Backwards`].
    pub fn instants(
        start: Timestamp,
        end: Timestamp,
        zone: Option<ZoneName>,
    ) -> Result<Self, BadTime> {
        if end < start {
            return Err(BadTime::Backwards);
        }
        Ok(Self::Instants { start, end, zone })
    }

    /// Whether it takes no time at all. Google refuses to create such an event, though it can hold one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Days { start, end } => start == end,
            Self::Instants { start, end, .. } => start == end,
        }
    }

    /// Whether it lasts longer than a day.
    #[must_use]
    pub fn is_longer_than_a_day(&self) -> bool {
        match self {
            Self::Days { start, end } => start.tomorrow().is_ok_and(|next| *end > next),
            Self::Instants { start, end, .. } => {
                start.duration_until(*end) > SignedDuration::from_hours(24)
            }
        }
    }

    /// The latest instant at which it can end anywhere on Earth: a whole day ends last at UTC-12.
    #[must_use]
    pub fn ends_by(&self) -> Timestamp {
        match self {
            Self::Days { end, .. } => latest_midnight(*end),
            Self::Instants { end, .. } => *end,
        }
    }

    /// The earliest instant at which it can end anywhere: a whole day ends first at UTC+14.
    #[must_use]
    pub fn ends_after(&self) -> Timestamp {
        match self {
            Self::Days { end, .. } => earliest_midnight(*end),
            Self::Instants { end, .. } => *end,
        }
    }

    /// No occurrence of this time lasts longer, wherever on Earth it is.
    #[must_use]
    pub fn longest(&self) -> SignedDuration {
        match self {
            Self::Days { .. } => earliest_midnight_of(self).duration_until(self.ends_by()),
            Self::Instants { start, end, .. } => start.duration_until(*end),
        }
    }

    /// The same time without a zone: what a single event's block needs.
    #[must_use]
    pub fn without_zone(&self) -> Self {
        match self {
            Self::Days { .. } => self.clone(),
            Self::Instants { start, end, .. } => Self::Instants {
                start: *start,
                end: *end,
                zone: None,
            },
        }
    }

    /// As long as this one, but starting at `day`.
    #[must_use]
    pub fn moved_to_day(&self, day: Date) -> Self {
        let length = match self {
            Self::Days { start, end } => start.until(*end).unwrap_or_default(),
            Self::Instants { .. } => Span::new().days(1),
        };
        Self::Days {
            start: day,
            end: day.saturating_add(length),
        }
    }

    /// As long as this one, but starting at `instant`.
    #[must_use]
    pub fn moved_to_instant(&self, instant: Timestamp) -> Self {
        let length = match self {
            Self::Days { .. } => SignedDuration::from_hours(24),
            Self::Instants { start, end, .. } => start.duration_until(*end),
        };
        Self::Instants {
            start: instant,
            end: instant.checked_add(length).unwrap_or(Timestamp::MAX),
            zone: None,
        }
    }
}

fn midnight_at(day: Date, offset_hours: i8) -> Timestamp {
    let offset = jiff::tz::Offset::constant(offset_hours);
    offset
        .to_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
        .unwrap_or(Timestamp::MAX)
}

fn latest_midnight(day: Date) -> Timestamp {
    midnight_at(day, -12)
}

fn earliest_midnight(day: Date) -> Timestamp {
    midnight_at(day, 14)
}

fn earliest_midnight_of(time: &EventTime) -> Timestamp {
    match time {
        EventTime::Days { start, .. } => earliest_midnight(*start),
        EventTime::Instants { start, .. } => *start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_end_before_the_start_is_refused() {
        assert_eq!(
            EventTime::days(date(2026, 5, 2), date(2026, 5, 1)),
            Err(BadTime::Backwards)
        );
        let (later, sooner) = (Timestamp::from_second(10), Timestamp::from_second(9));
        assert_eq!(
            EventTime::instants(later.unwrap(), sooner.unwrap(), None),
            Err(BadTime::Backwards)
        );
    }

    #[test]
    fn a_day_ends_between_utc_plus_14_and_utc_minus_12() {
        let day = EventTime::days(date(2026, 5, 1), date(2026, 5, 2)).unwrap();
        assert_eq!(day.ends_after().to_string(), "2026-05-01T10:00:00Z");
        assert_eq!(day.ends_by().to_string(), "2026-05-02T12:00:00Z");
    }

    #[test]
    fn only_zones_of_the_iana_database_are_names() {
        assert!(ZoneName::parse("Europe/Berlin").is_ok());
        assert_eq!(ZoneName::parse("Mars/Olympus"), Err(BadTime::UnknownZone));
    }
}
