//! What forgetting calendars comes to, for the config and for the rows that stay. Functions of values; the driver is the
//! engine's.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::sheet::mark;
use crate::model::{CalendarId, Have, Mirror, Rev, Row, RowWrite, UserConfig};

/// The config without `gone`, of which at most `at_once` leave; none: none of them is in it.
#[must_use]
pub fn without(
    stored: &UserConfig,
    gone: &BTreeSet<CalendarId>,
    at_once: usize,
) -> Option<UserConfig> {
    let leaving = stored.calendars.keys().filter(|id| gone.contains(id));
    let leaving: BTreeSet<_> = leaving.take(at_once).copied().collect();
    if leaving.is_empty() {
        return None;
    }
    let mut rest = stored.clone();
    rest.calendars.retain(|id, _| !leaving.contains(id));
    rest.version += 1;
    Some(rest)
}

/// How many blocks a row believes to be on a calendar.
#[must_use]
pub fn believed(mirror: &Mirror) -> u64 {
    let own = matches!(mirror.have, Have::Own(_));
    u64::from(own) + mirror.strays.len() as u64
}

/// A row that forgets what it believes to be on calendars that are gone: nobody can push there any more, and should one be
/// connected again, its first list shows what is there. Used-up ids stay. None: there is nothing to forget.
#[must_use]
pub fn let_go(row: &Row, gone: &BTreeSet<CalendarId>, now: Timestamp) -> Option<RowWrite> {
    let spent = |mirror: &Mirror| {
        matches!(mirror.have, Have::Nothing | Have::Deleted) && mirror.strays.is_empty()
    };
    let left = |id: &CalendarId, mirror: &Mirror| gone.contains(id) && !spent(mirror);
    let mut after = row.clone();
    after.mirrors.retain(|id, mirror| !left(id, mirror));
    if after.mirrors.len() == row.mirrors.len() {
        return None;
    }
    mark(&mut after, now);
    after.rev = Rev(row.rev.0 + 1);
    Some(RowWrite {
        row: after,
        expected: row.rev,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        BlockContent, EventKey, EventTime, Generation, GoogleCalendarId, InstallKey, UserId,
        Visibility,
    };
    use jiff::civil::date;

    fn calendar(name: &str) -> CalendarId {
        let key = InstallKey::new([1; InstallKey::BYTES]);
        let google = GoogleCalendarId::parse(name).unwrap();
        CalendarId::derive(&key, UserId::derive(&key, "ann"), &google)
    }

    fn there() -> Mirror {
        let content = BlockContent {
            title: "Busy".into(),
            time: EventTime::days(date(2026, 1, 1), date(2026, 1, 2)).unwrap(),
            recurrence: vec![],
            visibility: Visibility::Private,
            colour: None,
            busy: true,
            marked: true,
        };
        Mirror {
            have: Have::Own(content.fingerprint()),
            strays: [Generation(0).into()].into(),
            generation: Generation(1),
            ..Mirror::default()
        }
    }

    #[test]
    fn blocks_that_stay_behind_are_let_go_and_used_up_ids_are_not() {
        let (home, team, work) = (calendar("home"), calendar("team"), calendar("work"));
        let mut row = Row::new(work, EventKey::parse("event").unwrap());
        row.rev = Rev(4);
        let spent = Mirror {
            have: Have::Deleted,
            ..Mirror::default()
        };
        row.mirrors = [(home, there()), (team, spent.clone())].into();
        assert_eq!(believed(&row.mirrors[&home]), 2);
        assert_eq!(believed(&spent), 0);
        let now = Timestamp::UNIX_EPOCH;
        let gone = [home, team].into();
        let write = let_go(&row, &gone, now).unwrap();
        assert_eq!(write.expected, Rev(4));
        assert_eq!(write.row.mirrors, [(team, spent)].into());
        assert!(!write.row.pending());
        assert_eq!(let_go(&write.row, &gone, now), None);
        assert_eq!(let_go(&row, &[work].into(), now), None);
    }
}
