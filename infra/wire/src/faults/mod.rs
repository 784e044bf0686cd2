//! Faults between a worker and its services, at exactly chosen calls.
//!
//! Owns the [`Schedule`]: every call that a worker makes, to DynamoDB or to Google, passes it in
//! order under a running index, and a decider says what becomes of it. One worker has one schedule;
//! several schedules over one engine are several workers, each with crashes of its own.
//!
//! Nothing here is random or reads a clock: what a decider answers is what happens, so one seed gives
//! one run. It does not invent outcomes that the service could not give, with one exception on
//! request: [`Failure::Answer`] sends whatever it is given.

mod batch;
mod call;
mod dynamodb;
mod gate;
mod guard;
mod layer;
mod passage;
mod schedule;
mod verdict;

pub use call::{Call, Effect, Record, Service};
pub use dynamodb::{Cancellation, DynamoFailure};
pub use gate::Gate;
pub(crate) use layer::fail;
pub(crate) use passage::{Edit, Passage, pass};
pub use schedule::Schedule;
pub use verdict::{Failure, Side, Verdict};
