//! The Google Calendar API v3 and OAuth's token endpoint, as far as Tidelock uses them.
//!
//! Owns what crosses the wire: the shapes, the error classes, tokens, budgets, retries and page loops.
//! The rule it keeps: a write is addressed by a block's id and by nothing else, and no answer that is
//! broken, partial or foreign ever counts as an answer. It does not interpret events (what a row makes
//! of them is the model's business), it never decides what to write, and it keeps nothing on disk.

pub mod transport;

mod auth;
mod body;
mod budget;
mod call;
mod classify;
mod client;
mod clock;
mod error;
mod exchange;
mod gate;
mod grant;
mod group;
mod kept;
mod meter;
mod pages;
mod path;
mod reason;
pub mod reqwest;
mod retry;
mod settings;
pub mod wire;

#[cfg(test)]
mod tests;

pub use auth::Credentials;
pub use body::BadBody;
pub use call::Operation;
pub use client::{Client, InstanceRange};
pub use clock::Clock;
pub use error::{AccountDenial, Cause, Class, Denial, Effect, Error};
pub use group::Group;
pub use kept::Kept;
pub use meter::{Meter, Usage};
pub use pages::{BadPages, EventPages, EventsPage, Listing, PageEnd, PageToken, Since};
pub use reason::Reason;
pub use retry::RetryPolicy;
pub use settings::{CALENDAR_URL, Settings, TOKEN_URL};
