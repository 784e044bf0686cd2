//! Takes a person in, so that functions that know no config file can look after them: credentials, calendars, turns.

use std::collections::{BTreeMap, BTreeSet};

use super::connect::{Connected, Connection, Wish};
use super::{Engine, StoreError};
use crate::google::{Credentials, Kept};
use crate::model::{AccountId, CalendarId, InstallKey, RuleSet, UserConfig, UserId};
use crate::store::{Accounts, Put};

/// A person as their config names them.
#[derive(Debug)]
pub struct Enrolment<'a> {
    /// Their id.
    pub user: UserId,
    /// What they are called.
    pub name: &'a str,
    /// Their calendars.
    pub wishes: &'a [Wish],
    /// Their rules, as they wrote them; none: those that are stored stay.
    pub rules: Option<&'a RuleSet>,
    /// What their accounts are reached with.
    pub credentials: &'a BTreeMap<AccountId, Credentials>,
}

/// What it came to.
#[derive(Debug)]
pub struct Enrolled {
    /// The calendars.
    pub connected: Connected,
    /// Accounts whose credentials are new or others than before.
    pub stored: Vec<AccountId>,
    /// Accounts whose credentials are gone, as nothing needs them any more.
    pub forgotten: Vec<AccountId>,
    /// Calendars that are looked at from now on, or again.
    pub woken: Vec<CalendarId>,
}

impl Engine {
    /// Takes a person in, or brings them up to date; the same again changes nothing but that all is looked at.
    ///
    /// # Errors
    /// The table could not be read or written; what was done stays done, and the next try goes on.
    pub async fn enrol(
        &self,
        key: &InstallKey,
        person: &Enrolment<'_>,
    ) -> Result<Enrolled, Connection> {
        let user = person.user;
        // A conflict means that the name was known.
        let (Put::Written | Put::Conflict) = self.store.name_user(user, person.name).await?;
        let before = self.store.accounts(user).await?;
        let mut stored = Vec::new();
        for (account, credentials) in person.credentials {
            let there = before.get(account);
            let known = there.and_then(|sealed| Kept::open(key, user, account, sealed));
            if known.is_some_and(|known| known.was_given(credentials)) {
                continue;
            }
            let sealed = Kept::given(credentials.clone()).seal(key, user, account);
            match self
                .store
                .put_account(user, account, &sealed, there)
                .await?
            {
                Put::Written => stored.push(account.clone()),
                Put::Conflict => return Err(Connection::Contended),
            }
        }
        let connecting = self.connect_those_that_answer(key, user, person.wishes, person.rules);
        let connected = Box::pin(connecting).await?;
        let forgotten = self
            .forget_unneeded(person, &before, &connected.config)
            .await?;
        let woken = self.give_turns(&connected.config).await?;
        Ok(Enrolled {
            connected,
            stored,
            forgotten,
            woken,
        })
    }

    /// Credentials stay as long as a calendar is reached through them: its blocks have to go first.
    async fn forget_unneeded(
        &self,
        person: &Enrolment<'_>,
        before: &Accounts,
        config: &UserConfig,
    ) -> Result<Vec<AccountId>, StoreError> {
        let calendars = config.calendars.values();
        let needed: BTreeSet<&AccountId> = calendars
            .map(|calendar| &calendar.account)
            .chain(person.credentials.keys())
            .collect();
        let gone = before.keys().filter(|account| !needed.contains(account));
        let gone: Vec<AccountId> = gone.cloned().collect();
        for account in &gone {
            self.store.drop_account(person.user, account).await?;
        }
        Ok(gone)
    }

    /// Places on the wheel and wakes. A calendar that failed for long moves on by itself when it fails again.
    async fn give_turns(&self, config: &UserConfig) -> Result<Vec<CalendarId>, StoreError> {
        let enabled = Self::enabled(config);
        for calendar in &enabled {
            self.store.give_turn(*calendar, self.now()).await?;
        }
        Ok(enabled)
    }
}
