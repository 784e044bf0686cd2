//! Forgetting: what is stored of calendars that are gone for good, deleted page by page.
//!
//! Deleting is no work without conditions: each transaction of it holds the calendar's state to what its caller made of it, so
//! that a calendar that is connected again meanwhile loses nothing. What is to go is noted before and unnoted after, so that
//! whoever comes after a crash knows.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, ReturnConsumedCapacity, TransactWriteItem};

use super::Store;
use super::call::{Reply, unavailable};
use super::error::StoreError;
use super::expression::{names, values};
use super::items::{Item, forgetting as item, key_of, number, primary, size, state as state_item};
use super::keys::{Key, PK, forgetting as key, profile, state as state_key, wake, wheel};
use super::outcome::Put;
use super::put::Condition;
use super::query::Which;
use super::state::settled;
use crate::limits;
use crate::model::{AccountId, CalendarId, Epoch, Interval, Spoke, State, UserId};

const TRANSACT: &str = "TransactWriteItems";
const EPOCH: &str = "epoch";

/// What a calendar's state has to be for anything of it to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// Of this epoch: nobody was granted another since.
    Epoch(Epoch),
    /// Not there.
    Stateless,
}

/// What became of one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Page {
    /// So many items are gone; there may be more.
    Deleted(u64),
    /// Nothing was there beside the state.
    Bare,
    /// The state is not what the fence says; some of the page may be gone.
    Moved,
}

