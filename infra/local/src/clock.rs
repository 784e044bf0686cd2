//! A simulated present.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A clock that is set by hand and, if it runs, also goes with the runtime's time (which tests may pause).
#[derive(Debug, Clone)]
pub struct Simulated {
    start: Timestamp,
    began: Option<Instant>,
    ahead: Arc<AtomicI64>,
}

impl Simulated {
    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn standing(start: Timestamp) -> Self {
        Self {
            start,
            began: None,
            ahead: Arc::default(),
        }
    }

    /// A clock that goes with the runtime's time. Call it inside a runtime.
    #[must_use]
    pub fn running(start: Timestamp) -> Self {
        Self {
            began: Some(Instant::now()),
            ..Self::standing(start)
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_micros(self.ahead.load(Ordering::SeqCst));
        let gone = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        let now = self
            .start
            .saturating_add(ahead)
            .and_then(|now| now.saturating_add(gone));
        now.unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock ahead; part of a microsecond counts as one, so that what was waited for has come.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_nanos().div_ceil(1_000)).unwrap_or(i64::MAX);
        self.ahead.fetch_add(micros, Ordering::SeqCst);
    }

    /// The same clock as somebody reads it whose own is `by` ahead.
    #[must_use]
    pub fn ahead(&self, by: Duration) -> Self {
        Self {
            start: self.start.saturating_add(by).unwrap_or(Timestamp::MAX),
            ..self.clone()
        }
    }

    /// The clock as the Google client and the engine take it.
    #[must_use]
    pub fn shared(&self) -> shared::google::Clock {
        let clock = self.clone();
        shared::google::Clock::new(move || clock.now())
    }

    /// The clock as the embedded table takes it.
    #[must_use]
    pub fn wire(&self) -> wire::Clock {
        let clock = self.clone();
        wire::Clock::from_fn(move || SystemTime::from(clock.now()))
    }
}
