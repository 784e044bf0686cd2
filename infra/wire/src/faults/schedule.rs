//! The schedule of one worker: its calls in order, what is decided about each, whether it is alive.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::{Call, Effect, Record, Service, Side, Verdict};
use crate::lock::lock;

type Decide = Box<dyn FnMut(&Call) -> Verdict + Send>;
type Observe = Arc<dyn Fn(Call, Effect) -> BoxFuture<'static, ()> + Send + Sync>;

/// What every call of one worker passes. Clones are the same schedule.
#[derive(Clone)]
pub struct Schedule {
    // Taken before `state` and held while deciding, so that calls are decided in the order of their
    // index, and so that a decider may look at the record.
    decide: Arc<Mutex<Option<Decide>>>,
    state: Arc<Mutex<State>>,
    alive: Arc<watch::Sender<Life>>,
}

#[derive(Default)]
struct State {
    observe: Option<Observe>,
    calls: Vec<Record>,
}

/// Which life a worker is in, and whether it has ended. A call belongs to the life in which it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Life {
    number: u64,
    crashed: bool,
}

/// A call's membership in the life in which it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket(u64);

/// A call on its way in, before it has an index.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) target: String,
}

impl Default for Schedule {
    fn default() -> Self {
        Self::none()
    }
}

impl Schedule {
    /// A schedule on which `decide` is asked about every call. It may read the record, but must not
    /// replace the decider.
    #[must_use]
    pub fn new(decide: impl FnMut(&Call) -> Verdict + Send + 'static) -> Self {
        let schedule = Self::none();
        schedule.set(decide);
        schedule
    }

    /// A schedule that lets everything pass and counts it.
    #[must_use]
    pub fn none() -> Self {
        Self {
            decide: Arc::default(),
            state: Arc::default(),
            alive: Arc::new(watch::Sender::new(Life::default())),
        }
    }

    /// Crashes the worker before or after call `index`.
    #[must_use]
    pub fn crash_at(index: usize, side: Side) -> Self {
        Self::at(index, Verdict::Crash(side))
    }

    /// Gives `verdict` to call `index` and lets all others pass.
    #[must_use]
    pub fn at(index: usize, verdict: Verdict) -> Self {
        Self::new(move |call| {
            if call.index == index {
                verdict.clone()
            } else {
                Verdict::Pass
            }
        })
    }

    /// Lets other tasks have 0 to `most` turns before each call, chosen by `seed`: workers that share
    /// a current-thread runtime interleave differently for each seed, and alike for the same.
    #[must_use]
    pub fn interleave(seed: u64, most: u32) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        Self::new(move |_| Verdict::yield_turns(random.u32(0..=most)))
    }

    /// Replaces the decider, from the next call on.
    pub fn set(&self, decide: impl FnMut(&Call) -> Verdict + Send + 'static) {
        *lock(&self.decide) = Some(Box::new(decide));
    }

    /// Removes the decider: everything passes.
    pub fn clear(&self) {
        *lock(&self.decide) = None;
    }

    /// Runs `observe` after each call's effect and before the caller gets the answer. It may look at
    /// the store and at this schedule; no lock is held meanwhile.
    pub fn on_call(&self, observe: impl Fn(&Call, Effect) + Send + Sync + 'static) {
        self.on_call_async(move |call, effect| {
            observe(&call, effect);
            futures::future::ready(()).boxed()
        });
    }

    /// As [`Schedule::on_call`], for an observer that awaits, such as one that reads the table through
    /// a client of its own. A client on this same schedule would observe itself without end.
    pub fn on_call_async(
        &self,
        observe: impl Fn(Call, Effect) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        lock(&self.state).observe = Some(Arc::new(observe));
    }

    /// What passed so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Record> {
        lock(&self.state).calls.clone()
    }

    /// How many calls passed so far; the next one has this index.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.state).calls.len()
    }

    /// Kills the worker now, between two calls.
    pub fn crash(&self) {
        self.alive.send_modify(|life| life.crashed = true);
    }

    /// Whether the worker is dead.
    #[must_use]
    pub fn is_crashed(&self) -> bool {
        self.alive.borrow().crashed
    }

    /// Resolves once the worker is dead, so that whoever runs it can drop it.
    pub fn crashed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut lives = self.alive.subscribe();
        async move {
            if lives.wait_for(|life| life.crashed).await.is_err() {
                futures::future::pending::<()>().await;
            }
        }
    }

    /// Starts a new life: calls pass again. The index goes on, the decider stays, and calls of the
    /// life before never return and never take effect.
    pub fn revive(&self) {
        self.alive.send_modify(|life| {
            life.number = life.number.wrapping_add(1);
            life.crashed = false;
        });
    }

    /// Whether anyone looks at bodies here.
    pub(super) fn listens(&self) -> bool {
        lock(&self.decide).is_some() || lock(&self.state).observe.is_some()
    }

    pub(super) fn enter(&self, arrival: Arrival, body: Bytes) -> (Ticket, Call, Verdict) {
        let mut decide = lock(&self.decide);
        let call = Call {
            index: self.count(),
            service: arrival.service,
            operation: arrival.operation,
            target: arrival.target,
            body,
        };
        let verdict = decide
            .as_mut()
            .map_or(Verdict::Pass, |decide| decide(&call));
        lock(&self.state).calls.push(Record {
            index: call.index,
            service: call.service,
            operation: call.operation.clone(),
            verdict: verdict.clone(),
        });
        (self.ticket(), call, verdict)
    }

    /// Returns only to a call whose life goes on.
    pub(super) async fn alive(&self, ticket: Ticket) {
        let life = *self.alive.borrow();
        if life.crashed || life.number != ticket.0 {
            futures::future::pending::<()>().await;
        }
    }

    pub(super) fn ticket(&self) -> Ticket {
        Ticket(self.alive.borrow().number)
    }

    pub(super) async fn observe(&self, call: Call, effect: Effect) {
        let observe = lock(&self.state).observe.clone();
        if let Some(observe) = observe {
            observe(call, effect).await;
        }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule")
            .field("calls", &self.count())
            .field("crashed", &self.is_crashed())
            .finish_non_exhaustive()
    }
}
