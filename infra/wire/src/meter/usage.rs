//! What was used between two moments.

use std::collections::BTreeMap;

use super::capacity::Consumed;

/// Requests by operation, and capacity units.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// How often each operation was requested; operations never requested are left out.
    pub requests_by_kind: BTreeMap<String, u64>,
    /// Write capacity units, as reported.
    pub write_units: f64,
    /// Read capacity units, as reported.
    pub read_units: f64,
}

impl Usage {
    /// What was used after `earlier` was taken of the same meter.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let requests_by_kind = self
            .requests_by_kind
            .iter()
            .map(|(kind, count)| (kind.clone(), count.saturating_sub(earlier.requests(kind))))
            .filter(|(_, count)| *count > 0)
            .collect();
        Self {
            requests_by_kind,
            write_units: self.write_units - earlier.write_units,
            read_units: self.read_units - earlier.read_units,
        }
    }

    /// How often `kind` was requested.
    #[must_use]
    pub fn requests(&self, kind: &str) -> u64 {
        self.requests_by_kind.get(kind).copied().unwrap_or(0)
    }

    /// How many requests there were in all.
    #[must_use]
    pub fn total_requests(&self) -> u64 {
        self.requests_by_kind.values().sum()
    }

    pub(super) fn count_request(&mut self, operation: &str) {
        match self.requests_by_kind.get_mut(operation) {
            Some(count) => *count = count.saturating_add(1),
            None => {
                self.requests_by_kind.insert(operation.to_owned(), 1);
            }
        }
    }

    pub(super) fn count_capacity(&mut self, consumed: Consumed) {
        self.write_units += consumed.write;
        self.read_units += consumed.read;
    }
}
