//! `tidelock sync`: keeps the calendars of a config file in step, once or for good.
//!
//! Owns the passes and what is told on the way; [`crate::stack`] opens what it works with. Rule: people are apart, and so are
//! their accounts; whatever fails for one never keeps another waiting. All deciding is the engine's.

mod departed;
mod logins;
mod parked;
mod pass;
mod tell;

use std::path::PathBuf;
use std::time::Duration;

use futures::future::join_all;
use shared::engine::{Outcome, SyncError};
use shared::model::UserConfig;

use crate::answer::no_answer;
use crate::exit::Exit;
use crate::host::Host;
use crate::metrics::{Metrics, Target};
use crate::report::{self, Report};
use crate::stack::{Person, PlaceError, Purpose, Stack, StartError, advice};
use logins::Logins;
use pass::{Pass, Passed};
use tell::Teller;

/// How often what has expired is removed from an embedded table.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The config file.
    pub config: PathBuf,
    /// Until nothing is left to do, or for good.
    pub mode: Mode,
    /// Where metrics go.
    pub metrics: Option<Target>,
    /// Print one JSON object instead of a table.
    pub json: bool,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until nothing is left to do.
    Once,
    /// Until stopped, a pass each interval.
    Every(Duration),
}

/// Syncs as asked for, and prints how things stand at the end.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let began = host.clock.now();
    let metrics = options.metrics.as_ref();
    let metrics = metrics.map(|target| Metrics::open(target, options.json, host));
    let metrics = match metrics.transpose() {
        Ok(metrics) => metrics,
        Err(why) => {
            no_answer("sync", options.json, host, &why.to_string());
            return Exit::Usage;
        }
    };
    match Box::pin(Running::start(options, host, metrics)).await {
        Err(error) => {
            no_answer("sync", options.json, host, &error.text());
            error.exit()
        }
        Ok(running) => {
            let passes = running.passes().await;
            Box::pin(running.end(passes, began)).await
        }
    }
}

/// A sync under way.
struct Running<'a, 'h> {
    options: &'a Options,
    host: &'a Host<'h>,
    stack: Stack,
    departed: Vec<String>,
    logins: Logins,
    metrics: Option<Metrics<'a, 'h>>,
}

impl<'a, 'h> Running<'a, 'h> {
    async fn start(
        options: &'a Options,
        host: &'a Host<'h>,
        metrics: Option<Metrics<'a, 'h>>,
    ) -> Result<Self, StartError> {
        let stack = Stack::open(&options.config, Purpose::Work, host).await?;
        let departed = departed::find(stack.engine(), stack.people()).await;
        let departed = departed.map_err(PlaceError::Store)?;
        for name in &departed {
            host.err(format_args!("tidelock sync: {}\n", departed::told(name)));
        }
        Ok(Self {
            options,
            host,
            stack,
            departed,
            logins: Logins::default(),
            metrics,
        })
    }

    /// All people side by side, and the last pass of each.
    async fn passes(&self) -> Vec<Passed> {
        self.stack.tidy(self.host).await;
        let people = join_all(
            self.stack
                .people()
                .iter()
                .map(|person| self.work_for(person)),
        );
        tokio::select! {
            passes = people => passes,
            () = self.keep_house() => Vec::new(),
        }
    }

    async fn work_for(&self, person: &Person) -> Passed {
        let teller = Teller::new(self.host, self.options, &person.name);
        let measure = |result: &Result<Outcome, SyncError>| {
            if let Some(metrics) = &self.metrics {
                metrics.synced(result, self.stack.usage(), self.stack.engine().now());
            }
        };
        let pass = |patience| Pass {
            measure: &measure,
            engine: self.stack.engine(),
            key: self.stack.key(),
            stop: &self.host.stop,
            logins: &self.logins,
            patience,
        };
        match self.options.mode {
            Mode::Once => pass(self.stack.patience()).over(person, &teller).await,
            // What waits for its next try is looked at by the next pass.
            Mode::Every(interval) => loop {
                let passed = pass(Duration::ZERO).over(person, &teller).await;
                tokio::select! {
                    () = tokio::time::sleep(interval) => {}
                    () = self.host.stop.wished(1) => return passed,
                }
            },
        }
    }

    /// Never ends.
    async fn keep_house(&self) {
        let notice = async {
            self.host.stop.wished(1).await;
            let text = "stopping when the calendars in work are done; once more stops at once, and loses nothing either";
            self.host.say(true, text);
            std::future::pending::<()>().await;
        };
        let sweeps = async {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                self.stack.sweep();
            }
        };
        tokio::join!(notice, sweeps);
    }

    async fn end(&self, passes: Vec<Passed>, began: jiff::Timestamp) -> Exit {
        let well = self.departed.is_empty() && passes.iter().all(|passed| passed.well);
        let failed: Vec<_> = passes
            .iter()
            .filter_map(|passed| passed.failed.clone())
            .collect();
        let configs: Vec<_> = passes
            .into_iter()
            .filter_map(|passed| passed.config)
            .collect();
        let mut report = self.report(&configs, well, began).await;
        if report.failed.is_none() && !failed.is_empty() {
            report.failed = Some(failed.join("; "));
        }
        self.print(&report);
        parked::tell(self.host, self.options.json, self.stack.engine(), &configs).await;
        match report.in_step {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }

    async fn report(&self, configs: &[UserConfig], well: bool, began: jiff::Timestamp) -> Report {
        let (google, table) = self.stack.usage();
        let took = began.duration_until(self.host.clock.now()).as_millis();
        let took = u64::try_from(took).unwrap_or_default();
        let (asked, used) = (google.clone(), table.clone());
        let report = report::collect(self.stack.engine(), configs, asked, used, took).await;
        let report = report.unwrap_or_else(|why| Report {
            calendars: Vec::new(),
            google: google.into(),
            dynamodb: table.into(),
            damaged: Vec::new(),
            failed: Some(advice::of_sync(&why)),
            in_step: false,
            elapsed_ms: took,
        });
        Report {
            in_step: report.in_step && well,
            ..report
        }
    }

    fn print(&self, report: &Report) {
        match (self.options.json, serde_json::to_string(report)) {
            (true, Ok(json)) => self.host.out(format_args!("{json}\n")),
            (true, Err(error)) => self.host.err(format_args!("tidelock sync: {error}\n")),
            (false, _) => self.host.out(report::table(report)),
        }
    }
}
