//! `tidelock up`: the functions as AWS runs them, on this machine.
//!
//! Owns what AWS and the template would: a table, queues, a secret, schedules and event sources around the functions' real
//! binaries, each in a process of its own, and for want of a config a simulated Google. The crate `aws` does the work; here
//! is what is started in which order, what is told, and how it ends: with nothing cut off.
//!
//! Reading order: `google` (whose calendars), `services` (what listens), `functions` (what runs), `tell`.

mod functions;
mod google;
mod services;
mod tell;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws::lambda::Lambda;
use shared::engine::chain;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::config::ConfigError;
use crate::connect;
use crate::demo::DemoError;
use crate::exit::Exit;
use crate::host::Host;
use crate::stack::{FolderError, Stack, StartError};
use crate::system::{self, NoRandomness};
use functions::Binaries;
use google::Whose;
use services::Services;

/// Between two lines.
const LINE: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The config file; left out: made-up calendars.
    pub config: Option<PathBuf>,
    /// The folder of the table; left out: in memory.
    pub data: Option<PathBuf>,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// Binaries are missing.
    #[error(
        "the functions are not built: {} not found in {}; run `cargo build --workspace`, or start the `tidelock` beside them",
        missing.join(", "),
        folder.display()
    )]
    NotBuilt {
        /// Which ones.
        missing: Vec<&'static str>,
        /// Where they should be.
        folder: PathBuf,
    },
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The table, or Google's clients.
    #[error("{}", .0.text())]
    Stack(#[from] StartError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The made-up calendars.
    #[error("the samples")]
    Samples(#[from] DemoError),
    /// What the simulated Google remembers.
    #[error("{} is damaged; remove the folder's contents", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
    },
    /// The install key would be lost with the process, and with it the way back to every block.
    #[error(
        "--config without --data would forget the install key, and write all blocks again next time; give --data DIR"
    )]
    KeyNotKept,
    /// A service cannot listen.
    #[error("no port of 127.0.0.1 can be used")]
    Listen(#[from] std::io::Error),
    /// The queues cannot be made.
    #[error(transparent)]
    Queues(#[from] aws::sqs::Refused),
    /// There is nothing to make seeds from.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl UpError {
    fn exit(&self) -> Exit {
        match self {
            Self::Stack(why) => why.exit(),
            Self::NotBuilt { .. }
            | Self::Config(_)
            | Self::Folder(_)
            | Self::KeyNotKept
            | Self::Memory { .. } => Exit::Usage,
            Self::Samples(_) | Self::Listen(_) | Self::Queues(_) | Self::Random(_) => {
                Exit::NotInStep
            }
        }
    }
}

/// Runs until it is asked to stop.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    match Box::pin(start(options, host)).await {
        Ok(running) => running.until_stopped(options, host).await,
        Err(error) => {
            host.err(format_args!("tidelock up: {}\n", chain(&error)));
            error.exit()
        }
    }
}

/// Everything that runs.
struct Running {
    stack: Stack,
    whose: Whose,
    services: Services,
    lambda: Arc<Lambda>,
    /// Schedules and event sources.
    work: JoinSet<()>,
}

async fn start(options: &Options, host: &Host<'_>) -> Result<Running, UpError> {
    let folder = system::own_folder().unwrap_or_default();
    let binaries = Binaries::find(&folder)?;
    let whose = google::find(options, host).await?;
    if options.config.is_some() && options.data.is_none() && whose.config().key.is_none() {
        return Err(UpError::KeyNotKept);
    }
    let stack = Stack::host(whose.config(), options.data.as_deref(), host).await?;
    // Whatever holds a lease here died with the last run.
    stack.tidy(host).await;
    let services = Services::open(&stack).await?;
    host.out(tell::opening(&services, &whose, options));
    let connected = connect::everybody(&stack).await;
    host.out(crate::answer::Answer::text(&connected));
    whose.note(options.data.as_deref(), &stack, &services)?;
    whose.save(options.data.as_deref())?;
    let lambda = functions::lambda(&binaries, &services, whose.config(), host)?;
    let mut work = JoinSet::new();
    functions::work(&mut work, &lambda, &services, &host.stop)?;
    Ok(Running {
        stack,
        whose,
        services,
        lambda,
        work,
    })
}

impl Running {
    async fn until_stopped(mut self, options: &Options, host: &Host<'_>) -> Exit {
        let mut lines = interval_at(Instant::now() + LINE, LINE);
        lines.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut teller = tell::Teller::default();
        let mut noticed = false;
        let finished = loop {
            tokio::select! {
                biased;
                () = host.stop.wished(2) => break false,
                () = host.stop.wished(1), if !noticed => {
                    noticed = true;
                    host.err("stopping when the invocations under way are done; once more stops at once, and loses nothing either\n");
                }
                ended = self.work.join_next() => if ended.is_none() { break true },
                _ = lines.tick() => {
                    self.tell(&mut teller, host).await;
                    self.save(options, host);
                }
            }
        };
        if finished {
            self.lambda.close().await;
        }
        self.tell(&mut teller, host).await;
        self.save(options, host)
    }

    async fn tell(&self, teller: &mut tell::Teller, host: &Host<'_>) {
        self.stack.sweep();
        let line = teller.line(&self.stack, &self.lambda, &self.services, host);
        host.out(format_args!("{}\n", line.await));
    }

    /// What the simulated Google remembers is kept as it goes: a table that knows more than it would never notice.
    fn save(&self, options: &Options, host: &Host<'_>) -> Exit {
        match self.whose.save(options.data.as_deref()) {
            Ok(()) => Exit::Fine,
            Err(error) => {
                host.err(format_args!("tidelock up: {}\n", chain(&error)));
                Exit::NotInStep
            }
        }
    }
}

/// A file of the data folder, if there is one.
fn file(data: Option<&Path>, name: &str) -> Option<PathBuf> {
    data.map(|data| data.join(name))
}
