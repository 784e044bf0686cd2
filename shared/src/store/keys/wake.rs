//! `WAKE#<shard>` / `<calendar>`.

use super::{Key, shard};
use crate::limits;
use crate::model::CalendarId;

const WAKE: &str = "WAKE#";

/// One partition of wakes.
pub(in crate::store) fn partition(shard: u32) -> String {
    format!("{WAKE}{shard:02}")
}

/// The key of a calendar's wake counter.
pub(in crate::store) fn key(calendar: CalendarId) -> Key {
    let shard = shard(calendar, limits::WAKE_SHARDS);
    Key::new(partition(shard), calendar.to_string())
}

/// The calendar whose wake counter has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<CalendarId> {
    let shard: u32 = key.pk.strip_prefix(WAKE)?.parse().ok()?;
    let calendar = CalendarId::parse(&key.sk).ok()?;
    (shard < limits::WAKE_SHARDS).then_some(calendar)
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wake_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar)), Some(calendar));
        }
    }
}
