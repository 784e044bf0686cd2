//! The world a simulator is served with when nothing else is said: one account, two calendars.

use chrono_tz::Tz;

use crate::{settings::Settings, simulator::Simulator, world::account::NewAccount};

/// E-mail of the account, and id of its primary calendar.
pub const EMAIL: &str = "me@example.com";
/// Id of the second calendar.
pub const SECOND_CALENDAR: &str = "two@group.calendar.google.com";
/// Access token that never expires.
pub const ACCESS_TOKEN: &str = "tok_test";
/// Refresh token.
pub const REFRESH_TOKEN: &str = "1//good";
/// OAuth client id.
pub const CLIENT_ID: &str = "cid";
/// OAuth client secret.
pub const CLIENT_SECRET: &str = "sec";

/// One account with a primary and a second calendar, both empty, in UTC.
pub fn default_world(settings: Settings) -> Simulator {
    let mut simulator = Simulator::new(settings);
    let account = NewAccount {
        email: EMAIL.to_owned(),
        access_tokens: vec![ACCESS_TOKEN.to_owned()],
        refresh_tokens: vec![REFRESH_TOKEN.to_owned()],
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        scopes: Vec::new(),
    };
    simulator.add_account(account, Tz::UTC);
    simulator.add_calendar(SECOND_CALENDAR, "Two", Tz::UTC, EMAIL);
    simulator
}
