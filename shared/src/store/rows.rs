//! Rows: written one by one on their rev, and read by key, by calendar, by series, or as far as they are pending.

use std::collections::{BTreeMap, BTreeSet};

use super::Store;
use super::error::StoreError;
use super::expression::{names, values};
use super::items::{Item, key_of, number, row as item};
use super::keys::{Key, PK, event, state};
use super::outcome::Put;
use super::pages::Unreadable;
use super::put::Condition;
use super::query::Which;
use super::state::settled;
use crate::model::RowWrite;
use crate::model::{CalendarId, EventKey, Rev, Row};

impl Store {
    /// Writes one row, if it is still at the rev that the write expects and no later epoch wrote it.
    ///
    /// # Errors
    /// The table could not be written; class invalid: the row is too large.
    pub async fn put_row(&self, write: &RowWrite) -> Result<Put, StoreError> {
        self.put_if(write, &Guard::of(write, Some(write.row.epoch.0)))
            .await
    }

    async fn put_if(&self, write: &RowWrite, guard: &Guard) -> Result<Put, StoreError> {
        let whole = item::encode(&write.row)?;
        let called = self.put(&whole, &guard.condition()).await;
        settled(called, |there| is_row(there, &write.row))
    }

    /// Writes one row if it is still at the rev that the write expects, under whatever epoch it was written: for repair,
    /// by the holder of the lease.
    ///
    /// # Errors
    /// As [`Store::put_row`].
    pub async fn overwrite_row(&self, write: &RowWrite) -> Result<Put, StoreError> {
        self.put_if(write, &Guard::of(write, None)).await
    }

    /// Those rows that are there, strongly consistent. Keys may repeat.
    ///
    /// # Errors
    /// The table could not be read, or a row is damaged or newer than this program.
    pub async fn rows(&self, keys: &[RowKey]) -> Result<BTreeMap<RowKey, Row>, StoreError> {
        let found = self.row_items(keys).await?;
        let rows = found
            .into_iter()
            .map(|found| Ok(named(item::decode(found)?)));
        rows.collect()
    }

    /// Those of the rows that are there and can be read, strongly consistent, and the items that cannot be.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn readable_rows(
        &self,
        keys: &[RowKey],
    ) -> Result<(BTreeMap<RowKey, Row>, Vec<Unreadable>), StoreError> {
        let (mut rows, mut unreadable) = (BTreeMap::new(), Vec::new());
        for found in self.row_items(keys).await? {
            let key = key_of(&found);
            match item::decode(found) {
                Ok(row) => rows.extend([named(row)]),
                Err(why) => unreadable.push(Unreadable::new(key, why)),
            }
        }
        Ok((rows, unreadable))
    }

    async fn row_items(&self, keys: &[RowKey]) -> Result<Vec<Item>, StoreError> {
        let different: BTreeSet<Key> = keys
            .iter()
            .map(|(calendar, key)| event::key(*calendar, key))
            .collect();
        self.get_all(&different.into_iter().collect::<Vec<_>>())
            .await
    }

    /// All rows of a calendar, in the order of their keys.
    ///
    /// # Errors
    /// The table could not be read, or a row is damaged or newer than this program.
    pub async fn calendar_rows(&self, calendar: CalendarId) -> Result<Vec<Row>, StoreError> {
        let which = Which::beginning(state::partition(calendar), event::EVENT);
        self.queried(&which).await
    }

    /// All rows of a calendar that can be read, in the order of their keys, and why the others cannot be.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn readable_calendar(
        &self,
        calendar: CalendarId,
    ) -> Result<(Vec<Row>, Vec<StoreError>), StoreError> {
        let which = Which::beginning(state::partition(calendar), event::EVENT);
        let (mut rows, mut damaged) = (Vec::new(), Vec::new());
        for found in self.query(&which).await? {
            match item::decode(found) {
                Ok(row) => rows.push(row),
                Err(why) => damaged.push(why),
            }
        }
        Ok((rows, damaged))
    }

    /// The rows of the exceptions of a series, without the series itself.
    ///
    /// # Errors
    /// The table could not be read, or a row is damaged or newer than this program.
    pub async fn family(
        &self,
        calendar: CalendarId,
        series: &EventKey,
    ) -> Result<Vec<Row>, StoreError> {
        let prefix = event::family_prefix(series);
        let which = Which::beginning(state::partition(calendar), prefix);
        let mut rows = self.queried(&which).await?;
        rows.retain(|row| is_exception_of(row, series));
        Ok(rows)
    }

    /// The rows of a calendar with something to push.
    ///
    /// # Errors
    /// The table could not be read, or a row is damaged or newer than this program.
    pub async fn pending_rows(&self, calendar: CalendarId) -> Result<Vec<Row>, StoreError> {
        let mut which = Which::beginning(state::partition(calendar), event::EVENT);
        which.having = Some(item::PENDING);
        self.queried(&which).await
    }

    async fn queried(&self, which: &Which) -> Result<Vec<Row>, StoreError> {
        let found = self.query(which).await?;
        found.into_iter().map(item::decode).collect()
    }
}

