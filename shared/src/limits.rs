//! Every bound, with its unit and its source.

use std::time::Duration;

/// Actions in one DynamoDB transaction (DynamoDB API: `TransactWriteItems`).
pub const TRANSACTION_ACTIONS: usize = 100;
/// Bytes of all items in one transaction: 4 MB by the API; ours stay well below, as sizes are estimated.
pub const TRANSACTION_BYTES: usize = 3_500_000;
/// Keys in one `BatchGetItem` (DynamoDB API).
pub const BATCH_GET_KEYS: usize = 100;
/// Requests in one `BatchWriteItem` (DynamoDB API).
pub const BATCH_WRITE_ITEMS: usize = 25;
/// Bytes of one journal chunk, compressed: an item holds 400 KB (DynamoDB quotas).
pub const JOURNAL_CHUNK_BYTES: usize = 300_000;
/// How far back a full read looks, in days.
pub const FULL_READ_DAYS_BACK: i64 = 30;
/// Days for which the row of an event that is over is kept; it outlasts every full read's window.
pub const ROW_DAYS_AFTER_END: i64 = 90;
/// Days for which a finished row is kept as a tombstone, so that a stale writer cannot bring it back.
pub const TOMBSTONE_DAYS: i64 = 7;
/// Days for which sync records are kept.
pub const SYNC_RECORD_DAYS: i64 = 30;
/// Days after which staged facts that were never committed are dropped.
pub const STAGED_DAYS: i64 = 1;
/// How long one sync may take, and so how long its lease lasts beyond the margin.
pub const SYNC_TIME: Duration = Duration::from_secs(600);
/// What a lease lasts beyond the longest sync.
pub const LEASE_MARGIN: Duration = Duration::from_secs(10);
/// An idle calendar's token and last check are written at most this often.
pub const IDLE_WRITE_EVERY: Duration = Duration::from_secs(3600);
/// Deletions that never count as suspicious.
pub const BRAKE_FLOOR: u64 = 10;
/// The share of mirrored events beyond the floor that counts as suspicious, in percent.
pub const BRAKE_PERCENT: u64 = 20;
/// Rewrites of a block without a change of its source until it is frozen.
pub const REWRITES_UNTIL_FROZEN: u32 = 5;
/// Rounds of "read again and plan again" after a lost compare-and-set.
pub const REPLAN_ROUNDS: u32 = 8;
/// Rounds of "read again" after a precondition failed at Google.
pub const PUSH_ROUNDS: u32 = 5;
/// Generations that one push may use up.
pub const GENERATIONS_PER_PUSH: u32 = 3;
/// Longest wait between two tries of a failing push.
pub const PUSH_RETRY_MAX: Duration = Duration::from_secs(3600);
/// First wait after a failed push.
pub const PUSH_RETRY_MIN: Duration = Duration::from_secs(30);
