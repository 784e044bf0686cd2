//! The config file of `tidelock sync`: TOML, read strictly.
//!
//! Owns its whole grammar. Rule: everything that is wrong is reported at once, each with its line, its field and what to do;
//! a config with anything wrong is no config. It prints no value, as any may be a secret, and opens nothing.

mod alerts;
mod credentials;
mod fields;
mod google;
mod key;
mod problem;
mod rules;
mod sheet;
mod store;
mod user;

use std::path::{Path, PathBuf};

use shared::google::Credentials;
use shared::model::{InstallKey, RuleSet};
use toml::de::DeTable;

use crate::files::{self, BadFile};
use crate::host::Environment;
use fields::Fields;
use sheet::Sheet;

pub use alerts::Alerts;
pub use google::Google;
pub use key::{hex, parse_key};
pub use problem::{BadConfig, Problem};
pub use rules::read_rules;
pub use store::Place;

/// A config.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Google is.
    pub google: Google,
    /// Where the table is.
    pub place: Place,
    /// The install key, if it is given here.
    pub key: Option<InstallKey>,
    /// Where alerts go; none: to the log.
    pub alerts: Option<Alerts>,
    /// Whose calendars.
    pub users: Vec<User>,
}

/// One person.
#[derive(Debug, Clone)]
pub struct User {
    /// What they are called here; no other user is.
    pub name: String,
    /// Their accounts, at least one.
    pub accounts: Vec<Account>,
    /// Their rules; none: those that are stored hold.
    pub rules: Option<RuleSet>,
}

/// One Google login.
#[derive(Debug, Clone)]
pub struct Account {
    /// What it is called here; no other account of the user is.
    pub name: String,
    /// What it is reached with.
    pub credentials: Credentials,
    /// The calendars that take part, which may be none at all; not given: every one that can be written.
    pub calendars: Option<Vec<String>>,
}

/// A config that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] BadFile),
    /// Something in it is wrong.
    #[error(transparent)]
    Bad(#[from] BadConfig),
}

/// Reads the config file at `path`.
///
/// # Errors
/// The file cannot be read, or anything in it is wrong.
pub fn load(path: &Path, environment: Environment<'_>) -> Result<Config, ConfigError> {
    let text = files::text(path)?;
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let config = read(&text, &folder, environment).map_err(|problems| BadConfig {
        path: path.to_owned(),
        problems,
    })?;
    Ok(config)
}

/// Reads a config's text; paths in it start at `folder`.
fn read(text: &str, folder: &Path, environment: Environment<'_>) -> Result<Config, Vec<Problem>> {
    let sheet = Sheet::new(text, environment);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| sheet.syntax(error)).collect());
    }
    let config = whole(Fields::root(&sheet, table.get_ref()), folder);
    match (sheet.into_problems(), config) {
        (problems, Some(config)) if problems.is_empty() => Ok(config),
        (problems, _) => Err(problems),
    }
}

fn whole(mut fields: Fields<'_>, folder: &Path) -> Option<Config> {
    let google = google::read(fields.table("google"));
    let store = fields.required_table("store");
    let store = store.and_then(|store| store::read(store, folder));
    let alerts = match fields.table("alerts") {
        Some(table) => alerts::read(table).map(Some),
        None => Some(None),
    };
    let users = user::read_all(&mut fields);
    fields.finish();
    let (place, key) = store?;
    Some(Config {
        google: google?,
        place,
        key,
        alerts: alerts?,
        users: users?,
    })
}

#[cfg(test)]
mod tests;
