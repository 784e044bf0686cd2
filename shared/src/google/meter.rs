//! Counts what was sent to Google: quota units, and requests by kind.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What was used so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Quota units of the Calendar API. Each request that Tidelock makes costs one.
    pub units: u64,
    /// Requests by method, attempts that failed included; `oauth.token` costs no unit.
    pub requests_by_kind: BTreeMap<String, u64>,
}

/// Adds up the usage of all accounts that share it.
#[derive(Debug, Default)]
pub struct Meter {
    usage: Mutex<Usage>,
}

impl Meter {
    /// A meter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was used so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.clone()
    }

    pub(super) fn count(&self, kind: &str, units: u64) {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.units += units;
        match usage.requests_by_kind.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                usage.requests_by_kind.insert(kind.to_owned(), 1);
            }
        }
    }
}
