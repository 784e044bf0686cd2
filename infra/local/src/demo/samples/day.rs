//! Times and bodies of sample events: days are counted from the Monday of the present week.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// The present week.
#[derive(Debug, Clone, Copy)]
pub(super) struct Week(Date);

impl Week {
    pub(super) fn of(now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        let since = today.weekday().to_monday_zero_offset();
        Self(today.saturating_sub(i64::from(since).days()))
    }

    /// The date `days` after Monday.
    pub(super) fn date(self, days: i64) -> Date {
        self.0.saturating_add(days.days())
    }

    /// An instant on the wall of a zone.
    pub(super) fn at(self, days: i64, time: &str, zone: &str) -> Value {
        json!({"dateTime": format!("{}T{time}:00", self.date(days)), "timeZone": zone})
    }

    /// An event from one time of a day to another.
    pub(super) fn timed(
        self,
        title: &str,
        days: i64,
        (from, to): (&str, &str),
        zone: &str,
    ) -> Value {
        json!({"summary": title, "start": self.at(days, from, zone), "end": self.at(days, to, zone)})
    }

    /// An event of whole days, from the first to before the last.
    pub(super) fn whole(self, title: &str, from: i64, until: i64) -> Value {
        let day = |days| json!({"date": self.date(days).to_string()});
        json!({"summary": title, "start": day(from), "end": day(until)})
    }
}

/// `body` with more fields.
pub(super) fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// The fields of a series under an id of its own.
pub(super) fn series(id: &str, rule: &str) -> Value {
    json!({"id": id, "recurrence": [format!("RRULE:{rule}")]})
}

/// The guests of an invitation: its host, and the person with an answer.
pub(super) fn invitation(own: &str, answer: &str) -> Value {
    json!({"attendees": [
        {"email": "host@elsewhere.example", "responseStatus": "accepted"},
        {"email": own, "responseStatus": answer},
    ]})
}
