//! The table's keys: one file per item kind, with both directions.
//!
//! Key text is built and read here and nowhere else. Every key reads back as what it was built from, and
//! numbers in keys have a fixed width, so that keys sort as their values. It knows no attribute of an item.

pub(super) mod account;
pub(super) mod audit;
pub(super) mod calendar;
pub(super) mod event;
pub(super) mod forgetting;
pub(super) mod health;
pub(super) mod install;
pub(super) mod journal;
pub(super) mod profile;
pub(super) mod rules;
pub(super) mod state;
pub(super) mod sync_record;
pub(super) mod tally;
pub(super) mod user;
pub(super) mod wake;
pub(super) mod wheel;

use std::fmt;

/// Name of the partition key attribute.
pub(super) const PK: &str = "pk";
/// Name of the sort key attribute.
pub(super) const SK: &str = "sk";

/// Between the parts of a key; no id of ours contains it.
const SEPARATOR: char = '#';
const USER: &str = "USER#";
const CAL: &str = "CAL#";

/// The primary key of one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

/// Every kind of item that the table holds, in the order of docs/table.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What the installation is known by.
    Install,
    /// What a user is called.
    User,
    /// A user's config version.
    Profile,
    /// One Google login of a user.
    Account,
    /// One calendar of a user.
    Calendar,
    /// The state of one calendar's sync.
    State,
    /// A source event and its mirrors.
    Event,
    /// A part of staged facts.
    Journal,
    /// The history entry of one commit.
    SyncRecord,
    /// A calendar on the schedule.
    Wheel,
    /// A calendar that somebody wants looked at.
    Wake,
    /// When a calendar was last compared with Google.
    Audit,
    /// A calendar's rows as counted by health.
    Tally,
    /// What is known of health.
    Latest,
    /// A report of the past.
    Report,
    /// A change of a user's rules.
    Rules,
    /// An account on its way out.
    Forgetting,
}

impl Kind {
    /// The kind of item that has this key; none: no item of ours.
    #[must_use]
    pub fn of(key: &Key) -> Option<Self> {
        [
            (Self::Install, install::parse(key).is_some()),
            (Self::User, user::parse(key).is_some()),
            (Self::Profile, profile::parse(key).is_some()),
            (Self::Account, account::parse(key).is_some()),
            (Self::Calendar, calendar::parse(key).is_some()),
            (Self::State, state::parse(key).is_some()),
            (Self::Event, event::parse(key).is_some()),
            (Self::Journal, journal::parse(key).is_some()),
            (Self::SyncRecord, sync_record::parse(key).is_some()),
            (Self::Wheel, wheel::parse(key).is_some()),
            (Self::Wake, wake::parse(key).is_some()),
            (Self::Audit, audit::parse(key).is_some()),
            (Self::Tally, tally::parse(key).is_some()),
            (Self::Latest, health::parse_latest(key).is_some()),
            (Self::Report, health::parse_report(key).is_some()),
            (Self::Rules, rules::parse(key).is_some()),
            (Self::Forgetting, forgetting::parse(key).is_some()),
        ]
        .into_iter()
        .find_map(|(kind, is)| is.then_some(kind))
    }
}

/// Spreads calendars over `shards` partitions. Ids are digests, so their last bytes are as good as random.
fn shard(calendar: crate::model::CalendarId, shards: u32) -> u32 {
    let [.., a, b] = *calendar.bytes();
    u32::from(u16::from_be_bytes([a, b])) % shards.max(1)
}

#[cfg(test)]
pub(crate) mod samples {
    use crate::model::CalendarId;
    use proptest::prelude::*;

    pub(crate) fn calendar() -> CalendarId {
        CalendarId::from_bytes([7; CalendarId::BYTES])
    }

    pub(crate) fn calendars() -> impl Strategy<Value = CalendarId> {
        any::<[u8; CalendarId::BYTES]>().prop_map(CalendarId::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_its_key_alone() {
        let calendar = samples::calendar();
        let commit = crate::model::CommitId::new(crate::model::Epoch(3), 9);
        let event = crate::model::EventKey::parse("abc").unwrap();
        let spoke = crate::model::Spoke::of(calendar, crate::model::Interval::Minutes5);
        let all = [
            (Kind::Install, install::key()),
            (Kind::User, user::key(calendar.user())),
            (Kind::Profile, profile::key(calendar.user())),
            (
                Kind::Account,
                account::key(calendar.user(), &crate::model::AccountId("work".into())),
            ),
            (Kind::Calendar, calendar::key(calendar)),
            (Kind::State, state::key(calendar)),
            (Kind::Event, event::key(calendar, &event)),
            (Kind::Journal, journal::key(calendar, &commit, 0)),
            (
                Kind::SyncRecord,
                sync_record::key(calendar, crate::model::Epoch(3), &commit),
            ),
            (Kind::Wheel, wheel::key(spoke, calendar)),
            (Kind::Wake, wake::key(calendar)),
            (Kind::Audit, audit::key(calendar)),
            (Kind::Tally, tally::key(calendar)),
            (Kind::Latest, health::latest()),
            (Kind::Report, health::report(jiff::Timestamp::UNIX_EPOCH)),
            (Kind::Rules, rules::key(calendar.user(), 3)),
            (
                Kind::Forgetting,
                forgetting::key(calendar.user(), &crate::model::AccountId("work".into())),
            ),
        ];
        for (kind, key) in all {
            assert_eq!(Kind::of(&key), Some(kind), "{key}");
        }
        assert_eq!(Kind::of(&Key::new("CAL#x", "STATE")), None);
    }
}
