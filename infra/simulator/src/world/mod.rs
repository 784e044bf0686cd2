//! What exists: accounts, calendars, events, channels, and the values they are made of. Knows nothing about HTTP.

pub(crate) mod account;
pub(crate) mod calendar;
pub(crate) mod channel;
pub(crate) mod content;
pub(crate) mod event;
pub(crate) mod expand;
pub(crate) mod recurrence;
pub(crate) mod role;
pub(crate) mod time;
