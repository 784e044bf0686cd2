//! Metrics: a line of CloudWatch's embedded format on standard output for each sync and each health run.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::engine::{Outcome, SyncError};
use crate::google::Group;
use crate::metrics::{Cost, Line, of_sync};

/// Writes lines, and knows what was used up to the last one.
#[derive(Debug)]
pub struct Measure {
    group: Group,
    units: AtomicU64,
}

impl Measure {
    /// For clients of `group`.
    #[must_use]
    pub fn new(group: Group) -> Self {
        Self {
            group,
            units: AtomicU64::new(0),
        }
    }

    /// The line of a sync that ended at `at`. Syncs overlap, so what was used since the last line counts for this one: the sum
    /// is right.
    pub fn synced(&self, result: &Result<Outcome, SyncError>, at: Timestamp) {
        let now = self.group.usage().units;
        let before = self.units.swap(now, Ordering::Relaxed);
        let cost = Cost {
            google_units: now.saturating_sub(before),
            // The table's own metrics have them.
            write_units: None,
            woken: None,
        };
        emit(&of_sync(result, &cost, at));
    }
}

/// Writes a line. The log is all there is to tell a failure to, and it goes the same way.
pub fn emit(line: &Line) {
    let mut text = Vec::new();
    if line.write(&mut text).is_ok() {
        let _ = std::io::stdout().lock().write_all(&text);
    }
}
