//! Accounts, their calendar lists and their credentials.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use crate::world::role::Role;

/// An account to set up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAccount {
    /// E-mail address; also the id of the primary calendar.
    pub email: String,
    /// Access tokens that work from the start and do not expire.
    pub access_tokens: Vec<String>,
    /// Refresh tokens that work from the start.
    pub refresh_tokens: Vec<String>,
    /// OAuth client that the refresh tokens belong to.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Granted scopes, full or without the common prefix; empty means `calendar`.
    pub scopes: Vec<String>,
}

/// One line of an account's calendar list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) role: Role,
    pub(crate) hidden: bool,
    pub(crate) deleted: bool,
    pub(crate) change: u64,
    pub(crate) stamp: i64,
}

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) email: Arc<str>,
    pub(crate) ordinal: u32,
    pub(crate) scopes: Vec<String>,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) list: BTreeMap<Arc<str>, Entry>,
    pub(crate) change: u64,
    pub(crate) epoch: u32,
}

/// A token that stands for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) email: Arc<str>,
    pub(crate) expires: Option<DateTime<Utc>>,
    /// The refresh token an access token came from.
    pub(crate) parent: Option<String>,
}

/// The common prefix of scopes.
pub(crate) const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/";

impl Account {
    pub(crate) fn has_scope(&self, accepted: &[&str]) -> bool {
        accepted.is_empty()
            || self
                .scopes
                .iter()
                .any(|scope| accepted.contains(&scope.as_str()))
    }
}
