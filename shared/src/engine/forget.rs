//! Forgetting an account: its calendars leave the config, then all that is stored of them goes, then its credentials.
//!
//! A purge comes first and is somebody else's: what is forgotten here can never be removed again. What is to go is noted
//! before anything does, and every step can be made again, so a crash anywhere is taken up by forgetting the same account
//! once more.
//!
//! What it deliberately does not do: touch a calendar that is reached through another account, or ask Google anything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Engine, Known};
use crate::limits::{QUERY_PAGES, REPLAN_ROUNDS, TRANSACTION_ACTIONS};
use crate::model::{
    AccountId, CalendarConfig, CalendarId, CommitId, Epoch, Row, State, UserConfig, UserId,
};
use crate::plan;
use crate::store::{Class, Fence, ForgetPage, Put, StoreError};

/// Calendars that leave the config in one write: one action each, and one for the profile.
const LEAVE_AT_ONCE: usize = TRANSACTION_ACTIONS - 1;

/// What is known of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountKept {
    /// Its calendars whose blocks have to go first.
    pub calendars: BTreeSet<CalendarId>,
    /// Calendars that an earlier run took out of the config, when their blocks were gone.
    pub begun: BTreeSet<CalendarId>,
    /// Something of it is stored, if only its credentials.
    pub stored: bool,
    /// All accounts of the user that anything is stored of.
    pub accounts: BTreeSet<AccountId>,
}

impl AccountKept {
    /// All calendars that are forgotten with it.
    #[must_use]
    pub fn all(&self) -> BTreeSet<CalendarId> {
        self.calendars.union(&self.begun).copied().collect()
    }
}

/// What is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The calendars.
    pub calendars: BTreeSet<CalendarId>,
    /// Items of the table, beside the calendars' own few.
    pub items: u64,
}

/// Why an account is not forgotten, or not to its end: the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum NotForgotten {
    /// The table could not be read or written.
    #[error("the table")]
    Store(#[from] StoreError),
    /// The config or a row was changed by others again and again.
    #[error("others kept changing the same things")]
    Contended,
    /// A worker is at one of the calendars.
    #[error("another worker is at calendar {calendar}, until {until:.0} at most")]
    Busy {
        /// Which.
        calendar: CalendarId,
        /// Until then at most.
        until: Timestamp,
    },
    /// A calendar is in the config again.
    #[error("calendar {calendar} was connected again meanwhile")]
    Connected {
        /// Which.
        calendar: CalendarId,
    },
    /// It was asked to stop.
    #[error("it was stopped")]
    Stopped,
}

