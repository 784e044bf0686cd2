//! What the functions that look at calendars have in common: the table, the key, the way to Google, the quarantine.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::aws::{Aws, StartError};
use super::metrics::Measure;
use super::variables::Variables;
use crate::engine::{Crew, Engine, Hiring, Parts};
use crate::google::reqwest::{Limits, Reqwest, Schemes};
use crate::google::transport::Transport;
use crate::google::{CALENDAR_URL, Group, Settings, TOKEN_URL};
use crate::limits::DEADLINE_MARGIN;
use crate::model::Sealer;
use crate::queue::Queue;

/// What a worker reads from the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerConfig {
    table: String,
    secret: String,
    quarantine: String,
    google: Settings,
}

/// A worker's parts.
#[derive(Debug)]
pub struct Worker {
    /// What does the work.
    pub engine: Engine,
    /// What is measured.
    pub measure: Measure,
    /// Where messages go that nobody reads.
    pub quarantine: Queue,
}

impl WorkerConfig {
    /// Reads it.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let table = variables.text("TIDELOCK_TABLE");
        let secret = variables.text("TIDELOCK_KEY_SECRET");
        let quarantine = variables.address("TIDELOCK_QUARANTINE_QUEUE");
        let calendar_url = variables.address_or("TIDELOCK_GOOGLE_API", CALENDAR_URL);
        let token_url = variables.address_or("TIDELOCK_GOOGLE_TOKEN", TOKEN_URL);
        Some(Self {
            table: table?,
            secret: secret?,
            quarantine: quarantine?,
            google: Settings {
                calendar_url: calendar_url?,
                token_url: token_url?,
                ..Settings::default()
            },
        })
    }

    /// Whether Google is somewhere else, and reached without encryption: a simulator.
    fn schemes(&self) -> Schemes {
        let plain = |url: &str| url.starts_with("http://");
        match plain(&self.google.calendar_url) || plain(&self.google.token_url) {
            true => Schemes::HttpToo,
            false => Schemes::Https,
        }
    }

    /// Builds the parts, with Google over the network.
    ///
    /// # Errors
    /// The key cannot be had, or the way to Google not be set up.
    pub async fn build(self, aws: &Aws, name: &str) -> Result<Worker, StartError> {
        let transport: Arc<dyn Transport> =
            Arc::new(Reqwest::new(Limits::default(), self.schemes())?);
        self.build_over(transport, aws, name).await
    }

    /// Builds the parts, with Google over `transport`.
    ///
    /// # Errors
    /// The key cannot be had.
    pub async fn build_over(
        self,
        transport: Arc<dyn Transport>,
        aws: &Aws,
        name: &str,
    ) -> Result<Worker, StartError> {
        let store = aws.store(&self.table);
        let key = aws.install_key(&self.secret, &store).await?;
        let group = Group::default();
        let crew = Crew::hiring(Hiring {
            transport,
            settings: self.google,
            group: group.clone(),
            clock: aws.clock.clone(),
            key: key.clone(),
            seed: aws.seed,
        });
        let engine = Engine::new(Parts {
            store,
            crew,
            sealer: Sealer::new(key),
            clock: aws.clock.clone(),
            owner: format!("{name}-{:08x}", aws.seed >> 32),
            seed: aws.seed,
        });
        Ok(Worker {
            engine,
            measure: Measure::new(group, aws.lines.clone()),
            quarantine: aws.queue(&self.quarantine),
        })
    }
}

impl Worker {
    /// Does `work`, unless there is no time left, or it lasts into the margin that is left for answering: then it is dropped where
    /// it stands, as if the process had died there, and the batch is answered all the same. None: it was not done.
    pub async fn within<T>(&self, deadline: Timestamp, work: impl Future<Output = T>) -> Option<T> {
        let left = Duration::try_from(self.engine.now().duration_until(deadline)).ok();
        let left = left.filter(|left| !left.is_zero())?;
        let longest = left.saturating_add(DEADLINE_MARGIN / 2);
        tokio::time::timeout(longest, Box::pin(work)).await.ok()
    }
}
