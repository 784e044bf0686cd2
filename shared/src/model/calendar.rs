//! A user's calendars and what may be done with them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{CalendarId, GoogleCalendarId, UserId};
use super::rule::{Pairs, RuleSet, Switch};

/// One Google login of a user, by the name it has in the config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId(pub String);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the account may do on the calendar (Calendar API: `accessRole`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// See events; such a calendar is a source only.
    Read,
    /// Write events: source and target.
    Write,
}

/// One calendar of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarConfig {
    /// What Google calls it.
    pub google: GoogleCalendarId,
    /// The account it is reached through.
    pub account: AccountId,
    /// What a person calls it; shown on their own screen only.
    pub name: String,
    /// What may be done.
    pub access: Access,
    /// Whether it is wished to take part. The rules may switch it off all the same: see [`UserConfig::takes_part`].
    pub enabled: bool,
}

/// Everything that decides what is mirrored where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserConfig {
    /// Whose.
    pub user: UserId,
    /// Grows by one with every change.
    pub version: u64,
    /// The calendars.
    pub calendars: BTreeMap<CalendarId, CalendarConfig>,
    /// What is mirrored between them, and how it looks; calendars by Google's ids.
    pub rules: RuleSet,
}

impl UserConfig {
    /// What holds between the calendars.
    #[must_use]
    pub fn pairs(&self) -> Pairs {
        Pairs::of(self)
    }

    /// Whether a calendar takes part; none: it is not connected.
    #[must_use]
    pub fn switch(&self, calendar: CalendarId) -> Option<Switch> {
        let calendar = self.calendars.get(&calendar)?;
        Some(match calendar.enabled {
            true => self.rules.switch(&calendar.google),
            false => Switch::Off,
        })
    }

    /// Whether a calendar is looked at: it is wished, and the rules do not switch it off.
    #[must_use]
    pub fn takes_part(&self, calendar: CalendarId) -> bool {
        matches!(self.switch(calendar), Some(Switch::On | Switch::Paused))
    }
}
