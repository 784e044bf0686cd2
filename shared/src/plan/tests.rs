//! What a plan must do, on a small family of calendars.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::{
    Access, AccountId, CalendarConfig, Cause, EventKind, EventTime, EventType, Fingerprint,
    Generation, GoogleCalendarId, GoogleEventId, Have, InstallKey, Pairs, Part, Response, Rule,
    RuleSet, Source, SourceEvent, Stamp, Status, UserConfig, UserId, Want, ZoneName,
};
use serde_json::{Value, json};

struct Family {
    calendars: Vec<CalendarId>,
    all: BTreeSet<CalendarId>,
    pairs: Pairs,
    rows: Rows,
}

fn calendar(n: usize) -> CalendarId {
    let key = InstallKey::new([1; InstallKey::BYTES]);
    let google = GoogleCalendarId::parse(format!("calendar{n}")).unwrap();
    CalendarId::derive(&key, UserId::derive(&key, "ann"), &google)
}

/// A user with three calendars, and these rules.
fn config(rules: Value) -> UserConfig {
    let own = |n: usize| CalendarConfig {
        google: GoogleCalendarId::parse(format!("calendar{n}")).unwrap(),
        account: AccountId("ann".into()),
        name: format!("Calendar {n}"),
        access: Access::Write,
        enabled: true,
    };
    UserConfig {
        user: calendar(0).user(),
        version: 1,
        calendars: (0..3).map(|n| (calendar(n), own(n))).collect(),
        rules: RuleSet::read(rules).unwrap(),
    }
}

impl Family {
    fn new() -> Self {
        let calendars: Vec<_> = (0..3).map(calendar).collect();
        let all = calendars.iter().copied().collect();
        Self {
            calendars,
            all,
            pairs: config(json!({})).pairs(),
            rows: Rows::new(),
        }
    }

    /// Plans facts of the n-th calendar's read, and applies the plan.
    fn take(&mut self, n: usize, facts: &[Fact]) -> Plan {
        let own = self.calendars[n];
        let setting = Setting {
            calendar: own,
            calendars: &self.all,
            pairs: &self.pairs,
            now: "2026-03-02T08:00:00Z".parse().unwrap(),
            epoch: Epoch(1),
            cause: Cause::Event,
        };
        let first = plan(&setting, facts, &self.rows).unwrap();
        for write in &first.writes {
            let row = write.row.clone();
            self.rows.insert((row.calendar, row.key.clone()), row);
        }
        let again = plan(&setting, facts, &self.rows).unwrap();
        assert_eq!(
            again.writes,
            [],
            "planning the same facts again changes nothing"
        );
        first
    }

    fn want(&self, key: &EventKey, target: usize) -> Want {
        let row = &self.rows[&(self.calendars[0], key.clone())];
        row.mirrors
            .get(&self.calendars[target])
            .map_or(Want::Nothing, |mirror| mirror.want)
    }

