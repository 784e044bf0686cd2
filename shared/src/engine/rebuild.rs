//! A config that cannot be read, made anew from what is left of it, what the accounts show, and the states and rows.
//!
//! Rule: no block goes because of it. A calendar of which neither its state nor its account tells is not left out: as
//! long as an account does not answer, nothing is done.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, SyncError, Wish};
use crate::model::{
    Access, CalendarConfig, CalendarId, InstallKey, Row, State, UserConfig, UserId,
};
use crate::repair;
use crate::store::{KeptConfig, Put};

/// What a person asks for, as the config file has it.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// Derives the ids of calendars.
    pub key: &'a InstallKey,
    /// The accounts and their calendars.
    pub wishes: &'a [Wish],
}

/// What the accounts show.
#[derive(Default)]
struct Shown {
    calendars: BTreeMap<CalendarId, CalendarConfig>,
    /// Every account answered.
    complete: bool,
}

impl Engine {
    /// Makes the config anew under a higher version, so that every row is planned again.
    pub(super) async fn make_config_anew(
        &self,
        kept: &KeptConfig,
        wishes: Option<Wishes<'_>>,
    ) -> Result<(), SyncError> {
        let user = kept.config.user;
        let failed = |why| SyncError::User { user, why };
        let shown = match wishes {
            None => Shown::default(),
            Some(wishes) => self.shown(kept, wishes).await,
        };
        let all: Vec<CalendarId> = kept.calendars().collect();
        let mut states = self.states_of(&all).await.map_err(failed)?;
        let mut rows = Vec::new();
        for calendar in &all {
            let read = self.store.readable_calendar(*calendar).await;
            rows.extend(read.map_err(failed)?.0);
        }
        // One whose item is gone altogether is known by the blocks that the others have on it, and by its state.
        let named = named_by(&rows, user, &all);
        let found = self.states_of(&named).await.map_err(failed)?;
        let mut lost = kept.lost.clone();
        lost.extend(found.keys());
        for calendar in found.keys() {
            let read = self.store.readable_calendar(*calendar).await;
            rows.extend(read.map_err(failed)?.0);
        }
        states.extend(found);
        let Some(mut config) = anew(kept, &lost, &shown, &states, &rows) else {
            let why = kept.damaged.first().cloned();
            return Err(why.map_or(SyncError::NobodyThere { user }, failed));
        };
        if kept.rules_lost {
            // The defaults may mirror more than the person wished.
            let history = self.store.rules_history(user).await.map_err(failed)?;
            if let Some(last) = history.changes.last() {
                config.rules.clone_from(&last.rules);
                config.version = config.version.max(last.version + 1);
            }
        }
        let put = self.store.replace_config(kept, &config).await;
        // A conflict means that another repair was first.
        let (Put::Written | Put::Conflict) = put.map_err(failed)?;
        Ok(())
    }

    async fn shown(&self, kept: &KeptConfig, wishes: Wishes<'_>) -> Shown {
        let asked = self.ask_accounts(wishes.wishes).await;
        let id =
            |own: &CalendarConfig| CalendarId::derive(wishes.key, kept.config.user, &own.google);
        let mut calendars = BTreeMap::new();
        // What takes part comes last: it is what counts.
        for own in asked.others.into_iter().chain(asked.wanted) {
            calendars.insert(id(&own), own);
        }
        Shown {
            calendars,
            complete: asked.refused.is_empty(),
        }
    }

    async fn states_of(
        &self,
        calendars: &[CalendarId],
    ) -> Result<BTreeMap<CalendarId, State>, crate::store::StoreError> {
        let bearings = self.store.bearings(calendars).await?.into_iter();
        let readable = bearings.filter_map(|(id, bearing)| Some((id, bearing.state.ok()??)));
        Ok(readable.collect())
    }
}

/// The user's calendars that rows have blocks on, beside those that are known.
fn named_by(rows: &[Row], user: UserId, known: &[CalendarId]) -> Vec<CalendarId> {
    let targets = rows.iter().flat_map(|row| row.mirrors.keys().copied());
    let named: BTreeSet<CalendarId> = targets
        .filter(|target| target.user() == user && !known.contains(target))
        .collect();
    named.into_iter().collect()
}

/// None: nothing tells of some calendar, and an account that may did not answer.
fn anew(
    kept: &KeptConfig,
    lost: &BTreeSet<CalendarId>,
    shown: &Shown,
    states: &BTreeMap<CalendarId, State>,
    rows: &[Row],
) -> Option<UserConfig> {
    let mut config = kept.config.clone();
    for id in lost {
        let own = match (states.get(id), shown.calendars.get(id)) {
            (Some(state), shown) => Some(CalendarConfig {
                enabled: repair::takes_part(*id, rows.iter()),
                ..shown.cloned().unwrap_or_else(|| as_stored(state))
            }),
            (None, Some(shown)) => Some(shown.clone()),
            (None, None) if shown.complete => None,
            (None, None) => return None,
        };
        config.calendars.extend(own.map(|own| (*id, own)));
    }
    let applied = states.values().map(|state| state.config_version).max();
    config.version = config.version.max(applied.unwrap_or_default()) + 1;
    Some(config)
}

/// As its state knows it. The next sync asks its account for the rest.
fn as_stored(state: &State) -> CalendarConfig {
    CalendarConfig {
        google: state.google.clone(),
        account: state.account.clone(),
        name: state.google.to_string(),
        access: Access::Write,
        enabled: true,
    }
}
