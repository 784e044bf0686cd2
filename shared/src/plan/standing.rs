//! How one event stands on one target, and why: read off row, config and rule alone.

use jiff::Timestamp;

use super::settle::why_not;
use crate::model::{Access, CalendarId, Mirror, Pair, Pairs, Row, Skip, Source, UserConfig, Want};

/// How an event stands on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its block is there, as it should be.
    There,
    /// A block is due that is not there, or not as it should be: it is pushed next.
    Due,
    /// Something of ours is there that must go: it is removed next.
    Leaving(NoBlock),
    /// Something is to be done, and was set aside.
    Aside,
    /// Nothing of ours is there, and nothing should be.
    Nothing(NoBlock),
}

/// Why an event has no block on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBlock {
    /// The rule leaves it out.
    Skip(Skip),
    /// It is not there any more.
    Gone,
    /// Nobody asked yet what it is.
    Unseen,
    /// Its owner cancelled this occurrence.
    Cancelled,
    /// The occurrence is part of the series' block.
    WithSeries,
    /// It cannot be read as an event.
    Unreadable,
    /// Its calendar takes no part.
    SourceOff,
    /// The target takes no part.
    TargetOff,
    /// The target can only be read.
    TargetReadOnly,
    /// The rules mirror nothing from the one to the other.
    PairOff,
    /// One of the two calendars is paused.
    Paused,
    /// The next sync plans it.
    NotPlanned,
}

impl NoBlock {
    /// The reason in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Skip(skip) => skip.reason(),
            Self::Gone => "the event is not there any more",
            Self::Unseen => "the event was not read yet; the next sync asks for it",
            Self::Cancelled => "its owner cancelled this occurrence",
            Self::WithSeries => "the occurrence is part of the series' block",
            Self::Unreadable => "the event cannot be read",
            Self::SourceOff => "the event's calendar takes no part",
            Self::TargetOff => "this calendar takes no part",
            Self::TargetReadOnly => "this calendar can only be read",
            Self::PairOff => "the rules mirror nothing to this calendar",
            Self::Paused => "one of the two calendars is paused",
            Self::NotPlanned => "the next sync plans it",
        }
    }
}

/// How `row` stands on `target`.
#[must_use]
pub fn standing(
    row: &Row,
    target: CalendarId,
    config: &UserConfig,
    pairs: &Pairs,
    now: Timestamp,
) -> Standing {
    let nothing = Mirror::default();
    let mirror = row.mirrors.get(&target).unwrap_or(&nothing);
    let due = matches!(mirror.due(), Want::Own(_) | Want::Instance(_));
    match (mirror.parked.is_some(), mirror.in_step(), due) {
        (true, false, _) => Standing::Aside,
        (_, true, true) => Standing::There,
        (_, true, false) => Standing::Nothing(no_block(row, target, config, pairs, now)),
        (false, false, true) => Standing::Due,
        (false, false, false) => Standing::Leaving(no_block(row, target, config, pairs, now)),
    }
}

fn no_block(
    row: &Row,
    target: CalendarId,
    config: &UserConfig,
    pairs: &Pairs,
    now: Timestamp,
) -> NoBlock {
    if row.parked.is_some() {
        return NoBlock::Unreadable;
    }
    match row.source {
        Source::Unseen => NoBlock::Unseen,
        Source::Gone => NoBlock::Gone,
        Source::Hidden { .. } => NoBlock::Cancelled,
        Source::Follows { .. } => NoBlock::WithSeries,
        Source::Live(_) => match pairs.get(row.calendar, target) {
            Some(Pair::Paused(_)) => NoBlock::Paused,
            None => of_calendars(row.calendar, target, config),
            Some(Pair::Mirrors(rule)) => {
                let skip = why_not(row, target, rule, now);
                skip.map_or(NoBlock::NotPlanned, NoBlock::Skip)
            }
        },
    }
}

