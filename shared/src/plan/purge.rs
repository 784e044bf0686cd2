//! What a purge takes: which blocks go, which calendars are switched off. Functions of values; the driver is the engine's.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    CalendarConfig, CalendarId, Generation, Have, Mirror, Part, Sealed, Stray, UserConfig, UserId,
};

/// A block that a listing shows: what its id says, and which part of the block it is.
pub type Listed = (Sealed, Part);

/// What is to be purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge<'a> {
    /// Every block of a user's.
    User(UserId),
    /// Every block on a calendar, and every block of its events elsewhere.
    Calendar(CalendarId),
    /// The same of several calendars of a user's.
    Calendars(UserId, &'a BTreeSet<CalendarId>),
}

impl Purge<'_> {
    /// Whose blocks go.
    #[must_use]
    pub fn user(self) -> UserId {
        match self {
            Self::User(user) | Self::Calendars(user, _) => user,
            Self::Calendar(calendar) => calendar.user(),
        }
    }

    /// Whether a calendar is switched off.
    #[must_use]
    pub fn names(self, calendar: CalendarId) -> bool {
        match self {
            Self::User(user) => calendar.user() == user,
            Self::Calendar(only) => calendar == only,
            Self::Calendars(_, some) => some.contains(&calendar),
        }
    }

    /// Whether a block that was found on `on` goes. One of another user's never does.
    #[must_use]
    pub fn takes(self, on: CalendarId, block: &Sealed) -> bool {
        let own = block.calendar.user() == self.user();
        own && (self.names(on) || self.names(block.calendar))
    }

    /// The config with its calendars switched off; none: `stored` has them so. Of the `known` ones only those that
    /// are named enter it: a purge connects nothing.
    #[must_use]
    pub fn switched_off(
        self,
        stored: Option<&UserConfig>,
        known: &BTreeMap<CalendarId, CalendarConfig>,
    ) -> Option<UserConfig> {
        let before = stored.map(|stored| stored.calendars.clone());
        let mut calendars = known.clone();
        calendars.retain(|id, _| self.names(*id));
        calendars.extend(before.clone().unwrap_or_default());
        for (_, own) in calendars.iter_mut().filter(|(id, _)| self.names(**id)) {
            own.enabled = false;
        }
        if before.as_ref() == Some(&calendars) {
            return None;
        }
        Some(UserConfig {
            user: self.user(),
            version: stored.map_or(1, |stored| stored.version + 1),
            calendars,
            rules: stored
                .map(|stored| stored.rules.clone())
                .unwrap_or_default(),
        })
    }
}

/// What has to be deleted so that all of `listed` goes: an occurrence goes with its block.
#[must_use]
pub fn deletions(listed: &BTreeSet<Listed>) -> Vec<&Listed> {
    let alone = |(sealed, part): &&Listed| match part {
        Part::Whole | Part::Split(_) => true,
        Part::Occurrence(_) => !listed.contains(&(sealed.clone(), Part::Whole)),
    };
    listed.iter().filter(alone).collect()
}

