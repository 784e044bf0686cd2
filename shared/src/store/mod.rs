//! The table: everything that reads or writes DynamoDB.
//!
//! Owns keys, stored shapes, conditions, retries and time limits. Each write is conditional on what its caller
//! started from, and an answer that got lost is resolved by reading what is stored, never by guessing.
//! It decides nothing about calendars: what to write is the caller's business, and it reads no clock.
//! docs/table.md lists every item, every request and its cost.

mod accounts;
mod batch;
mod call;
mod commit;
mod config;
mod damage;
mod error;
mod expression;
mod fault;
mod forget;
mod health;
mod history;
mod install;
mod items;
mod journal;
mod keys;
mod lease;
mod outcome;
mod pages;
mod put;
mod query;
mod retry;
mod rows;
mod rules;
mod state;
mod table;
mod users;
mod wake;
mod wheel;

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;

pub use commit::Commit;
pub use config::Accounts;
pub use config::KeptConfig;
pub use error::{Class, StoreError};
pub use forget::{Fence, Page as ForgetPage};
pub use health::{Counted, Marks};
pub use install::Installed;
pub use keys::{Key, Kind};
pub use lease::Release;
pub use outcome::{Acquire, CommitOutcome, Put};
pub use pages::{Bearing, Page, PageMark, RawPage, Unreadable};
pub use rules::RulesHistory;

/// One table. Clones share the client and the randomness.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    random: Arc<Mutex<fastrand::Rng>>,
}

impl Store {
    /// The table called `table`. `seed` spreads waits and starts counters: two processes on one table must not share it.
    ///
    /// The client's own retries are switched off; time limits that it does not set are set.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, seed: u64) -> Self {
        Self {
            client: call::tamed(&client),
            table: table.into(),
            random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))),
        }
    }

    fn draw<T>(&self, from: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        from(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
