//! What AWS does around the functions, on this machine: queues, secrets, invocations, event sources, schedules.
//!
//! Rule: it stands around the code that ships and shares none with it; what it knows of the functions is the table in
//! [`shape`], which is the template's. Time and randomness come from outside, so that what has no process in it is
//! deterministic. It deliberately knows nothing of calendars, and is no security boundary: no signature is checked.

pub mod lambda;
mod lock;
pub mod queues;
mod random;
mod reply;
pub mod schedule;
pub mod secrets;
pub mod serve;
pub mod shape;
pub mod site;
pub mod source;
pub mod sqs;
