//! What rows and states are judged against: the user's config, the rule, the time, and what is known of each calendar.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{CalendarId, Cause, Epoch, Pairs, State, UserConfig, Wake};
use crate::plan::Setting;

/// What the table holds of a calendar beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its state.
    pub state: Stored,
    /// Its wake, while unserved.
    pub wake: Option<Wake>,
}

/// A calendar's state as the table gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// There is none.
    Nowhere,
    /// A newer version of this program wrote it.
    Newer,
    /// It cannot be read, and why.
    Unreadable(String),
    /// There.
    There(Box<State>),
}

impl Known {
    /// The state, if it can be read.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        match &self.state {
            Stored::There(state) => Some(state),
            Stored::Nowhere | Stored::Newer | Stored::Unreadable(_) => None,
        }
    }
}

/// Everything but rows that findings depend on.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The user's calendars.
    pub config: &'a UserConfig,
    /// The time of the look.
    pub now: Timestamp,
    /// What is known of each calendar.
    pub known: &'a BTreeMap<CalendarId, Known>,
    pairs: Pairs,
    calendars: BTreeSet<CalendarId>,
}

impl<'a> Scene<'a> {
    /// A scene.
    #[must_use]
    pub fn new(
        config: &'a UserConfig,
        now: Timestamp,
        known: &'a BTreeMap<CalendarId, Known>,
    ) -> Self {
        Self {
            config,
            now,
            known,
            pairs: config.pairs(),
            calendars: config.calendars.keys().copied().collect(),
        }
    }

    /// What a plan of one of the calendars depends on.
    #[must_use]
    pub fn setting(&self, calendar: CalendarId, epoch: Epoch) -> Setting<'_> {
        Setting {
            calendar,
            calendars: &self.calendars,
            pairs: &self.pairs,
            now: self.now,
            epoch,
            cause: Cause::Repair,
        }
    }

    /// What holds between the calendars.
    #[must_use]
    pub fn pairs(&self) -> &Pairs {
        &self.pairs
    }

    /// The state of a calendar, if it can be read.
    #[must_use]
    pub fn state(&self, calendar: CalendarId) -> Option<&State> {
        self.known.get(&calendar)?.state()
    }

    /// Whether its rows are meant to be as the config wants them: no journal and no change of config waits.
    #[must_use]
    pub fn settled(&self, calendar: CalendarId) -> bool {
        self.state(calendar).is_some_and(|state| {
            state.journal.is_none()
                && state.config_version == self.config.version
                && state.token.is_some()
        })
    }

    /// Whether something says that the calendar has work left.
    #[must_use]
    pub fn has_work(&self, calendar: CalendarId) -> bool {
        let woken = self
            .known
            .get(&calendar)
            .is_some_and(|known| known.wake.is_some());
        let state = self.state(calendar);
        woken || !self.settled(calendar) || state.is_some_and(|state| state.unpushed)
    }

    /// Whether a worker holds the calendar now.
    #[must_use]
    pub fn at_work(&self, calendar: CalendarId) -> bool {
        let lease = self.state(calendar).and_then(|state| state.lease.as_ref());
        lease.is_some_and(|lease| lease.is_live(self.now))
    }
}
