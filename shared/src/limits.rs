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
/// Time from one full read for a refused sync token to the next.
pub const FULL_READ_AGAIN: Duration = Duration::from_secs(900);
/// Bytes of the rule lines of one series; an item holds 400 KB (DynamoDB quotas), and the row is one.
pub const RECURRENCE_BYTES: usize = 128 * 1024;
/// Time from one look at what Google says of a user's calendars themselves to the next, where no config file is at hand.
pub const REVIEW_EVERY: Duration = Duration::from_secs(6 * 3600);
/// Changes of one block that its row keeps: they travel with every read of the row, so they are few and short.
pub const CHANGES_KEPT: usize = 3;
/// Bytes of a person's rules.
pub const RULES_BYTES: usize = 64 * 1024;
/// Entries of a person's rules.
pub const RULE_PAIRS: usize = 200;
/// Changes of a person's rules that are kept.
pub const RULES_KEPT: usize = 50;
/// Days for which a change of rules is kept that others follow.
pub const RULES_DAYS: i64 = 400;
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
/// From a suspicious mass deletion to the second look at it.
pub const BRAKE_WAIT: Duration = Duration::from_secs(120);
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
pub const PUSH_RETRY_MIN: Duration = Duration::from_secs(10);
/// Partitions over which wake counters are spread.
pub const WAKE_SHARDS: u32 = 4;
/// Partitions over which the calendars of one spoke of the wheel are spread.
pub const WHEEL_SHARDS: u32 = 2;
/// Time limit of one request to DynamoDB.
pub const STORE_ATTEMPT: Duration = Duration::from_secs(5);
/// Time limit of connecting to DynamoDB.
pub const STORE_CONNECT: Duration = Duration::from_secs(1);
/// Times that a throttled request is sent in all.
pub const STORE_THROTTLED_TRIES: u32 = 8;
/// Times that a request is sent in all whose answer was lost or was an error of the service.
pub const STORE_UNAVAILABLE_TRIES: u32 = 4;
/// Times that a request is sent in all that met a transaction on the same item.
pub const STORE_CONFLICT_TRIES: u32 = 6;
/// Shortest and longest wait after a transaction conflict.
pub const STORE_CONFLICT_WAIT: (Duration, Duration) =
    (Duration::from_millis(20), Duration::from_millis(200));
