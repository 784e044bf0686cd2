//! EventBridge's schedules: a function is invoked again and again, with the event that says so.
//!
//! Delivery is asynchronous, as at AWS: an invocation that fails is tried again twice, after one minute and after two more,
//! with the very same event; a slow one does not hold back the next.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use wire::Clock;

use crate::lambda::{Invoke, InvokeError};
use crate::lock::lock;
use crate::random::uuid;
use crate::shape::Function;
use crate::site::Site;

/// Before the second and the third attempt (developer guide of AWS Lambda, "Asynchronous invocation").
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// A schedule of one function.
#[derive(Debug)]
pub struct Rule<I> {
    site: Site,
    function: Function,
    every: Duration,
    clock: Clock,
    random: Mutex<fastrand::Rng>,
    invoke: I,
}

impl<I: Invoke> Rule<I> {
    /// A schedule that is due every `every`. `seed` makes the events' ids.
    pub fn new(
        site: &Site,
        function: Function,
        every: Duration,
        clock: &Clock,
        seed: u64,
        invoke: I,
    ) -> Self {
        Self {
            site: site.clone(),
            function,
            every,
            clock: clock.clone(),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            invoke,
        }
    }

    /// Invokes the function once, as if it were due now.
    ///
    /// # Errors
    /// The invocation failed.
    pub async fn tick(&self) -> Result<Bytes, InvokeError> {
        self.invoke.invoke(self.function, self.event()).await
    }

    /// Invokes the function now and whenever it is due, until `stop` ends; then lets what is under way finish, without
    /// trying again what failed.
    pub async fn run(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        let mut due = interval(self.every);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (stopper, _) = tokio::sync::watch::channel(false);
        let mut running = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = due.tick() => {}
            }
            while running.try_join_next().is_some() {}
            let mut stopped = stopper.subscribe();
            let rule = Arc::clone(&self);
            running.spawn(async move {
                let over = async move { stopped.wait_for(|stopped| *stopped).await.is_ok() };
                rule.deliver(rule.event(), over).await;
            });
        }
        stopper.send_replace(true);
        while running.join_next().await.is_some() {}
    }

    async fn deliver(&self, event: Bytes, over: impl Future<Output = bool>) {
        tokio::pin!(over);
        for wait in RETRIES.map(Some).into_iter().chain([None]) {
            let Err(error) = self.invoke.invoke(self.function, event.clone()).await else {
                return;
            };
            let function = self.function.name();
            let Some(wait) = wait else {
                tracing::warn!(function, %error, "a scheduled invocation failed for the last time");
                return;
            };
            tracing::warn!(function, %error, "a scheduled invocation failed, and is tried again");
            tokio::select! {
                _ = &mut over => return,
                () = sleep(wait) => {}
            }
        }
    }

    /// The event, as EventBridge documents it for schedules.
    fn event(&self) -> Bytes {
        let now = i64::try_from(self.clock.now_millis() / 1000).unwrap_or(i64::MAX);
        let now = jiff::Timestamp::from_second(now).unwrap_or_default();
        let event = json!({
            "version": "0",
            "id": uuid(&mut lock(&self.random)),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self.site.account,
            "time": now.to_string(),
            "region": self.site.region,
            "resources": [self.site.rule_arn(self.function.name())],
            "detail": {},
        });
        Bytes::from(event.to_string())
    }
}
