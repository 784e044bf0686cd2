//! `RULES#<user>` / `<config version>`: apart from the config, which every sync reads whole.

use super::Key;
use crate::model::UserId;

const RULES: &str = "RULES#";
const DIGITS: usize = 12;

/// The partition of all changes of a user's rules.
pub(in crate::store) fn partition(user: UserId) -> String {
    format!("{RULES}{user}")
}

/// The key of the change that made this config version.
pub(in crate::store) fn key(user: UserId, version: u64) -> Key {
    Key::new(partition(user), format!("{version:0DIGITS$}"))
}

/// The change that has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<(UserId, u64)> {
    let user = UserId::parse(key.pk.strip_prefix(RULES)?).ok()?;
    let digits = key.sk.len() >= DIGITS && key.sk.bytes().all(|byte| byte.is_ascii_digit());
    Some((user, digits.then(|| key.sk.parse().ok())??))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{calendar, calendars};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_key_of_a_change_reads_back(calendar in calendars(), version: u32) {
            let (user, version) = (calendar.user(), u64::from(version));
            prop_assert_eq!(parse(&key(user, version)), Some((user, version)));
        }

        #[test]
        fn changes_sort_as_their_versions(a: u32, b: u32) {
            let at = |version: u32| key(calendar().user(), version.into());
            prop_assert_eq!(at(a).cmp(&at(b)), a.cmp(&b));
        }
    }
}
