//! Asks, each minute, for every calendar that is due by the wheel or woken and not served.
//!
//! It decides nothing: which minute it is says the schedule, who is due says the table. A minute that it misses costs calendars
//! one turn; what it sends twice is looked at twice.

use shared::lambda::{Answer, Aws, Failed, Function, Invocation, StartError, Variables};
use shared::queue::{Queue, ToSync};
use shared::schedule::{minute_of, round};
use shared::store::Store;

/// The function.
#[derive(Debug)]
pub struct Dispatch {
    store: Store,
    syncs: Queue,
}

/// What it reads from the environment.
#[derive(Debug)]
pub struct Config {
    table: String,
    syncs: String,
}

impl Function for Dispatch {
    const NAME: &'static str = "dispatch";
    type Config = Config;

    fn read(variables: &mut Variables<'_>) -> Option<Config> {
        let table = variables.text("TIDELOCK_TABLE");
        let syncs = variables.address("TIDELOCK_SYNC_QUEUE");
        Some(Config {
            table: table?,
            syncs: syncs?,
        })
    }

    async fn new(config: Config, aws: &Aws) -> Result<Self, StartError> {
        Ok(Self {
            store: aws.store(&config.table),
            syncs: aws.queue(&config.syncs),
        })
    }

    async fn handle(&self, invocation: Invocation) -> Result<Answer, Failed> {
        let minute = minute_of(invocation.event.schedule()?);
        let due = self.store.due(minute).await?;
        let woken = self.store.unserved().await?;
        let asked = round(minute, &due, &woken);
        let messages: Vec<ToSync> = asked.into_iter().map(ToSync::new).collect();
        let sent = self.syncs.send_all(&messages).await;
        let counts = [
            ("due", due.len() as u64),
            ("woken", woken.len() as u64),
            ("sent", sent.sent),
            ("unsent", sent.unsent()),
        ];
        // What is woken is asked for again in the next minute; what was due, if this minute is tried again.
        match sent.failed() {
            Some(failed) => Err(failed),
            None => Ok(Answer::of(counts)),
        }
    }
}
