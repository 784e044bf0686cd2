//! A world in one process: a simulated Google, an embedded table, and workers that run the code that ships.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use secrecy::SecretString;
use shared::engine::{Connection, Engine, Parts, Wish};
use shared::google::transport::Transport;
use shared::google::{Client, Credentials, Group, RetryPolicy, Settings};
use shared::model::{AccountId, CalendarId, InstallKey, Sealer, UserConfig, UserId};
use shared::store::{Store, StoreError};
use simulator::Simulator;
use wire::client::{Taps, embedded};
use wire::embedded::EngineError;
use wire::google::{Faulty, InProcess};
use wire::{Meter, Schedule};

use crate::clock::Simulated;

/// Name of the table.
pub const TABLE: &str = "tidelock";

/// One account of the simulated Google and how to get in.
#[derive(Debug, Clone)]
pub struct Login {
    /// What the account is called here.
    pub account: AccountId,
    /// An access token that the simulator takes.
    pub access_token: String,
}

/// A world. Clones share it.
#[derive(Debug, Clone)]
pub struct World {
    google: Arc<Mutex<Simulator>>,
    table: wire::Engine,
    clock: Simulated,
    key: InstallKey,
    logins: Vec<Login>,
    retry: RetryPolicy,
    /// Counts the requests of all workers to the table.
    pub meter: Meter,
    /// Counts the requests of all workers to Google.
    pub group: Group,
}

/// A world that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The embedded table could not be opened.
    #[error("the embedded table cannot be opened")]
    Engine(#[from] EngineError),
    /// The table could not be made.
    #[error("the table cannot be made")]
    Store(#[from] StoreError),
    /// The calendars could not be connected.
    #[error("the calendars cannot be connected")]
    Connect(#[from] Connection),
}

impl World {
    /// A world around a simulator and a table.
    #[must_use]
    pub fn new(
        google: Simulator,
        table: wire::Engine,
        clock: Simulated,
        key: InstallKey,
        logins: Vec<Login>,
    ) -> Self {
        Self {
            google: Arc::new(Mutex::new(google)),
            table,
            clock,
            key,
            logins,
            retry: RetryPolicy::default(),
            meter: Meter::new(),
            group: Group::default(),
        }
    }

    /// The same world whose workers try Google again by this policy.
    #[must_use]
    pub fn retrying(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The simulated Google, with its clock brought up to the world's.
    pub fn google(&self) -> MutexGuard<'_, Simulator> {
        // A test that failed while it held the lock leaves a world that can still be looked at.
        let mut google = self.google.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = DateTime::from_timestamp_micros(self.clock.now().as_microsecond()) {
            google.set_now(now);
        }
        google
    }

    /// The simulated Google itself, to be served.
    #[must_use]
    pub fn shared_google(&self) -> Arc<Mutex<Simulator>> {
        Arc::clone(&self.google)
    }

    /// How its accounts get in.
    #[must_use]
    pub fn logins(&self) -> &[Login] {
        &self.logins
    }

    /// The same world for workers of another process, whose clock is `ahead`: they share nothing but the table and Google.
    #[must_use]
    pub fn elsewhere(&self, ahead: Duration) -> Self {
        Self {
            clock: self.clock.ahead(ahead),
            group: Group::default(),
            ..self.clone()
        }
    }

    /// The world's clock.
    #[must_use]
    pub fn clock(&self) -> &Simulated {
        &self.clock
    }

    /// The embedded table's engine.
    #[must_use]
    pub fn table(&self) -> &wire::Engine {
        &self.table
    }

    /// The install key.
    #[must_use]
    pub fn key(&self) -> &InstallKey {
        &self.key
    }

    /// A store whose requests go through `schedule`.
    #[must_use]
    pub fn store(&self, schedule: &Schedule, seed: u64) -> Store {
        let taps = Taps {
            meter: self.meter.clone(),
            schedule: schedule.clone(),
            ..Taps::default()
        };
        Store::new(embedded(&self.table, &taps), TABLE, seed)
    }

    /// A worker all of whose requests go through `schedule`.
    #[must_use]
    pub fn worker(&self, schedule: &Schedule, seed: u64) -> Engine {
        let accounts: BTreeMap<AccountId, Client> = self
            .logins
            .iter()
            .map(|login| (login.account.clone(), self.client(login, schedule, seed)))
            .collect();
        Engine::new(Parts {
            store: self.store(schedule, seed),
            crew: accounts.into(),
            sealer: Sealer::new(self.key.clone()),
            clock: self.clock.shared(),
            owner: format!("worker-{seed}"),
            seed,
        })
    }

    /// The way to Google of one worker, all of whose requests go through `schedule`.
    #[must_use]
    pub fn transport(&self, schedule: &Schedule) -> Arc<dyn Transport> {
        Arc::new(Faulty::new(InProcess::new(self.google.clone()), schedule))
    }

    /// A client of the n-th login's account.
    #[must_use]
    pub fn worker_client(&self, login: usize) -> Option<Client> {
        let login = self.logins.get(login)?;
        Some(self.client(login, &Schedule::none(), 0))
    }

    fn client(&self, login: &Login, schedule: &Schedule, seed: u64) -> Client {
        let transport = self.transport(schedule);
        let settings = Settings {
            units_per_minute: u32::MAX,
            retry: self.retry,
            ..Settings::default()
        };
        Client::new(
            transport,
            Credentials::AccessToken(SecretString::from(login.access_token.clone())),
            &settings,
            &self.group,
            self.clock.shared(),
            fastrand::Rng::with_seed(seed),
        )
    }

    /// Makes the table and connects one user with all writable calendars of every login.
    ///
    /// # Errors
    /// The table could not be made, or Google could not be listed.
    pub async fn set_up(&self, user: &str) -> Result<UserConfig, WorldError> {
        let worker = self.worker(&Schedule::none(), 0);
        worker.store().create_table().await?;
        let wishes: Vec<Wish> = self
            .logins
            .iter()
            .map(|login| Wish {
                account: login.account.clone(),
                calendars: None,
            })
            .collect();
        let user = UserId::derive(&self.key, user);
        Ok(worker.connect(&self.key, user, &wishes).await?)
    }

    /// Our id of one of the user's calendars.
    #[must_use]
    pub fn calendar(&self, config: &UserConfig, google: &str) -> Option<CalendarId> {
        let mut calendars = config.calendars.iter();
        calendars
            .find(|(_, calendar)| calendar.google.as_str() == google)
            .map(|(id, _)| *id)
    }
}
