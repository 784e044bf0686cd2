//! How a simulator is set up: its clock, its seed, and the knobs for everything that is unknown about Google or varies.
//!
//! Owns no state. Every default is the behaviour that is best attested; each knob names the alternative that a client must also survive.

use chrono::{DateTime, Duration, TimeZone, Utc};

/// What a new simulator starts from.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The simulated present.
    pub now: DateTime<Utc>,
    /// Seed of the only random number generator.
    pub seed: u64,
    /// Behaviour that can be varied.
    pub knobs: Knobs,
}

impl Default for Settings {
    fn default() -> Self {
        let now = Utc
            .with_ymd_and_hms(2026, 1, 5, 8, 0, 0)
            .single()
            .unwrap_or_default();
        Self {
            now,
            seed: 1,
            knobs: Knobs::default(),
        }
    }
}

/// Behaviour that varies between tests, or that only a real account could settle.
#[derive(Debug, Clone, PartialEq)]
pub struct Knobs {
    /// Chance (0 to 1) that a page holds fewer rows than it could.
    pub short_pages: f64,
    /// Chance (0 to 1) that a page is empty and still names a next one; never twice in a row.
    pub empty_pages: f64,
    /// How long a sync token lives; `None` is for ever.
    pub sync_token_lifetime: Option<Duration>,
    /// Answer to a sync token that cannot be read.
    pub malformed_token: MalformedToken,
    /// Whether an incremental list keeps the time window of the first list.
    pub token_scoping: TokenScoping,
    /// Whether a changed access role ends the calendar's sync tokens.
    pub acl_change_expires_tokens: bool,
    /// What happens when a sync token is used with another query than its own (documented as undefined behaviour).
    pub query_mismatch: QueryMismatch,
    /// Whether a deleted event can be brought back.
    pub revive: Revive,
    /// Whether a patch that changes nothing leaves the etag alone.
    pub noop_patch_keeps_etag: bool,
    /// Whether a timed event sent without `timeZone` is given the calendar's.
    pub fill_time_zone: bool,
    /// Whether exceptions dropped by an edit of the whole series are announced as cancelled, where the new rule no longer has them.
    pub announce_dropped_exceptions: bool,
    /// How long a change stays invisible to lists.
    pub list_lag: Duration,
    /// How long a new event answers 404 to reads and writes by id.
    pub read_lag: Duration,
    /// How far back `updatedMin` may reach.
    pub history: Duration,
    /// Units a user may spend per minute (Google: 600); `None` is unlimited.
    pub user_units_per_minute: Option<u32>,
    /// Units all users together may spend per minute (Google: 10,000); `None` is unlimited.
    pub project_units_per_minute: Option<u32>,
    /// How an exceeded quota is answered.
    pub quota_answer: QuotaAnswer,
    /// Occurrences that one series expands to at most in one request.
    pub expansion_limit: usize,
    /// How far after the present a list without `timeMax` expands series.
    pub expansion_horizon: Duration,
    /// Life of an access token from the token endpoint.
    pub access_token_lifetime: Duration,
    /// Whether bodies are compressed for clients that ask for it.
    pub gzip: bool,
    /// Push notifications.
    pub push: PushKnobs,
}

/// How push notifications behave.
#[derive(Debug, Clone, PartialEq)]
pub struct PushKnobs {
    /// Chance (0 to 1) that a notification is never sent.
    pub drop: f64,
    /// Chance (0 to 1) that a notification is sent twice.
    pub duplicate: f64,
    /// Time between a change and its notification.
    pub delay: Duration,
    /// Whether the server delivers the `sync` message before the watch call is answered.
    pub sync_before_response: bool,
    /// Deliveries tried at most when the receiver answers 500, 502, 503 or 504.
    pub attempts: u32,
    /// Longest life of a channel; a longer wish is cut to it.
    pub longest_life: Duration,
    /// Whether plain-HTTP loopback addresses are accepted. Google never does; this deviation is for tests on one machine.
    pub loopback_http: bool,
}

/// Answer to a sync token that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedToken {
    /// 410 `fullSyncRequired`.
    Gone,
    /// 400 `invalid`.
    BadRequest,
}

/// Whether a sync token carries the first list's time window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScoping {
    /// Incremental lists show every change (what was measured).
    Unscoped,
    /// Incremental lists show only changes inside the first list's window.
    Window,
}

/// What happens when a sync token is used with another query than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryMismatch {
    /// Serve it, and record a violation that tests can look at.
    Record,
    /// Refuse it with 400, and record it.
    Reject,
}

/// Whether a deleted event can be brought back by a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revive {
    /// Always.
    Allowed,
    /// Unless a person deleted it in Google's own interface.
    UnlessDeletedByPerson,
    /// Never: 403.
    Forbidden,
}

/// How an exceeded quota is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaAnswer {
    /// 403 `rateLimitExceeded`.
    Forbidden,
    /// 429 `rateLimitExceeded`.
    TooManyRequests,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            short_pages: 0.0,
            empty_pages: 0.0,
            sync_token_lifetime: None,
            malformed_token: MalformedToken::Gone,
            token_scoping: TokenScoping::Unscoped,
            acl_change_expires_tokens: true,
            query_mismatch: QueryMismatch::Record,
            revive: Revive::Allowed,
            noop_patch_keeps_etag: true,
            fill_time_zone: true,
            announce_dropped_exceptions: false,
            list_lag: Duration::zero(),
            read_lag: Duration::zero(),
            history: Duration::days(30),
            user_units_per_minute: None,
            project_units_per_minute: None,
            quota_answer: QuotaAnswer::Forbidden,
            expansion_limit: 2_500,
            expansion_horizon: Duration::days(5 * 366),
            access_token_lifetime: Duration::seconds(3_599),
            gzip: true,
            push: PushKnobs::default(),
        }
    }
}

impl Default for PushKnobs {
    fn default() -> Self {
        Self {
            drop: 0.0,
            duplicate: 0.0,
            delay: Duration::zero(),
            sync_before_response: false,
            attempts: 5,
            longest_life: Duration::days(30),
            loopback_http: true,
        }
    }
}
