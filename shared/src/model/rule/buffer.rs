//! Time held before and after an event.
//!
//! A series' block begins earlier on the wall clock of the series' zone, and on the same day: so its rule stays as it is, and
//! only what names a time of day (UNTIL, EXDATE, RDATE) moves with it. Where the time before would pass midnight it ends there.
//! Which occurrence is which follows from the distance alone, the [`Lead`].

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::event::{EventKind, SourceEvent, Stamp};
use crate::model::time::EventTime;

/// Longest time before or after an event, in minutes.
const LONGEST: u16 = 12 * 60;

/// More minutes than a buffer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is more than {LONGEST} minutes; shorten it")]
pub struct TooLong;

/// Whole minutes before or after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Minutes(u16);

impl Minutes {
    /// Takes a number of minutes.
    ///
    /// # Errors
    /// More than twelve hours.
    pub fn new(minutes: u16) -> Result<Self, TooLong> {
        match minutes <= LONGEST {
            true => Ok(Self(minutes)),
            false => Err(TooLong),
        }
    }

    fn span(self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.0))
    }
}

impl TryFrom<u16> for Minutes {
    type Error = TooLong;
    fn try_from(minutes: u16) -> Result<Self, TooLong> {
        Self::new(minutes)
    }
}
impl From<Minutes> for u16 {
    fn from(minutes: Minutes) -> u16 {
        minutes.0
    }
}

/// By how many minutes of the wall clock a series' block begins before the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Lead(i32);

impl Lead {
    /// The distance between a series and the block that Google shows of it. Somebody may have moved the block; further
    /// than by half a day, and it tells nothing.
    #[must_use]
    pub fn between(series: &EventTime, block: &EventTime) -> Self {
        let (Some((source, zone)), Some((block, _))) = (zoned(series), zoned(block)) else {
            return Self::default();
        };
        let wall = |at: Timestamp| at.to_zoned(zone.clone()).datetime();
        let apart = wall(block).duration_until(wall(source)).as_mins();
        match i32::try_from(apart) {
            Ok(apart) if apart.unsigned_abs() <= u32::from(LONGEST) => Self(apart),
            Ok(_) | Err(_) => Self::default(),
        }
    }

    /// Whether block and series begin together.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0 == 0
    }

    /// The original start that the series' occurrence at `stamp` has in the block.
    #[must_use]
    pub fn in_block(self, series: &EventTime, stamp: &Stamp) -> Stamp {
        self.moved(series, stamp, -1)
    }

    /// The original start in the series of the block's occurrence at `stamp`. None in a night of a change of clocks in which
    /// one cannot be told from the other.
    #[must_use]
    pub fn in_series(self, series: &EventTime, stamp: &Stamp) -> Option<Stamp> {
        let back = self.moved(series, stamp, 1);
        (self.in_block(series, &back) == *stamp).then_some(back)
    }

    fn moved(self, series: &EventTime, stamp: &Stamp, sign: i64) -> Stamp {
        let (Stamp::Instant(at), Some((_, zone))) = (stamp, zoned(series)) else {
            return stamp.clone();
        };
        let by = SignedDuration::from_mins(sign * i64::from(self.0));
        match by.is_zero() {
            true => stamp.clone(),
            false => earlier(&zone, *at, -by).map_or_else(|| stamp.clone(), Stamp::Instant),
        }
    }
}

fn zoned(time: &EventTime) -> Option<(Timestamp, TimeZone)> {
    match time {
        EventTime::Instants { start, zone, .. } => {
            let zone = zone.as_ref().map_or(TimeZone::UTC, |zone| zone.rules());
            Some((*start, zone))
        }
        EventTime::Days { .. } => None,
    }
}

/// An instant moved back on a wall clock.
fn earlier(zone: &TimeZone, at: Timestamp, by: SignedDuration) -> Option<Timestamp> {
    let wall = at.to_zoned(zone.clone()).datetime().checked_sub(by).ok()?;
    Some(wall.to_zoned(zone.clone()).ok()?.timestamp())
}

/// The time held for an event with `before` and `after` around it, and the rule lines that go with it. Whole days stay
/// whole days.
#[must_use]
pub(super) fn held(
    event: &SourceEvent,
    before: Minutes,
    after: Minutes,
) -> (EventTime, Vec<String>) {
    match (&event.kind, &event.time) {
        (EventKind::Series { recurrence }, EventTime::Days { .. }) => {
            (event.time.clone(), recurrence.clone())
        }
        (EventKind::Series { recurrence }, EventTime::Instants { start, end, zone }) => {
            let rules = zone.as_ref().map_or(TimeZone::UTC, |zone| zone.rules());
            let (start, lines) = series(recurrence, &rules, *start, before);
            let time = EventTime::Instants {
                start,
                end: later(*end, after),
                zone: zone.clone(),
            };
            (time, lines)
        }
        (EventKind::Single | EventKind::Exception { .. }, time) => {
            (around(&time.without_zone(), before, after), Vec::new())
        }
    }
}

