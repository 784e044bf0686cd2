//! `CAL#<calendar>` / `TALLY`.

use super::{Key, state};
use crate::model::CalendarId;

const TALLY: &str = "TALLY";

/// The key of a calendar's counted rows.
pub(in crate::store) fn key(calendar: CalendarId) -> Key {
    Key::new(state::partition(calendar), TALLY)
}

/// The calendar whose counted rows have this key.
pub(in crate::store) fn parse(key: &Key) -> Option<CalendarId> {
    (key.sk == TALLY).then(|| state::parse_partition(&key.pk))?
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tallys_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar)), Some(calendar));
        }
    }
}
