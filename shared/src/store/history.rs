//! History: the records of past commits, in the order of their chain.

use super::Store;
use super::error::StoreError;
use super::items::sync_record as item;
use super::keys::{state, sync_record};
use super::query::Which;
use crate::model::{CalendarId, Epoch, SyncRecord};

impl Store {
    /// The commits of a calendar that are still on record, oldest first.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn sync_records(&self, calendar: CalendarId) -> Result<Vec<SyncRecord>, StoreError> {
        self.records(calendar, sync_record::SYNC.to_owned()).await
    }

    /// Those of one epoch.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn sync_records_of(
        &self,
        calendar: CalendarId,
        epoch: Epoch,
    ) -> Result<Vec<SyncRecord>, StoreError> {
        self.records(calendar, sync_record::prefix(epoch)).await
    }

    async fn records(
        &self,
        calendar: CalendarId,
        prefix: String,
    ) -> Result<Vec<SyncRecord>, StoreError> {
        let which = Which::beginning(state::partition(calendar), prefix);
        let found = self.query(&which).await?;
        let records: Result<Vec<_>, _> = found.into_iter().map(item::decode).collect();
        Ok(chained(records?))
    }
}

/// Orders records by epoch, and those of one epoch as each names the one before it.
fn chained(mut records: Vec<SyncRecord>) -> Vec<SyncRecord> {
    records.sort_by_key(|record| (record.epoch, record.at));
    let mut chain: Vec<SyncRecord> = Vec::with_capacity(records.len());
    while !records.is_empty() {
        let last = chain.last().map(|record| &record.commit);
        let epoch = records.first().map(|record| record.epoch);
        let same_epoch = |record: &SyncRecord| Some(record.epoch) == epoch;
        let follows = |record: &SyncRecord| same_epoch(record) && record.after.as_ref() == last;
        let starts = |record: &SyncRecord| {
            let named = |other: &SyncRecord| record.after.as_ref() == Some(&other.commit);
            same_epoch(record) && !records.iter().any(named)
        };
        let next = records
            .iter()
            .position(follows)
            .or_else(|| records.iter().position(starts))
            .unwrap_or(0);
        chain.push(records.remove(next));
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CommitId, Counts};
    use jiff::Timestamp;

    fn record(epoch: u64, id: u64, after: Option<u64>) -> SyncRecord {
        let commit = |id| CommitId::new(Epoch(0), id);
        SyncRecord {
            epoch: Epoch(epoch),
            commit: commit(id),
            after: after.map(commit),
            at: Timestamp::UNIX_EPOCH,
            full_read: None,
            counts: Counts::default(),
        }
    }

    #[test]
    fn commits_of_one_epoch_are_ordered_by_their_chain() {
        let expected = vec![
            record(1, 9, None),
            record(1, 4, Some(9)),
            record(1, 7, Some(4)),
            record(2, 1, Some(7)),
        ];
        let mut mixed = expected.clone();
        mixed.rotate_left(2);
        mixed.swap(0, 1);
        assert_eq!(chained(mixed), expected);
    }

    #[test]
    fn a_chain_whose_begin_expired_is_still_ordered() {
        let expected = vec![record(3, 8, Some(5)), record(3, 2, Some(8))];
        let mixed = expected.iter().rev().cloned().collect();
        assert_eq!(chained(mixed), expected);
    }
}
