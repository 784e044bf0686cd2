//! `tidelock health`: is all well? Looks at every calendar, keeps the report, tells once what changed, and, if asked, mends.
//!
//! The engine looks, judges and mends; here is who is looked at, where alerts go and what is told. Google is asked only by
//! `--repair`.

mod text;
mod work;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use shared::alerts::Sns;
use shared::engine::Cared;
use shared::health::{Level, Report};
use tokio::sync::OnceCell;

use crate::answer::{self, Answer, Ask, Desk};
use crate::consent::Withdrawn;
use crate::exit::Exit;
use crate::host::Host;
use crate::metrics::{Metrics, Target};
use crate::stack::Purpose;
use work::Run;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The config file.
    pub config: PathBuf,
    /// Print one JSON object a run instead of text.
    pub json: bool,
    /// Look, or do something about it.
    pub mode: Mode,
    /// Once, if left out; else so often, until stopped.
    pub every: Option<Duration>,
    /// Where metrics go.
    pub metrics: Option<Target>,
}

/// Look, or do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Look, keep and tell.
    Look,
    /// Also sync, repair and compare with Google what needs it.
    Repair,
}

/// What a run found, told and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The report, as it is stored.
    #[serde(flatten)]
    pub report: Report,
    /// Alerts that were sent.
    pub alerts_sent: u64,
    /// Alerts that are still to be sent, by the next run.
    pub alerts_unsent: u64,
    /// Accounts that do not let us in any more.
    pub withdrawn: Vec<Withdrawn>,
    /// What was done about it; none: nothing was to be done.
    pub care: Option<Cared>,
    /// Whom subjects are about, in words.
    #[serde(skip)]
    pub names: text::Subjects,
}

/// Looks, and prints; once or for good.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let metrics = options.metrics.as_ref();
    let metrics = metrics.map(|target| Metrics::open(target, options.json, host));
    let metrics = match metrics.transpose() {
        Ok(metrics) => metrics,
        Err(why) => {
            answer::no_answer("health", options.json, host, &why);
            return Exit::Usage;
        }
    };
    let ask = Ask {
        config: options.config.clone(),
        user: None,
        json: options.json,
    };
    let purpose = match options.mode {
        Mode::Look => Purpose::Look,
        Mode::Repair => Purpose::Mend,
    };
    let topic: OnceCell<Sns> = OnceCell::new();
    let work = async |desk: &Desk<'_, '_>| {
        let run = Run {
            desk,
            options,
            topic: &topic,
        };
        run.health(metrics.as_ref()).await
    };
    match options.every {
        None => answer::run("health", purpose, &ask, host, work).await,
        Some(every) => answer::repeat("health", purpose, &ask, host, every, work).await,
    }
}

impl Answer for Health {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        let failed = self
            .care
            .as_ref()
            .is_some_and(|care| !care.failed.is_empty());
        match self.report.overall == Level::Healthy && self.alerts_unsent == 0 && !failed {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
