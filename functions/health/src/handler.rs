//! Judges all calendars, keeps the report, tells what changed, and hands on what others mend. It asks Google nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::alerts::{Log, Sns};
use shared::engine::{Told, Turns, Watch};
use shared::health::{Checkup, Pace};
use shared::lambda::{Answer, Aws, Failed, Function, Invocation, Lines, StartError, Variables};
use shared::metrics::of_health;
use shared::model::UserId;
use shared::queue::{Queue, ToRepair, ToValidate};
use shared::store::{Store, StoreError};

/// The function.
#[derive(Debug)]
pub struct Doctor {
    store: Store,
    watch: Watch,
    validations: Queue,
    repairs: Queue,
    topic: Option<Sns>,
    pace: Pace,
    lines: Lines,
}

/// What it reads from the environment.
#[derive(Debug)]
pub struct Config {
    table: String,
    validations: String,
    repairs: String,
    topic: Option<String>,
    pace: Pace,
}

impl Function for Doctor {
    const NAME: &'static str = "health";
    type Config = Config;

    fn read(variables: &mut Variables<'_>) -> Option<Config> {
        let table = variables.text("TIDELOCK_TABLE");
        let validations = variables.address("TIDELOCK_VALIDATION_QUEUE");
        let repairs = variables.address("TIDELOCK_REPAIR_QUEUE");
        let topic = variables.optional("TIDELOCK_ALERT_TOPIC");
        let minutes = "is no number of minutes from 1 to 60";
        let minutes = variables.number_or("TIDELOCK_HEALTH_MINUTES", 5, 1..=60, minutes);
        let hours = "is no number of hours from 1 to 168";
        let hours = variables.number_or("TIDELOCK_AUDIT_HOURS", 24, 1..=168, hours);
        Some(Config {
            table: table?,
            validations: validations?,
            repairs: repairs?,
            topic,
            pace: Pace {
                health_every: Duration::from_secs(60 * u64::from(minutes?)),
                audit_every: Duration::from_secs(3600 * u64::from(hours?)),
            },
        })
    }

    async fn new(config: Config, aws: &Aws) -> Result<Self, StartError> {
        let store = aws.store(&config.table);
        let owner = format!("health-{:08x}", aws.seed >> 32);
        Ok(Self {
            watch: Watch::new(store.clone(), aws.clock.clone(), owner, aws.seed),
            store,
            validations: aws.queue(&config.validations),
            repairs: aws.queue(&config.repairs),
            topic: config.topic.map(|arn| aws.topic(&arn)),
            pace: config.pace,
            lines: aws.lines.clone(),
        })
    }

    async fn handle(&self, invocation: Invocation) -> Result<Answer, Failed> {
        invocation.event.schedule()?;
        let users = self.store.users().await?;
        let users: BTreeSet<UserId> = users.into_iter().map(|(user, _)| user).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let checkup = self.watch.health(&users, &self.pace).await;
        let unsent = self.hand_on(&Turns::of(&checkup, &self.pace)).await?;
        let told = self.conclude(&checkup).await?;
        self.lines.write(&of_health(&checkup, &told));
        let report = &told.report;
        Ok(Answer::of([
            ("calendars_checked", report.calendars_checked),
            ("calendars_healthy", report.calendars_healthy),
            ("critical_issues", report.critical_issues),
            ("warnings", report.warnings),
            ("fixes", report.automatic_fixes),
            ("alerts_sent", told.sent),
            ("alerts_unsent", told.unsent),
            ("unsent", unsent),
        ]))
    }
}

impl Doctor {
    /// Wakes what a sync mends, and puts it on the wheel again, in case that is what is missing; the rest goes to the queues.
    /// What is not sent is still to be done in the next run.
    async fn hand_on(&self, turns: &Turns) -> Result<u64, StoreError> {
        for calendar in &turns.to_sync {
            self.store.give_turn(*calendar, self.watch.now()).await?;
        }
        let repairs: Vec<_> = turns
            .to_repair
            .iter()
            .copied()
            .map(ToRepair::Stored)
            .collect();
        let audits: Vec<_> = turns
            .to_audit
            .iter()
            .copied()
            .map(ToValidate::Google)
            .collect();
        let (repairs, audits) = futures::join!(
            self.repairs.send_all(&repairs),
            self.validations.send_all(&audits)
        );
        Ok(repairs.unsent().saturating_add(audits.unsent()))
    }

    async fn conclude(&self, checkup: &Checkup) -> Result<Told, StoreError> {
        let fixes = self.watch.fixes(checkup).await?;
        match &self.topic {
            Some(topic) => self.watch.conclude(checkup, fixes, topic).await,
            None => self.watch.conclude(checkup, fixes, &Log).await,
        }
    }
}
