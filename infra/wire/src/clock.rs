//! The time the embedded engine reads, as a value that a caller passes in.
//!
//! The engine asks for it when it expires items and stamps streams. The age of an idempotency token
//! is not covered: the engine measures that by the system's own clock.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynoxide::storage_backend::{self, SystemClock};

/// A shared source of wall-clock time.
#[derive(Clone)]
pub struct Clock(Arc<dyn storage_backend::Clock>);

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self(SystemClock::arc())
    }

    /// A clock that asks `now` each time it is read. Times before 1970 read as 1970.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(Closure(now)))
    }

    /// The time now, in milliseconds since 1970.
    #[must_use]
    pub fn now_millis(&self) -> u64 {
        let now = Duration::try_from_secs_f64(self.0.now_unix_secs_f64()).unwrap_or_default();
        // The clock speaks in floating point: half a millisecond more, so that none is lost on the way.
        let now = now.saturating_add(Duration::from_micros(500));
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn shared(&self) -> Arc<dyn storage_backend::Clock> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock")
            .field(&self.0.now_unix_secs())
            .finish()
    }
}

struct Closure<F>(F);

impl<F: Fn() -> SystemTime> Closure<F> {
    fn since_epoch(&self) -> Duration {
        (self.0)().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

impl<F: Fn() -> SystemTime + Send + Sync> storage_backend::Clock for Closure<F> {
    fn now_unix_secs(&self) -> u64 {
        self.since_epoch().as_secs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.since_epoch().as_secs_f64()
    }
}
