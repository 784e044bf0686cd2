//! The decision table of docs/mirrored.md: each kind of event, by each setting.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::model::{
    Access, AccountId, CalendarConfig, CalendarId, EventKind, EventTime, EventType,
    GoogleCalendarId, GoogleEventId, InstallKey, Keyword, Response, Rule, RuleSet, Skip,
    SourceEvent, Status, UserConfig, UserId,
};

const DOCUMENT: &str = include_str!("../../docs/mirrored.md");
/// A Wednesday; noon in Berlin is 11:00 UTC.
const NOW: &str = "2026-03-04T08:00:00Z";

fn settings() -> Vec<(&'static str, Value)> {
    let only = |field: &str| json!({"pairs": [{field: false}]});
    vec![
        ("by default", json!({})),
        ("`all_day` off", only("all_day")),
        ("`multi_day` off", only("multi_day")),
        ("`tentative` off", only("tentative")),
        ("`unanswered` off", only("unanswered")),
        ("`out_of_office` off", only("out_of_office")),
        ("`focus_time` off", only("focus_time")),
        ("`past` off", only("past")),
        (
            "`hours` Mon to Fri, 9 to 17",
            json!({"zone": "Europe/Berlin", "pairs": [{"hours":
                {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}}]}),
        ),
        ("`opt_out` none", json!({"pairs": [{"opt_out": "none"}]})),
        ("`opt_in` #work", json!({"pairs": [{"opt_in": "#work"}]})),
        ("`mirror` off", only("mirror")),
    ]
}

fn event(change: impl FnOnce(&mut SourceEvent)) -> SourceEvent {
    let mut event = SourceEvent::new(
        GoogleEventId::parse("event").unwrap(),
        EventKind::Single,
        hours(11, 1),
    );
    event.response = Response::Accepted;
    change(&mut event);
    event
}

/// A time from so many hours after the midnight before [`NOW`] on.
fn hours(from: i64, length: i64) -> EventTime {
    let midnight: Timestamp = "2026-03-04T00:00:00Z".parse().unwrap();
    let start = midnight + SignedDuration::from_hours(from);
    EventTime::instants(start, start + SignedDuration::from_hours(length), None).unwrap()
}

