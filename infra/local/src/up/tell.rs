//! What is told: where everything listens, and then a line a minute.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws::lambda::{Lambda, Tally};
use aws::shape::{Function, Queue};
use jiff::tz::TimeZone;
use shared::model::UserConfig;

use super::google::Whose;
use super::services::Services;
use super::{Options, file};
use crate::answer::Failure;
use crate::host::Host;
use crate::report::{self, Report};
use crate::stack::{Stack, TABLE};

/// Where everything listens.
pub(super) fn opening(services: &Services, whose: &Whose, options: &Options) -> String {
    let google = match whose.is_simulated() {
        true => "simulated, with made-up calendars",
        false => "as the config says",
    };
    let place = match &options.data {
        Some(data) => format!("kept in {}", data.display()),
        None => "in memory".to_owned(),
    };
    let mut text = format!(
        "The functions as on AWS, until Ctrl-C\n\
         \x20 dynamodb         {}  (table {TABLE}, {place})\n\
         \x20 sqs              {}  (queues tidelock-sync, -validation, -repair, their -dead-letters, -quarantine)\n\
         \x20 secretsmanager   {}\n\
         \x20 google           {}  ({google})\n",
        services.dynamodb,
        services.queues,
        services.secrets,
        whose.config().google.api,
    );
    let config = file(options.data.as_deref(), "up.toml");
    if let Some(config) = config {
        // Writing to text does not fail.
        let _ = writeln!(
            text,
            "  to look at it     tidelock status --config {}",
            config.display()
        );
    }
    text
}

/// Tells what is new since it last did.
#[derive(Debug, Default)]
pub(super) struct Teller {
    told: BTreeMap<Function, Tally>,
}

impl Teller {
    pub(super) async fn line(
        &mut self,
        stack: &Stack,
        lambda: &Lambda,
        services: &Services,
        host: &Host<'_>,
    ) -> String {
        let time = host
            .clock
            .now()
            .to_zoned(TimeZone::system())
            .strftime("%H:%M");
        let ran: Vec<String> = Function::ALL
            .into_iter()
            .map(|function| self.ran(function, lambda.tally(function)))
            .collect();
        let stands = match stands(stack).await {
            Ok(report) => blocks(&report),
            Err(why) => format!("how they stand cannot be told: {}", why),
        };
        format!(
            "{time}  ran: {}; {stands}; {}",
            ran.join(", "),
            waiting(services)
        )
    }

    /// `sync 4 (1 failed)`.
    fn ran(&mut self, function: Function, now: Tally) -> String {
        let before = self.told.insert(function, now).unwrap_or_default();
        let ended = now.ended.saturating_sub(before.ended);
        let failed = now.failed.saturating_sub(before.failed);
        let name = function.name();
        match failed {
            0 => format!("{name} {ended}"),
            _ => format!("{name} {ended} ({failed} failed)"),
        }
    }
}

async fn stands(stack: &Stack) -> Result<Report, Failure> {
    let mut configs: Vec<UserConfig> = Vec::new();
    for person in stack.people() {
        configs.extend(stack.engine().store().user_config(person.id).await?);
    }
    let (google, table) = stack.usage();
    Ok(report::collect(stack.engine(), &configs, google, table, 0).await?)
}

fn blocks(report: &Report) -> String {
    let sum = |of: fn(&report::Calendar) -> u64| report.calendars.iter().map(of).sum::<u64>();
    let (wanted, there) = (sum(|all| all.blocks_wanted), sum(|all| all.blocks_in_step));
    let pending = sum(|all| all.pending);
    let calendars = report.calendars.len();
    match report.in_step {
        true => format!("{calendars} calendars in step, {there} blocks"),
        false => format!(
            "{calendars} calendars, {there} of {wanted} blocks in step, {pending} events pending"
        ),
    }
}

/// What is in the queues.
fn waiting(services: &Services) -> String {
    let (mut waiting, mut working, mut dead, mut quarantined) = (0, 0, 0, 0);
    for queue in Queue::ALL {
        let depth = services.sqs.depth(&queue.name()).unwrap_or_default();
        let all = depth.visible + depth.delayed;
        match queue {
            Queue::Quarantine => quarantined += all,
            Queue::SyncDeadLetters | Queue::ValidationDeadLetters | Queue::RepairDeadLetters => {
                dead += all;
            }
            Queue::Sync | Queue::Validation | Queue::Repair => {
                waiting += all;
                working += depth.in_flight;
            }
        }
    }
    format!(
        "messages: {waiting} waiting, {working} in work, {dead} dead, {quarantined} in quarantine"
    )
}
