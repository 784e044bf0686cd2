//! Changes a person's rules: one compare-and-set on the config, its history in the same write, and then a wake for
//! everything that the change concerns. Applying it is the business of the syncs.

use super::{Engine, StoreError, chain};
use crate::limits::REPLAN_ROUNDS;
use crate::model::{ChangedBy, RuleSet, RulesChange, State, UserConfig, UserId};
use crate::store::{Put, RulesHistory};

/// Rules that could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The table could not be read or written.
    #[error("the table")]
    Store(#[from] StoreError),
    /// There is no config.
    #[error("user {user} is not connected: sync them once first")]
    NobodyThere {
        /// Which user.
        user: UserId,
    },
    /// No change of theirs is on record.
    #[error("no change of the rules is on record")]
    NothingToUndo,
    /// The rules are not those that the last change on record made.
    #[error("the rules are not those that the last change on record made")]
    UnknownChange,
    /// Others kept changing the config.
    #[error("the config was changed at the same time; try again")]
    Contended,
}

/// What a change of rules came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesSet {
    /// They are these already; nothing was written.
    Same(UserConfig),
    /// They are these from now on.
    Changed(UserConfig),
}

impl RulesSet {
    /// The config that holds now.
    #[must_use]
    pub fn config(&self) -> &UserConfig {
        match self {
            Self::Same(config) | Self::Changed(config) => config,
        }
    }
}

impl Engine {
    /// Puts rules in force, calendars by Google's ids, and has everything looked at that they concern.
    ///
    /// # Errors
    /// They could not be stored.
    pub async fn set_rules(
        &self,
        user: UserId,
        rules: &RuleSet,
        by: ChangedBy,
    ) -> Result<RulesSet, RulesError> {
        self.change_rules(user, by, |_| rules.clone()).await
    }

    /// The same with what `change` makes of the rules in force, whoever else changes them at the same time.
    ///
    /// # Errors
    /// As [`Engine::set_rules`].
    pub async fn change_rules(
        &self,
        user: UserId,
        by: ChangedBy,
        change: impl Fn(&UserConfig) -> RuleSet,
    ) -> Result<RulesSet, RulesError> {
        for _ in 0..REPLAN_ROUNDS {
            let before = self.connected(user).await?;
            let rules = change(&before);
            if let Some(set) = self.try_rules(before, rules, by).await? {
                return Ok(set);
            }
        }
        Err(RulesError::Contended)
    }

    /// What taking the last change of the rules back would restore.
    ///
    /// # Errors
    /// No change is on record, or the rules are not those that it made.
    pub async fn last_change(&self, user: UserId) -> Result<RulesChange, RulesError> {
        let before = self.connected(user).await?;
        last_of(self.store.rules_history(user).await?, &before)
    }

    /// Takes the last change of the rules back. That is a change as well, and can be taken back.
    ///
    /// # Errors
    /// As [`Engine::last_change`] and [`Engine::set_rules`].
    pub async fn undo_rules(&self, user: UserId) -> Result<RulesSet, RulesError> {
        for _ in 0..REPLAN_ROUNDS {
            let before = self.connected(user).await?;
            let last = last_of(self.store.rules_history(user).await?, &before)?;
            let by = ChangedBy::Undo(last.version);
            if let Some(set) = self.try_rules(before, last.before, by).await? {
                return Ok(set);
            }
        }
        Err(RulesError::Contended)
    }

    async fn connected(&self, user: UserId) -> Result<UserConfig, RulesError> {
        let config = self.store.user_config(user).await?;
        config.ok_or(RulesError::NobodyThere { user })
    }

    /// None: the config was changed meanwhile.
    async fn try_rules(
        &self,
        before: UserConfig,
        rules: RuleSet,
        by: ChangedBy,
    ) -> Result<Option<RulesSet>, RulesError> {
        if before.rules == rules {
            // Whoever made them so may have died before all was told.
            self.wake_behind(&before).await?;
            return Ok(Some(RulesSet::Same(before)));
        }
        let config = UserConfig {
            version: before.version + 1,
            rules,
            ..before.clone()
        };
        let change = RulesChange {
            version: config.version,
            at: self.now(),
            by,
            before: before.rules.clone(),
            rules: config.rules.clone(),
        };
        let put = self.put_config(&config, Some(before.version), Some(&change));
        match put.await? {
            Put::Conflict => return Ok(None),
            Put::Written => {}
        }
        for calendar in Self::enabled(&config) {
            if !before.takes_part(calendar) {
                // No schedule came by as long as it was off.
                self.store.give_turn(calendar, self.now()).await?;
            }
        }
        self.wake_behind(&config).await?;
        Ok(Some(RulesSet::Changed(config)))
    }

    /// Stores a config, and what changed of the rules in it.
    pub(super) async fn put_config(
        &self,
        config: &UserConfig,
        expected: Option<u64>,
        change: Option<&RulesChange>,
    ) -> Result<Put, StoreError> {
        let put = self
            .store
            .put_changed_config(config, expected, change)
            .await?;
        if put == Put::Written
            && change.is_some()
            && let Err(why) = self.store.trim_rules_history(config.user).await
        {
            // The next change does it.
            tracing::warn!(user = %config.user, error = chain(&why), "old changes of rules stay");
        }
        Ok(put)
    }

    /// No schedule comes by a calendar that is off, and the others need not wait for theirs.
    async fn wake_behind(&self, config: &UserConfig) -> Result<(), StoreError> {
        let behind = |state: &State| state.config_version != config.version;
        for calendar in config.calendars.keys() {
            let state = self.store.state(*calendar).await?;
            let unread = |state: &State| state.token.is_none() && !config.takes_part(*calendar);
            if state.is_some_and(|state| behind(&state) && !unread(&state)) {
                self.store.bump(*calendar, self.now()).await?;
            }
        }
        Ok(())
    }
}

/// The last change, if it made the rules that are in force.
fn last_of(history: RulesHistory, now: &UserConfig) -> Result<RulesChange, RulesError> {
    if let Some(why) = history.damaged.into_iter().next() {
        return Err(why.into());
    }
    let last = history.changes.into_iter().next_back();
    let last = last.ok_or(RulesError::NothingToUndo)?;
    match last.rules == now.rules {
        true => Ok(last),
        false => Err(RulesError::UnknownChange),
    }
}
