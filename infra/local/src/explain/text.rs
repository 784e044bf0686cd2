//! An explanation for people.

use std::fmt::Write as _;

use jiff::Timestamp;
use shared::model::{
    EventKind, EventTime, EventType, GoogleEventId, Part, Response, Source, SourceEvent, Status,
};

use super::{BlockOf, BlockStatus, Explanation, SourceNow, SourceStatus, Stand, TargetStatus};
use crate::age::{Since, Until};

/// The explanation, a line for each thing to know. Ends with a line break.
#[must_use]
pub(super) fn text(explanation: &Explanation) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if !explanation.found {
        line(unknown(&explanation.event, explanation.foreign));
    }
    explanation
        .block_of
        .iter()
        .for_each(|block| line(block_of(block)));
    if explanation.sources.is_empty() && explanation.found {
        line(
            "its source has no row; the next sync of the calendar that shows it asks for it"
                .to_owned(),
        );
    }
    for damaged in &explanation.damaged {
        line(damaged.line());
    }
    for source in &explanation.sources {
        of_source(source, explanation.at, &mut line);
    }
    text
}

/// What is told of an id that leads to nothing.
#[must_use]
pub(crate) fn unknown(event: &GoogleEventId, foreign: bool) -> String {
    match foreign {
        true => format!("{event}: a block of another installation or user; it is never touched"),
        false => format!(
            "{event}: not known; either it is no event of these calendars, or it was over long before it was first seen, or \
             the next sync brings it"
        ),
    }
}

/// What a block is a block of.
#[must_use]
pub(crate) fn block_of(block: &BlockOf) -> String {
    let part = match &block.part {
        Part::Whole => String::new(),
        Part::Occurrence(stamp) => format!(", its occurrence of {stamp}"),
        Part::Split(_) => ", a part that a person split off".to_owned(),
    };
    let (event, calendar, user) = (&block.event, &block.calendar, &block.user);
    format!(
        "this is a block of {event} on {calendar} ({user}), generation {}{part}",
        block.generation.0
    )
}

fn of_source(source: &SourceStatus, at: Timestamp, line: &mut impl FnMut(String)) {
    let part = if source.takes_part {
        ""
    } else {
        ", which takes no part"
    };
    let (user, calendar, key) = (&source.user, &source.calendar, &source.key);
    line(format!("{user}: {key} on {calendar}{part}"));
    if source.follows_series {
        line(
            "  this occurrence has no row of its own: it is as its series, which follows"
                .to_owned(),
        );
    }
    line(format!("  {}", known(&source.source)));
    if let Some(park) = &source.parked {
        line(format!(
            "  SET ASIDE for {}: {}",
            Since::new(park.since, at),
            park.reason
        ));
    }
    if let Some(pending) = source.pending {
        line(format!("  something to push for {pending}"));
    }
    if let Some(now) = &source.now {
        line(format!("  at Google now: {}", source_now(now)));
    }
    for target in &source.targets {
        of_target(target, at, line);
    }
}

fn of_target(target: &TargetStatus, at: Timestamp, line: &mut impl FnMut(String)) {
    line(format!("  → {}: {}", target.calendar, stand(target)));
    if let Some(block) = &target.block {
        let (generation, want, have) = (target.generation.0, &target.want, &target.have);
        line(format!("      block {block}"));
        line(format!(
            "      generation {generation}, want {want}, have {have}{}",
            marks(target)
        ));
    }
    if let Some(park) = &target.parked {
        line(format!(
            "      set aside for {}: {}",
            Since::new(park.since, at),
            park.reason
        ));
    }
    if let Some(retry) = &target.retry {
        let (failures, next) = (retry.failures, Until::new(retry.at, at));
        let why = match retry.why.as_str() {
            "" => "nobody noted why",
            why => why,
        };
        line(format!(
            "      failed {failures} times, the next try is due {next}; the last answer: {why}"
        ));
    }
    if let Some(now) = &target.now {
        line(format!("      at Google now: {}", block_now(now)));
    }
}