fn of_calendars(source: CalendarId, target: CalendarId, config: &UserConfig) -> NoBlock {
    let enabled = |id| {
        let own = config.calendars.get(&id);
        own.filter(|_| config.takes_part(id))
    };
    match (enabled(source), enabled(target).map(|own| own.access)) {
        (None, _) => NoBlock::SourceOff,
        (Some(_), None) => NoBlock::TargetOff,
        (Some(_), Some(Access::Read)) => NoBlock::TargetReadOnly,
        (Some(_), Some(Access::Write)) => NoBlock::PairOff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        AccountId, CalendarConfig, EventKey, EventKind, EventTime, GoogleCalendarId, GoogleEventId,
        Have, InstallKey, Park, ParkKind, Rule, RuleSet, SourceEvent, UserId,
    };
    use jiff::civil::date;

    const NAMES: [&str; 4] = ["work", "home", "off", "read"];

    fn calendar(name: &str) -> CalendarId {
        let key = InstallKey::new([1; InstallKey::BYTES]);
        let google = GoogleCalendarId::parse(name).unwrap();
        CalendarId::derive(&key, UserId::derive(&key, "ann"), &google)
    }

    fn config() -> UserConfig {
        let own = |name: &str| CalendarConfig {
            google: GoogleCalendarId::parse(name).unwrap(),
            account: AccountId("ann/work".into()),
            name: name.into(),
            access: if name == "read" {
                Access::Read
            } else {
                Access::Write
            },
            enabled: name != "off",
        };
        UserConfig {
            user: calendar("work").user(),
            version: 1,
            calendars: NAMES.map(|name| (calendar(name), own(name))).into(),
            rules: RuleSet::default(),
        }
    }

    fn event() -> SourceEvent {
        SourceEvent::new(
            GoogleEventId::parse("event").unwrap(),
            EventKind::Single,
            EventTime::days(date(2026, 1, 1), date(2026, 1, 2)).unwrap(),
        )
    }

    fn row(event: SourceEvent) -> Row {
        Row {
            source: Source::Live(event),
            ..Row::new(calendar("work"), EventKey::parse("event").unwrap())
        }
    }

    #[track_caller]
    fn check(row: &Row, target: &str, expected: Standing) {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let pairs = config().pairs();
        let found = standing(row, calendar(target), &config(), &pairs, now);
        assert_eq!(found, expected);
    }

    #[test]
    fn an_event_without_a_block_has_a_reason() {
        let live = row(event());
        check(&live, "home", Standing::Nothing(NoBlock::NotPlanned));
        check(&live, "off", Standing::Nothing(NoBlock::TargetOff));
        check(&live, "read", Standing::Nothing(NoBlock::TargetReadOnly));
        let free = row(SourceEvent {
            free: true,
            ..event()
        });
        check(&free, "home", Standing::Nothing(NoBlock::Skip(Skip::Free)));
        let old = row(SourceEvent {
            time: EventTime::days(date(2020, 1, 1), date(2020, 1, 2)).unwrap(),
            ..event()
        });
        check(
            &old,
            "home",
            Standing::Nothing(NoBlock::Skip(Skip::LongOver)),
        );
        let gone = Row {
            source: Source::Gone,
            ..live
        };
        check(&gone, "home", Standing::Nothing(NoBlock::Gone));
    }

    #[test]
    fn a_block_is_there_or_due_or_leaving_or_set_aside() {
        let print = Rule::default().block(&event()).unwrap().fingerprint();
        let with = |mirror: Mirror| Row {
            mirrors: [(calendar("home"), mirror)].into(),
            ..row(event())
        };
        let due = Mirror {
            want: Want::Own(print),
            ..Mirror::default()
        };
        check(&with(due.clone()), "home", Standing::Due);
        let there = Mirror {
            have: Have::Own(print),
            ..due.clone()
        };
        check(&with(there.clone()), "home", Standing::There);
        let twin = Mirror {
            twin: true,
            ..there
        };
        let leaving = Standing::Leaving(NoBlock::Skip(Skip::SameMeeting));
        check(&with(twin), "home", leaving);
        let park = Park {
            kind: ParkKind::Refused,
            reason: "refused".into(),
            since: Timestamp::UNIX_EPOCH,
        };
        let aside = Mirror {
            parked: Some(park),
            ..due
        };
        check(&with(aside), "home", Standing::Aside);
    }
}
