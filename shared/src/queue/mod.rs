//! Requests between the functions: what a message says, and how it is sent.
//!
//! A message carries no facts: it names whom to look at, and how. So every message may be lost, doubled, late or reordered.
//! Nothing is ever decided by the absence of one.

mod message;
mod sender;

pub use message::{Message, ToRepair, ToSync, ToValidate, Unreadable};
#[cfg(feature = "lambda")]
pub(crate) use sender::code;
pub use sender::{Queue, QueueError, Sent};