/// Longest first wait of a growing one; each next one may be twice as long.
pub const STORE_FIRST_WAIT: Duration = Duration::from_millis(50);
/// Longest wait between two tries.
pub const STORE_LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Rounds of a batch in which nothing at all was processed, until it counts as throttled.
pub const STORE_IDLE_ROUNDS: u32 = 8;
/// Pages of one query: 1 MB each by the API, so more than any calendar has.
pub const QUERY_PAGES: usize = 4_096;
/// Bytes of staged facts when uncompressed: what a sync can hold in memory.
pub const JOURNAL_BYTES: u64 = 256 * 1024 * 1024;
/// Times that a user's config is read again when a change came between its items.
pub const CONFIG_READS: u32 = 5;
/// Looks at a new table until it has to be ready.
pub const TABLE_CHECKS: u32 = 40;
/// Failures in a row after which a push leaves a target alone.
pub const TARGET_FAILURES: u32 = 3;
/// Failures after which an occurrence that the series block does not have gets a block of its own.
pub const OCCURRENCE_FAILURES: u32 = 5;
/// Rounds of "delete what the listing shows, and list again" of a purge.
pub const PURGE_ROUNDS: u32 = 3;
/// Rounds of a driver until it gives up waiting for quiet.
pub const DRIVE_ROUNDS: u32 = 60;
/// By how much clocks of different machines may differ before it is a finding.
pub const CLOCK_SKEW: Duration = Duration::from_secs(300);
/// Failed syncs in a row until they are a finding; fewer are everyday life.
pub const FAILURES_BEFORE_FINDING: u32 = 3;
/// A calendar that fails for so long is looked at once an hour.
pub const FAILING_LONG: Duration = Duration::from_secs(6 * 3600);
/// For so many minutes an unserved wake is asked for each minute; then every [`WAKE_AGAIN`] minutes.
pub const WAKE_EACH_MINUTE: u64 = 5;
/// Minutes between two messages for a wake that nobody serves: a lost message costs so much at most.
pub const WAKE_AGAIN: u64 = 5;
/// How long a committed journal may wait for the next sync: schedules come by more often.
pub const JOURNAL_PATIENCE: Duration = Duration::from_secs(300);
/// How long a wake may wait: dispatch comes by every minute, and a sync takes ten at most.
pub const WAKE_PATIENCE: Duration = Duration::from_secs(900);
/// How long a row may be out of step before it counts as overdue.
pub const PENDING_PATIENCE: Duration = Duration::from_secs(900);
/// How long a repair waits for what it put out of step.
pub const REPAIR_TIME: Duration = Duration::from_secs(60);
/// Reasons that a report names for what is pending or set aside; some name a time, so their number has no bound of its own.
pub const REASONS_NAMED: usize = 20;
/// Findings that a report names; more are only counted.
pub const FINDINGS_NAMED: usize = 1_000;
/// A check of an idle calendar is written at most every [`IDLE_WRITE_EVERY`], so an hour's silence says nothing; two do.
pub const STALE_DEGRADED: Duration = Duration::from_secs(2 * 3600);
/// Nobody checked for a quarter of a working day: whoever runs this has to know.
pub const STALE_CRITICAL: Duration = Duration::from_secs(6 * 3600);
/// A first sync comes within minutes of connecting a calendar; after two hours nobody is at it.
pub const UNCHECKED_CRITICAL: Duration = Duration::from_secs(2 * 3600);
/// The longest wait between two tries of a push is [`PUSH_RETRY_MAX`]: until then a block may just be waiting.
pub const PENDING_DEGRADED: Duration = Duration::from_secs(3600);
/// Several of the longest waits in a row came to nothing.
pub const PENDING_CRITICAL: Duration = Duration::from_secs(6 * 3600);
/// A wake may have to wait for a lease to run out (ten minutes) and for one more round of the schedule.
pub const WAKE_DEGRADED: Duration = Duration::from_secs(1800);
/// Nobody serves wakes.
pub const WAKE_CRITICAL: Duration = Duration::from_secs(2 * 3600);
/// A journal without a worker is rolled forward by the next sync, whatever wakes it.
pub const JOURNAL_CRITICAL: Duration = Duration::from_secs(2 * 3600);
/// A lease that ran out is taken over by the next sync with something to do.
pub const LEASE_LEFT_DEGRADED: Duration = Duration::from_secs(900);
/// Outages of Google or the table that last no longer are not news.
pub const FAILING_DEGRADED: Duration = Duration::from_secs(900);
/// Failures that should pass by themselves and did not.
pub const FAILING_CRITICAL: Duration = Duration::from_secs(2 * 3600);
/// The second look comes after [`BRAKE_WAIT`]; an hour later it did not come, or does not agree.
pub const HELD_CRITICAL: Duration = Duration::from_secs(3600);
/// So many things set aside have one cause, not many.
pub const PARKED_CRITICAL: u64 = 25;
/// How often each calendar's blocks are compared with Google, unless configured.
pub const AUDIT_EVERY: Duration = Duration::from_secs(86_400);
/// Beyond its due time an audit may wait for its turn.
pub const AUDIT_LATE_DEGRADED: Duration = Duration::from_secs(12 * 3600);
/// The rota stands still.
pub const AUDIT_LATE_CRITICAL: Duration = Duration::from_secs(48 * 3600);
/// How often health runs, unless configured: what the rota of audits is planned with.
pub const HEALTH_EVERY: Duration = Duration::from_secs(300);
/// Users that one health run looks at side by side.
pub const HEALTH_USERS_AT_ONCE: usize = 4;
/// Calendars of one user that a health run looks at side by side; each may hold its rows in memory.
pub const HEALTH_CALENDARS_AT_ONCE: usize = 4;
/// Counts of rows are taken again after so long, even if nobody wrote: expired rows go by themselves.
pub const TALLY_FOR: Duration = Duration::from_secs(86_400);
/// A comparison with Google that found something is made again after so long: each lists the calendar as a whole.
pub const AUDIT_AGAIN: Duration = Duration::from_secs(3600);
/// Automatic repair begins nothing more after so long: a health run has to end before the next one.
pub const CARE_TIME: Duration = Duration::from_secs(240);
/// How long automatic repair waits for what a sync put off.
pub const CARE_WAIT: Duration = Duration::from_secs(15);
/// Calendars that one health run hands on for each kind of work.
pub const WORK_PER_RUN: usize = 50;
/// Subjects in a report with their issues; the rest is counted. The report is one item of at most 400 KB.
pub const REPORT_DETAILS: usize = 50;
/// Issues that are remembered from one health run to the next; the rest is not alerted one by one.
pub const STANDING_ISSUES: usize = 800;
/// Alerts that wait for being sent; older ones are counted as lost. A sink has to be dead for days.
pub const UNSENT_ALERTS: usize = 400;
/// Days for which reports are kept.
pub const REPORT_DAYS: i64 = 30;
/// Rounds of "read LATEST again" after a lost compare-and-set.
pub const HEALTH_ROUNDS: u32 = 8;
/// How long one run may hold the outbox before another takes it over.
pub const SENDING_TIME: Duration = Duration::from_secs(180);
/// Alerts sent until the outbox is written down; each takes at most [`ALERT_ATTEMPT`], so all fit in [`SENDING_TIME`].
pub const ALERTS_AT_ONCE: usize = 20;
/// Time limit of sending one alert.
pub const ALERT_ATTEMPT: Duration = Duration::from_secs(5);
/// Rounds of sending in one run.
pub const SENDING_ROUNDS: u32 = 20;
/// ASCII characters of an alert's subject: fewer than 100 (Amazon SNS API, `Publish`).
pub const ALERT_SUBJECT: usize = 99;
/// Bytes of a message that is read at all; ours have some hundred.
pub const MESSAGE_BYTES: usize = 4_096;
/// Messages in one `SendMessageBatch` (Amazon SQS API).
pub const QUEUE_BATCH: usize = 10;
/// Batches that are sent side by side.
pub const QUEUE_BATCHES_AT_ONCE: usize = 8;
/// Times that a message is sent which the queue does not take; then it is left to the next minute.
pub const QUEUE_ROUNDS: u32 = 3;
/// Time limit of one request to a queue.
pub const QUEUE_ATTEMPT: Duration = Duration::from_secs(5);
/// Records of one batch that a worker takes on side by side: each may hold a whole calendar in memory.
pub const RECORDS_AT_ONCE: usize = 4;
/// Records in one event of a queue: the event source is set to ten at most; more is nobody's batch.
pub const RECORDS: usize = 100;
/// What a worker leaves of its invocation's time for giving back leases and answering.
pub const DEADLINE_MARGIN: Duration = Duration::from_secs(10);
/// Slots of the rota of plain validations: one an hour, each user once a day.
pub const VALIDATION_SLOTS: u64 = 24;
/// Accounts whose clients a process keeps ready; more are let go together.
pub const CLIENTS_KEPT: usize = 1_000;
/// Characters of a message that are kept when it is set aside: four bytes each at most, and a queue takes a million bytes.
pub const QUARANTINED_CHARS: usize = 200_000;
