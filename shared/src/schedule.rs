//! Which calendars are asked for in one minute, and in which order. Pure.
//!
//! Messages may be lost, doubled, late or reordered: each says no more than "look at this calendar", and whatever is not
//! looked at is asked for again, by its wake or by its turn on the wheel.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::limits::{WAKE_AGAIN, WAKE_EACH_MINUTE};
use crate::model::{CalendarId, Interval, UserId, Wake};

/// "Look at this calendar".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// Which.
    pub calendar: CalendarId,
    /// The interval of the wheel that it is due by; none: it was woken.
    pub every: Option<Interval>,
}

/// The minute of an instant, counted from 1970.
#[must_use]
pub fn minute_of(at: Timestamp) -> u64 {
    u64::try_from(at.as_second().div_euclid(60)).unwrap_or_default()
}

/// All that is asked for in `minute`: what is due, and what is woken and was not asked for just now. Each calendar once,
/// and the users by turns, so that nobody waits behind another's many calendars.
#[must_use]
pub fn round(minute: u64, due: &BTreeMap<CalendarId, Interval>, wakes: &[Wake]) -> Vec<Asked> {
    let mut asked: BTreeMap<CalendarId, Option<Interval>> = wakes
        .iter()
        .filter(|wake| is_asked_again(wake, minute))
        .map(|wake| (wake.calendar, None))
        .collect();
    asked.extend(
        due.iter()
            .map(|(calendar, every)| (*calendar, Some(*every))),
    );
    by_turns(asked)
}

/// Each minute at first, since a wake is a change that somebody waits for; then less often: whatever keeps it from being
/// served is not mended by messages.
fn is_asked_again(wake: &Wake, minute: u64) -> bool {
    let since = minute_of(wake.since);
    let age = minute.saturating_sub(since);
    age < WAKE_EACH_MINUTE || age.is_multiple_of(WAKE_AGAIN)
}

fn by_turns(asked: BTreeMap<CalendarId, Option<Interval>>) -> Vec<Asked> {
    let mut turns: BTreeMap<UserId, usize> = BTreeMap::new();
    let mut order: Vec<(usize, Asked)> = Vec::with_capacity(asked.len());
    for (calendar, every) in asked {
        let turn = turns.entry(calendar.user()).or_default();
        order.push((*turn, Asked { calendar, every }));
        *turn += 1;
    }
    order.sort_by_key(|(turn, _)| *turn);
    order.into_iter().map(|(_, asked)| asked).collect()
}

/// The users whose turn it is in slot `slot` of `slots`: each has one turn in a period, and all have it spread evenly, since
/// ids are digests.
#[must_use]
pub fn turn_of(users: &BTreeSet<UserId>, slot: u64, slots: u64) -> Vec<UserId> {
    let own =
        |user: &&UserId| user.spread().checked_rem(slots.max(1)) == slot.checked_rem(slots.max(1));
    users.iter().filter(own).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(user: u8, number: u8) -> CalendarId {
        let mut bytes = [0; CalendarId::BYTES];
        bytes[0] = user;
        bytes[19] = number;
        CalendarId::from_bytes(bytes)
    }

    fn wake(calendar: CalendarId, since: u64) -> Wake {
        Wake {
            calendar,
            count: 7,
            since: Timestamp::from_second(since as i64 * 60 + 30).unwrap(),
        }
    }

    #[test]
    fn what_is_due_and_what_is_woken_is_asked_for_once() {
        let due = BTreeMap::from([(calendar(1, 1), Interval::Minutes5)]);
        let wakes = [wake(calendar(1, 1), 100), wake(calendar(1, 2), 100)];
        let asked = round(100, &due, &wakes);
        let every = |every| asked.iter().filter(|one| one.every == every).count();
        assert_eq!(asked.len(), 2);
        assert_eq!((every(Some(Interval::Minutes5)), every(None)), (1, 1));
    }

    #[test]
    fn users_take_turns() {
        let of = |user, count| (0..count).map(move |number| calendar(user, number));
        let due = of(1, 100)
            .chain(of(2, 2))
            .map(|one| (one, Interval::Minutes5));
        let asked = round(0, &due.collect(), &[]);
        let first: Vec<_> = asked.iter().take(4).map(|one| one.calendar).collect();
        assert_eq!(
            first,
            [
                calendar(1, 0),
                calendar(2, 0),
                calendar(1, 1),
                calendar(2, 1)
            ]
        );
        assert_eq!(asked.len(), 102);
    }

    #[test]
    fn a_wake_that_nobody_serves_is_asked_for_less_often_and_never_forgotten() {
        let one = [wake(calendar(1, 1), 100)];
        let times = |minutes: std::ops::Range<u64>| {
            let asked = minutes.filter(|minute| !round(*minute, &BTreeMap::new(), &one).is_empty());
            asked.count()
        };
        assert_eq!(times(100..105), 5);
        assert_eq!(times(105..165), 12);
        assert_eq!(times(100_000..100_060), 12);
        // A clock that is behind asks at once.
        assert_eq!(times(90..95), 5);
    }

    #[test]
    fn every_user_has_one_turn_in_a_period() {
        let users: BTreeSet<UserId> = (0..200).map(|user| calendar(user, 0).user()).collect();
        let mut turns: Vec<UserId> = (48..72)
            .flat_map(|slot| turn_of(&users, slot, 24))
            .collect();
        turns.sort_unstable();
        assert_eq!(turns, users.into_iter().collect::<Vec<_>>());
    }
}