impl Engine {
    /// What is known of `account`, and which calendars are its own: of those in the config, the ones that are reached
    /// through it, and of the others in `known`, those that left the config and still have a state.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn account_kept(
        &self,
        user: UserId,
        account: &AccountId,
        known: &Known,
    ) -> Result<AccountKept, StoreError> {
        let config = self.store.user_config(user).await?;
        let mut begun = self.store.forgetting(user).await?;
        let sealed = self.store.accounts(user).await?;
        let in_config = config.iter().flat_map(|config| config.calendars.values());
        let accounts: BTreeSet<AccountId> = in_config
            .map(|own| &own.account)
            .chain(begun.keys())
            .chain(sealed.keys())
            .cloned()
            .collect();
        let begun = begun.remove(account).unwrap_or_default();
        let mut states = BTreeMap::new();
        for id in known.calendars.keys() {
            if let Some(state) = self.store.state(*id).await? {
                states.insert(*id, state.account);
            }
        }
        Ok(AccountKept {
            stored: accounts.contains(account),
            accounts,
            ..own_of(account, config.as_ref(), known, &states, begun)
        })
    }

    /// How many blocks rows believe to be on calendars that could not be listed, of those that a purge of `gone` takes.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn believed_on(
        &self,
        unlisted: &BTreeSet<CalendarId>,
        gone: &BTreeSet<CalendarId>,
        known: &Known,
    ) -> Result<u64, StoreError> {
        if unlisted.is_empty() {
            return Ok(0);
        }
        let mut blocks = 0;
        for id in known.calendars.keys() {
            let (rows, _) = self.store.readable_calendar(*id).await?;
            let mirrors = rows.iter().flat_map(|row| &row.mirrors);
            blocks += mirrors
                .filter(|(on, _)| unlisted.contains(on) && (gone.contains(on) || gone.contains(id)))
                .map(|(_, mirror)| plan::believed(mirror))
                .sum::<u64>();
        }
        Ok(blocks)
    }

    /// Forgets `account` and all of its `calendars`, whose blocks are gone, or are to be left where they are.
    ///
    /// # Errors
    /// It did not get to the end; the same again goes on.
    pub async fn forget_account(
        &self,
        user: UserId,
        account: &AccountId,
        calendars: &BTreeSet<CalendarId>,
        go_on: impl Fn() -> bool,
    ) -> Result<Forgotten, NotForgotten> {
        self.store
            .begin_forgetting(user, account, calendars)
            .await?;
        let rest = self.leave_config(user, calendars).await?;
        for id in rest.iter().flat_map(|rest| rest.calendars.keys()) {
            self.let_go_of_all(*id, calendars, &go_on).await?;
        }
        let mut items = 0;
        for id in calendars {
            items += self.forget_calendar(*id, &go_on).await?;
        }
        self.store.drop_account(user, account).await?;
        self.store.end_forgetting(user, account).await?;
        Ok(Forgotten {
            calendars: calendars.clone(),
            items,
        })
    }

    /// Takes the calendars out of the config. Returns what is left of it; none: there is none.
    async fn leave_config(
        &self,
        user: UserId,
        gone: &BTreeSet<CalendarId>,
    ) -> Result<Option<UserConfig>, NotForgotten> {
        let (mut lost, most) = (0, gone.len().div_ceil(LEAVE_AT_ONCE));
        for _ in 0..=most.saturating_add(REPLAN_ROUNDS as usize) {
            let Some(stored) = self.store.user_config(user).await? else {
                return Ok(None);
            };
            let Some(rest) = plan::without(&stored, gone, LEAVE_AT_ONCE) else {
                return Ok(Some(stored));
            };
            let put = self.store.put_user_config(&rest, Some(stored.version));
            match put.await? {
                Put::Written => {}
                Put::Conflict => lost += 1,
            }
            if lost > REPLAN_ROUNDS {
                break;
            }
        }
        Err(NotForgotten::Contended)
    }

    /// The rows of one calendar that stays, page by page.
    async fn let_go_of_all(
        &self,
        calendar: CalendarId,
        gone: &BTreeSet<CalendarId>,
        go_on: &impl Fn() -> bool,
    ) -> Result<(), NotForgotten> {
        let mut from = None;
        for _ in 0..QUERY_PAGES {
            if !go_on() {
                return Err(NotForgotten::Stopped);
            }
            let (page, next) = self.store.calendar_page(calendar, from).await?;
            for row in page.read().rows {
                self.let_go_of(row, gone).await?;
            }
            match next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        Ok(())
    }

    async fn let_go_of(
        &self,
        mut row: Row,
        gone: &BTreeSet<CalendarId>,
    ) -> Result<(), NotForgotten> {
        for _ in 0..REPLAN_ROUNDS {
            let Some(write) = plan::let_go(&row, gone, self.now()) else {
                return Ok(());
            };
            if self.store.put_row(&write).await? == Put::Written {
                return Ok(());
            }
            let at = (row.calendar, row.key.clone());
            let mut current = self.store.rows(std::slice::from_ref(&at)).await?;
            match current.remove(&at) {
                Some(current) => row = current,
                None => return Ok(()),
            }
        }
        Err(NotForgotten::Contended)
    }

    /// Deletes all that is stored of a calendar that is in no config: first what a sync could go on from, then the rest of
    /// its partition, and last what it is known by. Returns how many items went.
    async fn forget_calendar(
        &self,
        calendar: CalendarId,
        go_on: &impl Fn() -> bool,
    ) -> Result<u64, NotForgotten> {
        let mut items = 0;
        for _ in 0..REPLAN_ROUNDS {
            let config = self.store.user_config(calendar.user()).await?;
            if config.is_some_and(|config| config.calendars.contains_key(&calendar)) {
                return Err(NotForgotten::Connected { calendar });
            }
            let Some(fence) = self.fence_off(calendar).await? else {
                continue;
            };
            if !self
                .delete_pages(calendar, fence, &mut items, go_on)
                .await?
            {
                continue;
            }
            match self.store.forget_state(calendar, fence).await? {
                Put::Written => return Ok(items),
                Put::Conflict => {}
            }
        }
        Err(NotForgotten::Contended)
    }

    /// Whether all is gone; no: the state moved.
    async fn delete_pages(
        &self,
        calendar: CalendarId,
        fence: Fence,
        items: &mut u64,
        go_on: &impl Fn() -> bool,
    ) -> Result<bool, NotForgotten> {
        for _ in 0..QUERY_PAGES {
            if !go_on() {
                return Err(NotForgotten::Stopped);
            }
            match self.store.forget_page(calendar, fence).await? {
                ForgetPage::Deleted(deleted) => *items += deleted,
                ForgetPage::Bare => return Ok(true),
                ForgetPage::Moved => return Ok(false),
            }
        }
        Err(NotForgotten::Contended)
    }

    /// From here on no sync goes on from what is there: whoever comes lists the calendar as a whole, over whatever rows are
    /// left by then. None: somebody else wrote the state.
    async fn fence_off(&self, calendar: CalendarId) -> Result<Option<Fence>, NotForgotten> {
        let state = match self.store.state(calendar).await {
            Ok(Some(state)) => state,
            Ok(None) => return Ok(Some(Fence::Stateless)),
            Err(why) if why.class() == Class::Corrupt => {
                self.store.drop_unreadable_state(calendar).await?;
                return Ok(None);
            }
            Err(why) => return Err(why.into()),
        };
        let now = self.now();
        if let Some(lease) = state.lease.as_ref().filter(|lease| lease.is_live(now)) {
            let until = lease.until;
            return Err(NotForgotten::Busy { calendar, until });
        }
        let epoch = Epoch(state.epoch.0 + 1);
        let fenced = State {
            epoch,
            // It tells this write from another's, should its answer be lost.
            commit: Some(CommitId::new(epoch, self.random())),
            ..State::new(calendar, state.google.clone(), state.account.clone())
        };
        Ok(match self.store.fence_off(&state, &fenced).await? {
            Put::Written => Some(Fence::Epoch(epoch)),
            Put::Conflict => None,
        })
    }
}

