//! Push channels and the notifications waiting to be delivered (BEHAVIOUR.md 4).

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A channel that a client opened.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) account: Arc<str>,
    /// The calendar watched; `None` is the account's calendar list.
    pub(crate) calendar: Option<Arc<str>>,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) resource: String,
    pub(crate) uri: String,
    pub(crate) number: u64,
    pub(crate) stopped: bool,
}

/// A notification to deliver: an HTTP POST without a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Where to.
    pub address: String,
    /// Header names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The channel's id.
    pub channel: String,
    /// The calendar that changed; `None` for the calendar list.
    pub calendar: Option<String>,
    /// `sync` or `exists`.
    pub state: &'static str,
    /// Not to be delivered before.
    pub due: DateTime<Utc>,
    /// How often delivery was tried before.
    pub attempt: u32,
}
