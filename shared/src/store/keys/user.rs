//! `INSTALL` / `USER#<user>`: who was ever connected, beside the installation itself, so that one query tells all.

use super::install::INSTALL;
use super::{Key, USER};
use crate::model::UserId;

/// How the sort keys of all of them begin.
pub(in crate::store) const PREFIX: &str = USER;

/// The partition of all of them.
pub(in crate::store) fn partition() -> String {
    INSTALL.to_owned()
}

/// The key of the item that names a user.
pub(in crate::store) fn key(user: UserId) -> Key {
    Key::new(INSTALL, format!("{USER}{user}"))
}

/// The user who has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<UserId> {
    let user = key.sk.strip_prefix(USER)?;
    (key.pk == INSTALL).then(|| UserId::parse(user).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_user_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar.user())), Some(calendar.user()));
        }
    }
}
