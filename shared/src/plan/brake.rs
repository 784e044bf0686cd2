//! The brake: a mass deletion is believed only when a second, complete read agrees.

use std::collections::BTreeSet;

use crate::limits::{BRAKE_FLOOR, BRAKE_PERCENT};
use crate::model::EventKey;

/// Source events whose blocks a plan would remove because the event is gone.
pub type Deletions = BTreeSet<EventKey>;

/// Whether so many deletions need a second look, on a calendar with `mirrored` mirrored events.
#[must_use]
pub fn suspicious(deletions: &Deletions, mirrored: u64) -> bool {
    let share = mirrored.saturating_mul(BRAKE_PERCENT) / 100;
    deletions.len() as u64 > share.max(BRAKE_FLOOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brake_acts_above_ten_and_above_a_fifth() {
        let check = |count: u32, mirrored, expected| {
            let deletions = (0..count)
                .map(|n| EventKey::parse(format!("event{n}")).unwrap())
                .collect();
            assert_eq!(
                suspicious(&deletions, mirrored),
                expected,
                "{count} of {mirrored}"
            );
        };
        check(10, 10, false);
        check(11, 11, true);
        check(11, 55, false);
        check(12, 55, true);
        check(200, 1000, false);
        check(201, 1000, true);
    }
}
