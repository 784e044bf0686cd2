//! Metrics: a line of CloudWatch's embedded format on standard output for each batch of syncs and each health run.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::engine::{Outcome, SyncError};
use crate::google::Group;
use crate::metrics::{Cost, Line, of_sync};

/// Adds up the syncs of a batch, and knows what was used up to the last one.
#[derive(Debug)]
pub struct Measure {
    group: Group,
    units: AtomicU64,
    batch: Mutex<Option<Line>>,
    lines: Lines,
}

impl Measure {
    /// For clients of `group`.
    #[must_use]
    pub fn new(group: Group, lines: Lines) -> Self {
        Self {
            group,
            units: AtomicU64::new(0),
            batch: Mutex::new(None),
            lines,
        }
    }

    /// Notes a sync that ended at `at`. Syncs overlap, so what was used since the last one counts for this one: the sum is right.
    pub fn synced(&self, result: &Result<Outcome, SyncError>, at: Timestamp) {
        let now = self.group.usage().units;
        let before = self.units.swap(now, Ordering::Relaxed);
        let cost = Cost {
            google_units: now.saturating_sub(before),
            // The table's own metrics have them.
            write_units: None,
        };
        let line = of_sync(result, &cost, at);
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        *batch = Some(match batch.take() {
            Some(before) => before.and(&line),
            None => line,
        });
    }

    /// Hands on what was noted since the last time, as one line.
    pub fn write(&self) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = batch.take() {
            self.lines.write(&line);
        }
    }
}

/// Where lines go.
#[derive(Clone)]
pub struct Lines(Arc<dyn Fn(&Line) + Send + Sync>);

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

impl Lines {
    /// To whoever takes them.
    #[must_use]
    pub fn new(take: impl Fn(&Line) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// To standard output, where CloudWatch finds them.
    #[must_use]
    pub fn to_stdout() -> Self {
        Self::new(|line| {
            let mut text = Vec::new();
            // The log is all there is to tell a failure to, and it goes the same way.
            if line.write(&mut text).is_ok() {
                let _ = std::io::stdout().lock().write_all(&text);
            }
        })
    }

    /// Hands a line on.
    pub fn write(&self, line: &Line) {
        (self.0)(line);
    }
}
