//! `WHEEL#<interval>#<phase>#<shard>` / `<calendar>`.

use super::{Key, SEPARATOR, shard};
use crate::limits;
use crate::model::{CalendarId, Interval, Spoke};

const WHEEL: &str = "WHEEL#";

/// One partition of a spoke.
pub(in crate::store) fn partition(spoke: Spoke, shard: u32) -> String {
    format!(
        "{WHEEL}{:04}{SEPARATOR}{:04}{SEPARATOR}{shard:02}",
        spoke.interval().minutes(),
        spoke.phase()
    )
}

/// The key of a calendar on a spoke.
pub(in crate::store) fn key(spoke: Spoke, calendar: CalendarId) -> Key {
    let shard = shard(calendar, limits::WHEEL_SHARDS);
    Key::new(partition(spoke, shard), calendar.to_string())
}

/// The spoke and calendar that have this key.
pub(in crate::store) fn parse(key: &Key) -> Option<(Spoke, CalendarId)> {
    let mut parts = key.pk.strip_prefix(WHEEL)?.split(SEPARATOR);
    let interval = Interval::of_minutes(parts.next()?.parse().ok()?)?;
    let phase: u16 = parts.next()?.parse().ok()?;
    let shard: u32 = parts.next()?.parse().ok()?;
    let whole = parts.next().is_none() && shard < limits::WHEEL_SHARDS;
    let spoke = Spoke::new(interval, phase);
    (whole && spoke.phase() == phase).then_some((spoke, CalendarId::parse(&key.sk).ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{calendar, calendars};
    use super::*;
    use proptest::prelude::*;

    fn intervals() -> impl Strategy<Value = Interval> {
        proptest::sample::select(Interval::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn a_wheel_key_reads_back(at in calendars(), interval in intervals(), phase: u16) {
            let spoke = Spoke::new(interval, phase);
            prop_assert_eq!(parse(&key(spoke, at)), Some((spoke, at)));
        }

        #[test]
        fn partitions_sort_as_spokes(i in intervals(), p: u16, j in intervals(), q: u16) {
            let (a, b) = (Spoke::new(i, p), Spoke::new(j, q));
            prop_assert_eq!(key(a, calendar()).cmp(&key(b, calendar())), a.cmp(&b));
        }
    }
}
