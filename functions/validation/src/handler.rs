//! Validates what the queue names, and each hour asks for a part of the users. It reads only: what it finds goes to repair.

use std::collections::BTreeMap;

use shared::engine::{Engine, Extent, SyncError, audited};
use shared::health::Audited;
use shared::lambda::{
    Answer, Aws, Batch, Done, Event, Failed, Function, Invocation, StartError, Variables, Worker,
    WorkerConfig,
};
use shared::limits::VALIDATION_SLOTS;
use shared::model::{CalendarId, UserId};
use shared::queue::{Queue, ToRepair, ToValidate};
use shared::schedule::{minute_of, turn_of};
use shared::validate::{Finding, Kind, Report};

/// The function.
#[derive(Debug)]
pub struct Validator {
    worker: Worker,
    validations: Queue,
    repairs: Queue,
}

/// What it reads from the environment.
#[derive(Debug)]
pub struct Config {
    worker: WorkerConfig,
    validations: String,
    repairs: String,
}

impl Function for Validator {
    const NAME: &'static str = "validation";
    type Config = Config;

    fn read(variables: &mut Variables<'_>) -> Option<Config> {
        let worker = WorkerConfig::read(variables);
        let validations = variables.address("TIDELOCK_VALIDATION_QUEUE");
        let repairs = variables.address("TIDELOCK_REPAIR_QUEUE");
        Some(Config {
            worker: worker?,
            validations: validations?,
            repairs: repairs?,
        })
    }

    async fn new(config: Config, aws: &Aws) -> Result<Self, StartError> {
        let (validations, repairs) = (aws.queue(&config.validations), aws.queue(&config.repairs));
        let worker = config.worker.build(aws, Self::NAME).await?;
        Ok(Self::of(worker, validations, repairs))
    }

    async fn handle(&self, invocation: Invocation) -> Result<Answer, Failed> {
        let records = match invocation.event {
            Event::Schedule(at) => return self.ask(minute_of(at) / 60).await,
            Event::Records(records) => records,
        };
        let engine = self.worker.engine.until(invocation.deadline);
        let batch = Batch {
            from: Self::NAME,
            quarantine: &self.worker.quarantine,
        };
        let work = async |message: ToValidate| {
            let work = found(&engine, message);
            match self.worker.within(invocation.deadline, work).await {
                Some(Ok(repairs)) => self.hand_on(&repairs).await,
                Some(Err(why)) => Done::failed_with(&why),
                None => Done::Again,
            }
        };
        Ok(batch.each(records, work).await)
    }
}

impl Validator {
    /// The function, made of these parts.
    #[must_use]
    pub fn of(worker: Worker, validations: Queue, repairs: Queue) -> Self {
        Self {
            worker,
            validations,
            repairs,
        }
    }

    /// Asks for the users whose turn it is in this hour: what is stored of each is validated once a day.
    async fn ask(&self, hour: u64) -> Result<Answer, Failed> {
        let users = self.worker.engine.store().users().await?;
        let users = users.into_iter().map(|(user, _)| user).collect();
        let turn = turn_of(&users, hour, VALIDATION_SLOTS);
        let messages: Vec<_> = turn.into_iter().map(ToValidate::Stored).collect();
        let sent = self.validations.send_all(&messages).await;
        match sent.failed() {
            Some(failed) => Err(failed),
            None => Ok(Answer::of([("sent", sent.sent)])),
        }
    }

    async fn hand_on(&self, repairs: &[ToRepair]) -> Done {
        match self.repairs.send_all(repairs).await.failed() {
            Some(_) => Done::Again,
            None => Done::Fully,
        }
    }
}

/// Validates, and says what repair has to do about it.
async fn found(engine: &Engine, message: ToValidate) -> Result<Vec<ToRepair>, SyncError> {
    match message {
        ToValidate::Google(calendar) => {
            let began = engine.now();
            let extent = Extent::Calendar(calendar);
            let report = engine.validate(calendar.user(), &extent, true).await?;
            let came_to = audited(began, report.findings());
            tell(calendar, &report);
            Ok(vec![after_google(calendar, &report, came_to)])
        }
        ToValidate::Stored(user) => of_stored(engine, user).await,
    }
}

/// What was found, by kind: findings name events, which are for people who ask.
fn tell(calendar: CalendarId, report: &Report) {
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    for finding in report.findings() {
        let count = kinds.entry(finding.kind).or_default();
        *count = count.saturating_add(1);
    }
    if !kinds.is_empty() {
        tracing::info!(%calendar, ?kinds, "found");
    }
}

fn after_google(calendar: CalendarId, report: &Report, came_to: Audited) -> ToRepair {
    match report.findings().any(Finding::calls_for_repair) {
        true => ToRepair::Google(calendar),
        false => ToRepair::Note(calendar, came_to),
    }
}

async fn of_stored(engine: &Engine, user: UserId) -> Result<Vec<ToRepair>, SyncError> {
    let report = match engine.validate(user, &Extent::User, false).await {
        // Named once, and connected never or no more.
        Err(SyncError::NobodyThere { .. }) => return Ok(Vec::new()),
        report => report?,
    };
    let wrong = report
        .findings()
        .filter(|finding| finding.calls_for_repair());
    let calendars: BTreeMap<CalendarId, ToRepair> = wrong
        .map(|finding| (finding.calendar, ToRepair::Stored(finding.calendar)))
        .collect();
    Ok(calendars.into_values().collect())
}
