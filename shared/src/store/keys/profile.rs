//! `USER#<user>` / `PROFILE`.

use super::{Key, USER};
use crate::model::UserId;

const PROFILE: &str = "PROFILE";

/// The partition of everything that a user configured.
pub(in crate::store) fn partition(user: UserId) -> String {
    format!("{USER}{user}")
}

/// The user whose partition this is.
pub(in crate::store) fn parse_partition(pk: &str) -> Option<UserId> {
    UserId::parse(pk.strip_prefix(USER)?).ok()
}

/// The key of a user's profile.
pub(in crate::store) fn key(user: UserId) -> Key {
    Key::new(partition(user), PROFILE)
}

/// The user whose profile has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<UserId> {
    (key.sk == PROFILE).then(|| parse_partition(&key.pk))?
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_profile_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar.user())), Some(calendar.user()));
        }
    }
}
