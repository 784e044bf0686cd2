//! The request budget of one account: Google allows 600 units a minute per user and project (guide
//! "Manage quotas").
//!
//! Keeps this: in no sixty seconds are more units granted than configured, wherever they begin. It waits
//! rather than refuses, serves in the order of asking, and knows nothing of other processes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);
/// The part of a minute's units that may be used at once after a rest.
const BURST_SHARE: u32 = 6;

/// Hands out moments at which a request may be sent.
#[derive(Debug)]
pub(super) struct Budget {
    /// Time between two units in the long run.
    interval: Duration,
    /// How far ahead of that pace the account may run.
    lead: Duration,
    /// When the next unit would be due if all were evenly spaced.
    due: Mutex<Option<Instant>>,
}

impl Budget {
    /// A budget of `units_per_minute`, at least 1.
    pub(super) fn new(units_per_minute: u32) -> Self {
        let units = units_per_minute.max(1);
        let burst = (units / BURST_SHARE).max(1);
        // The burst and a minute at the even pace together fit into the minute's units.
        let paced = units.saturating_sub(burst).max(1);
        let interval = MINUTE / paced;
        Self {
            interval,
            lead: interval * (burst - 1),
            due: Mutex::new(None),
        }
    }

    /// Waits until one unit may be used. A wait that is given up has used its unit.
    pub(super) async fn take(&self) {
        let now = Instant::now();
        let moment = self.reserve(now);
        // A timer takes up to a millisecond even for a moment that has come.
        if moment > now {
            tokio::time::sleep_until(moment).await;
        }
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = due.map_or(now, |due| due.max(now));
        *due = Some(slot + self.interval);
        slot.checked_sub(self.lead)
            .map_or(now, |early| early.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(units_per_minute: u32, asked: usize, gap: Duration) -> Vec<Duration> {
        let budget = Budget::new(units_per_minute);
        let start = Instant::now() + Duration::from_secs(3600);
        let mut now = start;
        let mut granted = Vec::new();
        for _ in 0..asked {
            let moment = budget.reserve(now);
            granted.push(moment - start);
            now = moment + gap;
        }
        granted
    }

    #[test]
    fn no_sixty_seconds_hold_more_than_the_budget() {
        for (units, gap) in [(600, 0), (600, 7), (60, 0), (1, 0), (6, 999)] {
            let granted = moments(units, 2_000, Duration::from_millis(gap));
            for (first, moment) in granted.iter().enumerate() {
                let within = granted
                    .iter()
                    .skip(first)
                    .take_while(|later| **later < *moment + MINUTE);
                let count = within.count();
                assert!(
                    count <= units as usize,
                    "{units} a minute, but {count} from {moment:?}"
                );
            }
        }
    }

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_at_the_pace() {
        let granted = moments(600, 102, Duration::ZERO);
        assert_eq!(granted[99], Duration::ZERO);
        assert_eq!(granted[100], Duration::from_millis(120));
        assert_eq!(granted[101], Duration::from_millis(240));
    }
}
