//! One calendar full of events, a few empty ones, and the meters read around a single sync.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::engine::{Engine, Outcome};
use wire::Usage;

use crate::bench::{Bench, NOW, name};

/// A bench and the worker whose requests are counted.
pub(super) struct Scene {
    pub(super) bench: Bench,
    worker: Engine,
}

/// What one sync used.
pub(super) struct Used {
    pub(super) outcome: Outcome,
    pub(super) google: BTreeMap<&'static str, u64>,
    pub(super) units: u64,
    pub(super) table: Usage,
}

impl Scene {
    /// `events` events on the first of `calendars` calendars.
    pub(super) async fn of(calendars: usize, events: u32) -> Self {
        Self::filled(calendars, (0..events).map(event)).await
    }

    /// As [`Scene::of`], but only every tenth event holds its time.
    pub(super) async fn mostly_free(calendars: usize, events: u32) -> Self {
        let event = |number| match number % 10 {
            0 => event(number),
            _ => free(event(number)),
        };
        Self::filled(calendars, (0..events).map(event)).await
    }

    async fn filled(calendars: usize, events: impl Iterator<Item = Value>) -> Self {
        let bench = Bench::with(calendars, |google| {
            for event in events {
                google.insert_event(&name(0), event).unwrap();
            }
        })
        .await;
        let worker = bench.worker();
        Self { bench, worker }
    }

    /// Lists the targets for the first time, so that they can be written.
    pub(super) async fn sync_targets(&self) {
        for target in 1..self.bench.names.len() {
            self.sync(target).await;
        }
    }

    /// A change that the calendar's owner makes.
    pub(super) fn edit(&self, calendar: usize, event: &str, change: Value) {
        let mut google = self.bench.world.google();
        google.patch_event(&name(calendar), event, change).unwrap();
    }

    /// One sync of the n-th calendar, and what it used. Fails on any patch, which costs three units.
    pub(super) async fn sync(&self, calendar: usize) -> Used {
        let before = self.bench.world.meter.usage();
        self.bench.world.google().clear_log();
        let outcome = self.worker.sync(self.bench.id(calendar)).await.unwrap();
        let log = self.bench.world.google();
        let used = Used {
            outcome,
            google: log.requests_by_kind(),
            units: log.units(),
            table: self.bench.world.meter.usage().since(&before),
        };
        assert_eq!(used.google.get("events.patch"), None);
        used
    }
}

impl Used {
    /// The requests that write, by operation.
    pub(super) fn written(&self) -> BTreeMap<String, u64> {
        let reads = ["GetItem", "BatchGetItem", "Query"];
        let requests = self.table.requests_by_kind.clone().into_iter();
        requests
            .filter(|(kind, _)| !reads.contains(&kind.as_str()))
            .collect()
    }
}

/// Requests to Google by kind.
pub(super) fn google(kinds: &[(&'static str, u64)]) -> BTreeMap<&'static str, u64> {
    kinds.iter().copied().collect()
}

/// Requests to the table by operation.
pub(super) fn table(kinds: &[(&str, u64)]) -> BTreeMap<String, u64> {
    kinds
        .iter()
        .map(|(kind, count)| ((*kind).to_owned(), *count))
        .collect()
}

/// When the n-th event starts: one each hour from tomorrow on.
pub(super) fn start(number: u32) -> String {
    let first: Timestamp = NOW.parse().unwrap();
    let ahead = SignedDuration::from_hours(24 + i64::from(number));
    first.checked_add(ahead).unwrap().to_string()
}

fn event(number: u32) -> Value {
    let end = start(number).replace(":00:00Z", ":30:00Z");
    json!({
        "id": format!("event{number:05}"), "summary": format!("secret {number}"),
        "start": {"dateTime": start(number)}, "end": {"dateTime": end},
    })
}

fn free(mut event: Value) -> Value {
    event["transparency"] = "transparent".into();
    event
}
