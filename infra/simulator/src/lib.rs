//! Google Calendar v3 as a request-to-response function with state.
//!
//! Owns a stand-in for Google that is deterministic from its seed: [`Simulator::handle`] takes an HTTP request and answers as
//! Google is known to answer, and everything that varies or is unknown is a knob. It uses no other crate of this project, so that
//! it stays an independent double: the official Python client checks it, not our own expectations.
//!
//! Rules: no clock but the one that is set, no randomness but the seed's, no thread, no socket (but in [`server`]). A clone is a
//! snapshot of the whole world. What it does not do: invitations between accounts (attendees' copies), attachments, conferences,
//! access-control lists over HTTP, settings, colours.

mod api;
mod default_world;
mod edit;
mod faults;
pub mod ics;
mod log;
mod oracle;
mod quota;
pub mod server;
mod settings;
mod simulator;
mod snapshot;
mod token;
mod violation;
mod wire;
mod world;

pub use api::handle::Outcome;
pub use default_world::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, EMAIL, REFRESH_TOKEN, SECOND_CALENDAR, default_world,
};
pub use faults::{Effect, Fault, Matcher, Times};
pub use log::LoggedRequest;
pub use oracle::{EventSummary, Occurrence};
pub use settings::{
    Knobs, MalformedToken, PushKnobs, QueryMismatch, QuotaAnswer, Revive, Settings, TokenScoping,
};
pub use simulator::Simulator;
pub use snapshot::BadSnapshot;
pub use violation::Violation;
pub use wire::refusal::Refusal;
pub use world::{account::NewAccount, channel::Notification, content::Status, role::Role};

#[cfg(test)]
mod tests;
