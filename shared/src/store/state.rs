//! A calendar's state: read, made once, and moved on when nothing but the token changed.

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use jiff::Timestamp;

use super::Store;
use super::call::{Called, Reply};
use super::error::StoreError;
use super::expression::{names, values};
use super::fault::Refusal;
use super::items::instant::Instant;
use super::items::{Item, number, primary, state as item, text};
use super::keys::{Key, state as key};
use super::lease::failing_value;
use super::outcome::Put;
use super::put::Condition;
use crate::model::{CalendarId, Failing, State, SyncToken};

const GET: &str = "GetItem";
const UPDATE: &str = "UpdateItem";

impl Store {
    /// One item, strongly consistent.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let request = || {
            self.client
                .get_item()
                .table_name(&self.table)
                .set_key(Some(primary(key)))
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        Ok(self.call(GET, request).await.done(GET)?.item)
    }

    /// A calendar's state, strongly consistent; none if it was never created.
    ///
    /// # Errors
    /// The table could not be read, or the state is damaged or newer than this program.
    pub async fn state(&self, calendar: CalendarId) -> Result<Option<State>, StoreError> {
        let found = self.get(&key::key(calendar)).await?;
        found.map(item::decode).transpose()
    }

    /// Creates a calendar's state. Conflict: it is there already.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn create_state(&self, state: &State) -> Result<Put, StoreError> {
        let whole = item::encode(state)?;
        let called = self.put(&whole, &Condition::absent()).await;
        settled(called, |there| {
            Ok(there.is_some_and(|there| *there == whole))
        })
    }

    /// Notes that a sync failed which held no lease, if epoch and token are still those in `seen`.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn note_failure(&self, seen: &State, failing: &Failing) -> Result<Put, StoreError> {
        let at = key::key(seen.calendar);
        let condition = format!("#epoch = :epoch AND {}", same_token(seen));
        let filled = values(
            [
                ("epoch", number(seen.epoch.0)),
                ("failing", failing_value(failing)),
            ]
            .into_iter()
            .chain(token_value(seen)),
        );
        let request = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .update_expression("SET #failing = :failing")
                .condition_expression(&condition)
                .set_expression_attribute_names(names(["epoch", "token", "failing"]))
                .set_expression_attribute_values(filled.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        // Written twice it is the same.
        settled(self.call(UPDATE, request).await, |_| Ok(false))
    }

    /// Moves token and last check on, forgets failures and what was held, without a lease, if token and epoch are still those in `seen` and no journal waits.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn touch(
        &self,
        seen: &State,
        token: &SyncToken,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        let at = key::key(seen.calendar);
        let moved = State {
            token: Some(token.clone()),
            last_synced_at: Some(now),
            ..seen.clone()
        };
        let condition = format!(
            "#epoch = :epoch AND {} AND attribute_not_exists(#journal)",
            same_token(seen)
        );
        let filled = values(
            [
                ("epoch", number(seen.epoch.0)),
                ("new", text(token.as_str())),
                ("now", text(Instant(now).text())),
            ]
            .into_iter()
            .chain(token_value(seen)),
        );
        let request = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .update_expression(
                    "SET #token = :new, #last_synced_at = :now REMOVE #failing, #held",
                )
                .condition_expression(&condition)
                .set_expression_attribute_names(names([
                    "epoch",
                    "token",
                    "journal",
                    "last_synced_at",
                    "failing",
                    "held",
                ]))
                .set_expression_attribute_values(filled.clone())
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let called = self.call(UPDATE, request).await;
        settled(called, |there| is_touched(there, &moved))
    }
}

fn is_touched(there: Option<&Item>, moved: &State) -> Result<bool, StoreError> {
    let there = there.cloned().map(item::decode).transpose()?;
    Ok(there.is_some_and(|there| {
        there.epoch == moved.epoch
            && there.token == moved.token
            && there.last_synced_at == moved.last_synced_at
    }))
}

/// The condition that the token is still the one in `seen`; needs the name `#token` and [`token_value`].
pub(super) fn same_token(seen: &State) -> &'static str {
    match seen.token {
        Some(_) => "#token = :token",
        None => "attribute_not_exists(#token)",
    }
}

/// The value that [`same_token`] needs.
pub(super) fn token_value(seen: &State) -> Option<(&'static str, AttributeValue)> {
    let token = seen.token.as_ref()?;
    Some(("token", text(token.as_str())))
}

/// The outcome of a single conditional write. A refusal after a lost answer is no conflict if `mine` finds that what
/// stands there is what was written.
pub(super) fn settled<T>(
    called: Called<T>,
    mine: impl FnOnce(Option<&Item>) -> Result<bool, StoreError>,
) -> Result<Put, StoreError> {
    match called.reply {
        Reply::Done(_) => Ok(Put::Written),
        Reply::Failed(error) => Err(error),
        Reply::Refused(_) if !called.doubtful => Ok(Put::Conflict),
        Reply::Refused(refusal) => match mine(there(&refusal))? {
            true => Ok(Put::Written),
            false => Ok(Put::Conflict),
        },
    }
}

/// What stands there, as a refused single write was told.
pub(super) fn there(refusal: &Refusal) -> Option<&Item> {
    match refusal {
        Refusal::One(item) => item.as_ref(),
        Refusal::Of(_) => None,
    }
}
