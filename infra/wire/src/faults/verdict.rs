//! What a decider can let happen to a call.

use super::{DynamoFailure, Gate};

/// Before or after the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The service never sees the request.
    Before,
    /// The service has handled the request; only the answer is lost.
    After,
}

/// What becomes of a call.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It goes through untouched.
    Pass,
    /// It fails, before or after its effect.
    Fail {
        /// Whether the service handles it first.
        side: Side,
        /// What the caller gets instead of the answer.
        failure: Failure,
    },
    /// The worker dies: the call never returns, nor does any later one, and none has an effect.
    Crash(Side),
    /// A `BatchWriteItem` or `BatchGetItem` leaves its last so many items unprocessed and does the
    /// rest. Any other call passes.
    Leave(usize),
    /// A `Query` or `Scan` looks at no more than so many items, as if the page were full. Any other
    /// call passes.
    Limit(usize),
    /// It yields to the scheduler so many times, then does as the next verdict says.
    Yield {
        /// How many times other tasks get a turn first.
        turns: u32,
        /// What happens then.
        then: Box<Verdict>,
    },
    /// It waits until the gate is opened, then does as the next verdict says.
    Hold {
        /// Opened by the test.
        gate: Gate,
        /// What happens then.
        then: Box<Verdict>,
    },
}

impl Verdict {
    /// Fails before its effect.
    #[must_use]
    pub fn fail_before(failure: impl Into<Failure>) -> Self {
        Self::Fail {
            side: Side::Before,
            failure: failure.into(),
        }
    }

    /// Takes effect, then fails.
    #[must_use]
    pub fn fail_after(failure: impl Into<Failure>) -> Self {
        Self::Fail {
            side: Side::After,
            failure: failure.into(),
        }
    }

    /// Lets other tasks have `turns` turns, then passes.
    #[must_use]
    pub fn yield_turns(turns: u32) -> Self {
        Self::Yield {
            turns,
            then: Box::new(Self::Pass),
        }
    }

    /// Waits for `gate`, then passes.
    #[must_use]
    pub fn hold(gate: &Gate) -> Self {
        Self::Hold {
            gate: gate.clone(),
            then: Box::new(Self::Pass),
        }
    }
}

/// What the caller gets instead of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No connection could be made. Say it with [`Side::Before`]: it promises that nothing happened.
    Refused,
    /// The connection broke before the answer arrived.
    Interrupted,
    /// Nothing arrives until the time limit. Takes as long as it says, by tokio's clock.
    Timeout,
    /// One of DynamoDB's own errors, formatted as AWS does.
    Dynamo(DynamoFailure),
    /// Exactly this response, from either service.
    Answer {
        /// HTTP status code.
        status: u16,
        /// Body, sent as it is.
        body: String,
    },
}

impl From<DynamoFailure> for Failure {
    fn from(failure: DynamoFailure) -> Self {
        Self::Dynamo(failure)
    }
}
