//! One change of a user's rules: what was before, what is since, when and by whom.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RuleSet;

const CONFIG_FILE: &str = "config file";
const COMMAND: &str = "command";
const UNDO: &str = "undo of ";

/// Who changed the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ChangedBy {
    /// The config file.
    ConfigFile,
    /// A command.
    Command,
    /// The change that made this version was taken back.
    Undo(u64),
}

/// A text that names nobody who changes rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("names nobody who changes rules")]
pub struct Nobody;

impl fmt::Display for ChangedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConfigFile => f.write_str(CONFIG_FILE),
            Self::Command => f.write_str(COMMAND),
            Self::Undo(version) => write!(f, "{UNDO}{version}"),
        }
    }
}
impl TryFrom<String> for ChangedBy {
    type Error = Nobody;
    fn try_from(text: String) -> Result<Self, Nobody> {
        match (text.as_str(), text.strip_prefix(UNDO)) {
            (CONFIG_FILE, _) => Ok(Self::ConfigFile),
            (COMMAND, _) => Ok(Self::Command),
            (_, Some(version)) => version.parse().map(Self::Undo).map_err(|_| Nobody),
            (_, None) => Err(Nobody),
        }
    }
}
impl From<ChangedBy> for String {
    fn from(by: ChangedBy) -> String {
        by.to_string()
    }
}

/// One change of a user's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesChange {
    /// The config version that it made.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ChangedBy,
    /// The rules before it: what taking it back restores.
    pub before: RuleSet,
    /// The rules since.
    pub rules: RuleSet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_changed_them_reads_back() {
        for by in [
            ChangedBy::ConfigFile,
            ChangedBy::Command,
            ChangedBy::Undo(17),
        ] {
            assert_eq!(ChangedBy::try_from(by.to_string()), Ok(by));
        }
        for text in ["", "undo of ", "undo of x", "somebody"] {
            assert_eq!(ChangedBy::try_from(text.to_owned()), Err(Nobody));
        }
    }
}
