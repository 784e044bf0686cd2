//! One write at a time per calendar: Google limits many writes to one calendar in a short time, by an
//! undocumented number (guide "Manage quotas", operational limits).
//!
//! Holds no order beyond first come, first served, and knows nothing of other processes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// The gates of all calendars, by Google's id.
#[derive(Debug, Default)]
pub(super) struct Gates {
    gates: Mutex<BTreeMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Gates {
    /// Waits until no other write to `calendar` is under way; the gate opens when the guard is dropped.
    pub(super) async fn enter(&self, calendar: &str) -> OwnedMutexGuard<()> {
        self.gate(calendar).lock_owned().await
    }

    fn gate(&self, calendar: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(calendar).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::default();
        gates.insert(calendar.to_owned(), Arc::downgrade(&gate));
        gate
    }
}
