//! The Google Calendar API: wire types, client, OAuth, transport.

pub mod transport;