/// A time with buffers around it.
fn around(time: &EventTime, before: Minutes, after: Minutes) -> EventTime {
    match time {
        EventTime::Days { .. } => time.clone(),
        EventTime::Instants { start, end, zone } => EventTime::Instants {
            start: start.checked_sub(before.span()).unwrap_or(*start),
            end: later(*end, after),
            zone: zone.clone(),
        },
    }
}

fn later(end: Timestamp, after: Minutes) -> Timestamp {
    end.checked_add(after.span()).unwrap_or(end)
}

fn series(
    recurrence: &[String],
    zone: &TimeZone,
    start: Timestamp,
    before: Minutes,
) -> (Timestamp, Vec<String>) {
    let wall = start.to_zoned(zone.clone()).time();
    let starts = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
    let earliest = earliest(zone, start, starts, starts - i64::from(before.0));
    let by = SignedDuration::from_mins(starts - earliest);
    let moved = || {
        let lines = recurrence.iter().map(|line| moved_line(line, zone, by));
        Some((earlier(zone, start, by)?, lines.collect::<Option<_>>()?))
    };
    // A rule that cannot be moved keeps its beginning.
    match by.is_zero() {
        true => None,
        false => moved(),
    }
    .unwrap_or_else(|| (start, recurrence.to_vec()))
}

/// The minute of the day at which the block of something that `starts` then may begin, not before `wished`: on the same day, and
/// with no change of clocks in between. The block has one length for all its occurrences, and would fall short in that night.
fn earliest(zone: &TimeZone, from: Timestamp, starts: i64, wished: i64) -> i64 {
    let mut earliest = wished.max(0);
    for (low, high) in changes(zone, from) {
        if starts >= high {
            earliest = earliest.max(high);
        } else if starts > low {
            earliest = starts;
        }
    }
    earliest.min(starts)
}

/// The stretches of the day that are skipped or lived twice where a zone changes its clocks in the years to come, in minutes
/// since midnight.
fn changes(zone: &TimeZone, from: Timestamp) -> Vec<(i64, i64)> {
    const DAY: i64 = 24 * 60;
    let until = from
        .saturating_add(SignedDuration::from_hours(24 * 365 * 3))
        .unwrap_or(from);
    let ahead = zone
        .following(from)
        .take_while(|change| change.timestamp() <= until);
    let stretches = ahead.take(12).flat_map(|change| {
        let at = change.timestamp();
        let before = at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at);
        let old = zone.to_offset(before);
        let wall = old.to_datetime(at).time();
        let one = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
        let other = one + i64::from(change.offset().seconds() - old.seconds()) / 60;
        let (low, high) = (one.min(other), one.max(other));
        // Around midnight it lies at the end of one day and the beginning of the next.
        [(low, high), (low + DAY, high + DAY)]
    });
    stretches.collect()
}

/// A rule line with its times of day moved back; none: it cannot be.
fn moved_line(line: &str, zone: &TimeZone, by: SignedDuration) -> Option<String> {
    let (name, value) = line.split_once(':')?;
    let value = match name.split(';').next()? {
        "RRULE" | "EXRULE" => moved_rule(value, zone, by)?,
        "RDATE" | "EXDATE" if name.contains("PERIOD") => return None,
        "RDATE" | "EXDATE" => {
            // Written in a zone of its own, a wall clock other than the series'.
            let own = name.split(';').find_map(|part| part.strip_prefix("TZID="));
            let same = own.is_none_or(|own| zone.iana_name() == Some(own));
            if !same {
                return None;
            }
            let times = value.split(',').map(|time| moved_time(time, zone, by));
            times.collect::<Option<Vec<_>>>()?.join(",")
        }
        _ => return None,
    };
    Some(format!("{name}:{value}"))
}

