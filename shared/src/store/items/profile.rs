//! A user's profile: the config version, the rules, and a stamp by which a half-seen change of the calendars is noticed.
//!
//! A query is not isolated from a transaction: it may see some of its items before and some after. The stamp
//! covers which calendars there are and with which version each was written.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Item, key_of, read, write};
use crate::model::{CalendarId, RuleSet, UserId};
use crate::store::error::StoreError;
use crate::store::keys::profile;

/// The config version's attribute.
pub(in crate::store) const VERSION: &str = "version";

/// The stamp's attribute.
pub(in crate::store) const STAMP: &str = "stamp";

/// What a profile holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Profile {
    /// The config version.
    pub(in crate::store) version: u64,
    /// See [`stamp`].
    pub(in crate::store) stamp: String,
    /// The user's rules.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::store) rules: RuleSet,
}

fn is_default(rules: &RuleSet) -> bool {
    *rules == RuleSet::default()
}

/// A digest of the calendars' ids and the versions they were written with, in the ids' order.
pub(in crate::store) fn stamp(calendars: impl Iterator<Item = (CalendarId, u64)>) -> String {
    let mut digest = Sha256::new();
    for (calendar, version) in calendars {
        digest.update(calendar.bytes());
        digest.update(version.to_be_bytes());
    }
    let half = digest.finalize();
    HEXLOWER.encode(half.get(..16).unwrap_or(&half))
}

/// The stored form.
pub(in crate::store) fn encode(user: UserId, profile: &Profile) -> Result<Item, StoreError> {
    write(&profile::key(user), profile)
}

/// The profile of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Profile, StoreError> {
    read(&key_of(&item), item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn profiles_read_back() {
        let profile = Profile {
            version: 3,
            stamp: stamp([(calendar(), 2)].into_iter()),
            rules: RuleSet::read(serde_json::json!({"pairs": [{"mirror": false}]})).unwrap(),
        };
        let item = encode(calendar().user(), &profile).unwrap();
        assert_eq!(decode(item), Ok(profile));
    }

    #[test]
    fn any_other_calendar_or_version_gives_another_stamp() {
        let other = CalendarId::from_bytes([1; CalendarId::BYTES]);
        let stamps = [
            stamp([].into_iter()),
            stamp([(calendar(), 1)].into_iter()),
            stamp([(calendar(), 2)].into_iter()),
            stamp([(other, 1)].into_iter()),
            stamp([(other, 1), (calendar(), 1)].into_iter()),
        ];
        let different: std::collections::BTreeSet<_> = stamps.iter().collect();
        assert_eq!(different.len(), stamps.len());
    }
}