fn days(start: &str, end: &str) -> EventTime {
    EventTime::days(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

fn words(words: &[&str]) -> impl FnOnce(&mut SourceEvent) {
    let words = words
        .iter()
        .map(|word| Keyword::parse(word).unwrap())
        .collect();
    move |event| event.words = words
}

fn series(zone: &str, at: &str, rule: &str) -> SourceEvent {
    event(|event| {
        let start: Timestamp = at.parse().unwrap();
        let zone = shared::model::ZoneName::parse(zone).unwrap();
        let end = start + SignedDuration::from_hours(1);
        event.time = EventTime::instants(start, end, Some(zone)).unwrap();
        event.kind = EventKind::Series {
            recurrence: vec![rule.to_owned()],
        };
    })
}

fn events() -> Vec<(&'static str, SourceEvent)> {
    use {EventType as Type, Response as Answer};
    let of_type = |kind| event(|event| event.event_type = kind);
    let answered = |answer| event(|event| event.response = answer);
    let at = |time| event(|event| event.time = time);
    vec![
        ("an accepted meeting", event(|_| {})),
        ("an event without guests", answered(Answer::NotAsked)),
        ("an invitation without an answer", answered(Answer::Open)),
        (
            "an invitation answered \"maybe\"",
            answered(Answer::Tentative),
        ),
        ("an invitation declined", answered(Answer::Declined)),
        (
            "a tentative event",
            event(|event| event.status = Status::Tentative),
        ),
        ("an event shown as free", event(|event| event.free = true)),
        ("a private event", event(|event| event.private = true)),
        ("a whole day", at(days("2026-03-05", "2026-03-06"))),
        ("several whole days", at(days("2026-03-05", "2026-03-08"))),
        ("a Saturday", at(days("2026-03-07", "2026-03-08"))),
        ("36 hours", at(hours(11, 36))),
        ("no time at all", at(hours(11, 0))),
        ("out of office", of_type(Type::OutOfOffice)),
        ("focus time", of_type(Type::FocusTime)),
        ("a working location", of_type(Type::WorkingLocation)),
        ("a birthday", of_type(Type::Birthday)),
        ("an event made from a mail", of_type(Type::FromGmail)),
        ("a kind that Google adds later", of_type(Type::Other)),
        ("`#nosync` in the title", event(words(&["#nosync"]))),
        ("`#work` in the title", event(words(&["#work"]))),
        ("both in the title", event(words(&["#nosync", "#work"]))),
        ("an evening", at(hours(19, 2))),
        (
            "from 16:30 to 18:30",
            event(|event| {
                event.time = EventTime::instants(
                    "2026-03-04T15:30:00Z".parse().unwrap(),
                    "2026-03-04T17:30:00Z".parse().unwrap(),
                    None,
                )
                .unwrap()
            }),
        ),
        ("a Sunday at noon", at(hours(4 * 24 + 11, 1))),
        ("over since yesterday", at(hours(-20, 1))),
        ("over for 40 days", at(hours(-40 * 24, 1))),
        (
            "a series, daily at noon",
            series("Europe/Berlin", "2026-03-04T11:00:00Z", "RRULE:FREQ=DAILY"),
        ),
        (
            "a series, Sundays at noon",
            series(
                "Europe/Berlin",
                "2026-03-08T11:00:00Z",
                "RRULE:FREQ=WEEKLY;BYDAY=SU",
            ),
        ),
        (
            "a series, in hours only while New York is nearer",
            series(
                "America/New_York",
                "2026-03-04T16:00:00Z",
                "RRULE:FREQ=WEEKLY;BYDAY=WE",
            ),
        ),
    ]
}

fn calendars() -> [(CalendarId, CalendarConfig); 2] {
    let key = InstallKey::new([1; InstallKey::BYTES]);
    ["work", "home"].map(|name| {
        let google = GoogleCalendarId::parse(name).unwrap();
        let id = CalendarId::derive(&key, UserId::derive(&key, "ann"), &google);
        let own = CalendarConfig {
            google,
            account: AccountId("ann".into()),
            name: name.into(),
            access: Access::Write,
            enabled: true,
        };
        (id, own)
    })
}

fn outcome(rule: Option<&Rule>, event: &SourceEvent) -> Result<(), Skip> {
    let rule = rule.ok_or(Skip::NotOptedIn)?;
    rule.block(event)?;
    rule.too_late(event, NOW.parse().unwrap())
        .map_or(Ok(()), Err)
}

fn table() -> String {
    let calendars = calendars();
    let [(work, _), (home, _)] = calendars.clone();
    let rules: Vec<Option<Rule>> = settings()
        .into_iter()
        .map(|(_, rules)| {
            let config = UserConfig {
                user: work.user(),
                version: 1,
                calendars: calendars.clone().into(),
                rules: RuleSet::read(rules).unwrap(),
            };
            config.pairs().rule(work, home).cloned()
        })
        .collect();
    let mut table = String::from("| |");
    for (name, _) in settings() {
        write!(table, " {name} |").unwrap();
    }
    table.push_str(" without a block, as it is |\n|---|");
    table.push_str(&":-:|".repeat(rules.len()));
    table.push_str("---|\n");
    for (name, event) in events() {
        write!(table, "| {name} |").unwrap();
        let outcomes: Vec<_> = rules
            .iter()
            .map(|rule| outcome(rule.as_ref(), &event))
            .collect();
        for outcome in &outcomes {
            table.push_str(if outcome.is_ok() { " held |" } else { " – |" });
        }
        // What keeps every event out tells nothing about this one.
        let named = outcomes.iter().filter_map(|one| one.err());
        let reasons = named
            .filter(|skip| *skip != Skip::NotOptedIn)
            .map(Skip::reason);
        let mut told: Vec<&str> = Vec::new();
        for reason in reasons {
            if !told.contains(&reason) {
                told.push(reason);
            }
        }
        writeln!(table, " {} |", told.join("; ")).unwrap();
    }
    table
}

#[test]
fn the_document_has_the_decisions_that_are_made() {
    let table = table();
    assert!(
        DOCUMENT.contains(&table),
        "docs/mirrored.md should have:\n{table}"
    );
}

/// Every reason that depends on the event and the rule alone comes up in the table.
#[test]
fn every_reason_of_a_rule_has_its_line() {
    let elsewhere = [Skip::SameMeeting, Skip::Dismissed, Skip::NotOptedIn];
    for skip in Skip::ALL
        .into_iter()
        .filter(|skip| !elsewhere.contains(skip))
    {
        assert!(DOCUMENT.contains(skip.reason()), "{skip:?}");
    }
}
