//! The state of one calendar's sync, and what a commit records.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::AccountId;
use super::ids::{BadId, CalendarId, GoogleCalendarId, SyncToken, UserId};
use super::rule::Needs;

/// The fencing token of a lease: grows by one with every grant. 0: never granted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Epoch(pub u64);

/// Text that is no commit id.
pub type BadCommitId = BadId;

/// Names one commit. Random enough that no two attempts share one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId(String);

impl CommitId {
    /// From 64 random bits and the epoch under which it was made.
    #[must_use]
    pub fn new(epoch: Epoch, random: u64) -> Self {
        Self(format!("{:08x}{random:016x}", epoch.0))
    }

    /// Reads a stored id.
    ///
    /// # Errors
    /// It is not hexadecimal text of 24 to 36 characters (the length of a client request token).
    pub fn parse(text: impl Into<String>) -> Result<Self, BadCommitId> {
        let text = text.into();
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex && (24..=36).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(BadId { what: "commit id" })
        }
    }

    /// The text; it also serves as the transaction's client request token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitId({})", self.0)
    }
}
impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for CommitId {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(text)
    }
}
impl From<CommitId> for String {
    fn from(id: CommitId) -> String {
        id.0
    }
}

/// A granted lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it; for people and logs.
    pub owner: String,
    /// Since when.
    pub since: Timestamp,
    /// It may be taken over from this instant on.
    pub until: Timestamp,
}

impl Lease {
    /// Whether nobody else may take it over yet.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.until > now
    }
}

/// Where the facts of a committed sync wait for their rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPointer {
    /// The commit they belong to.
    pub commit: CommitId,
    /// How many chunks.
    pub chunks: u32,
    /// SHA-256 over the chunks in order, in hexadecimal.
    pub digest: String,
}

/// What sort of failure keeps a calendar from being synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Other workers were faster; it is tried again.
    Conflict,
    /// The table or Google does not answer as it should; it is tried again.
    Later,
    /// Google refuses the calendar or its account.
    Denied,
    /// What is stored cannot be read.
    Corrupt,
    /// The installation is set up wrongly.
    Config,
}

/// Syncs that fail one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// When the first of them did.
    pub since: Timestamp,
    /// How many in a row.
    pub count: u32,
    /// What sort of failure the last one was.
    pub class: FailureClass,
    /// The last one, for a person; no event text.
    pub error: String,
    /// The account that does not let us in any more, if that is why; none: it is about this calendar alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

impl Failing {
    /// One more failure after those `before`.
    #[must_use]
    pub fn after(
        before: Option<&Self>,
        now: Timestamp,
        class: FailureClass,
        error: String,
    ) -> Self {
        Self {
            since: before.map_or(now, |before| before.since),
            count: before.map_or(0, |before| before.count).saturating_add(1),
            class,
            error,
            account: None,
        }
    }
}

/// A read whose plan would delete suspiciously much: nothing of it counts until a later full read agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Since when.
    pub since: Timestamp,
    /// The second look is not taken before this instant.
    pub until: Timestamp,
    /// How many events' blocks would go.
    pub deletions: u64,
    /// Which events, staged like a journal; never applied by itself.
    pub events: JournalPointer,
}

/// Why a whole calendar was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FullReadReason {
    /// Never listed before.
    First,
    /// Google no longer takes the sync token.
    TokenInvalid,
    /// A suspicious number of deletions had to be confirmed.
    Brake,
    /// It was asked for.
    Asked,
    /// The rules ask for something of titles that was not kept.
    Rules,
}

/// The state of one calendar: what every sync starts from and what its commit replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Which calendar.
    pub calendar: CalendarId,
    /// Whose.
    pub user: UserId,
    /// What Google calls it.
    pub google: GoogleCalendarId,
    /// The account it is reached through.
    pub account: AccountId,
    /// The last granted epoch.
    pub epoch: Epoch,
    /// The lease, while granted.
    pub lease: Option<Lease>,
    /// Every change before it is in the rows, in the journal, or parked.
    pub token: Option<SyncToken>,
    /// When the token was last confirmed by Google.
    pub last_synced_at: Option<Timestamp>,
    /// The last commit.
    pub commit: Option<CommitId>,
    /// A committed journal that is not fully applied.
    pub journal: Option<JournalPointer>,
    /// Some row of this calendar may be out of step.
    pub unpushed: bool,
    /// Not before this instant, if every pending push waits for its next try.
    pub push_after: Option<Timestamp>,
    /// Live events that some target mirrors, as of the last commit: what the brake measures against.
    pub mirrored: u64,
    /// The config version that the rows were planned with.
    pub config_version: u64,
    /// Why the last full read was made, and when.
    pub full_read: Option<(FullReadReason, Timestamp)>,
    /// Syncs that fail, as long as they do.
    pub failing: Option<Failing>,
    /// A mass deletion that waits for a second look.
    pub held: Option<Held>,
    /// What was taken of the titles of all its events.
    pub needs: Needs,
}

impl State {
    /// The state of a calendar that was never synced.
    #[must_use]
    pub fn new(calendar: CalendarId, google: GoogleCalendarId, account: AccountId) -> Self {
        Self {
            calendar,
            user: calendar.user(),
            google,
            account,
            epoch: Epoch::default(),
            lease: None,
            token: None,
            last_synced_at: None,
            commit: None,
            journal: None,
            unpushed: false,
            push_after: None,
            mirrored: 0,
            config_version: 0,
            full_read: None,
            failing: None,
            held: None,
            needs: Needs::default(),
        }
    }
}

/// What a sync did, counted as outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Items that Google listed.
    pub received: u64,
    /// Source events that are new.
    pub created: u64,
    /// Source events that changed.
    pub updated: u64,
    /// Source events that went.
    pub deleted: u64,
    /// Items that changed nothing.
    pub unchanged: u64,
    /// Items that are none of our business: foreign blocks, repeated items.
    pub skipped: u64,
    /// Items set aside.
    pub parked: u64,
    /// Observations of blocks that changed a row.
    pub observed: u64,
    /// Mirrors that this commit put out of step.
    pub blocks_affected: u64,
}

/// The history entry of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRecord {
    /// The epoch under which it was committed.
    pub epoch: Epoch,
    /// The commit.
    pub commit: CommitId,
    /// The commit that it started from: records form one chain.
    pub after: Option<CommitId>,
    /// When.
    pub at: Timestamp,
    /// Full read, and why; none: incremental.
    pub full_read: Option<FullReadReason>,
    /// What it did.
    pub counts: Counts,
}

/// An unserved wake: somebody wants the calendar looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake {
    /// Which calendar.
    pub calendar: CalendarId,
    /// The count; to be compared, not subtracted.
    pub count: u64,
    /// When the first one came that is not served yet.
    pub since: Timestamp,
}
