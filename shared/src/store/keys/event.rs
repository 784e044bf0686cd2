//! `CAL#<calendar>` / `EVENT#<event key>`.

use super::{Key, state};
use crate::model::{CalendarId, EventKey, Stamp};

/// Begins the sort key of every row.
pub(in crate::store) const EVENT: &str = "EVENT#";

/// The key of a row.
pub(in crate::store) fn key(calendar: CalendarId, event: &EventKey) -> Key {
    Key::new(state::partition(calendar), format!("{EVENT}{event}"))
}

/// The calendar and event of the row that has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<(CalendarId, EventKey)> {
    let event = EventKey::parse(key.sk.strip_prefix(EVENT)?).ok()?;
    Some((state::parse_partition(&key.pk)?, event))
}

/// Begins the sort keys of all exceptions of `series`; other rows may begin with it too.
pub(in crate::store) fn family_prefix(series: &EventKey) -> String {
    format!("{EVENT}{series}_")
}

/// Whether `event` is called as an exception of `series` is.
pub(in crate::store) fn is_named_after(event: &EventKey, series: &EventKey) -> bool {
    event
        .as_str()
        .strip_prefix(series.as_str())
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|stamp| Stamp::parse(stamp).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    fn names() -> impl Strategy<Value = EventKey> {
        "[a-v0-9_#~!A-Z]{1,60}".prop_map(|text| EventKey::parse(text).unwrap())
    }

    proptest! {
        #[test]
        fn a_row_key_reads_back(calendar in calendars(), event in names()) {
            prop_assert_eq!(parse(&key(calendar, &event)), Some((calendar, event)));
        }

        #[test]
        fn rows_of_a_calendar_sort_as_their_events(a in names(), b in names()) {
            let calendar = super::super::samples::calendar();
            prop_assert_eq!(key(calendar, &a).cmp(&key(calendar, &b)), a.cmp(&b));
        }
    }

    #[test]
    fn only_a_stamp_makes_an_exceptions_name() {
        let event = |text: &str| EventKey::parse(text).unwrap();
        let series = event("abc");
        assert!(is_named_after(&event("abc_20260101"), &series));
        assert!(is_named_after(&event("abc_20260101T090000Z"), &series));
        for other in ["abc", "abc_", "abc_x", "abcd_20260101", "abc_R20260101"] {
            assert!(!is_named_after(&event(other), &series), "{other}");
        }
    }

    #[test]
    fn exceptions_stand_under_their_series_prefix() {
        let series = EventKey::parse("abc").unwrap();
        let stamp = Stamp::parse("20260101").unwrap();
        let exception = EventKey::exception(&series, &stamp);
        let key = key(super::super::samples::calendar(), &exception);
        assert!(key.sk.starts_with(&family_prefix(&series)));
    }
}
