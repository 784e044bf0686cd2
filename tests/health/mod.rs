//! Does health see what is wrong, and only that, and tell it once? Real damage in real worlds.

mod alerts;
mod care;
mod judged;
mod runs;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::alerts::{Sink, SinkError};
use shared::engine::{Engine, Told};
use shared::health::{
    Alert, Audited, Change, Checkup, IssueKind, Level, Pace, Report, Subject, Verdict,
};
use shared::model::CalendarId;
use wire::Schedule;
use wire::client::{Taps, embedded};

use crate::bench::{Bench, name, timed};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Keeps what it is sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Alert>>>);

impl Kept {
    pub(crate) fn all(&self) -> Vec<Alert> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<(Change, IssueKind)> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.drain(..)
            .map(|alert| (alert.change, alert.kind))
            .collect()
    }
}

impl Sink for Kept {
    async fn send(&self, alert: &Alert) -> Result<(), SinkError> {
        tokio::task::yield_now().await;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(alert.clone());
        Ok(())
    }
}

impl Bench {
    /// Three calendars with events, in step, each compared with Google just now.
    pub(crate) async fn well() -> Self {
        let bench = Self::with(3, |google| {
            for n in 0..3_u32 {
                let id = format!("event{n}");
                google
                    .insert_event(&name(n as usize), timed(&id, 3 + n, 9))
                    .unwrap();
            }
        })
        .await;
        bench.settle().await;
        bench.settle().await;
        bench.audit_all().await;
        bench
    }

    /// Notes of every calendar that it was compared with Google now, and all was well.
    pub(crate) async fn audit_all(&self) {
        let worker = self.worker();
        let audited = Audited {
            at: worker.now(),
            errors: 0,
            warnings: 0,
        };
        for calendar in self.ids() {
            let _ = worker.store().note_audit(calendar, audited).await.unwrap();
        }
    }

    pub(crate) async fn checkup(&self) -> Checkup {
        check(self, &self.worker()).await
    }

    /// One whole health run.
    pub(crate) async fn health(&self, sink: &Kept) -> Report {
        run(self, &self.worker(), sink).await.report
    }

    /// The table, past all that is ours.
    pub(crate) fn raw(&self) -> Client {
        embedded(self.world.table(), &Taps::default())
    }

    pub(crate) async fn remove(&self, pk: String, sk: &str) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let request = self.raw().delete_item().table_name(local::world::TABLE);
        let request = request.key("pk", text(&pk)).key("sk", text(sk));
        request.send().await.unwrap();
    }

    /// Sets one attribute of an item.
    pub(crate) async fn spoil(&self, pk: String, sk: &str, name: &str, value: AttributeValue) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let request = self.raw().update_item().table_name(local::world::TABLE);
        let request = request.key("pk", text(&pk)).key("sk", text(sk));
        let request = request
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value);
        request.send().await.unwrap();
    }
}

pub(crate) async fn check(bench: &Bench, worker: &Engine) -> Checkup {
    worker
        .watch()
        .health(&[bench.config.user], &Pace::default())
        .await
}

pub(crate) async fn run(bench: &Bench, worker: &Engine, sink: &Kept) -> Told {
    let checkup = check(bench, worker).await;
    worker.watch().conclude(&checkup, 0, sink).await.unwrap()
}

pub(crate) fn partition(calendar: CalendarId) -> String {
    format!("CAL#{calendar}")
}

/// The kinds that one calendar shows.
pub(crate) fn kinds(checkup: &Checkup, calendar: CalendarId) -> Vec<IssueKind> {
    let of = |verdict: &&Verdict| verdict.subject == Subject::Calendar(calendar);
    let verdict = checkup.verdicts.iter().find(of).unwrap();
    verdict.issues.iter().map(|issue| issue.kind).collect()
}

/// Everything that anybody shows.
pub(crate) fn all_kinds(checkup: &Checkup) -> Vec<IssueKind> {
    let issues = checkup.verdicts.iter().flat_map(|verdict| &verdict.issues);
    issues.map(|issue| issue.kind).collect()
}

pub(crate) fn level(checkup: &Checkup) -> Level {
    checkup.report(0).overall
}

pub(crate) fn worker_on(bench: &Bench, schedule: &Schedule, seed: u64) -> Engine {
    bench.world.worker(schedule, seed)
}
