//! Connects calendars: from what a person asks for to a config in the table.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, SyncError};
use crate::google::{self, wire::CalendarListEntry};
use crate::model::{
    Access, AccountId, CalendarConfig, CalendarId, ChangedBy, GoogleCalendarId, InstallKey,
    RuleProblem, RuleSet, RulesChange, State, UserConfig, UserId,
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
    /// The rules name calendars that there are none of, or several.
    #[error("the rules: {}", listed(problems))]
    Rules {
        /// What is wrong.
        problems: Vec<RuleProblem>,
    },
    /// The table could not be written.
    #[error("the table")]
    Store(#[from] StoreError),
    /// The config was changed by somebody else at the same time.
    #[error("the config was changed at the same time; try again")]
    Contended,
}

fn listed(problems: &[RuleProblem]) -> String {
    let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
    all.join("; ")
}

/// A config as far as it could be made.
#[derive(Debug)]
pub struct Connected {
    /// What holds now.
    pub config: UserConfig,
    /// The wishes that could not be met, and why; what was connected of them before stays so.
    pub refused: Vec<Connection>,
    /// The Google logins behind the accounts that answered, by their primary calendar.
    pub logins: BTreeSet<GoogleCalendarId>,
}

/// What the accounts answered.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What takes part.
    pub(super) wanted: Vec<CalendarConfig>,
    /// What could be written as well, and nobody wishes: here it takes no part.
    pub(super) others: Vec<CalendarConfig>,
    pub(super) refused: Vec<Connection>,
    logins: BTreeSet<GoogleCalendarId>,
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
        let mut asked = self.ask_accounts(wishes).await;
        if let Some(why) = asked.refused.pop() {
            return Err(why);
        }
        let before = self.store.user_config(user).await?;
        self.settle_config(key, user, before, asked, None).await
    }

    /// Like [`Engine::connect`], but an account or a calendar that is refused does not stop the others: what was connected of
    /// it before stays so. Likewise with `rules` as the person wrote them, if any: while they fit no calendar, all that is
    /// stored stays.
    ///
    /// # Errors
    /// The table could not be read or written; or the rules do not fit, and nothing is stored: the defaults may mirror more
    /// than the person wishes.
    pub async fn connect_those_that_answer(
        &self,
        key: &InstallKey,
        user: UserId,
        wishes: &[Wish],
        rules: Option<&RuleSet>,
    ) -> Result<Connected, Connection> {
        let mut asked = self.ask_accounts(wishes).await;
        let before = self.store.user_config(user).await?;
        let known = before.iter().flat_map(|config| config.calendars.values());
        let kept = known.filter(|known| asked.refused.iter().any(|why| why.is_about(known)));
        asked.wanted.extend(kept.cloned());
        let (mut refused, logins) = (
            std::mem::take(&mut asked.refused),
            std::mem::take(&mut asked.logins),
        );
        let settled = self.settle_config(key, user, before.clone(), asked, rules);
        let config = match (settled.await, before) {
            (Err(why @ Connection::Rules { .. }), Some(before)) => {
                refused.push(why);
                before
            }
            (settled, _) => settled?,
        };
        Ok(Connected {
            config,
            refused,
            logins,
        })
    }

    pub(super) async fn ask_accounts(&self, wishes: &[Wish]) -> Asked {
        let mut asked = Asked::default();
        for wish in wishes {
            match self.listed(&wish.account).await {
                Ok(list) => asked.take(wish, &list),
                Err(why) => asked.refused.push(why),
            }
        }
        asked
    }

    async fn settle_config(
        &self,
        key: &InstallKey,
        user: UserId,
        before: Option<UserConfig>,
        asked: Asked,
        rules: Option<&RuleSet>,
    ) -> Result<UserConfig, Connection> {
        let id = |calendar: &CalendarConfig| CalendarId::derive(key, user, &calendar.google);
        let known = |id: &CalendarId| {
            before
                .iter()
                .any(|before| before.calendars.contains_key(id))
        };
        let mut calendars = BTreeMap::new();
        for calendar in asked.wanted {
            keep_better(&mut calendars, id(&calendar), calendar);
        }
        // One that was connected stays at hand while it can be written: its blocks have to go.
        for calendar in asked.others {
            if known(&id(&calendar)) {
                calendars.entry(id(&calendar)).or_insert(calendar);
            }
        }
        let held = match &before {
            Some(before) => Held {
                version: before.version,
                rules: before.rules.clone(),
            },
            None => self.last_held(user).await?,
        };
        let rules = match rules {
            Some(written) => written.with_ids(&calendars),
            None => Ok(held.rules.clone()),
        };
        let config = UserConfig {
            user,
            version: held.version + 1,
            calendars,
            rules: rules.map_err(|problems| Connection::Rules { problems })?,
        };
        if let Some(before) = &before
            && before.calendars == config.calendars
            && before.rules == config.rules
        {
            self.create_states(before).await?;
            return Ok(before.clone());
        }
        let expected = before.as_ref().map(|config| config.version);
        let changed = (held.rules != config.rules).then(|| RulesChange {
            version: config.version,
            at: self.now(),
            by: ChangedBy::ConfigFile,
            before: held.rules,
            rules: config.rules.clone(),
        });
        let put = self.put_config(&config, expected, changed.as_ref());
        match put.await? {
            Put::Written => {}
            Put::Conflict => return Err(Connection::Contended),
        }
        self.create_states(&config).await?;
        let part = Self::enabled(&config);
        let gone = before.iter().flat_map(Self::enabled);
        for calendar in gone.filter(|id| !part.contains(id)) {
            // Its blocks have to go, and no schedule comes by any more.
            self.store.bump(calendar, self.now()).await?;
        }
        Ok(config)
    }

    /// What held before a config was lost: its rules may be all that keeps something from being mirrored.
    async fn last_held(&self, user: UserId) -> Result<Held, StoreError> {
        let history = self.store.rules_history(user).await?;
        let last = history.changes.into_iter().next_back();
        Ok(last.map_or_else(Held::default, |last| Held {
            version: last.version,
            rules: last.rules,
        }))
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

    async fn listed(&self, account: &AccountId) -> Result<Vec<CalendarListEntry>, Connection> {
        let client = self.crew.of(account).ok_or_else(|| Connection::NoAccount {
            account: account.clone(),
        })?;
        let list = client.calendar_list().await;
        let mut list = list.map_err(|why| Connection::List {
            account: account.clone(),
            why,
        })?;
        list.retain(|entry| !entry.deleted);
        Ok(list)
    }

    /// The ids of a config's calendars that take part.
    #[must_use]
    pub fn enabled(config: &UserConfig) -> Vec<CalendarId> {
        let all = config.calendars.keys().copied();
        all.filter(|id| config.takes_part(*id)).collect()
    }

    /// Calendars of `config`'s user that take no part any more and still have something to take back.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn leaving(&self, config: &UserConfig) -> Result<Vec<CalendarId>, StoreError> {
        let part = Self::enabled(config);
        let unserved = self.store.unserved().await?;
        let woken = unserved.into_iter().map(|wake| wake.calendar);
        let mut leaving: BTreeSet<CalendarId> = woken
            .filter(|calendar| calendar.user() == config.user && !part.contains(calendar))
            .collect();
        for calendar in config.calendars.keys().filter(|id| !part.contains(id)) {
            let state = self.store.state(*calendar).await?;
            if state.is_some_and(|state| state.unpushed || state.config_version != config.version) {
                leaving.insert(*calendar);
            }
        }
        Ok(leaving.into_iter().collect())
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

/// The rules that held, and the config version that they held in; the default: none ever did.
#[derive(Debug, Default)]
struct Held {
    version: u64,
    rules: RuleSet,
}

impl Connection {
    /// Whether it leaves open what is to become of this calendar.
    fn is_about(&self, known: &CalendarConfig) -> bool {
        match self {
            Self::List { account, .. } | Self::NoAccount { account } => known.account == *account,
            Self::NoCalendar { account, calendar } => {
                known.account == *account && known.google.as_str() == calendar
            }
            Self::Rules { .. } | Self::Store(_) | Self::Contended => false,
        }
    }
}

impl Asked {
    /// What an account's list says about a wish.
    fn take(&mut self, wish: &Wish, list: &[CalendarListEntry]) {
        let primary = list.iter().filter(|entry| entry.primary);
        let login = primary.filter_map(|entry| GoogleCalendarId::parse(entry.id.clone()).ok());
        self.logins.extend(login);
        let writable = |entry| {
            let calendar = calendar(&wish.account, entry);
            calendar.filter(|calendar| calendar.access == Access::Write)
        };
        let writable = list.iter().filter_map(writable);
        let Some(names) = &wish.calendars else {
            self.wanted.extend(writable);
            return;
        };
        self.others.extend(writable.map(|calendar| CalendarConfig {
            enabled: false,
            ..calendar
        }));
        for name in names {
            match named(&wish.account, list, name) {
                Ok(calendar) => self.wanted.push(calendar),
                Err(why) => self.refused.push(why),
            }
        }
    }
}

/// The same calendar through two accounts is one calendar: the account that may write it is used.
fn keep_better(
    calendars: &mut BTreeMap<CalendarId, CalendarConfig>,
    id: CalendarId,
    calendar: CalendarConfig,
) {
    let better = calendars.get(&id).is_none_or(|known| {
        calendar.enabled && known.access == Access::Read && calendar.access == Access::Write
    });
    if better {
        calendars.insert(id, calendar);
    }
}

fn named(
    account: &AccountId,
    list: &[CalendarListEntry],
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

pub(super) fn calendar(account: &AccountId, entry: &CalendarListEntry) -> Option<CalendarConfig> {
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
