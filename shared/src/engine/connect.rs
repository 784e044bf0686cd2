//! Connects calendars: from what a person asks for to a config in the table.

use std::collections::BTreeMap;

use super::{Engine, SyncError};
use crate::google::{self, wire::CalendarListEntry};
use crate::model::{
    Access, AccountId, CalendarConfig, CalendarId, GoogleCalendarId, InstallKey, State, UserConfig,
    UserId,
};
use crate::store::{Put, StoreError};

/// What a person asks for: calendars of one account; none named: all that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The account.
    pub account: AccountId,
    /// Calendars by Google's id; `primary` is the account's own.
    pub calendars: Option<Vec<String>>,
}

/// A config that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Connection {
    /// The account's list of calendars could not be read.
    #[error("account {account}: its calendars cannot be listed")]
    List {
        /// Which account.
        account: AccountId,
        /// Why.
        #[source]
        why: google::Error,
    },
    /// No client was given for the account.
    #[error("account {account} has no credentials here")]
    NoAccount {
        /// Which account.
        account: AccountId,
    },
    /// The account does not see this calendar.
    #[error(
        "account {account} has no calendar {calendar}: check the name, or share the calendar with the account"
    )]
    NoCalendar {
        /// Which account.
        account: AccountId,
        /// What was asked for.
        calendar: String,
    },
    /// The table could not be written.
    #[error("the table")]
    Store(#[from] StoreError),
    /// The config was changed by somebody else at the same time.
    #[error("the config was changed at the same time; try again")]
    Contended,
}

/// A config as far as it could be made.
#[derive(Debug)]
pub struct Connected {
    /// What holds now.
    pub config: UserConfig,
    /// The wishes that could not be met, and why; their accounts keep the calendars that they had.
    pub refused: Vec<Connection>,
}

/// What the accounts answered.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) calendars: Vec<CalendarConfig>,
    pub(super) refused: Vec<(AccountId, Connection)>,
}

impl Engine {
    /// Makes `user`'s config what `wishes` ask for, and returns it. Nothing is written if it is that already.
    ///
    /// # Errors
    /// A wish cannot be met; then nothing is written.
    pub async fn connect(
        &self,
        key: &InstallKey,
        user: UserId,
        wishes: &[Wish],
    ) -> Result<UserConfig, Connection> {
        let asked = self.ask_accounts(wishes).await;
        if let Some((_, why)) = asked.refused.into_iter().next() {
            return Err(why);
        }
        let before = self.store.user_config(user).await?;
        self.settle_config(key, user, before, asked.calendars).await
    }

    /// Like [`Engine::connect`], but an account that refuses does not stop the others: it keeps the calendars that it had.
    ///
    /// # Errors
    /// The table could not be read or written.
    pub async fn connect_those_that_answer(
        &self,
        key: &InstallKey,
        user: UserId,
        wishes: &[Wish],
    ) -> Result<Connected, Connection> {
        let asked = self.ask_accounts(wishes).await;
        let before = self.store.user_config(user).await?;
        let mut calendars = asked.calendars;
        for (account, _) in &asked.refused {
            let known = before.iter().flat_map(|config| config.calendars.values());
            calendars.extend(known.filter(|known| known.account == *account).cloned());
        }
        let config = self.settle_config(key, user, before, calendars).await?;
        let refused = asked.refused.into_iter().map(|(_, why)| why).collect();
        Ok(Connected { config, refused })
    }

    pub(super) async fn ask_accounts(&self, wishes: &[Wish]) -> Asked {
        let mut asked = Asked::default();
        for wish in wishes {
            match self.wished(wish).await {
                Ok(calendars) => asked.calendars.extend(calendars),
                Err(why) => asked.refused.push((wish.account.clone(), why)),
            }
        }
        asked
    }

    async fn settle_config(
        &self,
        key: &InstallKey,
        user: UserId,
        before: Option<UserConfig>,
        wanted: Vec<CalendarConfig>,
    ) -> Result<UserConfig, Connection> {
        let mut calendars = BTreeMap::new();
        for calendar in wanted {
            let id = CalendarId::derive(key, user, &calendar.google);
            keep_better(&mut calendars, id, calendar);
        }
        let version = before.as_ref().map_or(1, |config| config.version + 1);
        let config = UserConfig {
            user,
            version,
            calendars,
        };
        if let Some(before) = &before
            && before.calendars == config.calendars
        {
            self.create_states(before).await?;
            return Ok(before.clone());
        }
        let expected = before.as_ref().map(|config| config.version);
        match self.store.put_user_config(&config, expected).await? {
            Put::Written => {}
            Put::Conflict => return Err(Connection::Contended),
        }
        self.create_states(&config).await?;
        let gone = before.iter().flat_map(Self::enabled);
        for calendar in gone.filter(|id| !config.calendars.contains_key(id)) {
            // Its blocks have to go, and no schedule comes by any more.
            self.store.bump(calendar, self.now()).await?;
        }
        Ok(config)
    }