fn moved_rule(rule: &str, zone: &TimeZone, by: SignedDuration) -> Option<String> {
    let parts = rule.split(';').map(|part| match part.split_once('=')? {
        ("BYHOUR" | "BYMINUTE" | "BYSECOND", _) => None,
        ("FREQ", "HOURLY" | "MINUTELY" | "SECONDLY") => None,
        ("UNTIL", until) => Some(format!("UNTIL={}", moved_time(until, zone, by)?)),
        _ => Some(part.to_owned()),
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join(";"))
}

/// `YYYYMMDD` (a whole day, which stays), `YYYYMMDDTHHMMSS` or the same with Z.
fn moved_time(text: &str, zone: &TimeZone, by: SignedDuration) -> Option<String> {
    const WALL: &str = "%Y%m%dT%H%M%S";
    match text.len() {
        8 => Some(text.to_owned()),
        15 => {
            let wall = DateTime::strptime(WALL, text).ok()?.checked_sub(by).ok()?;
            Some(wall.strftime(WALL).to_string())
        }
        16 => {
            let Stamp::Instant(at) = Stamp::parse(text).ok()? else {
                return None;
            };
            Some(Stamp::Instant(earlier(zone, at, by)?).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GoogleEventId, ZoneName};

    fn event(start: &str, end: &str, zone: &str, lines: &[&str]) -> SourceEvent {
        let time = EventTime::Instants {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            zone: Some(ZoneName::parse(zone).unwrap()),
        };
        let recurrence = lines.iter().map(|line| (*line).to_owned()).collect();
        SourceEvent::new(
            GoogleEventId::parse("event").unwrap(),
            EventKind::Series { recurrence },
            time,
        )
    }

    fn minutes(count: u16) -> Minutes {
        Minutes::new(count).unwrap()
    }

    #[test]
    fn a_series_begins_earlier_on_the_wall_clock_and_its_exceptions_move_with_it() {
        let event = event(
            "2026-03-27T08:00:00Z",
            "2026-03-27T09:00:00Z",
            "Europe/Berlin",
            &[
                "RRULE:FREQ=WEEKLY;UNTIL=20260501T070000Z;BYDAY=FR",
                "EXDATE;TZID=Europe/Berlin:20260403T090000,20260410T090000",
            ],
        );
        let (time, lines) = held(&event, minutes(30), minutes(10));
        assert_eq!(
            time,
            EventTime::Instants {
                start: "2026-03-27T07:30:00Z".parse().unwrap(),
                end: "2026-03-27T09:10:00Z".parse().unwrap(),
                zone: Some(ZoneName::parse("Europe/Berlin").unwrap()),
            }
        );
        assert_eq!(
            lines,
            [
                "RRULE:FREQ=WEEKLY;UNTIL=20260501T063000Z;BYDAY=FR",
                "EXDATE;TZID=Europe/Berlin:20260403T083000,20260410T083000",
            ]
        );
        let lead = Lead::between(&event.time, &time);
        let stamp = Stamp::parse("20260403T070000Z").unwrap();
        let there = lead.in_block(&event.time, &stamp);
        assert_eq!(there.to_string(), "20260403T063000Z");
        assert_eq!(lead.in_series(&event.time, &there), Some(stamp));
    }

    #[test]
    fn the_time_before_a_series_ends_at_midnight() {
        let event = event(
            "2026-03-02T23:10:00Z",
            "2026-03-02T23:40:00Z",
            "Europe/Berlin",
            &["RRULE:FREQ=DAILY"],
        );
        let (time, _) = held(&event, minutes(60), minutes(0));
        let EventTime::Instants { start, .. } = time else {
            panic!("timed")
        };
        assert_eq!(start, "2026-03-02T23:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_rule_that_cannot_be_moved_keeps_its_beginning() {
        for line in [
            "RRULE:FREQ=DAILY;BYHOUR=9,15",
            "RRULE:FREQ=HOURLY",
            "RDATE;VALUE=PERIOD:20260101T000000Z/PT1H",
            "EXDATE;TZID=Asia/Tokyo:20260403T090000",
            "X-OTHER",
        ] {
            let event = event(
                "2026-03-27T08:00:00Z",
                "2026-03-27T09:00:00Z",
                "Europe/Berlin",
                &[line],
            );
            let (time, lines) = held(&event, minutes(30), minutes(0));
            assert_eq!((time, lines), (event.time, vec![line.to_owned()]));
        }
    }

    #[test]
    fn an_occurrence_in_the_night_of_a_change_of_clocks_is_told_or_left_alone() {
        let series: EventTime = EventTime::Instants {
            start: "2026-03-01T02:00:00Z".parse().unwrap(),
            end: "2026-03-01T03:00:00Z".parse().unwrap(),
            zone: Some(ZoneName::parse("Europe/Berlin").unwrap()),
        };
        for minutes in [-90, 30, 60, 90] {
            let lead = Lead(minutes);
            for day in 27..=30 {
                for hour in 0..4 {
                    let stamp = Stamp::parse(&format!("202603{day}T0{hour}0000Z")).unwrap();
                    let there = lead.in_block(&series, &stamp);
                    let back = lead.in_series(&series, &there);
                    let again = back.map(|back| lead.in_block(&series, &back));
                    assert!(again.is_none_or(|again| again == there));
                }
            }
        }
    }
}
