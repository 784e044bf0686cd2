//! The trail of an event: which commits stand behind the changes of its blocks.
//!
//! A row keeps the last changes of each block with their epochs; the records of syncs say which commits an epoch saw. It
//! reads and writes nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, ExplainedRow, SyncError};
use crate::model::{CalendarId, Change, CommitId, Epoch, SyncRecord};
use crate::store::{Class, StoreError};

/// The commits of the epochs that rows name, as far as they are on record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    records: BTreeMap<(CalendarId, Epoch), Vec<SyncRecord>>,
    /// Records that cannot be read.
    pub damaged: Vec<StoreError>,
}

impl Engine {
    /// The commits behind all changes of `rows`.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn trail(&self, rows: &[ExplainedRow]) -> Result<Trail, SyncError> {
        let mut trail = Trail::default();
        for (calendar, epoch) in epochs(rows) {
            match self.store.sync_records_of(calendar, epoch).await {
                Ok(records) => drop(trail.records.insert((calendar, epoch), records)),
                Err(why) if matches!(why.class(), Class::Corrupt | Class::Newer) => {
                    trail.damaged.push(why);
                }
                Err(why) => return Err(SyncError::Store { calendar, why }),
            }
        }
        Ok(trail)
    }
}

fn epochs(rows: &[ExplainedRow]) -> BTreeSet<(CalendarId, Epoch)> {
    let rows = rows.iter().map(|explained| &explained.row);
    let changes = rows.flat_map(|row| {
        let changes = row.mirrors.values().flat_map(|mirror| &mirror.changes);
        changes.map(|change| (row.calendar, change.epoch))
    });
    // What was never granted has no records.
    changes.filter(|(_, epoch)| *epoch > Epoch(0)).collect()
}

impl Trail {
    /// The commits under which a change of a row of `calendar` can have been planned, oldest first; none: their records
    /// have expired.
    #[must_use]
    pub fn commits(&self, calendar: CalendarId, change: &Change) -> Vec<CommitId> {
        let records = self.records.get(&(calendar, change.epoch));
        // A change is kept to the second.
        let before = |record: &&SyncRecord| record.at.as_second() <= change.at.as_second();
        let records = records.into_iter().flatten().filter(before);
        records.map(|record| record.commit.clone()).collect()
    }
}
