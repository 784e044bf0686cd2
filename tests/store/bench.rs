//! One table of its own for each test, a wire to disturb, and values to write.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::Client;
use jiff::Timestamp;
use shared::model::{
    AccountId, CalendarId, CommitId, Counts, EventKey, GoogleCalendarId, InstallKey, Rev, Row,
    RowWrite, Source, State, SyncRecord, SyncToken, UserId,
};
use shared::store::{Acquire, Commit, Store};
use wire::client::{Remote, Taps, embedded, remote};
use wire::faults::{Call, Failure, Verdict};
use wire::{Clock, Engine};

static TABLES: AtomicU64 = AtomicU64::new(0);

/// A table and the worker that uses it.
pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) taps: Taps,
    /// The same table, past all taps.
    pub(super) raw: Client,
    pub(super) table: String,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Process(Engine),
    Server(Remote),
}

#[expect(clippy::disallowed_methods, reason = "CI names the second engine here")]
fn endpoint() -> Option<String> {
    std::env::var("TIDELOCK_TEST_DYNAMODB").ok()
}

impl Bench {
    /// A bench with its table made.
    pub(super) async fn new() -> Self {
        let bench = Self::without_table().await;
        bench.store.create_table().await.unwrap();
        bench
    }

    /// A bench whose table is not there yet. In the process, waits take no time.
    pub(super) async fn without_table() -> Self {
        let place = match endpoint() {
            Some(url) => Place::Server(Remote {
                endpoint: Some(url),
                region: None,
            }),
            None => {
                tokio::time::pause();
                Place::Process(Engine::memory(&Clock::system()).unwrap())
            }
        };
        Self::at(place).await
    }

    /// Another bench with a table of its own, in the same place.
    pub(super) async fn another(&self) -> Self {
        let bench = Self::at(self.place.clone()).await;
        bench.store.create_table().await.unwrap();
        bench
    }

    async fn at(place: Place) -> Self {
        let number = TABLES.fetch_add(1, Ordering::Relaxed);
        let table = format!("store-{}-{number}", std::process::id());
        let taps = Taps::default();
        let client = place.client(&taps).await;
        Self {
            store: Store::new(client, &table, 1),
            raw: place.client(&Taps::default()).await,
            taps,
            table,
            place,
        }
    }

    /// Another worker on the same table, with a wire of its own.
    pub(super) async fn worker(&self, seed: u64) -> (Store, Taps) {
        let taps = Taps::default();
        let client = self.place.client(&taps).await;
        (Store::new(client, &self.table, seed), taps)
    }

    /// Whether this runs on the engine in the process, whose units are exact.
    pub(super) fn in_process(&self) -> bool {
        matches!(self.place, Place::Process(_))
    }

    /// The first `times` calls of `operation` from now on end as `verdict` says.
    pub(super) fn disturb(&self, operation: &'static str, times: usize, verdict: Verdict) {
        let mut left = times;
        self.taps.schedule.set(move |call: &Call| {
            if left == 0 || call.operation != operation {
                return Verdict::Pass;
            }
            left -= 1;
            verdict.clone()
        });
    }

    /// How many calls of `operation` there were.
    pub(super) fn count(&self, operation: &str) -> usize {
        let calls = self.taps.schedule.calls();
        calls
            .iter()
            .filter(|call| call.operation == operation)
            .count()
    }

    /// A calendar whose state exists and whose lease is granted.
    pub(super) async fn granted(&self) -> State {
        let state = state();
        let _ = self.store.create_state(&state).await.unwrap();
        self.grant(&state, "worker", 1_000).await
    }

    /// The lease, or a panic.
    pub(super) async fn grant(&self, seen: &State, owner: &str, now: i64) -> State {
        match self
            .store
            .acquire(seen, owner, at(now), at(now + 600))
            .await
            .unwrap()
        {
            Acquire::Granted(state) => state,
            other @ (Acquire::Held { .. } | Acquire::Moved(_)) => panic!("not granted: {other:?}"),
        }
    }

    /// The stored state.
    pub(super) async fn stored(&self) -> State {
        self.store.state(calendar()).await.unwrap().unwrap()
    }
}

impl Place {
    async fn client(&self, taps: &Taps) -> Client {
        match self {
            Self::Process(engine) => embedded(engine, taps),
            Self::Server(server) => remote(server, taps).await,
        }
    }
}

/// An answer that is lost after the effect.
pub(super) fn lost_after() -> Verdict {
    Verdict::fail_after(Failure::Interrupted)
}

/// A request that is lost before the effect.
pub(super) fn lost_before() -> Verdict {
    Verdict::fail_before(Failure::Interrupted)
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn key() -> InstallKey {
    InstallKey::new([3; InstallKey::BYTES])
}

pub(super) fn user() -> UserId {
    UserId::derive(&key(), "ann")
}

pub(super) fn calendar_named(name: &str) -> CalendarId {
    CalendarId::derive(&key(), user(), &google(name))
}

pub(super) fn google(name: &str) -> GoogleCalendarId {
    GoogleCalendarId::parse(name).unwrap()
}

pub(super) fn calendar() -> CalendarId {
    calendar_named("ann@example.com")
}

pub(super) fn state() -> State {
    State::new(
        calendar(),
        google("ann@example.com"),
        AccountId("work".into()),
    )
}

pub(super) fn token(text: &str) -> SyncToken {
    SyncToken::parse(text).unwrap()
}

pub(super) fn event(text: &str) -> EventKey {
    EventKey::parse(text).unwrap()
}

/// A row that is not there yet, at its first rev, under the epoch of `state`.
pub(super) fn new_row(state: &State, name: &str) -> RowWrite {
    let row = Row {
        source: Source::Gone,
        rev: Rev(1),
        epoch: state.epoch,
        ..Row::new(state.calendar, event(name))
    };
    RowWrite {
        row,
        expected: Rev(0),
    }
}

pub(super) fn new_rows(state: &State, count: usize) -> Vec<RowWrite> {
    (0..count)
        .map(|n| new_row(state, &format!("event{n:05}")))
        .collect()
}

/// The next write of the same row.
pub(super) fn again(write: &RowWrite) -> RowWrite {
    let rev = write.row.rev;
    let row = Row {
        rev: Rev(rev.0 + 1),
        ..write.row.clone()
    };
    RowWrite { row, expected: rev }
}

/// A commit of `rows` that starts from `before` and moves the token to `next`.
pub(super) fn commit(before: &State, id: u64, next: &str, rows: Vec<RowWrite>) -> Commit {
    let id = CommitId::new(before.epoch, id);
    Commit {
        state_before: before.clone(),
        state_after: State {
            token: Some(token(next)),
            commit: Some(id.clone()),
            last_synced_at: Some(at(1_001)),
            unpushed: true,
            ..before.clone()
        },
        rows,
        wakes: Vec::new(),
        record: SyncRecord {
            epoch: before.epoch,
            commit: id,
            after: before.commit.clone(),
            at: at(1_001),
            full_read: None,
            counts: Counts::default(),
        },
    }
}
