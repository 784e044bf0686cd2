//! What repair takes away: items that cannot be read, and what was staged in vain. Never one that can be read.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use jiff::Timestamp;

use super::Store;
use super::error::{Class, StoreError};
use super::expression::{names, values};
use super::items::{key_of, primary, row as row_item, state as state_item, text};
use super::journal::delete;
use super::keys::{Key, event, journal as journal_key, state as state_key};
use super::outcome::Put;
use super::query::Which;
use super::state::settled;
use crate::model::{CalendarId, CommitId, EventKey};

const DELETE: &str = "DeleteItem";
const UPDATE: &str = "UpdateItem";

impl Store {
    /// Removes a row that cannot be read or is of another event, and only if it is so.
    ///
    /// # Errors
    /// The table could not be read or written.
    pub async fn drop_unreadable_row(
        &self,
        calendar: CalendarId,
        row: &EventKey,
    ) -> Result<(), StoreError> {
        let at = event::key(calendar, row);
        let found = self.get(&at).await?;
        match found.map(row_item::decode) {
            Some(Err(why)) if why.class() == Class::Corrupt => self.drop_item(&at).await,
            Some(Ok(filed)) if filed.misfiled().is_some() => self.drop_item(&at).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Removes a state that cannot be read, and only if it cannot be.
    ///
    /// # Errors
    /// The table could not be read or written.
    pub async fn drop_unreadable_state(&self, calendar: CalendarId) -> Result<(), StoreError> {
        let at = state_key::key(calendar);
        let found = self.get(&at).await?;
        match found.and_then(|item| state_item::decode(item).err()) {
            Some(why) if why.class() == Class::Corrupt => self.drop_item(&at).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Removes an item, whatever it holds.
    pub(super) async fn drop_item(&self, at: &Key) -> Result<(), StoreError> {
        let request = || {
            self.client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(primary(at)))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(DELETE, request).await.done(DELETE).map(drop)
    }

    /// Removes all staged chunks of a calendar but those of the commits in `needed`.
    ///
    /// # Errors
    /// The table could not be read or written.
    pub async fn sweep_staged(
        &self,
        calendar: CalendarId,
        needed: &BTreeSet<&CommitId>,
    ) -> Result<(), StoreError> {
        let which = Which::beginning(state_key::partition(calendar), journal_key::JOURNAL);
        let found = self.query(&which).await?;
        let vain = found.iter().map(key_of).filter(|key| {
            journal_key::parse(key).is_some_and(|(_, commit, _)| !needed.contains(&commit))
        });
        let deletes: Vec<_> = vain.filter_map(|key| delete(primary(&key))).collect();
        match deletes.is_empty() {
            true => Ok(()),
            false => self.write_all(deletes).await,
        }
    }

    /// Lets the second look at what is held be taken from `now` on. Conflict: nothing is held.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn end_hold(&self, calendar: CalendarId, now: Timestamp) -> Result<Put, StoreError> {
        let at = state_key::key(calendar);
        let now = text(now.to_string());
        let request = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .update_expression("SET #held.#until = :now")
                .condition_expression("attribute_exists(#held)")
                .set_expression_attribute_names(names(["held", "until"]))
                .set_expression_attribute_values(values([("now", now.clone())]))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        settled(self.call(UPDATE, request).await, |_| Ok(false))
    }
}