/// What a row is filed under.
type RowKey = (CalendarId, EventKey);

fn named(row: Row) -> (RowKey, Row) {
    ((row.calendar, row.key.clone()), row)
}

/// Whether `row` is an exception of `series`. A row without facts is known by its name only.
fn is_exception_of(row: &Row, series: &EventKey) -> bool {
    match row.source.occurrence() {
        Some((named, _)) => named == series,
        None => row.source.live().is_none() && event::is_named_after(&row.key, series),
    }
}

/// Whether what stands there is this very row. Expiry counts in whole seconds, so items are compared as stored.
fn is_row(there: Option<&Item>, row: &Row) -> Result<bool, StoreError> {
    let Some(there) = there.cloned() else {
        return Ok(false);
    };
    let written = item::decode(item::encode(row)?)?;
    Ok(item::decode(there)? == written)
}

/// The condition under which a row may be written.
pub(super) struct Guard {
    pub(super) condition: &'static str,
    rev: Option<u64>,
    epoch: Option<u64>,
}

impl Guard {
    /// On the expected rev; with `epoch` also on no later one having written the row.
    pub(super) fn of(write: &RowWrite, epoch: Option<u64>) -> Self {
        match (write.expected, epoch) {
            (Rev(0), _) => Self {
                condition: "attribute_not_exists(#pk)",
                rev: None,
                epoch: None,
            },
            (Rev(rev), Some(_)) => Self {
                condition: "#rev = :rev AND #epoch <= :epoch",
                rev: Some(rev),
                epoch,
            },
            (Rev(rev), None) => Self {
                condition: "#rev = :rev",
                rev: Some(rev),
                epoch: None,
            },
        }
    }

    fn condition(&self) -> Condition {
        Condition {
            text: self.condition,
            names: self.names(),
            values: self.values(),
        }
    }

    /// Exactly the names that the condition uses: the API refuses others.
    pub(super) fn names(&self) -> Option<std::collections::HashMap<String, String>> {
        match (self.rev, self.epoch) {
            (Some(_), Some(_)) => names([item::REV, item::EPOCH]),
            (Some(_), None) => names([item::REV]),
            (None, _) => names([PK]),
        }
    }

    /// Exactly the values that the condition uses.
    pub(super) fn values(&self) -> Option<Item> {
        let rev = self.rev.map(|rev| ("rev", number(rev)));
        let epoch = self.epoch.map(|epoch| ("epoch", number(epoch)));
        values(rev.into_iter().chain(epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Source, Stamp};

    fn row(key: &str, source: Source) -> Row {
        let calendar = crate::store::keys::samples::calendar();
        Row {
            source,
            ..Row::new(calendar, EventKey::parse(key).unwrap())
        }
    }

    #[test]
    fn a_family_is_told_by_facts_and_where_there_are_none_by_name() {
        let series = EventKey::parse("abc").unwrap();
        let original = Stamp::parse("20260101").unwrap();
        let follows = |series: &str| Source::Follows {
            series: EventKey::parse(series).unwrap(),
            original: original.clone(),
        };
        let check = |row: Row, expected| assert_eq!(is_exception_of(&row, &series), expected);
        check(row("abc_20260101", follows("abc")), true);
        check(row("abc_20260101", follows("abc_20260101")), false);
        check(row("abc_20260101", Source::Unseen), true);
        check(row("abc_20260101", Source::Gone), true);
        check(row("abc_x", Source::Unseen), false);
    }

    #[test]
    fn what_was_written_is_recognised_though_expiry_is_stored_in_seconds() {
        let mut written = row("abc", Source::Gone);
        written.expires = Some(jiff::Timestamp::new(5, 7).unwrap());
        let stored = item::encode(&written).unwrap();
        assert_eq!(is_row(Some(&stored), &written), Ok(true));
        let other = row("abc", Source::Unseen);
        assert_eq!(is_row(Some(&stored), &other), Ok(false));
        assert_eq!(is_row(None, &other), Ok(false));
    }
}