fn stand(target: &TargetStatus) -> String {
    let standing = match target.standing {
        Stand::Blocked => "blocked",
        Stand::Pending => "to be blocked; the next push does it",
        Stand::Leaving => "to be removed; the next push does it",
        Stand::Parked => "SET ASIDE",
        Stand::NotBlocked => "not blocked",
    };
    match target.why_not {
        Some(why) => format!("{standing}: {why}"),
        None => standing.to_owned(),
    }
}

fn marks(target: &TargetStatus) -> String {
    let mut marks = String::new();
    if target.twin {
        marks.push_str(", the same meeting is there");
    }
    if target.alone {
        marks.push_str(", stands for itself");
    }
    // Writing to a string has no way to fail.
    if target.rewrites > 1 {
        let _ = write!(marks, ", written {} times", target.rewrites);
    }
    if target.strays > 0 {
        let _ = write!(marks, ", {} more blocks must go", target.strays);
    }
    marks
}

fn known(source: &Source) -> String {
    match source {
        Source::Live(event) => live(event),
        Source::Hidden { original, .. } => {
            format!("an occurrence cancelled by its owner, of {original}")
        }
        Source::Follows { original, .. } => {
            format!("an occurrence as its series has it, of {original}")
        }
        Source::Unseen => "known by its block alone; nobody asked for the event yet".to_owned(),
        Source::Gone => "was there and is not any more".to_owned(),
    }
}

fn live(event: &SourceEvent) -> String {
    let kind = match &event.kind {
        EventKind::Single => "single".to_owned(),
        EventKind::Series { recurrence } => format!("series ({})", recurrence.join(" ")),
        EventKind::Exception { original, .. } => format!("exception for {original}"),
    };
    let status = match event.status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
    };
    let free = if event.free { "free" } else { "busy" };
    let (time, response, kind_of) = (
        stretch(&event.time),
        response(event.response),
        event_type(event.event_type),
    );
    format!("{kind}, {time}, {status}, {free}, {response}, {kind_of}")
}

fn response(response: Response) -> &'static str {
    match response {
        Response::NotAsked => "no invitation",
        Response::Open => "not answered",
        Response::Declined => "declined",
        Response::Tentative => "answered perhaps",
        Response::Accepted => "accepted",
    }
}

fn event_type(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Default => "ordinary event",
        EventType::OutOfOffice => "out of office",
        EventType::FocusTime => "focus time",
        EventType::WorkingLocation => "working location",
        EventType::Birthday => "birthday",
        EventType::FromGmail => "from a mail",
        EventType::Other => "event of an unknown type",
    }
}

/// From start to end, as Google holds them.
#[must_use]
pub(super) fn stretch(time: &EventTime) -> String {
    match time {
        EventTime::Days { start, end } => format!("{start} to before {end}"),
        EventTime::Instants { start, end, zone } => {
            let zone = zone.as_ref().map_or("", |zone| zone.as_str());
            format!("{start:.0} to {end:.0} {zone}")
                .trim_end()
                .to_owned()
        }
    }
}

fn source_now(now: &SourceNow) -> String {
    match now {
        SourceNow::Same => "the same".to_owned(),
        SourceNow::Changed { source } => {
            format!("changed, the next sync takes it over: {}", known(source))
        }
        SourceNow::Deleted => "deleted".to_owned(),
        SourceNow::Absent => "not there".to_owned(),
        SourceNow::Unknown { why } => format!("could not be told: {why}"),
    }
}

fn block_now(now: &BlockStatus) -> String {
    match now {
        BlockStatus::There {
            time,
            differs: None,
        } => format!("there, {time}"),
        BlockStatus::There {
            time,
            differs: Some(differs),
        } => format!("there, {time}, but not as it should be: {differs}"),
        BlockStatus::Deleted => "deleted".to_owned(),
        BlockStatus::Absent => "not there".to_owned(),
        BlockStatus::Unknown { why } => format!("could not be told: {why}"),
    }
}
