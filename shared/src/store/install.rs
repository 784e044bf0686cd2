//! What the installation is known by: written once, by whoever comes first, and never changed.

use super::Store;
use super::call::{Reply, unavailable};
use super::error::StoreError;
use super::items::install as item;
use super::keys::install as key;
use super::put::{Condition, PUT};
use crate::model::{InstallKey, KeyCheck};

/// What a table was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Tells whether a key is the one that the table was made with.
    pub check: KeyCheck,
    /// The key, if the table is where it is kept.
    pub key: Option<InstallKey>,
}

impl Installed {
    /// A key that somebody else keeps; the table only knows it again.
    #[must_use]
    pub fn kept_elsewhere(key: &InstallKey) -> Self {
        Self {
            check: KeyCheck::of(key),
            key: None,
        }
    }

    /// A key that is kept in the table.
    #[must_use]
    pub fn kept_here(key: &InstallKey) -> Self {
        Self {
            key: Some(key.clone()),
            ..Self::kept_elsewhere(key)
        }
    }
}

impl Store {
    /// What the table was made with; none: nobody said yet.
    ///
    /// # Errors
    /// The table could not be read, or the item is damaged or newer than this program.
    pub async fn installed(&self) -> Result<Option<Installed>, StoreError> {
        let found = self.get(&key::key()).await?;
        found.map(item::decode).transpose()
    }

    /// Says what the table is made with, unless it was said before. Returns what holds from now on.
    ///
    /// # Errors
    /// The table could not be read or written.
    pub async fn install(&self, offer: &Installed) -> Result<Installed, StoreError> {
        // Nearly always it is there; reading first spares the write.
        if let Some(there) = self.installed().await? {
            return Ok(there);
        }
        let whole = item::encode(offer)?;
        match self.put(&whole, &Condition::absent()).await.reply {
            // Refused: another process was first, or a try whose answer was lost. What is there holds.
            Reply::Done(_) | Reply::Refused(_) => {}
            Reply::Failed(error) => return Err(error),
        }
        let there = self.installed().await?;
        there.ok_or_else(|| unavailable(PUT, "written and not there"))
    }
}