/// What a mirror is once Google has deleted the part of its block with this generation.
#[must_use]
pub fn removed(mirror: &Mirror, generation: Generation, part: &Part) -> Mirror {
    let mut after = mirror.clone();
    let split = match part {
        Part::Whole => None,
        Part::Split(mark) => Some(mark.clone()),
        Part::Occurrence(_) => return after,
    };
    let whole = split.is_none();
    after.strays.remove(&Stray { generation, split });
    if whole && generation == mirror.generation && matches!(mirror.have, Have::Own(_)) {
        after.have = Have::Deleted;
        after.etag = None;
        after.stored = None;
    }
    if after.in_step() {
        after.parked = None;
        after.retry = None;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Access, AccountId, BlockContent, EventKey, EventTime, GoogleCalendarId, InstallKey, Park,
        ParkKind, Stamp, Visibility,
    };
    use jiff::civil::date;

    fn calendar(user: &str, name: &str) -> CalendarId {
        let key = InstallKey::new([1; InstallKey::BYTES]);
        let google = GoogleCalendarId::parse(name).unwrap();
        CalendarId::derive(&key, UserId::derive(&key, user), &google)
    }

    fn own(name: &str) -> (CalendarId, CalendarConfig) {
        let own = CalendarConfig {
            google: GoogleCalendarId::parse(name).unwrap(),
            account: AccountId("ann/work".into()),
            name: name.into(),
            access: Access::Write,
            enabled: true,
        };
        (calendar("ann", name), own)
    }

    fn block(user: &str, source: &str) -> Sealed {
        Sealed {
            calendar: calendar(user, source),
            event: EventKey::parse("event").unwrap(),
            generation: Generation(0),
        }
    }

    #[test]
    fn a_calendar_s_purge_takes_what_is_on_it_and_what_is_of_it_and_nothing_of_others() {
        let work = Purge::Calendar(calendar("ann", "work"));
        let check = |purge: Purge<'_>, on: &str, user: &str, of: &str, expected| {
            assert_eq!(purge.takes(calendar("ann", on), &block(user, of)), expected);
        };
        check(work, "work", "ann", "home", true);
        check(work, "home", "ann", "work", true);
        check(work, "home", "ann", "team", false);
        check(work, "work", "bob", "home", false);
        let all = Purge::User(calendar("ann", "work").user());
        check(all, "home", "ann", "team", true);
        check(all, "home", "bob", "team", false);
        let both = [calendar("ann", "work"), calendar("ann", "more")].into();
        let both = Purge::Calendars(calendar("ann", "work").user(), &both);
        check(both, "work", "ann", "home", true);
        check(both, "home", "ann", "more", true);
        check(both, "home", "ann", "team", false);
        check(both, "work", "bob", "home", false);
    }

    #[test]
    fn only_what_is_named_is_switched_off_and_nothing_is_connected() {
        let known: BTreeMap<_, _> = ["work", "home", "new"].map(own).into();
        let stored = UserConfig {
            user: calendar("ann", "work").user(),
            version: 4,
            calendars: ["work", "home"].map(own).into(),
            rules: crate::model::RuleSet::default(),
        };
        let work = Purge::Calendar(calendar("ann", "work"));
        let off = work.switched_off(Some(&stored), &known).unwrap();
        let enabled: Vec<_> = off
            .calendars
            .values()
            .map(|own| (own.name.as_str(), own.enabled))
            .collect();
        assert_eq!(off.version, 5);
        assert!(enabled.contains(&("work", false)) && enabled.contains(&("home", true)));
        assert_eq!(enabled.len(), 2);
        assert_eq!(work.switched_off(Some(&off), &known), None);
        let lost = work.switched_off(None, &known).unwrap();
        assert_eq!((lost.version, lost.calendars.len()), (1, 1));
        let all = Purge::User(stored.user)
            .switched_off(Some(&stored), &known)
            .unwrap();
        assert!(all.calendars.values().all(|own| !own.enabled) && all.calendars.len() == 3);
    }

    #[test]
    fn an_occurrence_goes_with_its_block_and_by_itself_without_it() {
        let stamp = Stamp::parse("20260101").unwrap();
        let (with, without) = (block("ann", "work"), block("ann", "home"));
        let listed: BTreeSet<Listed> = [
            (with.clone(), Part::Whole),
            (with.clone(), Part::Occurrence(stamp.clone())),
            (without.clone(), Part::Occurrence(stamp.clone())),
        ]
        .into();
        let due: BTreeSet<Listed> = deletions(&listed).into_iter().cloned().collect();
        let expected = [(with, Part::Whole), (without, Part::Occurrence(stamp))];
        assert_eq!(due, expected.into());
    }

    #[test]
    fn a_removed_block_leaves_its_mirror_in_step() {
        let print = BlockContent {
            title: "Busy".into(),
            time: EventTime::days(date(2026, 1, 1), date(2026, 1, 2)).unwrap(),
            recurrence: vec![],
            visibility: Visibility::Private,
            colour: None,
            busy: true,
            marked: true,
        }
        .fingerprint();
        let park = Park {
            kind: ParkKind::Refused,
            reason: "refused".into(),
            since: jiff::Timestamp::UNIX_EPOCH,
        };
        let parked = Mirror {
            have: Have::Own(print),
            generation: Generation(1),
            strays: [Generation(0).into()].into(),
            parked: Some(park),
            ..Mirror::default()
        };
        let older = removed(&parked, Generation(0), &Part::Whole);
        assert!(older.strays.is_empty() && older.parked.is_some());
        let both = removed(&older, Generation(1), &Part::Whole);
        assert!(both.in_step() && both.parked.is_none());
        assert_eq!(removed(&both, Generation(1), &Part::Whole), both);
    }
}
