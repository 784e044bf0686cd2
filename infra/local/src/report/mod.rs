//! How things stand: each calendar's events and blocks as the rows have them, and what it cost to get there.
//!
//! One [`Report`] is what `--json` prints; [`table()`] is the same for people. It only reads, and it believes the
//! rows: whether those are right is what [`crate::check`] finds out.

mod collect;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::damaged::Damaged;
pub use collect::collect;
pub(crate) use collect::count;
pub(crate) use table::STYLE;
pub use table::table;

/// How things stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Each enabled calendar, by name.
    pub calendars: Vec<Calendar>,
    /// What was asked of Google.
    pub google: Google,
    /// What was asked of the table.
    pub dynamodb: DynamoDb,
    /// Items of the table that cannot be read: they count nowhere above.
    pub damaged: Vec<Damaged>,
    /// Why somebody's calendars could not be connected, or the calendars not be counted, if so.
    pub failed: Option<String>,
    /// Every event is read, and nothing is left to do. What is set aside is counted, and waits for a change of its event.
    pub in_step: bool,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// One calendar and the blocks of its events on the other calendars.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// What a person calls it.
    pub name: String,
    /// Live events in the rows: singles, series, changed occurrences.
    pub events: u64,
    /// Events that have, or should have, a block on some other calendar.
    pub mirrored: u64,
    /// Events that need none.
    pub skipped: u64,
    /// Events set aside, whole or on some calendar.
    pub parked: u64,
    /// Blocks that should be on the other calendars; a series is one, each changed occurrence one more.
    pub blocks_wanted: u64,
    /// Those that are there, as they should be.
    pub blocks_in_step: u64,
    /// Events with something left to push.
    pub pending: u64,
}

/// What was asked of Google.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Google {
    /// Quota units.
    pub units: u64,
    /// Requests by method.
    pub requests_by_kind: BTreeMap<String, u64>,
}

/// What was asked of the table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DynamoDb {
    /// Requests by operation.
    pub requests_by_kind: BTreeMap<String, u64>,
    /// Write capacity units.
    pub write_units: f64,
    /// Read capacity units.
    pub read_units: f64,
}