impl Store {
    /// The accounts on their way out, and the calendars that go with each.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn forgetting(
        &self,
        user: UserId,
    ) -> Result<BTreeMap<AccountId, BTreeSet<CalendarId>>, StoreError> {
        let which = Which::beginning(profile::partition(user), key::FORGETTING);
        let found = self.query(&which).await?;
        found.into_iter().map(item::decode).collect()
    }

    /// Notes that an account is on its way out with these calendars.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn begin_forgetting(
        &self,
        user: UserId,
        account: &AccountId,
        calendars: &BTreeSet<CalendarId>,
    ) -> Result<(), StoreError> {
        self.put_plain(item::encode(user, account, calendars)?)
            .await
    }

    /// Notes that an account is gone.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn end_forgetting(
        &self,
        user: UserId,
        account: &AccountId,
    ) -> Result<(), StoreError> {
        self.drop_item(&key::key(user, account)).await
    }

    /// Writes a state over the one in `seen`, if that is of the same epoch still. It takes no lease: a higher epoch stops
    /// whoever holds one.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn fence_off(&self, seen: &State, fenced: &State) -> Result<Put, StoreError> {
        let whole = state_item::encode(fenced)?;
        let condition = Condition {
            text: "#epoch = :epoch",
            names: names([EPOCH]),
            values: values([("epoch", number(seen.epoch.0))]),
        };
        let called = self.put(&whole, &condition).await;
        settled(called, |there| {
            Ok(there.is_some_and(|there| *there == whole))
        })
    }

    /// Deletes one page of what a calendar's partition holds beside its state.
    ///
    /// # Errors
    /// The table could not be read or written.
    pub async fn forget_page(
        &self,
        calendar: CalendarId,
        fence: Fence,
    ) -> Result<Page, StoreError> {
        let state = state_key::key(calendar);
        let which = Which::all(state_key::partition(calendar));
        let mut after = None;
        for _ in 0..limits::QUERY_PAGES {
            let (mut found, last) = self.page(&which, after).await?;
            found.retain(|item| key_of(item) != state);
            if !found.is_empty() {
                return self.delete_fenced(&state, fence, &found).await;
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(Page::Bare),
            }
        }
        Ok(Page::Bare)
    }

    async fn delete_fenced(
        &self,
        state: &Key,
        fence: Fence,
        items: &[Item],
    ) -> Result<Page, StoreError> {
        let mut deleted = 0;
        for batch in batches(items) {
            let mut actions = vec![self.check(state, fence)?];
            for item in batch {
                actions.push(self.delete(&key_of(item))?);
            }
            match self.all_or_none(&actions).await? {
                Put::Written => deleted += batch.len() as u64,
                Put::Conflict => return Ok(Page::Moved),
            }
        }
        Ok(Page::Deleted(deleted))
    }

    /// Deletes a calendar's state, its places on the wheel and its wake: the last of it. Conflict: the state is not what
    /// the fence says.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn forget_state(
        &self,
        calendar: CalendarId,
        fence: Fence,
    ) -> Result<Put, StoreError> {
        let (text, names, values) = condition(fence);
        let state = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(primary(&state_key::key(calendar))))
            .condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build()
            .map_err(|_| unavailable(TRANSACT, "not built"))?;
        let mut actions = vec![TransactWriteItem::builder().delete(state).build()];
        for interval in Interval::ALL {
            actions.push(self.delete(&wheel::key(Spoke::of(calendar, interval), calendar))?);
        }
        actions.push(self.delete(&wake::key(calendar))?);
        self.all_or_none(&actions).await
    }

    fn check(&self, state: &Key, fence: Fence) -> Result<TransactWriteItem, StoreError> {
        let (text, names, values) = condition(fence);
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(primary(state)))
            .condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build()
            .map_err(|_| unavailable(TRANSACT, "not built"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    fn delete(&self, at: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(primary(at)))
            .build()
            .map_err(|_| unavailable(TRANSACT, "not built"))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Deleted twice it is the same, so a try whose answer was lost is of no concern.
    async fn all_or_none(&self, actions: &[TransactWriteItem]) -> Result<Put, StoreError> {
        let request = || {
            self.client
                .transact_write_items()
                .set_transact_items(Some(actions.to_vec()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        match self.call(TRANSACT, request).await.reply {
            Reply::Done(_) => Ok(Put::Written),
            Reply::Refused(_) => Ok(Put::Conflict),
            Reply::Failed(error) => Err(error),
        }
    }
}

type Clause = (
    &'static str,
    Option<std::collections::HashMap<String, String>>,
    Option<Item>,
);

fn condition(fence: Fence) -> Clause {
    match fence {
        Fence::Epoch(epoch) => (
            "#epoch = :epoch",
            names([EPOCH]),
            values([("epoch", number(epoch.0))]),
        ),
        Fence::Stateless => ("attribute_not_exists(#pk)", names([PK]), None),
    }
}

/// As many items together as one transaction takes beside its condition; what is deleted counts with its size.
fn batches(items: &[Item]) -> Vec<&[Item]> {
    let mut batches = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        let size = size::item(item);
        let full = at - from >= limits::TRANSACTION_ACTIONS - 1;
        if at > from && (full || bytes + size > limits::TRANSACTION_BYTES) {
            batches.extend(items.get(from..at));
            (from, bytes) = (at, 0);
        }
        bytes += size;
    }
    batches.extend(items.get(from..).filter(|rest| !rest.is_empty()));
    batches
}

#[cfg(test)]
mod tests {
    use super::super::items::text;
    use super::*;

    fn items(count: usize, bytes: usize) -> Vec<Item> {
        let item = || Item::from([("a".to_owned(), text("x".repeat(bytes)))]);
        (0..count).map(|_| item()).collect()
    }

    #[test]
    fn a_page_is_cut_by_number_and_by_size_and_loses_nothing() {
        let check = |count, bytes, expected: &[usize]| {
            let items = items(count, bytes);
            let lengths: Vec<_> = batches(&items).iter().map(|batch| batch.len()).collect();
            assert_eq!(lengths, expected, "{count} of {bytes}");
        };
        check(0, 1, &[]);
        check(1, 1, &[1]);
        check(99, 1, &[99]);
        check(250, 1, &[99, 99, 52]);
        check(25, 300_000, &[11, 11, 3]);
        check(2, 4_000_000, &[1, 1]);
    }
}
