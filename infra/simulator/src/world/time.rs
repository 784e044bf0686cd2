//! Event times: a date, or an instant with a zone. All-day dates never pass through a zone.

use chrono::{
    DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc,
};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::wire::refusal::Refusal;

/// One end of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventTime {
    /// A whole day.
    Date(NaiveDate),
    /// An instant, and the zone in which a series with it repeats.
    Timed {
        /// The instant, to the second.
        at: DateTime<Utc>,
        /// The zone named by the writer.
        zone: Option<Tz>,
    },
}

impl EventTime {
    /// Reads `{date}` or `{dateTime, timeZone}`; `what` is `start` or `end`, for the message.
    pub(crate) fn parse(value: &Value, what: &str, fill: Option<Tz>) -> Result<Self, Refusal> {
        let invalid = || Refusal::invalid(&format!("Invalid {what} time."));
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        match (text("date"), text("dateTime")) {
            (Some(date), None) => date.parse().map(Self::Date).map_err(|_| invalid()),
            (None, Some(time)) => Self::timed(time, text("timeZone"), what, fill),
            (Some(_), Some(_)) | (None, None) => Err(invalid()),
        }
    }

    fn timed(
        time: &str,
        zone: Option<&str>,
        what: &str,
        fill: Option<Tz>,
    ) -> Result<Self, Refusal> {
        let unknown =
            |_| Refusal::invalid(&format!("Invalid time zone definition for {what} time."));
        let zone = zone
            .map(|name| name.parse::<Tz>().map_err(unknown))
            .transpose()?;
        if let Ok(at) = DateTime::parse_from_rfc3339(time) {
            let at = whole_second(at.with_timezone(&Utc));
            return Ok(Self::Timed {
                at,
                zone: zone.or(fill),
            });
        }
        let local = NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S%.f")
            .map_err(|_| Refusal::invalid(&format!("Invalid {what} time.")))?;
        let Some(zone) = zone else {
            return Err(Refusal::required(&format!(
                "Missing time zone definition for {what} time."
            )));
        };
        Ok(Self::Timed {
            at: whole_second(resolve(local, zone)),
            zone: Some(zone),
        })
    }

    /// Whether this is a whole day.
    pub(crate) fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The instant; a date starts at midnight in `calendar_zone`.
    pub(crate) fn instant(self, calendar_zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Date(date) => resolve(date.and_time(chrono::NaiveTime::MIN), calendar_zone),
            Self::Timed { at, .. } => at,
        }
    }

    /// The part after the underscore of an instance id.
    pub(crate) fn stamp(self) -> String {
        match self {
            Self::Date(date) => date.format("%Y%m%d").to_string(),
            Self::Timed { at, .. } => at.format("%Y%m%dT%H%M%SZ").to_string(),
        }
    }

    /// As Google shows it: the offset is that of the zone looked through, `timeZone` is the event's own.
    pub(crate) fn to_json(self, shown_in: Tz) -> Value {
        match self {
            Self::Date(date) => json!({"date": date.to_string()}),
            Self::Timed { at, zone } => {
                let mut map = Map::new();
                map.insert("dateTime".into(), local_rfc3339(at, shown_in).into());
                if let Some(zone) = zone {
                    map.insert("timeZone".into(), zone.name().into());
                }
                Value::Object(map)
            }
        }
    }

    /// Later by a length that fits the kind: days for dates.
    pub(crate) fn plus(self, length: Duration) -> Self {
        match self {
            Self::Date(date) => {
                Self::Date(date.checked_add_signed(length).unwrap_or(NaiveDate::MAX))
            }
            Self::Timed { at, zone } => Self::Timed {
                at: at
                    .checked_add_signed(length)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC),
                zone,
            },
        }
    }

    /// From `self` to `later`; zero if the kinds differ.
    pub(crate) fn until(self, later: Self) -> Duration {
        match (self, later) {
            (Self::Date(from), Self::Date(to)) => to - from,
            (Self::Timed { at: from, .. }, Self::Timed { at: to, .. }) => to - from,
            (Self::Date(_), Self::Timed { .. }) | (Self::Timed { .. }, Self::Date(_)) => {
                Duration::zero()
            }
        }
    }

    /// The same moment, whatever zone it was written in.
    pub(crate) fn same_moment(self, other: Self) -> bool {
        match (self, other) {
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Timed { at: a, .. }, Self::Timed { at: b, .. }) => a == b,
            (Self::Date(_), Self::Timed { .. }) | (Self::Timed { .. }, Self::Date(_)) => false,
        }
    }
}

/// A wall-clock time in a zone: the earlier of two, and past a gap by the gap's length.
pub(crate) fn resolve(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at.with_timezone(&Utc),
        LocalResult::Ambiguous(early, _) => early.with_timezone(&Utc),
        LocalResult::None => {
            let before = local - Duration::hours(3);
            zone.from_local_datetime(&before).earliest().map_or_else(
                || local.and_utc(),
                |at| at.with_timezone(&Utc) + Duration::hours(3),
            )
        }
    }
}

fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// RFC 3339 with the zone's offset, `Z` for UTC.
pub(crate) fn local_rfc3339(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: Value) -> Result<EventTime, String> {
        EventTime::parse(&value, "start", None).map_err(|refusal| refusal.message.into())
    }

    #[test]
    fn times_need_an_offset_or_a_zone() {
        assert!(parse(json!({"dateTime": "2026-03-01T10:00:00Z"})).is_ok());
        assert!(
            parse(json!({"dateTime": "2026-03-01T10:00:00", "timeZone": "Europe/Berlin"})).is_ok()
        );
        let missing = "Missing time zone definition for start time.".to_owned();
        assert_eq!(
            parse(json!({"dateTime": "2026-03-01T10:00:00"})),
            Err(missing)
        );
        let unknown = "Invalid time zone definition for start time.".to_owned();
        assert_eq!(
            parse(json!({"dateTime": "2026-03-01T10:00:00Z", "timeZone": "Mars"})),
            Err(unknown)
        );
    }

    #[test]
    fn a_date_beside_a_time_is_refused() {
        let both = json!({"date": "2026-03-01", "dateTime": "2026-03-01T10:00:00Z"});
        assert_eq!(parse(both), Err("Invalid start time.".to_owned()));
        assert!(parse(json!({"date": "2026-03-01", "dateTime": null})).is_ok());
    }

    #[test]
    fn a_time_in_the_gap_moves_past_it() {
        let local = "2026-03-29T02:30:00".parse().unwrap();
        assert_eq!(
            resolve(local, Tz::Europe__Berlin).to_rfc3339(),
            "2026-03-29T01:30:00+00:00"
        );
    }

    #[test]
    fn times_are_shown_in_the_zone_looked_through() {
        let time =
            parse(json!({"dateTime": "2026-07-01T10:00:00Z", "timeZone": "America/New_York"}))
                .unwrap();
        let shown =
            json!({"dateTime": "2026-07-01T12:00:00+02:00", "timeZone": "America/New_York"});
        assert_eq!(time.to_json(Tz::Europe__Berlin), shown);
        assert_eq!(time.stamp(), "20260701T100000Z");
    }
}
