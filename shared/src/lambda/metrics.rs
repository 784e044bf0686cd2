//! Metrics: a line of CloudWatch's embedded format on standard output for each batch of syncs and each health run.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

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
}

impl Measure {
    /// For clients of `group`.
    #[must_use]
    pub fn new(group: Group) -> Self {
        Self {
            group,
            units: AtomicU64::new(0),
            batch: Mutex::new(None),
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

    /// What was noted since the last time, as one line; none: nothing.
    pub fn take(&self) -> Option<Line> {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        batch.take()
    }
}

/// Writes a line. The log is all there is to tell a failure to, and it goes the same way.
pub fn emit(line: &Line) {
    let mut text = Vec::new();
    if line.write(&mut text).is_ok() {
        let _ = std::io::stdout().lock().write_all(&text);
    }
}
