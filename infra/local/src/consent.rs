//! Accounts that do not let us in any more: which, since when, what that means, and what to do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::model::{AccountId, CalendarConfig, State};

use crate::age::Since;
use crate::plain::one_line;

/// An account whose consent is gone, or whose token was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withdrawn {
    /// The account.
    pub account: AccountId,
    /// Since when its calendars cannot be read.
    pub since: Since,
    /// Those calendars, by name.
    pub calendars: Vec<String>,
}

impl Withdrawn {
    /// For a person: which, what it means, what to do.
    #[must_use]
    pub fn line(&self) -> String {
        let names: Vec<_> = self.calendars.iter().map(|name| one_line(name)).collect();
        let (account, since) = (&self.account, self.since);
        format!(
            "the account {account} has not let us in for {since} (its consent is withdrawn, or its token has run out): {} \
             cannot be read or written, and the blocks of its events elsewhere stay as they are; {}",
            names.join(", "),
            to_do(account)
        )
    }
}

/// What to do about one.
#[must_use]
pub fn to_do(account: &AccountId) -> String {
    let (user, name) = account.0.split_once('/').unwrap_or(("", &account.0));
    format!(
        "connect it again (get a new token for the account and put it into the config), or take it away: `tidelock disconnect \
         --user {user} --account {name}`"
    )
}

/// The accounts that calendars which take part fail for, as their states have it.
#[must_use]
pub fn withdrawn<'a>(
    calendars: impl IntoIterator<Item = (&'a CalendarConfig, &'a State)>,
    now: Timestamp,
) -> Vec<Withdrawn> {
    let mut found: BTreeMap<&AccountId, (Timestamp, Vec<String>)> = BTreeMap::new();
    for (own, state) in calendars {
        let Some(failing) = state.failing.as_ref().filter(|_| own.enabled) else {
            continue;
        };
        // Reached through another account by now, it says nothing about that one.
        let account = failing.account.as_ref();
        let Some(account) = account.filter(|account| **account == own.account) else {
            continue;
        };
        let entry = found.entry(account).or_insert((failing.since, Vec::new()));
        entry.0 = entry.0.min(failing.since);
        entry.1.push(own.name.clone());
    }
    let told = found.into_iter().map(|(account, (since, mut calendars))| {
        calendars.sort();
        Withdrawn {
            account: account.clone(),
            since: Since::new(since, now),
            calendars,
        }
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::model::{
        Access, CalendarId, Failing, FailureClass, GoogleCalendarId, InstallKey, UserId,
    };

    fn calendar(name: &str, since: i64, gone: Option<&str>) -> (CalendarConfig, State) {
        let key = InstallKey::new([1; InstallKey::BYTES]);
        let google = GoogleCalendarId::parse(name).unwrap();
        let id = CalendarId::derive(&key, UserId::derive(&key, "ann"), &google);
        let account = AccountId("ann/work".into());
        let mut state = State::new(id, google.clone(), account.clone());
        state.failing = Some(Failing {
            since: Timestamp::from_second(since).unwrap(),
            count: 1,
            class: FailureClass::Denied,
            error: "refused".into(),
            account: gone.map(|gone| AccountId(gone.into())),
        });
        let own = CalendarConfig {
            google,
            account,
            name: name.into(),
            access: Access::Write,
            enabled: true,
        };
        (own, state)
    }

    #[test]
    fn each_account_is_told_once_with_its_calendars_and_what_to_do() {
        let mut off = calendar("off", 1, Some("ann/work"));
        off.0.enabled = false;
        let all = [
            calendar("two", 30, Some("ann/work")),
            calendar("one", 20, Some("ann/work")),
            calendar("alone", 5, None),
            calendar("moved", 5, Some("ann/old")),
            off,
        ];
        let pairs = all.iter().map(|(own, state)| (own, state));
        let found = withdrawn(pairs, Timestamp::from_second(80).unwrap());
        let [found] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((found.calendars.len(), found.since.seconds), (2, 60));
        let line = found.line();
        for text in [
            "ann/work",
            "for 1m",
            "one, two",
            "--user ann --account work",
            "stay",
        ] {
            assert!(line.contains(text), "{text}: {line}");
        }
    }
}
