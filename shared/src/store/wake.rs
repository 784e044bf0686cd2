//! Wakes: a durable counter per calendar, there only while somebody wants it looked at.
//!
//! A counter starts at a random number, not at 1: it goes when it is served, and a sync that had read an earlier
//! one of the same value would otherwise take a new wake away. So equal counts mean "no wake in between".

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};

use super::Store;
use super::call::{Reply, corrupt};
use super::error::StoreError;
use super::expression::{names, values};
use super::items::instant::Instant;
use super::items::{Item, SCHEMA, V, number, primary, text, wake as item};
use super::keys::wake as key;
use super::outcome::Put;
use super::query::Which;
use crate::limits;
use crate::model::{CalendarId, Wake};
use jiff::Timestamp;

const UPDATE: &str = "UpdateItem";
const DELETE: &str = "DeleteItem";

/// Counts one more wake; the first starts at a drawn number, and says when it came.
pub(super) const BUMP: &str = "SET #wanted = if_not_exists(#wanted, :start) + :one, \
     #since = if_not_exists(#since, :now), #v = :v";
/// The names that [`BUMP`] uses.
pub(super) const BUMP_NAMES: [&str; 3] = [item::WANTED, item::SINCE, V];

/// Beyond this a start is never drawn: it leaves room to count, and engines that hold numbers as doubles are exact.
const STARTS: u64 = 1 << 48;

impl Store {
    /// The values of [`BUMP`].
    pub(super) fn bump_values(&self, now: Timestamp) -> Option<Item> {
        let start = self.draw(|random| random.u64(1..STARTS));
        values([
            ("start", number(start)),
            ("one", number(1)),
            ("now", text(Instant(now).text())),
            ("v", number(SCHEMA.into())),
        ])
    }

    /// A calendar's unserved count; 0: nobody wants anything. Counts are to be compared, not subtracted.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn wake(&self, calendar: CalendarId) -> Result<u64, StoreError> {
        let wake = self.woken(calendar).await?;
        Ok(wake.map_or(0, |wake| wake.count))
    }

    /// A calendar's unserved wake, if there is one.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn woken(&self, calendar: CalendarId) -> Result<Option<Wake>, StoreError> {
        let found = self.get(&key::key(calendar)).await?;
        found.map(item::decode).transpose()
    }

    /// Puts a new wake in the place of one that cannot be read.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn renew_wake(
        &self,
        calendar: CalendarId,
        now: Timestamp,
    ) -> Result<Wake, StoreError> {
        self.drop_item(&key::key(calendar)).await?;
        let count = self.bump(calendar, now).await?;
        Ok(Wake {
            calendar,
            count,
            since: now,
        })
    }

    /// Counts one more wake and returns the new count. If its answer is lost it may be counted twice: harmless.
    ///
    /// # Errors
    /// The table could not be written: the wake may not be there.
    pub async fn bump(&self, calendar: CalendarId, now: Timestamp) -> Result<u64, StoreError> {
        let at = key::key(calendar);
        let start = self.bump_values(now);
        let request = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .update_expression(BUMP)
                .set_expression_attribute_names(names(BUMP_NAMES))
                .set_expression_attribute_values(start.clone())
                .return_values(ReturnValue::AllNew)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let answer = self.call(UPDATE, request).await.done(UPDATE)?;
        let after = answer
            .attributes
            .ok_or_else(|| corrupt(&at, "not returned"))?;
        Ok(item::decode(after)?.count)
    }

    /// Removes the counter if it is still `count`. Conflict: somebody woke the calendar meanwhile, or it was served already.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn serve(&self, calendar: CalendarId, count: u64) -> Result<Put, StoreError> {
        if count == 0 {
            return Ok(Put::Written);
        }
        let at = key::key(calendar);
        let request = || {
            self.client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .condition_expression("#wanted = :count")
                .set_expression_attribute_names(names([item::WANTED]))
                .set_expression_attribute_values(values([("count", number(count))]))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let called = self.call(DELETE, request).await;
        match called.reply {
            Reply::Done(_) => Ok(Put::Written),
            Reply::Refused(_) if called.doubtful && self.wake(calendar).await? == 0 => {
                Ok(Put::Written)
            }
            Reply::Refused(_) => Ok(Put::Conflict),
            Reply::Failed(error) => Err(error),
        }
    }

    /// Every unserved wake.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn unserved(&self) -> Result<Vec<Wake>, StoreError> {
        let mut unserved = Vec::new();
        for shard in 0..limits::WAKE_SHARDS {
            let wakes = self.query(&Which::all(key::partition(shard))).await?;
            for wake in wakes {
                unserved.extend(item::seen(wake));
            }
        }
        Ok(unserved)
    }
}
