//! A row: facts, mirrors, and `pending` only while a push has something to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::instant::Instant;
use super::{Item, instant, read, write};
use crate::model::{CalendarId, Epoch, Mirror, Park, Rev, Row, Source};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::{Key, event};

/// Compare-and-set counter.
pub(in crate::store) const REV: &str = "rev";
/// The epoch of the last sync of the source calendar that wrote it.
pub(in crate::store) const EPOCH: &str = "epoch";
/// Since when some mirror can be pushed; there only as long as that is so.
pub(in crate::store) const PENDING: &str = "pending";

#[derive(Serialize, Deserialize)]
struct Body {
    facts: Source,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    mirrors: BTreeMap<CalendarId, Mirror>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked: Option<Park>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<Instant>,
    rev: Rev,
    epoch: Epoch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

/// The key of a row.
pub(in crate::store) fn key(row: &Row) -> Key {
    event::key(row.calendar, &row.key)
}

/// The stored form.
pub(in crate::store) fn encode(row: &Row) -> Result<Item, StoreError> {
    let body = Body {
        facts: row.source.clone(),
        mirrors: row.mirrors.clone(),
        parked: row.parked.clone(),
        pending: row.pending_since.map(Instant),
        rev: row.rev,
        epoch: row.epoch,
        expires: row.expires.map(instant::seconds),
    };
    write(&key(row), &body)
}

/// The row of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Row, StoreError> {
    let key = super::key_of(&item);
    let named = event::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a row"))?;
    let body: Body = read(&key, item)?;
    Ok(Row {
        calendar: named.0,
        key: named.1,
        source: body.facts,
        mirrors: body.mirrors,
        parked: body.parked,
        rev: body.rev,
        epoch: body.epoch,
        expires: body.expires.and_then(instant::of_seconds),
        pending_since: body.pending.map(|since| since.0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::size;
    use super::*;
    use crate::model::{
        Cause, Change, Dismissed, Etag, EventKey, EventKind, EventTime, EventType, Fingerprint,
        Generation, GoogleEventId, Have, Lead, ParkKind, Response, Retry, SourceEvent, Stamp,
        Status, Want,
    };
    use crate::store::keys::samples::calendar;
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn print() -> Fingerprint {
        Fingerprint::parse("0123456789abcdefghijklmn").unwrap()
    }

    fn event(kind: EventKind) -> SourceEvent {
        SourceEvent {
            id: GoogleEventId::parse("6t8kcm4djuqb9o6bkpd6ai92pk").unwrap(),
            kind,
            time: EventTime::instants(at(1_767_604_200), at(1_767_607_800), None).unwrap(),
            status: Status::Confirmed,
            response: Response::Accepted,
            free: false,
            event_type: EventType::Default,
            guests: false,
            title: None,
            private: false,
            words: std::collections::BTreeSet::new(),
            etag: Some(Etag::parse("\"3535287843292000\"").unwrap()),
        }
    }

    fn mirror() -> Mirror {
        Mirror {
            want: Want::Own(print()),
            have: Have::Own(print()),
            etag: Some(Etag::parse("\"3535287843292000\"").unwrap()),
            ..Mirror::default()
        }
    }

    fn row(source: Source, mirrors: impl IntoIterator<Item = Mirror>) -> Row {
        let targets = (1..).map(|byte| CalendarId::from_bytes([byte; CalendarId::BYTES]));
        Row {
            source,
            mirrors: targets.zip(mirrors).collect(),
            rev: Rev(3),
            epoch: Epoch(2),
            expires: Some(at(1_775_380_200)),
            ..Row::new(
                calendar(),
                EventKey::parse("6t8kcm4djuqb9o6bkpd6ai92pk").unwrap(),
            )
        }
    }

    fn sources() -> Vec<Source> {
        let series = EventKey::parse("abc").unwrap();
        let original = Stamp::parse("20260101T090000Z").unwrap();
        let recurrence = vec!["RRULE:FREQ=WEEKLY;BYDAY=MO".to_owned()];
        vec![
            Source::Unseen,
            Source::Gone,
            Source::Live(event(EventKind::Single)),
            Source::Live(event(EventKind::Series { recurrence })),
            Source::Live(event(EventKind::Exception {
                series: series.clone(),
                original: original.clone(),
            })),
            Source::Hidden {
                id: GoogleEventId::parse("abc_20260101T090000Z").unwrap(),
                series: series.clone(),
                original: original.clone(),
            },
            Source::Follows { series, original },
        ]
    }

    fn zoned(hour: i64) -> EventTime {
        let zone = crate::model::ZoneName::parse("Europe/Berlin").unwrap();
        let start = at(1_767_571_200 + 3600 * hour);
        EventTime::instants(start, start, Some(zone)).unwrap()
    }

    fn full_mirror() -> Mirror {
        Mirror {
            have: Have::Unknown,
            generation: Generation(2),
            strays: [Generation(0).into(), Generation(1).into()].into(),
            stored: Some(print()),
            twin: true,
            lead: Lead::between(&zoned(7), &zoned(5)),
            dismissed: Some(Dismissed {
                moment: print(),
                removed: true,
            }),
            cause: Some(Cause::Person),
            rewrites: 4,
            parked: Some(Park {
                kind: ParkKind::Refused,
                reason: "refused".into(),
                since: at(5),
            }),
            retry: Some(Retry {
                failures: 2,
                at: at(9),
                why: "too many requests: answered 429 (rateLimitExceeded)".into(),
            }),
            ..mirror()
        }
    }

    #[test]
    fn rows_of_every_source_read_back() {
        for source in sources() {
            let row = row(source, [mirror(), full_mirror(), Mirror::default()]);
            assert_eq!(decode(encode(&row).unwrap()), Ok(row));
        }
    }

    #[test]
    fn a_bare_row_reads_back() {
        let row = Row::new(calendar(), EventKey::parse("abc").unwrap());
        assert_eq!(decode(encode(&row).unwrap()), Ok(row));
    }

    #[test]
    fn pending_is_there_only_while_a_push_has_something_to_do() {
        let ahead = Mirror {
            have: Have::Nothing,
            ..mirror()
        };
        for (mirror, expected) in [(mirror(), false), (ahead, true)] {
            let mut row = row(Source::Live(event(EventKind::Single)), [mirror]);
            crate::plan::mark(&mut row, at(5));
            let item = encode(&row).unwrap();
            assert_eq!(item.contains_key(PENDING), expected);
        }
    }

    #[test]
    fn a_row_with_three_mirrors_costs_one_write_unit() {
        let typical = row(
            Source::Live(event(EventKind::Single)),
            [mirror(), mirror(), mirror()],
        );
        let bytes = size::item(&encode(&typical).unwrap());
        assert!(bytes <= 820, "{bytes}");
    }

    #[test]
    fn a_row_with_three_mirrors_that_all_changed_often_still_does() {
        let mut often = mirror();
        for second in 0..10 {
            let (before, after) = (Have::Own(print()), Have::Own(print()));
            let at = at(1_775_380_200 + second);
            often.note(Change::new(at, Cause::Event, Epoch(1_000), before, after));
        }
        let often = row(
            Source::Live(event(EventKind::Single)),
            [often.clone(), often.clone(), often],
        );
        assert_eq!(decode(encode(&often).unwrap()), Ok(often.clone()));
        let bytes = size::item(&encode(&often).unwrap());
        assert!(bytes <= 1024, "{bytes}");
    }

    #[test]
    fn a_row_that_cannot_be_read_names_its_key_and_nothing_else() {
        let mut item = encode(&row(Source::Gone, [])).unwrap();
        item.insert("facts".into(), super::super::text("secret"));
        let error = decode(item).unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { .. }));
        assert!(!format!("{error:?}").contains("secret"));
    }
}
