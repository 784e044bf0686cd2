//! One VEVENT, checked: a single event, a series, or the override of an occurrence.

use std::collections::BTreeMap;

use chrono::Duration;
use chrono_tz::Tz;

use crate::{
    ics::{
        IcsError,
        blocks::Block,
        lines::Line,
        time::{self, IcsTime, Zones},
    },
    world::recurrence,
};

/// A part of a recurrence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// `RRULE`, without its name.
    Rule(String),
    /// `RDATE`.
    Added(Vec<IcsTime>),
    /// `EXDATE`.
    Left(Vec<IcsTime>),
}

/// One event of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IcsEvent {
    pub(crate) line: usize,
    pub(crate) uid: Option<String>,
    pub(crate) start: IcsTime,
    pub(crate) end: IcsTime,
    pub(crate) recurrence: Vec<Part>,
    /// The occurrence this overrides.
    pub(crate) overrides: Option<IcsTime>,
    pub(crate) status: &'static str,
    pub(crate) transparent: bool,
    pub(crate) visibility: Option<&'static str>,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
}

/// Reads one VEVENT.
pub(crate) fn read(
    block: &Block<'_>,
    floating: Tz,
    named: &BTreeMap<String, Tz>,
) -> Result<IcsEvent, IcsError> {
    let zones = Zones { floating, named };
    let start = block
        .get("DTSTART")
        .ok_or_else(|| IcsError::new(block.line, "VEVENT without DTSTART", "add a DTSTART line"))?;
    let start = time::read(start, zones)?;
    let text = |name: &str| {
        block
            .text(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let event = IcsEvent {
        line: block.line,
        uid: text("UID"),
        start,
        end: end(block, start, zones)?,
        recurrence: recurrence(block, start, zones)?,
        overrides: block
            .get("RECURRENCE-ID")
            .map(|line| overridden(line, zones))
            .transpose()?,
        status: status(block)?,
        transparent: block
            .text("TRANSP")
            .is_some_and(|text| text.eq_ignore_ascii_case("TRANSPARENT")),
        visibility: visibility(block),
        summary: text("SUMMARY"),
        description: text("DESCRIPTION"),
        location: text("LOCATION"),
    };
    if event
        .overrides
        .is_some_and(|original| original.is_date() != start.is_date())
        && !event.recurrence.is_empty()
    {
        return Err(IcsError::new(
            block.line,
            "an override with a rule of its own",
            "remove RRULE or RECURRENCE-ID",
        ));
    }
    Ok(event)
}

fn overridden(line: &Line, zones: Zones<'_>) -> Result<IcsTime, IcsError> {
    if line.param("RANGE").is_some() {
        return Err(IcsError::new(
            line.number,
            "RECURRENCE-ID with a RANGE changes many occurrences at once, which is not read",
            "end the series there by UNTIL, and add the rest as a series of its own",
        ));
    }
    time::read(line, zones)
}

/// DTEND, or DTSTART plus DURATION, or the default: a day for dates, nothing for times.
fn end(block: &Block<'_>, start: IcsTime, zones: Zones<'_>) -> Result<IcsTime, IcsError> {
    let default = if start.is_date() {
        start.plus(Duration::days(1))
    } else {
        start
    };
    let Some(line) = block.get("DTEND") else {
        return block
            .get("DURATION")
            .map_or(Ok(default), |line| Ok(start.plus(time::duration(line)?)));
    };
    let end = time::read(line, zones)?;
    if end.is_date() != start.is_date() {
        return Err(IcsError::new(
            line.number,
            "DTEND and DTSTART are not both dates or both times",
            "write both in the same way",
        ));
    }
    let length = end.instant(zones.floating) - start.instant(zones.floating);
    match length {
        length if length < Duration::zero() => Err(IcsError::new(
            line.number,
            "DTEND lies before DTSTART",
            "exchange the two",
        )),
        length if length.is_zero() => Ok(default),
        _ => Ok(end),
    }
}

fn recurrence(block: &Block<'_>, start: IcsTime, zones: Zones<'_>) -> Result<Vec<Part>, IcsError> {
    let mut parts = Vec::new();
    for line in &block.lines {
        match line.name.as_str() {
            "RRULE" => parts.push(Part::Rule(rule(line, start, zones)?)),
            "RDATE" => parts.push(Part::Added(time::read_all(line, zones)?)),
            "EXDATE" => parts.push(Part::Left(time::read_all(line, zones)?)),
            _ => {}
        }
    }
    let repeats = |part: &Part| match part {
        Part::Rule(_) => true,
        Part::Added(times) => !times.is_empty(),
        Part::Left(_) => false,
    };
    if !parts.iter().any(repeats) {
        parts.clear();
    }
    parts.retain(|part| match part {
        Part::Rule(_) => true,
        Part::Added(times) | Part::Left(times) => !times.is_empty(),
    });
    Ok(parts)
}

fn rule(line: &Line, start: IcsTime, zones: Zones<'_>) -> Result<String, IcsError> {
    let text = line.value.trim().to_owned();
    if text.split(';').any(is_never) {
        return Err(IcsError::new(
            line.number,
            format!("RRULE says COUNT=0 or INTERVAL=0: \"{text}\""),
            "write a number from 1 on, or take the part out",
        ));
    }
    let check = recurrence::check(
        &[format!("RRULE:{text}").into()],
        start.event_time(),
        zones.floating,
    );
    check.map_err(|_| {
        IcsError::new(
            line.number,
            format!("RRULE cannot be read: \"{text}\""),
            "write it as in RFC 5545, 3.3.10",
        )
    })?;
    Ok(text)
}

/// A part of a rule that would let it never repeat, or never go on.
fn is_never(part: &str) -> bool {
    let named =
        |name: &str| name.eq_ignore_ascii_case("COUNT") || name.eq_ignore_ascii_case("INTERVAL");
    let zero = |value: &str| value.trim().parse() == Ok(0_u64);
    part.split_once('=')
        .is_some_and(|(name, value)| named(name.trim()) && zero(value))
}

fn status(block: &Block<'_>) -> Result<&'static str, IcsError> {
    let Some(line) = block.get("STATUS") else {
        return Ok("confirmed");
    };
    match line.value.trim().to_ascii_uppercase().as_str() {
        "CONFIRMED" | "" => Ok("confirmed"),
        "TENTATIVE" => Ok("tentative"),
        "CANCELLED" => Ok("cancelled"),
        other => Err(IcsError::new(
            line.number,
            format!("unknown STATUS \"{other}\""),
            "write CONFIRMED, TENTATIVE or CANCELLED",
        )),
    }
}

fn visibility(block: &Block<'_>) -> Option<&'static str> {
    match block.text("CLASS")?.to_ascii_uppercase().as_str() {
        "PRIVATE" => Some("private"),
        "CONFIDENTIAL" => Some("confidential"),
        "PUBLIC" => None,
        _ => Some("private"),
    }
}

impl IcsEvent {
    /// Recurrence lines as the API takes them.
    pub(crate) fn lines(&self) -> Vec<String> {
        let dated = |name: &str, times: &[IcsTime]| -> Vec<String> {
            let line = |time: &IcsTime| {
                let (params, value) = time.to_line();
                format!("{name}{params}:{value}")
            };
            times.iter().map(line).collect()
        };
        let lines = |part: &Part| match part {
            Part::Rule(text) => vec![format!("RRULE:{text}")],
            Part::Added(times) => dated("RDATE", times),
            Part::Left(times) => dated("EXDATE", times),
        };
        self.recurrence.iter().flat_map(lines).collect()
    }
}
