//! The methods of the API. Each takes a call apart, checks it in Google's order, and answers.

pub(crate) mod access;
pub(crate) mod batch;
pub(crate) mod calendar_list;
pub(crate) mod events;
pub(crate) mod free_busy;
pub(crate) mod handle;
pub(crate) mod instances;
pub(crate) mod list;
pub(crate) mod list_query;
pub(crate) mod oauth;
pub(crate) mod push;
pub(crate) mod walk;
