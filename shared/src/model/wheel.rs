//! The wheel: which calendars are looked at in which minute, without any trigger.

use std::time::Duration;

use jiff::Timestamp;

use super::commit::{Failing, FailureClass};
use super::ids::CalendarId;
use crate::limits::{FAILING_LONG, FAILURES_BEFORE_FINDING};

/// How often a calendar is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// No push channel: every 5 minutes.
    Minutes5,
    /// Failing: every 15 minutes.
    Minutes15,
    /// Failing for long: every hour.
    Minutes60,
    /// Its push channel is alive: every 6 hours.
    Minutes360,
}

impl Interval {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [
        Self::Minutes5,
        Self::Minutes15,
        Self::Minutes60,
        Self::Minutes360,
    ];

    /// Its length in minutes.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        match self {
            Self::Minutes5 => 5,
            Self::Minutes15 => 15,
            Self::Minutes60 => 60,
            Self::Minutes360 => 360,
        }
    }

    /// How often a calendar is looked at that has been `failing`, or not. Who denies access is asked once an hour; who is
    /// there again is soon heard of all the same.
    #[must_use]
    pub fn due_to(failing: Option<&Failing>, now: Timestamp) -> Self {
        let Some(failing) = failing.filter(|failing| failing.count >= FAILURES_BEFORE_FINDING)
        else {
            return Self::Minutes5;
        };
        let lasts = Duration::try_from(failing.since.duration_until(now)).unwrap_or_default();
        match failing.class == FailureClass::Denied || lasts >= FAILING_LONG {
            true => Self::Minutes60,
            false => Self::Minutes15,
        }
    }

    /// The one of this length.
    #[must_use]
    pub fn of_minutes(minutes: u16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.minutes() == minutes)
    }
}

/// A place on the wheel: an interval, and the minute within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spoke {
    interval: Interval,
    phase: u16,
}

impl Spoke {
    /// The spoke of `interval` at `phase` minutes; a phase beyond the interval wraps around.
    #[must_use]
    pub fn new(interval: Interval, phase: u16) -> Self {
        let phase = phase.checked_rem(interval.minutes()).unwrap_or(0);
        Self { interval, phase }
    }

    /// The spoke of a calendar: ids are digests, so they spread evenly over the phases.
    #[must_use]
    pub fn of(calendar: CalendarId, interval: Interval) -> Self {
        let [.., a, b, _, _] = *calendar.bytes();
        Self::new(interval, u16::from_be_bytes([a, b]))
    }

    /// How often.
    #[must_use]
    pub fn interval(self) -> Interval {
        self.interval
    }

    /// In which minute of the interval.
    #[must_use]
    pub fn phase(self) -> u16 {
        self.phase
    }
}

/// The spokes that are due in a minute, counted from 1970: one of each interval.
#[must_use]
pub fn spokes_due(minute: u64) -> [Spoke; 4] {
    Interval::ALL.map(|interval| {
        let phase = minute.checked_rem(interval.minutes().into()).unwrap_or(0);
        Spoke::new(interval, u16::try_from(phase).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoke_is_due_once_in_its_interval() {
        for interval in Interval::ALL {
            let spoke = Spoke::new(interval, 3);
            let length = u64::from(interval.minutes());
            let start = 29_460_000;
            let times = (start..start + length)
                .filter(|minute| spokes_due(*minute).contains(&spoke))
                .count();
            assert_eq!(times, 1);
        }
    }

    #[test]
    fn a_phase_beyond_the_interval_wraps_around() {
        let spoke = Spoke::new(Interval::Minutes5, 13);
        assert_eq!(spoke, Spoke::new(Interval::Minutes5, 3));
    }

    #[test]
    fn what_keeps_failing_is_looked_at_less_often() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let every = |count, class, lasts| {
            let failing = Failing {
                since: at(0),
                count,
                class,
                error: String::new(),
                account: None,
            };
            Interval::due_to(Some(&failing), at(lasts))
        };
        assert_eq!(Interval::due_to(None, at(0)), Interval::Minutes5);
        assert_eq!(every(2, FailureClass::Denied, 600), Interval::Minutes5);
        assert_eq!(every(3, FailureClass::Denied, 600), Interval::Minutes60);
        assert_eq!(every(3, FailureClass::Later, 600), Interval::Minutes15);
        assert_eq!(every(9, FailureClass::Later, 86_400), Interval::Minutes60);
    }
}