/// Which of the known calendars are `account`'s. Without a config nothing tells but what the account itself shows.
fn own_of(
    account: &AccountId,
    config: Option<&UserConfig>,
    known: &Known,
    states: &BTreeMap<CalendarId, AccountId>,
    begun: BTreeSet<CalendarId>,
) -> AccountKept {
    let stored = |id: &CalendarId| config.and_then(|config| config.calendars.get(id));
    let is_own = |id: &CalendarId, own: &CalendarConfig| match (stored(id), states.get(id)) {
        (Some(own), _) => own.account == *account,
        (None, Some(through)) => through == account,
        (None, None) => config.is_none() && own.account == *account,
    };
    let shown = known.calendars.iter();
    let shown = shown.filter(|(id, own)| is_own(id, own)).map(|(id, _)| *id);
    // A calendar that somebody connected through another account meanwhile is that one's.
    let begun: BTreeSet<_> = begun
        .into_iter()
        .filter(|id| stored(id).is_none())
        .collect();
    AccountKept {
        calendars: shown.filter(|id| !begun.contains(id)).collect(),
        begun,
        ..AccountKept::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Access, GoogleCalendarId, InstallKey, RuleSet};

    fn id(name: &str) -> CalendarId {
        let key = InstallKey::new([1; InstallKey::BYTES]);
        let google = GoogleCalendarId::parse(name).unwrap();
        CalendarId::derive(&key, UserId::derive(&key, "ann"), &google)
    }

    fn account(name: &str) -> AccountId {
        AccountId(format!("ann/{name}"))
    }

    fn own(name: &str, through: &str) -> (CalendarId, CalendarConfig) {
        let own = CalendarConfig {
            google: GoogleCalendarId::parse(name).unwrap(),
            account: account(through),
            name: name.into(),
            access: Access::Write,
            enabled: true,
        };
        (id(name), own)
    }

    fn all(names: &[&str]) -> BTreeSet<CalendarId> {
        names.iter().map(|name| id(name)).collect()
    }

    #[test]
    fn a_calendar_is_its_account_s_as_the_config_has_it_or_else_its_state() {
        let known = Known {
            calendars: [
                own("mine", "home"),
                // Both accounts show it, and the config reaches it through the other one.
                own("shared", "home"),
                own("left", "home"),
                own("never", "home"),
                own("begun", "home"),
                own("theirs", "work"),
            ]
            .into(),
            refused: Vec::new(),
        };
        let config = UserConfig {
            user: id("mine").user(),
            version: 3,
            calendars: [
                own("mine", "home"),
                own("shared", "work"),
                own("theirs", "work"),
            ]
            .into(),
            rules: RuleSet::default(),
        };
        let states = ["mine", "left", "begun"].map(|name| (id(name), account("home")));
        let states: BTreeMap<_, _> = states.into();
        let begun = all(&["begun", "shared"]);
        let home = own_of(&account("home"), Some(&config), &known, &states, begun);
        assert_eq!(home.calendars, all(&["mine", "left"]));
        assert_eq!(home.begun, all(&["begun"]));
        let nothing = (&BTreeMap::new(), BTreeSet::new());
        let lost = own_of(&account("home"), None, &known, nothing.0, nothing.1);
        let shown = ["mine", "shared", "left", "never", "begun"];
        assert_eq!(lost.calendars, all(&shown));
    }

    #[test]
    fn a_config_loses_no_more_than_one_write_takes() {
        let config = UserConfig {
            user: id("a").user(),
            version: 3,
            calendars: [own("a", "home"), own("b", "home"), own("c", "work")].into(),
            rules: RuleSet::default(),
        };
        let gone = all(&["a", "b"]);
        let one = plan::without(&config, &gone, 1).unwrap();
        assert_eq!((one.version, one.calendars.len()), (4, 2));
        let both = plan::without(&one, &gone, 1).unwrap();
        assert_eq!(
            both.calendars.keys().copied().collect::<BTreeSet<_>>(),
            all(&["c"])
        );
        assert_eq!(plan::without(&both, &gone, 1), None);
    }
}
