//! `HEALTH` / `LATEST`, and `HEALTH` / `<time>`: times begin with a digit, so LATEST comes after all of them.

use jiff::Timestamp;

use super::Key;
use crate::store::items::instant::Instant;

/// The partition of everything about health.
pub(in crate::store) const HEALTH: &str = "HEALTH";
const LATEST: &str = "LATEST";
/// Begins the sort keys of reports of this millennium.
pub(in crate::store) const REPORTS: &str = "2";

/// The key of what is known now.
pub(in crate::store) fn latest() -> Key {
    Key::new(HEALTH, LATEST)
}

/// Whether this is that key.
pub(in crate::store) fn parse_latest(key: &Key) -> Option<()> {
    (key.pk == HEALTH && key.sk == LATEST).then_some(())
}

/// The key of the report of that time.
pub(in crate::store) fn report(at: Timestamp) -> Key {
    Key::new(HEALTH, Instant(at).text())
}

/// The time whose report has this key.
pub(in crate::store) fn parse_report(key: &Key) -> Option<Timestamp> {
    let at = (key.pk == HEALTH).then(|| key.sk.parse::<Timestamp>().ok())??;
    (Instant(at).text() == key.sk).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_key_of_the_latest_reads_back_and_is_no_reports() {
        assert_eq!(parse_latest(&latest()), Some(()));
        assert_eq!(parse_report(&latest()), None);
    }

    proptest! {
        #[test]
        fn a_reports_key_reads_back_and_sorts_as_its_time(a in 1_000_000_000_i64..4_000_000_000, b in 1_000_000_000_i64..4_000_000_000) {
            let [a, b] = [a, b].map(|second| Timestamp::from_second(second).unwrap());
            prop_assert_eq!(parse_report(&report(a)), Some(a));
            prop_assert_eq!(parse_latest(&report(a)), None);
            prop_assert_eq!(report(a).cmp(&report(b)), a.cmp(&b));
            prop_assert!(report(a).sk.starts_with(REPORTS) && report(a) < latest());
        }
    }
}