    /// As if every push had gone through.
    fn push_all(&mut self) {
        for row in self.rows.values_mut() {
            for mirror in row.mirrors.values_mut() {
                mirror.have = match mirror.due() {
                    Want::Nothing => Have::Nothing,
                    Want::Own(print) => Have::Own(print),
                    Want::Instance(print) => Have::Instance(print),
                    Want::Hidden => Have::Hidden,
                };
                mirror.strays.clear();
            }
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event(id: &str, hour: u32) -> SourceEvent {
    let time = |hour| at(&format!("2026-03-04T{hour:02}:00:00Z"));
    SourceEvent::new(
        GoogleEventId::parse(id).unwrap(),
        EventKind::Single,
        EventTime::instants(time(hour), time(hour + 1), None).unwrap(),
    )
}

fn series(id: &str) -> SourceEvent {
    let zone = ZoneName::parse("Europe/Berlin").unwrap();
    let (start, end) = (at("2026-03-04T09:00:00Z"), at("2026-03-04T10:00:00Z"));
    SourceEvent {
        kind: EventKind::Series {
            recurrence: vec!["RRULE:FREQ=WEEKLY".into()],
        },
        time: EventTime::instants(start, end, Some(zone)).unwrap(),
        ..event(id, 9)
    }
}

fn exception(of: &SourceEvent, hour: u32) -> SourceEvent {
    let original = Stamp::parse("20260311T090000Z").unwrap();
    SourceEvent {
        id: GoogleEventId::parse(format!("{}_{original}", of.id)).unwrap(),
        kind: EventKind::Exception {
            series: of.key(),
            original,
        },
        ..event("exception", hour)
    }
}

fn live(event: &SourceEvent) -> Fact {
    Fact::Source(SourceFact::Live(event.clone()))
}

fn gone(event: &SourceEvent) -> Fact {
    Fact::Source(SourceFact::Gone { key: event.key() })
}

fn block(of: &SourceEvent, generation: u32, shows: Shows) -> Fact {
    Fact::Block(BlockFact {
        source: calendar(0),
        event: of.key(),
        part: Part::Whole,
        generation: Generation(generation),
        etag: None,
        shows,
    })
}

fn shown(print: Fingerprint) -> Shows {
    Shows::Live {
        print,
        over: None,
        series: None,
    }
}

#[test]
fn a_new_event_wants_a_block_on_every_target() {
    let mut family = Family::new();
    let one = event("event1", 9);
    let plan = family.take(0, &[live(&one)]);
    assert_eq!(plan.counts.created, 1);
    assert!(plan.unpushed);
    for target in [1, 2] {
        assert!(matches!(family.want(&one.key(), target), Want::Own(_)));
    }
}

#[test]
fn a_change_that_no_block_shows_puts_nothing_out_of_step() {
    let mut family = Family::new();
    let one = event("event1", 9);
    family.take(0, &[live(&one)]);
    family.push_all();
    let tentative = SourceEvent {
        status: Status::Tentative,
        ..one
    };
    let plan = family.take(0, &[live(&tentative)]);
    assert_eq!((plan.counts.updated, plan.counts.blocks_affected), (1, 0));
    assert!(!plan.unpushed);
}

#[test]
fn free_declined_empty_and_untimed_events_want_nothing() {
    let one = event("event1", 9);
    let start = at("2026-03-04T09:00:00Z");
    for (skipped, why) in [
        (
            SourceEvent {
                free: true,
                ..one.clone()
            },
            Skip::Free,
        ),
        (
            SourceEvent {
                response: Response::Declined,
                ..one.clone()
            },
            Skip::Declined,
        ),
        (
            SourceEvent {
                event_type: EventType::WorkingLocation,
                ..one.clone()
            },
            Skip::Type,
        ),
        (
            SourceEvent {
                time: EventTime::instants(start, start, None).unwrap(),
                ..one.clone()
            },
            Skip::ZeroLength,
        ),
    ] {
        let mut family = Family::new();
        family.take(0, &[live(&skipped)]);
        assert_eq!(family.want(&one.key(), 1), Want::Nothing);
        let row = &family.rows[&(calendar(0), one.key())];
        let now = at("2026-03-02T08:00:00Z");
        assert_eq!(why_not(row, calendar(1), &Rule::default(), now), Some(why));
    }
}

use crate::model::Skip;

#[test]
fn a_deleted_event_keeps_its_row_until_its_blocks_are_gone() {
    let mut family = Family::new();
    let one = event("event1", 9);
    family.take(0, &[live(&one)]);
    family.push_all();
    let plan = family.take(0, &[gone(&one)]);
    assert_eq!(plan.deletions.len(), 1);
    let row = &family.rows[&(calendar(0), one.key())];
    assert!(row.pending() && row.expires.is_none());
}

#[test]
fn the_echo_of_a_block_changes_nothing() {
    let mut family = Family::new();
    let one = event("event1", 9);
    family.take(0, &[live(&one)]);
    family.push_all();
    let Want::Own(print) = family.want(&one.key(), 1) else {
        panic!("no block wanted")
    };
    let plan = family.take(1, &[block(&one, 0, shown(print))]);
    assert_eq!(plan.writes, []);
}

#[test]
fn a_changed_or_deleted_block_wakes_its_source() {
    for shows in [
        shown(
            Rule::default()
                .block(&event("other", 5))
                .unwrap()
                .fingerprint(),
        ),
        Shows::Cancelled,
    ] {
        let mut family = Family::new();
        let one = event("event1", 9);
        family.take(0, &[live(&one)]);
        family.push_all();
        let plan = family.take(1, &[block(&one, 0, shows)]);
        assert_eq!(plan.wakes, [calendar(0)].into());
        let row = &family.rows[&(calendar(0), one.key())];
        assert!(row.mirrors[&calendar(1)].pending() && !row.mirrors[&calendar(2)].pending());
    }
}

#[test]
fn a_block_without_a_row_becomes_a_row_that_wants_nothing() {
    let mut family = Family::new();
    let one = event("event1", 9);
    let print = Rule::default().block(&one).unwrap().fingerprint();
    family.take(1, &[block(&one, 2, shown(print))]);
    let row = &family.rows[&(calendar(0), one.key())];
    assert_eq!(row.source, Source::Unseen);
    assert_eq!(row.mirrors[&calendar(1)].generation, Generation(2));
    // Its event turns up: what is there is what should be, so nothing has to be written.
    family.take(0, &[live(&one)]);
    let row = &family.rows[&(calendar(0), one.key())];
    assert!(row.mirrors[&calendar(1)].in_step());
    assert!(row.mirrors[&calendar(2)].pending());
}

#[test]
fn a_live_block_of_an_older_generation_must_go() {
    let mut family = Family::new();
    let one = event("event1", 9);
    family.take(0, &[live(&one)]);
    let print = Rule::default().block(&one).unwrap().fingerprint();
    family.take(1, &[block(&one, 1, shown(print))]);
    family.take(1, &[block(&one, 0, shown(print))]);
    let mirror = &family.rows[&(calendar(0), one.key())].mirrors[&calendar(1)];
    assert_eq!(mirror.strays, [Generation(0).into()].into());
    assert_eq!(mirror.generation, Generation(1));
}

#[test]
fn an_exception_is_an_occurrence_where_its_series_is_and_single_elsewhere() {
    let mut family = Family::new();
    let (whole, moved) = (series("series1"), exception(&series("series1"), 15));
    family.take(0, &[live(&moved)]);
    assert!(matches!(family.want(&moved.key(), 1), Want::Own(_)));
    family.push_all();
    family.take(0, &[live(&whole)]);
    assert!(matches!(family.want(&moved.key(), 1), Want::Instance(_)));
    let mirror = &family.rows[&(calendar(0), moved.key())].mirrors[&calendar(1)];
    assert_eq!(
        mirror.strays,
        [Generation(0).into()].into(),
        "its single block must go"
    );
    family.push_all();
    family.take(0, &[gone(&whole), live(&moved)]);
    assert!(matches!(family.want(&moved.key(), 1), Want::Own(_)));
}

#[test]
fn a_series_that_goes_takes_its_exceptions_with_it() {
    let mut family = Family::new();
    let (whole, moved) = (series("series1"), exception(&series("series1"), 15));
    family.take(0, &[live(&whole), live(&moved)]);
    family.push_all();
    family.take(0, &[gone(&whole)]);
    assert_eq!(
        family.rows[&(calendar(0), moved.key())].source,
        Source::Gone
    );
    assert_eq!(family.want(&moved.key(), 1), Want::Nothing);
}

#[test]
fn a_declined_occurrence_is_hidden_in_the_series_block() {
    let mut family = Family::new();
    let whole = series("series1");
    let declined = SourceEvent {
        response: Response::Declined,
        ..exception(&whole, 9)
    };
    family.take(0, &[live(&whole), live(&declined)]);
    assert_eq!(family.want(&declined.key(), 1), Want::Hidden);
}

#[test]
fn a_meeting_that_is_on_the_target_itself_is_not_blocked_there() {
    let mut family = Family::new();
    let one = event("event1", 9);
    family.take(0, &[live(&one)]);
    family.push_all();
    let plan = family.take(1, &[live(&one)]);
    assert_eq!(plan.wakes, [calendar(0)].into(), "its block there must go");
    let due = |family: &Family, of: usize, on: usize| {
        let row = &family.rows[&(calendar(of), one.key())];
        row.mirrors
            .get(&calendar(on))
            .map_or(Want::Nothing, crate::model::Mirror::due)
    };
    assert_eq!(
        (due(&family, 0, 1), due(&family, 1, 0)),
        (Want::Nothing, Want::Nothing)
    );
    let declined = SourceEvent {
        response: Response::Declined,
        ..one.clone()
    };
    family.take(1, &[live(&declined)]);
    assert!(matches!(due(&family, 0, 1), Want::Own(_)));
}

#[test]
fn an_event_that_cannot_be_read_is_parked_and_keeps_its_blocks() {
    let mut family = Family::new();
    let one = event("event1", 9);
    family.take(0, &[live(&one)]);
    family.push_all();
    let fact = SourceFact::Unreadable {
        key: one.key(),
        reason: "the end is missing".into(),
    };
    let plan = family.take(0, &[Fact::Source(fact)]);
    assert_eq!(plan.counts.parked, 1);
    let row = &family.rows[&(calendar(0), one.key())];
    assert!(row.parked.is_some() && !row.pending());
    assert!(matches!(family.want(&one.key(), 1), Want::Own(_)));
    family.take(0, &[live(&one)]);
    assert!(family.rows[&(calendar(0), one.key())].parked.is_none());
}

#[test]
fn a_full_read_ends_only_what_it_could_have_shown() {
    let since = at("2026-03-03T00:00:00Z");
    let mut family = Family::new();
    let (seen, old) = (
        event("event1", 9),
        SourceEvent {
            time: EventTime::instants(at("2026-03-02T09:00:00Z"), at("2026-03-02T10:00:00Z"), None)
                .unwrap(),
            ..event("event2", 9)
        },
    );
    let counted = SourceEvent {
        kind: EventKind::Series {
            recurrence: vec!["RRULE:FREQ=DAILY;COUNT=3".into()],
        },
        ..series("series1")
    };
    family.take(0, &[live(&seen), live(&old), live(&counted)]);
    let own = family.rows.values();
    let (facts, questions) = absent_sources(own, &BTreeSet::new(), since);
    assert_eq!(facts, [gone(&seen)]);
    let asked: Vec<_> = questions.into_iter().map(|question| question.key).collect();
    assert_eq!(asked, [counted.key()]);
}

fn any_event() -> impl Strategy<Value = SourceEvent> {
    (0..4u32, 1..20u32, any::<bool>(), 0..4u32).prop_map(|(n, hour, free, kind)| {
        let whole = series(&format!("series{}", n % 2));
        let base = match kind {
            0 => whole,
            1 => exception(&whole, hour),
            _ => event(&format!("event{n}"), hour),
        };
        SourceEvent { free, ..base }
    })
}

proptest! {
    #[test]
    fn after_any_facts_every_row_is_settled_and_planning_again_changes_nothing(
        steps in prop::collection::vec((0..3usize, any_event(), 0..3u32), 1..12)
    ) {
        let mut family = Family::new();
        for (n, event, what) in steps {
            match what {
                0 => family.take(n, &[gone(&event)]),
                1 => family.take(n, &[live(&event)]),
                _ => {
                    family.push_all();
                    family.take(n, &[live(&event)])
                }
            };
        }
    }
}
