//! Moving a file's events to the present, by whole weeks, so that rules about weekdays still hold. Wall-clock times stay.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::{
    ics::{
        IcsCalendar,
        event::{IcsEvent, Part},
        time::{IcsTime, parse},
    },
    world::time::resolve,
};

impl IcsCalendar {
    /// Moves all events by the whole number of weeks that brings their middle nearest to `now`. Returns the weeks.
    pub fn shift(&mut self, now: DateTime<Utc>) -> i64 {
        let home = self.zone.unwrap_or(Tz::UTC);
        let mut starts: Vec<DateTime<Utc>> = self
            .events
            .iter()
            .map(|event| event.start.instant(home))
            .collect();
        starts.sort_unstable();
        let Some(middle) = starts.get(starts.len() / 2) else {
            return 0;
        };
        let week = Duration::weeks(1).num_seconds();
        let weeks = ((now - *middle).num_seconds() + week / 2).div_euclid(week);
        self.shift_weeks(weeks);
        weeks
    }

    /// Moves all events by whole weeks.
    pub fn shift_weeks(&mut self, weeks: i64) {
        let home = self.zone.unwrap_or(Tz::UTC);
        let by = Duration::weeks(weeks);
        let zones: Vec<Tz> = self
            .events
            .iter()
            .map(|event| self.zone_of(event, home))
            .collect();
        for (event, zone) in self.events.iter_mut().zip(zones) {
            shift_event(event, by, zone);
        }
    }

    /// The zone whose wall clock an event keeps: that of its series, or of its own start, or the calendar's for single instants.
    fn zone_of(&self, event: &IcsEvent, home: Tz) -> Tz {
        let same = |other: &&IcsEvent| other.overrides.is_none() && other.uid == event.uid;
        let series = event
            .overrides
            .and_then(|_| self.events.iter().find(same))
            .unwrap_or(event);
        match series.start {
            IcsTime::Zoned(_, zone) => zone,
            IcsTime::Utc(_) if series.recurrence.is_empty() && event.overrides.is_none() => home,
            IcsTime::Utc(_) => Tz::UTC,
            IcsTime::Date(_) => home,
        }
    }
}

fn shift_event(event: &mut IcsEvent, by: Duration, zone: Tz) {
    let moved = |time: IcsTime| shift_time(time, by, zone);
    event.start = moved(event.start);
    event.end = moved(event.end);
    event.overrides = event.overrides.map(moved);
    for part in &mut event.recurrence {
        match part {
            Part::Rule(text) => *text = shift_rule(text, by, zone),
            Part::Added(times) | Part::Left(times) => {
                times.iter_mut().for_each(|time| *time = moved(*time))
            }
        }
    }
}

/// An instant moves on the wall clock of `zone`.
fn shift_time(time: IcsTime, by: Duration, zone: Tz) -> IcsTime {
    match time {
        IcsTime::Date(date) => IcsTime::Date(date.checked_add_signed(by).unwrap_or(date)),
        IcsTime::Zoned(at, own) => IcsTime::Zoned(at.checked_add_signed(by).unwrap_or(at), own),
        IcsTime::Utc(at) => {
            let local = at.and_utc().with_timezone(&zone).naive_local();
            let moved = local
                .checked_add_signed(by)
                .map(|local| resolve(local, zone).naive_utc());
            IcsTime::Utc(moved.unwrap_or(at))
        }
    }
}

fn shift_rule(text: &str, by: Duration, zone: Tz) -> String {
    let part = |part: &str| {
        let until = part
            .split_once('=')
            .filter(|(name, _)| name.eq_ignore_ascii_case("UNTIL"));
        let moved = until
            .and_then(|(_, value)| parse(value, zone))
            .map(|time| shift_time(time, by, zone));
        moved.map_or_else(
            || part.to_owned(),
            |time| format!("UNTIL={}", time.to_line().1),
        )
    };
    text.split(';').map(part).collect::<Vec<_>>().join(";")
}
