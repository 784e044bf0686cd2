//! The HTTP side: requests taken apart, answers and errors put together. Knows nothing about calendars.

pub(crate) mod call;
pub(crate) mod fields;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod route;