    pub(super) async fn create_states(&self, config: &UserConfig) -> Result<(), StoreError> {
        for (id, calendar) in &config.calendars {
            // Nearly always it is there, and a refused write costs as much as one that is done.
            if self.store.state(*id).await?.is_some() {
                continue;
            }
            let state = State::new(*id, calendar.google.clone(), calendar.account.clone());
            // A conflict means that it is there by now.
            let (Put::Written | Put::Conflict) = self.store.create_state(&state).await?;
        }
        Ok(())
    }

    async fn wished(&self, wish: &Wish) -> Result<Vec<CalendarConfig>, Connection> {
        let account = &wish.account;
        let client = self
            .accounts
            .get(account)
            .ok_or_else(|| Connection::NoAccount {
                account: account.clone(),
            })?;
        let list = client.calendar_list().await;
        let list = list.map_err(|why| Connection::List {
            account: account.clone(),
            why,
        })?;
        let list: Vec<&CalendarListEntry> = list.iter().filter(|entry| !entry.deleted).collect();
        match &wish.calendars {
            None => {
                let all = list
                    .into_iter()
                    .filter_map(|entry| calendar(account, entry));
                Ok(all
                    .filter(|calendar| calendar.access == Access::Write)
                    .collect())
            }
            Some(names) => names
                .iter()
                .map(|name| named(account, &list, name))
                .collect(),
        }
    }

    /// The ids of a config's calendars that take part.
    #[must_use]
    pub fn enabled(config: &UserConfig) -> Vec<CalendarId> {
        let enabled = config
            .calendars
            .iter()
            .filter(|(_, calendar)| calendar.enabled);
        enabled.map(|(id, _)| *id).collect()
    }

    /// Calendars of `config`'s user that take no part any more and still have something to take back.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn leaving(&self, config: &UserConfig) -> Result<Vec<CalendarId>, StoreError> {
        let part = Self::enabled(config);
        let unserved = self.store.unserved().await?;
        let calendars = unserved.into_iter().map(|wake| wake.calendar);
        Ok(calendars
            .filter(|calendar| calendar.user() == config.user && !part.contains(calendar))
            .collect())
    }

    /// Bumps the wake of a calendar: it will be looked at.
    ///
    /// # Errors
    /// The table could not be written; the wake is not acknowledged.
    pub async fn wake(&self, calendar: CalendarId) -> Result<(), SyncError> {
        let bumped = self.store.bump(calendar, self.now()).await;
        bumped
            .map(drop)
            .map_err(|why| SyncError::Store { calendar, why })
    }
}

/// The same calendar through two accounts is one calendar: the account that may write it is used.
fn keep_better(
    calendars: &mut BTreeMap<CalendarId, CalendarConfig>,
    id: CalendarId,
    calendar: CalendarConfig,
) {
    let better = calendars
        .get(&id)
        .is_none_or(|known| known.access == Access::Read && calendar.access == Access::Write);
    if better {
        calendars.insert(id, calendar);
    }
}

fn named(
    account: &AccountId,
    list: &[&CalendarListEntry],
    name: &str,
) -> Result<CalendarConfig, Connection> {
    list.iter()
        .find(|entry| entry.id == name || (entry.primary && name == "primary"))
        .and_then(|entry| calendar(account, entry))
        .ok_or_else(|| Connection::NoCalendar {
            account: account.clone(),
            calendar: name.to_owned(),
        })
}

fn calendar(account: &AccountId, entry: &CalendarListEntry) -> Option<CalendarConfig> {
    let access = match entry.access_role.as_deref() {
        Some("owner" | "writer" | "writerWithoutPrivateAccess") => Access::Write,
        Some("reader" | "freeBusyReader") => Access::Read,
        Some(_) | None => return None,
    };
    let title = entry.summary_override.as_ref().or(entry.summary.as_ref());
    Some(CalendarConfig {
        google: GoogleCalendarId::parse(entry.id.clone()).ok()?,
        account: account.clone(),
        name: title
            .map_or(entry.id.as_str(), |title| title.as_str())
            .to_owned(),
        access,
        enabled: true,
    })
}
