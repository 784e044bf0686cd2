//! How often and how soon a passing failure is tried again inside one call.
//!
//! Bounded and short: what outlasts it is the caller's to schedule. Every write of ours may be sent twice
//! (an insert meets its own id, an update its own etag), so writes are retried like reads.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The bounds of retrying inside one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most; at least once.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub base: Duration,
    /// The longest wait between two attempts unless Google asks for more.
    pub longest: Duration,
    /// A `Retry-After` beyond this is not waited for here: the call fails and says how long to wait.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(32),
            longest_retry_after: Duration::from_secs(60),
        }
    }
}

/// Decides waits: exponential, with full jitter from a seeded generator.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: RetryPolicy,
    rng: Mutex<fastrand::Rng>,
}

impl Backoff {
    pub(super) fn new(policy: RetryPolicy, rng: fastrand::Rng) -> Self {
        let rng = Mutex::new(rng);
        Self { policy, rng }
    }

    /// The wait after the `attempt`th failure, counted from 1; none when it is not to be tried again.
    pub(super) fn wait(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        let asked = asked.unwrap_or_default();
        if attempt >= self.policy.attempts || asked > self.policy.longest_retry_after {
            return None;
        }
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let ceiling = self
            .policy
            .base
            .saturating_mul(doubled)
            .min(self.policy.longest);
        let share = self
            .rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .f64();
        Some(ceiling.mul_f64(share).max(asked))
    }
}

/// The wait that the header `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(now.duration_until(date)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, "2026-11-20T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            asked("Fri, 20 Nov 2026 10:00:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(asked("Fri, 20 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn waits_grow_within_their_bounds_and_end() {
        let policy = RetryPolicy {
            attempts: 5,
            longest: Duration::from_secs(3),
            ..RetryPolicy::default()
        };
        let backoff = Backoff::new(policy, fastrand::Rng::with_seed(7));
        for (attempt, ceiling) in [(1, 500), (2, 1_000), (3, 2_000), (4, 3_000)] {
            let wait = backoff.wait(attempt, None).unwrap();
            assert!(
                wait <= Duration::from_millis(ceiling),
                "{attempt}: {wait:?}"
            );
        }
        assert_eq!(backoff.wait(5, None), None);
    }

    #[test]
    fn googles_wait_is_kept_and_a_long_one_is_left_to_the_caller() {
        let backoff = Backoff::new(RetryPolicy::default(), fastrand::Rng::with_seed(7));
        let at_least = Duration::from_secs(60);
        assert_eq!(backoff.wait(1, Some(at_least)), Some(at_least));
        assert_eq!(
            backoff.wait(1, Some(at_least + Duration::from_secs(1))),
            None
        );
    }
}
