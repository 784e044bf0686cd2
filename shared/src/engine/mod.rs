//! The drivers: read, plan, commit, push. The only domain code that awaits.
//!
//! Doctrine:
//! - A trigger carries no facts. "Look at this calendar" is all it says, so there is one code path.
//! - One write decides. Until it nothing has happened; after it nothing can be lost.
//! - The lease only saves double work. What keeps the rows right are the conditions on epoch, token and
//!   revision; what keeps Google right are block ids, etags and the order of reads.
//! - Every loop has a bound from `limits`, and says so when it hits it.
//!
//! What it deliberately does not do: decide what is mirrored (`plan`), know key text (`store`), or read a
//! clock of its own.

mod audit;
mod care;
mod commit;
mod connect;
mod content;
mod crew;
mod drive;
mod enrol;
mod error;
mod explain;
mod forget;
mod gauge;
mod health;
mod history;
mod load;
mod outlook;
mod pull;
mod purge;
mod push;
mod reading;
mod rebuild;
mod repair;
mod report;
mod review;
mod roll;
mod rules;
mod stream;
mod sync;
mod turn;
mod validate;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::google::{Client, Clock};
use crate::model::{CalendarConfig, CalendarId, Cause, Pairs, Sealer, UserConfig, UserId};
use crate::plan::Setting;
use crate::store::{Store, StoreError};

pub use care::{Cared, Turns, audited};
pub use connect::{Connected, Connection, Wish};
pub use crew::{Crew, Hiring};
pub use drive::{Driven, Progress};
pub use enrol::{Enrolled, Enrolment};
pub use error::{Class, SyncError, chain};
pub use explain::{BlockNow, Explained, ExplainedRow, ExplainedTarget, Named, Now};
pub use forget::{AccountKept, Forgotten, NotForgotten};
pub use gauge::UnderWay;
pub use health::{Told, Watch};
pub use history::Trail;
pub use outlook::{Deed, Outlook, Prospect};
pub use purge::{Cleared, Found, Known, Pace};
pub use reading::{Reader, Seen};
pub use rebuild::Wishes;
pub use repair::{Action, Repaired, Repairing};
pub use report::{Outcome, Pushed, Synced};
pub use rules::{RulesError, RulesSet};
pub use turn::Turn;
pub use validate::Extent;
pub use view::{Sight, View};

/// Everything a sync needs: one for a process.
#[derive(Debug, Clone)]
pub struct Engine {
    store: Store,
    crew: Crew,
    sealer: Sealer,
    clock: Clock,
    owner: String,
    /// Nothing is begun after this.
    deadline: Timestamp,
    rng: Arc<Mutex<fastrand::Rng>>,
    gauge: gauge::Gauge,
}

/// What an [`Engine`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The table.
    pub store: Store,
    /// A client for each account.
    pub crew: Crew,
    /// Opens and makes block ids.
    pub sealer: Sealer,
    /// The present.
    pub clock: Clock,
    /// Who holds leases, for people and logs.
    pub owner: String,
    /// Commit ids and jitter come from here.
    pub seed: u64,
}

impl Engine {
    /// An engine of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            store: parts.store,
            crew: parts.crew,
            deadline: Timestamp::MAX,
            sealer: parts.sealer,
            clock: parts.clock,
            owner: parts.owner,
            rng: Arc::new(Mutex::new(fastrand::Rng::with_seed(parts.seed))),
            gauge: gauge::Gauge::default(),
        }
    }

    /// The table.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How far the pushes are that are under way in this process.
    #[must_use]
    pub fn under_way(&self) -> BTreeMap<CalendarId, UnderWay> {
        self.gauge.read()
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn random(&self) -> u64 {
        draw(&self.rng)
    }

    /// The same engine, for an invocation that ends at `deadline`: leases last no longer, and no push is begun after it.
    #[must_use]
    pub fn until(&self, deadline: Timestamp) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    fn client(&self, calendar: &CalendarConfig) -> Option<Client> {
        self.crew.of(&calendar.account)
    }

    /// A user's config, with clients for their accounts at hand.
    async fn config(&self, user: UserId) -> Result<Option<UserConfig>, StoreError> {
        let found = self.store.user(user).await?;
        Ok(found.map(|(config, accounts)| {
            self.crew.keep_up(user, &accounts);
            config
        }))
    }
}

/// A poisoned lock still holds a usable generator.
fn draw(rng: &Mutex<fastrand::Rng>) -> u64 {
    rng.lock().unwrap_or_else(PoisonError::into_inner).u64(..)
}

/// One user's calendars as one sync sees them.
#[derive(Debug, Clone)]
struct Scope {
    calendar: CalendarId,
    config: UserConfig,
    pairs: Pairs,
    calendars: BTreeSet<CalendarId>,
}

impl Scope {
    fn new(calendar: CalendarId, config: UserConfig) -> Self {
        Self {
            calendar,
            pairs: config.pairs(),
            // Its own rows are its own, also when it takes no part any more.
            calendars: config.calendars.keys().copied().chain([calendar]).collect(),
            config,
        }
    }

    /// The calendar's own entry, if it takes part.
    fn own(&self) -> Option<&CalendarConfig> {
        let own = self.config.calendars.get(&self.calendar);
        own.filter(|_| self.config.takes_part(self.calendar))
    }

    fn setting<'a>(&'a self, now: Timestamp, epoch: crate::model::Epoch) -> Setting<'a> {
        Setting {
            calendar: self.calendar,
            calendars: &self.calendars,
            pairs: &self.pairs,
            now,
            epoch,
            cause: Cause::Event,
        }
    }
}
