//! A reader that looks over a worker's shoulder.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use shared::engine::{Engine, Outcome, Synced};
use shared::model::{CalendarId, EventKey, SyncToken};
use wire::Schedule;
use wire::faults::{Call, Service};

use crate::bench::Bench;
use crate::invariants::{Facts, facts};

/// Rows looked at in a glimpse.
const GLIMPSE: usize = 4;

/// A calendar as a reader sees it: token and facts together.
type Seen = (Option<SyncToken>, Facts);

/// A few rows as they are stored, and what the state said just before and just after they were read.
struct Glimpse {
    token: Option<SyncToken>,
    journal: bool,
    rows: BTreeMap<EventKey, Option<String>>,
}

struct Watch {
    reader: Engine,
    calendar: CalendarId,
    stride: usize,
    keys: Vec<EventKey>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Each whole look that differs from the one before it.
    seen: Vec<Seen>,
    looks: usize,
    glimpses: Vec<Glimpse>,
    state: Option<(Option<SyncToken>, bool)>,
}

/// One sync of the first calendar, watched. What is seen is the calendar before, then the calendar after.
pub(super) async fn watched(bench: &Bench, stride: usize) -> Synced {
    let watch = Arc::new(Watch {
        reader: bench.worker(),
        calendar: bench.id(0),
        stride,
        keys: keys(bench),
        kept: Mutex::default(),
    });
    watch.look().await;
    let schedule = Schedule::none();
    let own = watch.clone();
    schedule.on_call_async(move |call, _| {
        let watch = own.clone();
        async move { watch.after(&call).await }.boxed()
    });
    let worker = bench.world.worker(&schedule, 1);
    let outcome = worker.sync(bench.id(0)).await.unwrap();
    watch.look().await;
    watch.check();
    match outcome {
        Outcome::Synced(synced) => synced,
        other @ (Outcome::Disabled | Outcome::Busy { .. } | Outcome::Overtaken) => {
            panic!("{other:?}")
        }
    }
}

/// Every event that there is or was, spread over the calendar.
fn keys(bench: &Bench) -> Vec<EventKey> {
    let events = bench.world.google().events(&bench.names[0]);
    let mut keys: Vec<EventKey> = events
        .iter()
        .map(|event| EventKey::parse(event.id.clone()).unwrap())
        .collect();
    fastrand::Rng::with_seed(1).shuffle(&mut keys);
    keys
}

impl Watch {
    async fn after(&self, call: &Call) {
        let state = self
            .reader
            .store()
            .state(self.calendar)
            .await
            .unwrap()
            .unwrap();
        let state = (state.token, state.journal.is_some());
        let moved = self.kept.lock().unwrap().state.replace(state.clone()) != Some(state.clone());
        if moved || call.index.is_multiple_of(self.stride) {
            self.look().await;
        } else if call.service == Service::DynamoDb && writes(&call.operation) {
            self.glimpse(call.index, state).await;
        }
    }

    async fn look(&self) {
        let view = self.reader.view(self.calendar).await.unwrap().unwrap();
        let seen = (view.state.token, facts(&view.rows));
        let mut kept = self.kept.lock().unwrap();
        kept.looks += 1;
        if kept.seen.last() != Some(&seen) {
            kept.seen.push(seen);
        }
    }

    async fn glimpse(&self, index: usize, (token, journal): (Option<SyncToken>, bool)) {
        let picked = self
            .keys
            .iter()
            .cycle()
            .skip(index * GLIMPSE % self.keys.len())
            .take(GLIMPSE);
        let picked: Vec<_> = picked.map(|key| (self.calendar, key.clone())).collect();
        let rows = self.reader.store().rows(&picked).await.unwrap();
        let rows: Vec<_> = rows.into_values().collect();
        let known = facts(&rows);
        let rows = picked
            .into_iter()
            .map(|(_, key)| (key.clone(), known.get(&key).cloned()))
            .collect();
        self.kept.lock().unwrap().glimpses.push(Glimpse {
            token,
            journal,
            rows,
        });
    }

    fn check(&self) {
        let kept = self.kept.lock().unwrap();
        let tokens: Vec<_> = kept
            .seen
            .iter()
            .map(|(token, facts)| (token, facts.len()))
            .collect();
        let [before, after] = &kept.seen[..] else {
            panic!("{} states were seen: {tokens:?}", kept.seen.len());
        };
        assert!(
            before.0 != after.0 && before.1 != after.1,
            "token and facts move together"
        );
        for glimpse in &kept.glimpses {
            let allowed: &[&Seen] = match (&glimpse.token, glimpse.journal) {
                (token, false) if *token == before.0 => &[before],
                (token, false) if *token == after.0 => &[after],
                // Rows follow one by one; the journal that is laid over them holds the rest.
                (token, true) if *token == after.0 => &[before, after],
                (token, journal) => panic!("{token:?}, journal {journal}"),
            };
            for (key, fact) in &glimpse.rows {
                let fits = allowed
                    .iter()
                    .any(|(_, facts)| facts.get(key) == fact.as_ref());
                assert!(fits, "{key}: {fact:?}");
            }
        }
        report(kept.looks, kept.glimpses.len());
    }
}

#[expect(
    clippy::print_stdout,
    reason = "how often was looked says what the test is worth"
)]
fn report(looks: usize, glimpses: usize) {
    println!("{looks} whole looks, {glimpses} glimpses of {GLIMPSE} rows");
}

fn writes(operation: &str) -> bool {
    !matches!(operation, "GetItem" | "BatchGetItem" | "Query")
}
