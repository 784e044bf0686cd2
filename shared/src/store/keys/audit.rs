//! `CAL#<calendar>` / `AUDIT`.

use super::{Key, state};
use crate::model::CalendarId;

const AUDIT: &str = "AUDIT";

/// The key of what the last comparison with Google came to.
pub(in crate::store) fn key(calendar: CalendarId) -> Key {
    Key::new(state::partition(calendar), AUDIT)
}

/// The calendar whose audit has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<CalendarId> {
    (key.sk == AUDIT).then(|| state::parse_partition(&key.pk))?
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_audits_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar)), Some(calendar));
        }
    }
}
