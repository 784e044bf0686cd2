//! The instances of one function.

use std::sync::Mutex;

use bytes::Bytes;
use tokio::sync::Semaphore;
use wire::Clock;

use super::desk::About;
use super::instance::Instance;
use super::{InvokeError, Launch, Log};
use crate::lock::lock;
use crate::random::uuid;
use crate::shape::Function;
use crate::site::Site;

/// What a function did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Invocations that ended, well or not.
    pub ended: u64,
    /// Of these: without an answer.
    pub failed: u64,
    /// Processes that were started.
    pub starts: u64,
}

/// The instances of one function.
#[derive(Debug)]
pub(super) struct Pool {
    site: Site,
    function: Function,
    launch: Launch,
    about: About,
    log: Log,
    random: Mutex<fastrand::Rng>,
    idle: Mutex<Vec<Instance>>,
    free: Semaphore,
    tally: Mutex<Tally>,
}

impl Pool {
    pub(super) fn new(
        site: &Site,
        function: Function,
        launch: Launch,
        clock: &Clock,
        log: &Log,
        random: fastrand::Rng,
    ) -> Self {
        let about = About {
            arn: site.function_arn(&launch.name),
            timeout: launch.timeout,
            clock: clock.clone(),
        };
        Self {
            site: site.clone(),
            function,
            about,
            log: log.clone(),
            random: Mutex::new(random),
            idle: Mutex::new(Vec::new()),
            free: Semaphore::new(launch.concurrency),
            tally: Mutex::new(Tally::default()),
            launch,
        }
    }

    pub(super) fn tally(&self) -> Tally {
        *lock(&self.tally)
    }

    fn count(&self, which: impl FnOnce(&mut Tally) -> &mut u64) {
        let mut tally = lock(&self.tally);
        let count = which(&mut tally);
        *count = count.saturating_add(1);
    }

    pub(super) async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        let _turn = self.free.acquire().await.map_err(|_| InvokeError::Closed)?;
        let outcome = self.run(event).await;
        self.count(|tally| &mut tally.ended);
        if outcome.is_err() {
            self.count(|tally| &mut tally.failed);
        }
        outcome
    }

    async fn run(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        let mut instance = self.instance().await?;
        let id = uuid(&mut lock(&self.random));
        let outcome = instance.handle(id, event).await;
        match &outcome {
            Ok(_) | Err(InvokeError::Failed { .. }) => lock(&self.idle).push(instance),
            Err(_) => {}
        }
        outcome
    }

    /// The instance that was idle last, if it still runs, or a new one.
    async fn instance(&self) -> Result<Instance, InvokeError> {
        while let Some(mut instance) = lock(&self.idle).pop() {
            if instance.runs() {
                return Ok(instance);
            }
        }
        self.count(|tally| &mut tally.starts);
        let about = self.about.clone();
        let stream = self.stream();
        Instance::start(
            &self.site,
            self.function,
            &self.launch,
            about,
            &self.log,
            &stream,
        )
        .await
    }

    /// A log stream's name, as Lambda makes it: day, version, and something random.
    fn stream(&self) -> String {
        let now = i64::try_from(self.about.clock.now_millis()).unwrap_or(i64::MAX);
        let now = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
        let random = lock(&self.random).u128(..);
        format!("{}[$LATEST]{random:032x}", now.strftime("%Y/%m/%d/"))
    }

    pub(super) async fn close(&self) {
        let all = u32::try_from(self.launch.concurrency).unwrap_or(u32::MAX);
        // Already closed: nothing is under way.
        let turns = self.free.acquire_many(all).await;
        self.free.close();
        drop(turns);
        let idle = std::mem::take(&mut *lock(&self.idle));
        for mut instance in idle {
            instance.end().await;
        }
    }
}
