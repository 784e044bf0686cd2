//! How far the pushes of this process are: for people who wait. Nothing is decided by it, and nothing of it is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::CalendarId;

/// How far a push is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnderWay {
    /// Blocks that it brought in step so far.
    pub done: u64,
    /// Blocks that were out of step when it began.
    pub due: u64,
}

/// The pushes under way. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Gauge(Arc<Mutex<BTreeMap<CalendarId, UnderWay>>>);

impl Gauge {
    /// A push of so many blocks, until what is returned is dropped.
    pub(super) fn begin(&self, calendar: CalendarId, due: u64) -> Needle {
        let needle = Needle {
            gauge: self.clone(),
            calendar,
        };
        needle
            .gauge
            .with(|all| all.insert(calendar, UnderWay { done: 0, due }));
        needle
    }

    pub(super) fn read(&self) -> BTreeMap<CalendarId, UnderWay> {
        self.with(|all| all.clone())
    }

    /// A poisoned lock still holds usable counts.
    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<CalendarId, UnderWay>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One push on the gauge.
#[derive(Debug)]
pub(super) struct Needle {
    gauge: Gauge,
    calendar: CalendarId,
}

impl Needle {
    /// So many blocks are done.
    pub(super) fn at(&self, done: u64) {
        self.gauge.with(|all| {
            if let Some(way) = all.get_mut(&self.calendar) {
                way.done = done;
            }
        });
    }
}

impl Drop for Needle {
    fn drop(&mut self) {
        self.gauge.with(|all| all.remove(&self.calendar));
    }
}
