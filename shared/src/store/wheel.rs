//! The wheel: which calendars are looked at in which minute, without any trigger.
//!
//! It is read each minute and written only when a calendar's interval changes. Being on it twice is harmless.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    Delete, Put as PutAction, ReturnConsumedCapacity, TransactWriteItem,
};

use jiff::Timestamp;

use super::Store;
use super::call::unavailable;
use super::error::StoreError;
use super::items::{primary, wheel as item};
use super::keys::wheel as key;
use super::query::Which;
use crate::limits;
use crate::model::{CalendarId, Interval, Spoke, spokes_due};

impl Store {
    /// Puts a calendar on a spoke.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn put_on_wheel(&self, calendar: CalendarId, spoke: Spoke) -> Result<(), StoreError> {
        let operation = "PutItem";
        let entry = item::encode(&key::key(spoke, calendar));
        let request = || {
            self.client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(entry.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(operation, request).await.done(operation)?;
        Ok(())
    }

    /// Puts a calendar on its spoke of the shortest interval, and wakes it: whatever kept it from being looked at is made up for.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn give_turn(&self, calendar: CalendarId, now: Timestamp) -> Result<(), StoreError> {
        let spoke = Spoke::of(calendar, Interval::Minutes5);
        self.put_on_wheel(calendar, spoke).await?;
        self.bump(calendar, now).await.map(drop)
    }

    /// Takes a calendar off a spoke.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn take_off_wheel(
        &self,
        calendar: CalendarId,
        spoke: Spoke,
    ) -> Result<(), StoreError> {
        self.drop_item(&key::key(spoke, calendar)).await
    }

    /// Moves a calendar to another spoke, in one transaction: it is never on none.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn move_on_wheel(
        &self,
        calendar: CalendarId,
        from: Spoke,
        to: Spoke,
    ) -> Result<(), StoreError> {
        if from == to {
            return self.put_on_wheel(calendar, to).await;
        }
        let operation = "TransactWriteItems";
        let actions = self
            .moving(calendar, from, to)
            .ok_or_else(|| unavailable(operation, "not built"))?;
        let request = || {
            self.client
                .transact_write_items()
                .set_transact_items(Some(actions.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(operation, request).await.done(operation)?;
        Ok(())
    }

    fn moving(
        &self,
        calendar: CalendarId,
        from: Spoke,
        to: Spoke,
    ) -> Option<Vec<TransactWriteItem>> {
        let put = PutAction::builder()
            .table_name(&self.table)
            .set_item(Some(item::encode(&key::key(to, calendar))));
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(primary(&key::key(from, calendar))));
        Some(vec![
            TransactWriteItem::builder().put(put.build().ok()?).build(),
            TransactWriteItem::builder()
                .delete(delete.build().ok()?)
                .build(),
        ])
    }

    /// The calendars that are due in a minute, counted from 1970, and how often each is; of one that is on several spokes, the
    /// slowest. An entry that cannot be read is passed over: whoever misses its calendar puts it on the wheel again.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn due(&self, minute: u64) -> Result<BTreeMap<CalendarId, Interval>, StoreError> {
        let mut due = BTreeMap::new();
        for spoke in spokes_due(minute) {
            for shard in 0..limits::WHEEL_SHARDS {
                let entries = self
                    .query(&Which::all(key::partition(spoke, shard)))
                    .await?;
                for entry in entries {
                    match item::decode(&entry) {
                        Ok((_, calendar)) => drop(due.insert(calendar, spoke.interval())),
                        Err(why) => {
                            tracing::warn!(error = %why, "an entry of the wheel is passed over");
                        }
                    }
                }
            }
        }
        Ok(due)
    }
}
