//! Who was ever connected, by the names that the config gave them: told once, kept when the config forgets them.

use super::Store;
use super::call::Reply;
use super::error::StoreError;
use super::items::user as item;
use super::keys::user as key;
use super::outcome::Put;
use super::put::Condition;
use super::query::Which;
use crate::model::UserId;

impl Store {
    /// All users that were ever named, in the order of their ids.
    ///
    /// # Errors
    /// The table could not be read, or an item is damaged or newer than this program.
    pub async fn users(&self) -> Result<Vec<(UserId, String)>, StoreError> {
        let which = Which::beginning(key::partition(), key::PREFIX);
        let found = self.query(&which).await?;
        found.into_iter().map(item::decode).collect()
    }

    /// Says what a user is called. Conflict: it was said before.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn name_user(&self, user: UserId, name: &str) -> Result<Put, StoreError> {
        let whole = item::encode(user, name)?;
        match self.put(&whole, &Condition::absent()).await.reply {
            Reply::Done(_) => Ok(Put::Written),
            // The id is a digest of the name: whoever wrote it wrote the same.
            Reply::Refused(_) => Ok(Put::Conflict),
            Reply::Failed(error) => Err(error),
        }
    }
}
