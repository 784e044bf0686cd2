//! The request log: what was asked, what it cost, how it ended.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::simulator::Simulator;

/// One request that reached the simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Number since the start; not reset by clearing the log.
    pub index: u64,
    /// HTTP method, after any override.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Method of the API, such as `events.list`.
    pub kind: &'static str,
    /// Calendar id, the alias `primary` resolved.
    pub calendar: Option<String>,
    /// Event id from the path.
    pub event: Option<String>,
    /// Request body.
    pub body: Bytes,
    /// HTTP status of the answer; `None` if the connection was lost.
    pub status: Option<u16>,
    /// Whether the request took effect, or would have if it was a read.
    pub applied: bool,
    /// Quota units.
    pub units: u32,
    /// E-mail of the caller, if the token was good.
    pub account: Option<String>,
}

impl Simulator {
    /// Every request since the start or the last clearing, in order.
    pub fn log(&self) -> &[LoggedRequest] {
        &self.log
    }

    /// Empties the log.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    /// Quota units of the logged requests.
    pub fn units(&self) -> u64 {
        self.log
            .iter()
            .map(|request| u64::from(request.units))
            .sum()
    }

    /// Quota units of the logged requests, by kind.
    pub fn units_by_kind(&self) -> BTreeMap<&'static str, u64> {
        let mut units = BTreeMap::new();
        for request in &self.log {
            *units.entry(request.kind).or_insert(0) += u64::from(request.units);
        }
        units
    }

    /// Numbers of logged requests, by kind.
    pub fn requests_by_kind(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for request in &self.log {
            *counts.entry(request.kind).or_insert(0) += 1;
        }
        counts
    }

    /// Uses of the API whose outcome Google leaves undefined.
    pub fn violations(&self) -> &[crate::Violation] {
        &self.violations
    }
}
