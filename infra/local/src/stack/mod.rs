//! The one-machine stack: from a config file to the table, the engine and the people that a command works with.
//!
//! Rule: opening decides nothing and asks Google nothing. It deliberately does not print: what went wrong is told by whoever
//! asked.

pub(crate) mod advice;
mod crew;
pub(crate) mod folder;
mod leases;
mod place;

use std::path::Path;
use std::time::Duration;

use shared::engine::{Engine, chain};
use shared::google::{self, Group};
use shared::model::InstallKey;
use wire::client::Taps;

use crate::config::{self, Alerts, Config, ConfigError};
use crate::exit::Exit;
use crate::host::Host;
use place::Opened;

pub use crew::{CrewError, Person};
pub use folder::FolderError;
pub(crate) use place::TABLE;
pub use place::{PlaceError, Purpose};

/// How long is waited for retries in all.
const PATIENCE: Duration = Duration::from_secs(3 * 60);
/// The same at a server, where another worker may be at it, or may have died at it: longer than a lease.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(12 * 60);

/// Why nothing could be begun.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The table.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Google's clients.
    #[error(transparent)]
    Crew(#[from] CrewError),
}

impl StartError {
    /// How the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) => Exit::Usage,
            Self::Place(
                PlaceError::Folder(_)
                | PlaceError::Damaged { .. }
                | PlaceError::KeyFile { .. }
                | PlaceError::OtherKey
                | PlaceError::NoKey
                | PlaceError::Empty
                | PlaceError::KeyLost,
            ) => Exit::Usage,
            Self::Place(PlaceError::Store(_) | PlaceError::Engine(_) | PlaceError::Random(_))
            | Self::Crew(_) => Exit::NotInStep,
        }
    }

    /// What went wrong and what to do, in one line.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Place(PlaceError::Store(why)) => {
                format!("{}; {}", chain(self), advice::of_store(why))
            }
            Self::Config(_) | Self::Place(_) | Self::Crew(_) => chain(self),
        }
    }
}

/// Everything that a command works with. A data folder is held until it is dropped.
#[derive(Debug)]
pub struct Stack {
    taps: Taps,
    group: Group,
    opened: Opened,
    engine: Engine,
    people: Vec<Person>,
    alerts: Option<Alerts>,
}

impl Stack {
    /// Opens what the config file at `path` describes.
    ///
    /// # Errors
    /// The config is wrong, or the table cannot be opened.
    pub async fn open(path: &Path, purpose: Purpose, host: &Host<'_>) -> Result<Self, StartError> {
        let config: Config = config::load(path, &|name| host.variable(name))?;
        let (taps, group) = (Taps::default(), Group::default());
        let opened = place::open(&config.place, config.key.as_ref(), &taps, purpose).await?;
        let store = opened.store.clone();
        let engine = crew::engine(&config, store, &opened.key, &group, &host.clock)?;
        let people = crew::people(&config, &opened.key);
        Ok(Self {
            taps,
            group,
            opened,
            engine,
            people,
            alerts: config.alerts,
        })
    }

    /// Opens a table of this process's own for the people of `config`, wherever that says the table is: in the folder
    /// `data`, or in memory.
    ///
    /// # Errors
    /// The table cannot be opened.
    pub async fn host(
        config: &Config,
        data: Option<&Path>,
        host: &Host<'_>,
    ) -> Result<Self, StartError> {
        let (taps, group) = (Taps::default(), Group::default());
        let key = config.key.as_ref();
        let opened = match data {
            Some(path) => {
                let place = config::Place::Folder(path.to_owned());
                place::open(&place, key, &taps, Purpose::Work).await?
            }
            None => place::in_memory(key, &taps).await?,
        };
        let store = opened.store.clone();
        let engine = crew::engine(config, store, &opened.key, &group, &host.clock)?;
        let people = crew::people(config, &opened.key);
        Ok(Self {
            taps,
            group,
            opened,
            engine,
            people,
            alerts: None,
        })
    }

    /// The table's own engine, where that is in this process.
    #[must_use]
    pub fn table(&self) -> Option<&wire::Engine> {
        self.opened
            .embedded
            .as_ref()
            .map(|embedded| &embedded.engine)
    }

    /// The engine, with a client for every account of the config.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The install key.
    #[must_use]
    pub fn key(&self) -> &InstallKey {
        &self.opened.key
    }

    /// The people of the config.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Where alerts go; none: to the log.
    #[must_use]
    pub fn alerts(&self) -> Option<&Alerts> {
        self.alerts.as_ref()
    }

    /// How long to wait for retries in all.
    #[must_use]
    pub fn patience(&self) -> Duration {
        match self.opened.embedded {
            Some(_) => PATIENCE,
            None => PATIENCE_WITH_OTHERS,
        }
    }

    /// Makes an embedded table ready for work: what a dead process held is told and freed, what has expired is removed.
    pub async fn tidy(&self, host: &Host<'_>) {
        if self.opened.embedded.is_some() {
            leases::free(&self.engine, &self.people, host).await;
            self.sweep();
        }
    }

    /// Nothing else removes what has expired from an embedded table, and nothing waits for it.
    pub fn sweep(&self) {
        let Some(embedded) = &self.opened.embedded else {
            return;
        };
        match embedded.engine.sweep_ttl() {
            Ok(removed) => tracing::debug!(removed, "expired items"),
            Err(error) => tracing::warn!(error = chain(&error), "expired items stay"),
        }
    }

    /// What was asked of Google and of the table so far.
    #[must_use]
    pub fn usage(&self) -> (google::Usage, wire::Usage) {
        (self.group.usage(), self.taps.meter.usage())
    }
}
