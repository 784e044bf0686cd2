//! `CAL#<calendar>` / `STATE`.

use super::{CAL, Key};
use crate::model::CalendarId;

const STATE: &str = "STATE";

/// The partition of everything that belongs to one calendar's sync.
pub(in crate::store) fn partition(calendar: CalendarId) -> String {
    format!("{CAL}{calendar}")
}

/// The calendar whose partition this is.
pub(in crate::store) fn parse_partition(pk: &str) -> Option<CalendarId> {
    CalendarId::parse(pk.strip_prefix(CAL)?).ok()
}

/// The key of a calendar's state.
pub(in crate::store) fn key(calendar: CalendarId) -> Key {
    Key::new(partition(calendar), STATE)
}

/// The calendar whose state has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<CalendarId> {
    (key.sk == STATE).then(|| parse_partition(&key.pk))?
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_state_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar)), Some(calendar));
        }

        #[test]
        fn partitions_sort_as_calendars(a in calendars(), b in calendars()) {
            prop_assert_eq!(partition(a).cmp(&partition(b)), a.cmp(&b));
        }
    }
}
