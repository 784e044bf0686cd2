//! What can be set for one account's client.

use super::retry::RetryPolicy;

/// Where the Calendar API is.
pub const CALENDAR_URL: &str = "https://www.googleapis.com/calendar/v3";
/// Where OAuth exchanges refresh tokens for access tokens.
pub const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// What can be set; the default is Google's own, at its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Base address of the Calendar API, without a slash at the end.
    pub calendar_url: String,
    /// Address of the token endpoint.
    pub token_url: String,
    /// Entries asked for per page, 1 to 2,500 (`maxResults`); a calendar list has at most 250.
    pub page_size: u16,
    /// Requests a minute, all kinds together.
    pub units_per_minute: u32,
    /// Pages of one listing before it counts as endless.
    pub longest_listing: u32,
    /// Retrying inside one call.
    pub retry: RetryPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calendar_url: CALENDAR_URL.to_owned(),
            token_url: TOKEN_URL.to_owned(),
            page_size: 2_500,
            units_per_minute: 600,
            longest_listing: 2_000,
            retry: RetryPolicy::default(),
        }
    }
}
