//! Whether a failed try is repeated, and after how long: a pure table of decisions.
//!
//! The SDK's own policy is off: it repeats neither conflicts nor cancellations, and its waits are not seeded.

use std::time::Duration;

use super::fault::Fault;
use crate::limits;

/// What follows a failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The identical request again, after a wait drawn from this range.
    Again {
        /// Shortest.
        from: Duration,
        /// Longest.
        to: Duration,
    },
    /// No further try.
    Stop,
}

/// Decides after try number `tries` (the first is 1).
pub(super) fn next(fault: &Fault, tries: u32) -> Next {
    let (most, (from, to)) = match fault {
        Fault::Throttled => (limits::STORE_THROTTLED_TRIES, growing(tries)),
        Fault::Lost(_) => (limits::STORE_UNAVAILABLE_TRIES, growing(tries)),
        Fault::Conflict | Fault::InProgress => {
            (limits::STORE_CONFLICT_TRIES, limits::STORE_CONFLICT_WAIT)
        }
        Fault::TokenReused
        | Fault::Refused(_)
        | Fault::Invalid(_)
        | Fault::Denied(_)
        | Fault::NotFound(_) => return Next::Stop,
    };
    if tries < most {
        Next::Again { from, to }
    } else {
        Next::Stop
    }
}

/// Full jitter over a range that doubles with every try, up to the longest wait.
pub(super) fn growing(tries: u32) -> (Duration, Duration) {
    let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
    let to = limits::STORE_FIRST_WAIT.saturating_mul(factor);
    (Duration::ZERO, to.min(limits::STORE_LONGEST_WAIT))
}

/// Draws a wait.
pub(super) fn draw(random: &mut fastrand::Rng, (from, to): (Duration, Duration)) -> Duration {
    let micros = |wait: Duration| u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random.u64(micros(from)..=micros(to).max(micros(from))))
}

#[cfg(test)]
mod tests {
    use super::super::fault::Refusal;
    use super::*;

    fn tries(fault: &Fault) -> u32 {
        (1..100)
            .find(|tries| next(fault, *tries) == Next::Stop)
            .unwrap()
    }

    #[test]
    fn every_fault_has_its_number_of_tries() {
        let table = [
            (Fault::Throttled, 8),
            (Fault::Lost("timeout".into()), 4),
            (Fault::Conflict, 6),
            (Fault::InProgress, 6),
            (Fault::TokenReused, 1),
            (Fault::Refused(Refusal::One(None)), 1),
            (Fault::Invalid("ValidationException".into()), 1),
            (Fault::Denied("AccessDeniedException".into()), 1),
            (Fault::NotFound("ResourceNotFoundException".into()), 1),
        ];
        for (fault, expected) in table {
            assert_eq!(tries(&fault), expected, "{fault:?}");
        }
    }

    #[test]
    fn conflicts_wait_20_to_200_milliseconds() {
        let expected = Next::Again {
            from: Duration::from_millis(20),
            to: Duration::from_millis(200),
        };
        assert_eq!(next(&Fault::Conflict, 5), expected);
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let longest = |tries| growing(tries).1.as_millis();
        assert_eq!([1, 2, 3].map(longest), [50, 100, 200]);
        assert_eq!(growing(40).1, limits::STORE_LONGEST_WAIT);
    }

    #[test]
    fn the_same_seed_draws_the_same_waits_inside_their_range() {
        let draws = |seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            [0; 50].map(|_: i32| draw(&mut random, limits::STORE_CONFLICT_WAIT))
        };
        assert_eq!(draws(1), draws(1));
        let (from, to) = limits::STORE_CONFLICT_WAIT;
        assert!(draws(2).iter().all(|wait| (from..=to).contains(wait)));
    }
}
