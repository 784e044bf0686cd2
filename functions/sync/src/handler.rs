//! Syncs the calendars that the queue names, a few side by side.
//!
//! A message is done when the table knows what is left: wakes, marks and the wheel ask again. So nothing is sent to its own
//! queue, and hardly anything is ever left in it.

use shared::lambda::{
    Answer, Aws, Batch, Done, Failed, Function, Invocation, StartError, Variables, Worker,
    WorkerConfig,
};
use shared::queue::ToSync;

/// The function.
#[derive(Debug)]
pub struct Syncer {
    worker: Worker,
}

impl Function for Syncer {
    const NAME: &'static str = "sync";
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
        let work = async |message: ToSync| {
            let asked = message.asked();
            let turn = engine.turn(asked);
            let turn = self.worker.within(invocation.deadline, turn).await;
            let Some(turn) = turn else {
                return match engine.wake(asked.calendar).await {
                    Ok(()) => Done::Left,
                    Err(_) => Done::Again,
                };
            };
            self.worker.measure.synced(&turn.result, engine.now());
            match (turn.result, turn.left) {
                (Ok(_), false) => Done::Fully,
                (Ok(_), true) => Done::Left,
                (Err(_), _) => Done::Failed,
            }
        };
        let answer = batch.each(records, work).await;
        self.worker.measure.write();
        Ok(answer)
    }
}

impl Syncer {
    /// The function, made of these parts.
    #[must_use]
    pub fn of(worker: Worker) -> Self {
        Self { worker }
    }
}
