//! The accounts' credentials: sealed by whoever writes them; here they are bytes.

use super::Store;
use super::call::Reply;
use super::error::StoreError;
use super::expression::{names, values};
use super::items::account as item;
use super::keys::account as key;
use super::outcome::Put;
use super::put::Condition;
use super::state::there;
use crate::model::{AccountId, UserId, Vaulted};

impl Store {
    /// Keeps an account's credentials, if what is there is still what is expected (none: nothing).
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn put_account(
        &self,
        user: UserId,
        account: &AccountId,
        sealed: &Vaulted,
        expected: Option<&Vaulted>,
    ) -> Result<Put, StoreError> {
        let condition = match expected {
            None => Condition::absent(),
            Some(before) => Condition {
                text: "#sealed = :before",
                names: names([item::SEALED]),
                values: values([("before", item::bytes(before))]),
            },
        };
        let whole = item::encode(user, account, sealed);
        let called = self.put(&whole, &condition).await;
        match called.reply {
            Reply::Done(_) => Ok(Put::Written),
            Reply::Failed(error) => Err(error),
            // A try whose answer was lost may have written it.
            Reply::Refused(refusal) => {
                let there = there(&refusal).and_then(|there| item::decode(there).ok());
                let mine = there.is_some_and(|(_, there)| there == *sealed);
                Ok(if mine { Put::Written } else { Put::Conflict })
            }
        }
    }

    /// Removes an account's credentials.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn drop_account(&self, user: UserId, account: &AccountId) -> Result<(), StoreError> {
        self.drop_item(&key::key(user, account)).await
    }
}
