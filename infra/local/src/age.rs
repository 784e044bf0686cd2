//! How long ago something was, for people and for programs.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// A moment of the past, and how long ago it was when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Since {
    /// When.
    pub since: Timestamp,
    /// Seconds from then to the look; 0 for what lies ahead.
    pub seconds: u64,
}

impl Since {
    /// A moment as seen from `now`.
    #[must_use]
    pub fn new(since: Timestamp, now: Timestamp) -> Self {
        let seconds = since.duration_until(now).as_secs();
        Self {
            since,
            seconds: u64::try_from(seconds).unwrap_or_default(),
        }
    }
}

/// `40s`, `3m`, `2h 5m`, `4d 3h`.
impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        length(f, self.seconds)
    }
}

/// The time from now until something, in the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until(SignedDuration);

impl Until {
    /// The time from `now` to `at`.
    #[must_use]
    pub fn new(at: Timestamp, now: Timestamp) -> Self {
        Self(now.duration_until(at))
    }
}

/// `in 5m`, or `3m ago`.
impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.unsigned_abs().as_secs();
        match self.0.is_positive() {
            true => {
                f.write_str("in ")?;
                length(f, seconds)
            }
            false => {
                length(f, seconds)?;
                f.write_str(" ago")
            }
        }
    }
}

fn length(f: &mut fmt::Formatter<'_>, seconds: u64) -> fmt::Result {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => write!(f, "{seconds}s"),
        (0, 0, _) => write!(f, "{minutes}m"),
        (0, _, _) => write!(f, "{hours}h {}m", minutes % 60),
        (_, _, _) => write!(f, "{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_units_that_matter() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let check = |seconds: i64, text: &str| {
            let then = Timestamp::from_second(1_000_000 - seconds).unwrap();
            assert_eq!(Since::new(then, now).to_string(), text);
        };
        check(-5, "0s");
        check(40, "40s");
        check(200, "3m");
        check(7_500, "2h 5m");
        check(356_400, "4d 3h");
        let soon = Timestamp::from_second(1_000_300).unwrap();
        assert_eq!(Until::new(soon, now).to_string(), "in 5m");
        assert_eq!(Until::new(now, soon).to_string(), "5m ago");
    }
}
