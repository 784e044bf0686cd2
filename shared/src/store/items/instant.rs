//! Instants: as text of fixed width, which sorts as time and loses nothing; or as whole seconds, for expiry.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant as `2026-01-02T03:04:05.000000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Instant(pub(in crate::store) Timestamp);

impl Instant {
    /// The text; for years 0 to 9999 it sorts as time.
    pub(in crate::store) fn text(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Whole seconds since 1970, as the table's time to live wants them. Rounded up: nothing goes early.
pub(in crate::store) fn seconds(at: Timestamp) -> i64 {
    let whole = at.as_second();
    if at.subsec_nanosecond() > 0 {
        whole.saturating_add(1)
    } else {
        whole
    }
}

/// The instant of stored seconds.
pub(in crate::store) fn of_seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instants() -> impl Strategy<Value = Timestamp> {
        (0_i64..4_000_000_000, 0_i32..1_000_000_000)
            .prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap())
    }

    proptest! {
        #[test]
        fn texts_read_back_and_sort_as_time(a in instants(), b in instants()) {
            let text = Instant(a).text();
            prop_assert_eq!(text.parse::<Timestamp>().unwrap(), a);
            prop_assert_eq!(text.cmp(&Instant(b).text()), a.cmp(&b));
        }

        #[test]
        fn seconds_never_lie_before_the_instant(a in instants()) {
            let kept = of_seconds(seconds(a)).unwrap();
            prop_assert!(kept >= a && kept.duration_since(a).as_millis() < 1000);
        }
    }
}
