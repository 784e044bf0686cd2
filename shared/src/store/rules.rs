//! The history of a user's rules. A change enters it with the config that it makes, in one transaction.

use super::Store;
use super::call::Reply;
use super::error::StoreError;
use super::expression::names;
use super::items::{EXPIRES, Item, key_of, rules as item};
use super::keys::{PK, rules as key};
use super::put::Condition;
use super::query::Which;
use crate::limits;
use crate::model::{RulesChange, UserId};

/// The changes of a user's rules that are still on record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RulesHistory {
    /// Those that can be read, oldest first.
    pub changes: Vec<RulesChange>,
    /// Those that cannot.
    pub damaged: Vec<StoreError>,
}

impl Store {
    /// The changes of a user's rules that are still on record.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn rules_history(&self, user: UserId) -> Result<RulesHistory, StoreError> {
        let mut history = RulesHistory::default();
        for found in self.rules_items(user).await? {
            match item::decode(found) {
                Ok(change) => history.changes.push(change),
                Err(why) => history.damaged.push(why),
            }
        }
        Ok(history)
    }

    async fn rules_items(&self, user: UserId) -> Result<Vec<Item>, StoreError> {
        self.query(&Which::all(key::partition(user))).await
    }

    /// Lets all changes but the newest expire, and drops those beyond the number that is kept.
    ///
    /// # Errors
    /// The table could not be read or written; the next change does it.
    pub async fn trim_rules_history(&self, user: UserId) -> Result<(), StoreError> {
        let mut found = self.rules_items(user).await?;
        // The newest tells what held last, should the profile be lost.
        found.pop();
        let beyond = found.len().saturating_sub(limits::RULES_KEPT - 1);
        for (n, found) in found.into_iter().enumerate() {
            if n < beyond {
                self.drop_item(&key_of(&found)).await?;
                continue;
            }
            let Ok(change) = item::decode(found.clone()) else {
                continue;
            };
            if !found.contains_key(EXPIRES) {
                self.age(&item::aged(found, change.at)).await?;
            }
        }
        Ok(())
    }

    async fn age(&self, whole: &Item) -> Result<(), StoreError> {
        let still_there = Condition {
            text: "attribute_exists(#pk)",
            names: names([PK]),
            values: None,
        };
        match self.put(whole, &still_there).await.reply {
            Reply::Failed(error) => Err(error),
            Reply::Done(_) | Reply::Refused(_) => Ok(()),
        }
    }
}
