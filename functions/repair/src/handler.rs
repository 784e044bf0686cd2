//! Puts right what a validation found, through the same commit and push as a sync, and notes what comparisons came to.

use shared::engine::{Engine, Extent, Repairing, SyncError, chain};
use shared::lambda::{
    Answer, Aws, Batch, Done, Failed, Function, Invocation, StartError, Variables, Worker,
    WorkerConfig,
};
use shared::model::CalendarId;
use shared::queue::ToRepair;
use shared::store::Put;

/// The function.
#[derive(Debug)]
pub struct Repairer {
    worker: Worker,
}

impl Function for Repairer {
    const NAME: &'static str = "repair";
    type Config = WorkerConfig;

    fn read(variables: &mut Variables<'_>) -> Option<WorkerConfig> {
        WorkerConfig::read(variables)
    }

    async fn new(config: WorkerConfig, aws: &Aws) -> Result<Self, StartError> {
        config.build(aws, Self::NAME).await.map(Self::of)
    }

    async fn handle(&self, invocation: Invocation) -> Result<Answer, Failed> {
        let records = invocation.event.records()?;
        let engine = self.worker.engine.until(invocation.deadline);
        let batch = Batch {
            from: Self::NAME,
            quarantine: &self.worker.quarantine,
        };
        let work = async |message: ToRepair| {
            let work = done(&engine, message);
            let done = self.worker.within(invocation.deadline, work).await;
            done.unwrap_or(Ok(Done::Again)).unwrap_or_else(|why| {
                tracing::warn!(calendar = %message.calendar(), error = chain(&why), "not repaired");
                Done::failed_with(&why)
            })
        };
        Ok(batch.each(records, work).await)
    }
}

impl Repairer {
    /// The function, made of these parts.
    #[must_use]
    pub fn of(worker: Worker) -> Self {
        Self { worker }
    }
}

async fn done(engine: &Engine, message: ToRepair) -> Result<Done, SyncError> {
    match message {
        ToRepair::Stored(calendar) => mend(engine, calendar, false).await,
        ToRepair::Google(calendar) => mend(engine, calendar, true).await,
        ToRepair::Note(calendar, audited) => {
            let noted = engine.store().note_audit(calendar, audited).await;
            // A conflict means that a later comparison is noted already.
            noted
                .map(|(Put::Written | Put::Conflict)| Done::Fully)
                .map_err(|why| SyncError::Store { calendar, why })
        }
    }
}

/// Repairs one calendar; with Google in view, the repair notes by itself what the comparison left.
async fn mend(engine: &Engine, calendar: CalendarId, google: bool) -> Result<Done, SyncError> {
    let extent = Extent::Calendar(calendar);
    let repaired = engine
        .repair(calendar.user(), &extent, google, Repairing::Apply)
        .await?;
    tracing::info!(
        %calendar,
        fixed = repaired.errors_fixed,
        resolved = repaired.warnings_resolved,
        left = repaired.left.len(),
        held_back = repaired.held_back,
        "repaired"
    );
    match repaired.held_back {
        true => Ok(Done::Failed),
        false => Ok(Done::Fully),
    }
}
