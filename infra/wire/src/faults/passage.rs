//! How one call passes a schedule, whichever service it goes to.

use std::future::Future;

use bytes::Bytes;
use futures::future;

use super::schedule::{Arrival, Ticket};
use super::{Call, Effect, Failure, Schedule, Service, Side, Verdict};

/// What came of a call.
#[derive(Debug)]
pub(crate) enum Passage<R> {
    /// The service's own answer.
    Answered(R),
    /// The caller gets this failure instead.
    Failed(Failure),
}

/// A change to the request on its way to the service.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edit {
    /// Leave so many items of a batch unprocessed.
    Leave(usize),
    /// Look at no more than so many items.
    Limit(usize),
}

/// Takes one call through `schedule`; `effect` performs it, with an edit if one was decided.
pub(crate) async fn pass<R, F>(
    schedule: &Schedule,
    service: Service,
    operation: String,
    target: String,
    body: &[u8],
    effect: impl FnOnce(Option<Edit>) -> F,
) -> Passage<R>
where
    F: Future<Output = R>,
{
    // A dead worker's calls are neither counted nor decided.
    schedule.alive(schedule.ticket()).await;
    let body = if schedule.listens() {
        Bytes::copy_from_slice(body)
    } else {
        Bytes::new()
    };
    let arrival = Arrival {
        service,
        operation,
        target,
    };
    let (ticket, call, verdict) = schedule.enter(arrival, body);
    let verdict = wait(verdict).await;
    schedule.alive(ticket).await;
    Passenger {
        schedule,
        ticket,
        call,
    }
    .carry_out(verdict, effect)
    .await
}

/// Waits as long as the verdict says and returns what comes then.
async fn wait(mut verdict: Verdict) -> Verdict {
    loop {
        verdict = match verdict {
            Verdict::Yield { turns, then } => {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                *then
            }
            Verdict::Hold { gate, then } => {
                gate.arrive().await;
                *then
            }
            settled @ (Verdict::Pass
            | Verdict::Fail { .. }
            | Verdict::Crash(_)
            | Verdict::Leave(_)
            | Verdict::Limit(_)) => return settled,
        };
    }
}

struct Passenger<'a> {
    schedule: &'a Schedule,
    ticket: Ticket,
    call: Call,
}

impl Passenger<'_> {
    async fn carry_out<R, F: Future<Output = R>>(
        self,
        verdict: Verdict,
        effect: impl FnOnce(Option<Edit>) -> F,
    ) -> Passage<R> {
        match verdict {
            Verdict::Fail { side, failure } => {
                self.lose(side, effect(None)).await;
                Passage::Failed(failure)
            }
            Verdict::Crash(side) => {
                self.die(side, effect(None)).await;
                future::pending().await
            }
            Verdict::Leave(count) => self.reach(effect(Some(Edit::Leave(count)))).await,
            Verdict::Limit(count) => self.reach(effect(Some(Edit::Limit(count)))).await,
            Verdict::Pass | Verdict::Yield { .. } | Verdict::Hold { .. } => {
                self.reach(effect(None)).await
            }
        }
    }

    async fn reach<R>(self, effect: impl Future<Output = R>) -> Passage<R> {
        let answer = effect.await;
        self.leave(Effect::Reached).await;
        Passage::Answered(answer)
    }

    async fn lose<R>(self, side: Side, effect: impl Future<Output = R>) {
        let effect = perform(side, effect).await;
        self.leave(effect).await;
    }

    async fn die<R>(self, side: Side, effect: impl Future<Output = R>) {
        let effect = perform(side, effect).await;
        self.schedule.observe(self.call, effect).await;
        self.schedule.crash();
    }

    async fn leave(self, effect: Effect) {
        self.schedule.observe(self.call, effect).await;
        self.schedule.alive(self.ticket).await;
    }
}

async fn perform<R>(side: Side, effect: impl Future<Output = R>) -> Effect {
    match side {
        Side::Before => Effect::Withheld,
        Side::After => {
            effect.await;
            Effect::Reached
        }
    }
}
