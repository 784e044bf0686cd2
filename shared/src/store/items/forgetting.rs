//! An account on its way out: the calendars that go with it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Item, key_of, read, write};
use crate::model::{AccountId, CalendarId, UserId};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::forgetting;

#[derive(Serialize, Deserialize)]
struct Body {
    calendars: BTreeSet<CalendarId>,
}

/// The stored form.
pub(in crate::store) fn encode(
    user: UserId,
    account: &AccountId,
    calendars: &BTreeSet<CalendarId>,
) -> Result<Item, StoreError> {
    let calendars = calendars.clone();
    write(&forgetting::key(user, account), &Body { calendars })
}

/// The account of an item, and its calendars.
pub(in crate::store) fn decode(
    item: Item,
) -> Result<(AccountId, BTreeSet<CalendarId>), StoreError> {
    let at = key_of(&item);
    let (_, account) =
        forgetting::parse(&at).ok_or_else(|| corrupt(&at, "its key names no account"))?;
    let body: Body = read(&at, item)?;
    Ok((account, body.calendars))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn accounts_that_go_read_back() {
        let account = AccountId("ann/work".into());
        for calendars in [BTreeSet::new(), BTreeSet::from([calendar()])] {
            let item = encode(calendar().user(), &account, &calendars).unwrap();
            assert_eq!(decode(item), Ok((account.clone(), calendars)));
        }
    }
}
