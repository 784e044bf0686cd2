//! `USER#<user>` / `FORGETTING#<account>`: an account on its way out.

use super::{Key, profile};
use crate::model::{AccountId, UserId};

/// Begins the sort key of all of them.
pub(in crate::store) const FORGETTING: &str = "FORGETTING#";

/// The key of one account of a user.
pub(in crate::store) fn key(user: UserId, account: &AccountId) -> Key {
    Key::new(profile::partition(user), format!("{FORGETTING}{account}"))
}

/// The account that has this key.
pub(in crate::store) fn parse(key: &Key) -> Option<(UserId, AccountId)> {
    let account = key.sk.strip_prefix(FORGETTING)?;
    Some((
        profile::parse_partition(&key.pk)?,
        AccountId(account.to_owned()),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_of_an_account_that_goes_reads_back(calendar in calendars(), name in ".{1,40}") {
            let account = AccountId(name);
            prop_assert_eq!(
                parse(&key(calendar.user(), &account)),
                Some((calendar.user(), account))
            );
        }
    }
}
