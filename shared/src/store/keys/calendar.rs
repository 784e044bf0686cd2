//! `USER#<user>` / `CALENDAR#<calendar>`.

use super::{Key, profile};
use crate::model::CalendarId;

const CALENDAR: &str = "CALENDAR#";

/// The key of a calendar's config; its id names its user.
pub(in crate::store) fn key(calendar: CalendarId) -> Key {
    Key::new(
        profile::partition(calendar.user()),
        format!("{CALENDAR}{calendar}"),
    )
}

/// The calendar whose config has this key. A calendar in another user's partition is none.
pub(in crate::store) fn parse(key: &Key) -> Option<CalendarId> {
    let calendar = CalendarId::parse(key.sk.strip_prefix(CALENDAR)?).ok()?;
    (profile::parse_partition(&key.pk)? == calendar.user()).then_some(calendar)
}

#[cfg(test)]
mod tests {
    use super::super::samples::calendars;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_calendar_key_reads_back(calendar in calendars()) {
            prop_assert_eq!(parse(&key(calendar)), Some(calendar));
        }
    }

    #[test]
    fn a_calendar_under_another_user_is_not_read() {
        let mine = super::super::samples::calendar();
        let theirs = CalendarId::from_bytes([8; CalendarId::BYTES]);
        let mixed = Key::new(key(theirs).pk, key(mine).sk);
        assert_eq!(parse(&mixed), None);
    }
}
