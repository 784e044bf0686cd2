//! What every Lambda function starts with: config, clients, logs, the event, and how its outcome becomes an answer.
//!
//! A function is a [`Function`]: what it reads from the environment, what it is made of, what it does with an event. Rules:
//! the environment is read once, and all that is wrong with it is said at once; clients are built once, before the first
//! event; a batch answers for each record by itself; nothing of an event's text is logged.

mod answer;
mod aws;
mod batch;
mod event;
mod logs;
mod metrics;
mod start;
mod system;
mod variables;
mod worker;

pub use answer::{Answer, Failed};
pub use aws::{Aws, StartError};
pub use batch::{Batch, Done};
pub use event::{BadEvent, Event, Record};
pub use metrics::{Lines, Measure};
pub use start::{Function, Invocation, invoke, start, variables_of};
pub use variables::{Problem, Variables};
pub use worker::{Worker, WorkerConfig};
