//! Items of the table that cannot be read, told by their keys: never by what they hold.

use serde::Serialize;
use shared::store::StoreError;

use crate::stack::advice;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damaged {
    /// Its key.
    pub item: String,
    /// What is wrong with it.
    pub why: String,
    /// What helps.
    pub helps: &'static str,
}

impl Damaged {
    /// For a person: which, why, and what helps.
    #[must_use]
    pub fn line(&self) -> String {
        format!("DAMAGED: {}; {}", self.why, self.helps)
    }
}

impl From<&StoreError> for Damaged {
    fn from(why: &StoreError) -> Self {
        Self {
            item: why.item().map(ToString::to_string).unwrap_or_default(),
            why: why.to_string(),
            helps: advice::of_store(why),
        }
    }
}
