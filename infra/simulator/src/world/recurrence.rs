//! Recurrence lines (`RRULE`, `EXRULE`, `RDATE`, `EXDATE`): reading, checking, ending a rule earlier.
//!
//! Expansion itself is the `rrule` crate's; this module turns Google's lines into its values. Dates expand in UTC, so they never meet a zone.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};

use crate::{
    wire::refusal::Refusal,
    world::time::{EventTime, resolve},
};

/// Recurrence lines longer than this, in all, are refused.
const LONGEST: usize = 64 * 1024;

fn refused() -> Refusal {
    Refusal::invalid("Invalid recurrence rule.")
}

/// The zone a series repeats in.
pub(crate) fn zone_of(start: EventTime, calendar_zone: Tz) -> Tz {
    match start {
        EventTime::Date(_) => Tz::UTC,
        EventTime::Timed { zone, .. } => zone.unwrap_or(calendar_zone),
    }
}

/// Checks lines as a write does.
pub(crate) fn check(
    lines: &[Box<str>],
    start: EventTime,
    calendar_zone: Tz,
) -> Result<(), Refusal> {
    if lines.iter().map(|line| line.len()).sum::<usize>() > LONGEST {
        return Err(refused());
    }
    set(lines, start, calendar_zone).map(|_| ())
}

/// The rule set of a series; `None` when it has no occurrence at all (a rule that ends before it starts).
pub(crate) fn set(
    lines: &[Box<str>],
    start: EventTime,
    calendar_zone: Tz,
) -> Result<Option<RRuleSet>, Refusal> {
    let zone = zone_of(start, calendar_zone);
    let first = start.instant(zone).with_timezone(&rrule::Tz::from(zone));
    let mut set = RRuleSet::new(first).limit();
    let (mut ruled, mut ended) = (false, false);
    for line in lines {
        let (head, value) = line.split_once(':').ok_or_else(refused)?;
        let name = head
            .split(';')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        match name.as_str() {
            "RRULE" => {
                ruled = true;
                match rule(value, first, zone)? {
                    Some(rule) => set = set.rrule(rule),
                    None => ended = true,
                }
            }
            "EXRULE" => {}
            "RDATE" => {
                for at in moments(head, value, start, zone)? {
                    set = set.rdate(at);
                }
            }
            "EXDATE" => {
                for at in moments(head, value, start, zone)? {
                    set = set.exdate(at);
                }
            }
            _ => return Err(refused()),
        }
    }
    if !ruled {
        set = set.rdate(first);
    }
    let nothing = ended && set.get_rrule().is_empty() && set.get_rdate().is_empty();
    Ok((!nothing).then_some(set))
}

/// One rule; `None` if it ends before it starts.
fn rule(value: &str, first: DateTime<rrule::Tz>, zone: Tz) -> Result<Option<RRule>, Refusal> {
    let mut parts = Vec::new();
    let mut until = None;
    for part in value.trim().split(';').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("UNTIL") => {
                until = Some(end_of(value, zone).ok_or_else(refused)?)
            }
            Some(_) => parts.push(part.to_owned()),
            None => return Err(refused()),
        }
    }
    if until.is_some_and(|until| until < first) {
        return Ok(None);
    }
    if let Some(until) = until {
        parts.push(format!("UNTIL={}", until.format("%Y%m%dT%H%M%SZ")));
    }
    let parsed: RRule<Unvalidated> = parts.join(";").parse().map_err(|_| refused())?;
    parsed.validate(first).map(Some).map_err(|_| refused())
}

/// The last instant an `UNTIL` allows: a date means all of that day, a local time is in the series' zone.
pub(crate) fn end_of(value: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        return Some(resolve(date.and_hms_opt(23, 59, 59)?, zone));
    }
    moment(value, zone)
}

fn moment(value: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
    match value.strip_suffix('Z') {
        Some(text) => local(text).map(|at| at.and_utc()),
        None => local(value).map(|at| resolve(at, zone)),
    }
}

/// The values of an `RDATE` or `EXDATE` line. A date in a timed series means that day at the series' time.
fn moments(
    head: &str,
    value: &str,
    start: EventTime,
    zone: Tz,
) -> Result<Vec<DateTime<rrule::Tz>>, Refusal> {
    let named = head.split(';').find_map(|part| part.strip_prefix("TZID="));
    let own = named.map_or(Ok(zone), |name| {
        name.trim_matches('"').parse::<Tz>().map_err(|_| refused())
    })?;
    let series = rrule::Tz::from(zone);
    let time = start.instant(zone).with_timezone(&zone).time();
    value
        .split(',')
        .map(|text| {
            let text = text.split('/').next().unwrap_or(text).trim();
            let at = match NaiveDate::parse_from_str(text, "%Y%m%d") {
                Ok(date) => Some(resolve(date.and_time(time), zone)),
                Err(_) if start.is_date() => day_of(text),
                Err(_) => moment(text, own),
            };
            at.map(|at| at.with_timezone(&series)).ok_or_else(refused)
        })
        .collect()
}

fn day_of(text: &str) -> Option<DateTime<Utc>> {
    let date = NaiveDate::parse_from_str(text.get(..8)?, "%Y%m%d").ok()?;
    Utc.from_utc_datetime(&date.and_time(chrono::NaiveTime::MIN))
        .into()
}

/// The lines with every rule ending just before `at`, as Google's interface writes them on "this and following".
pub(crate) fn ended_before(lines: &[Box<str>], at: EventTime) -> Vec<Box<str>> {
    let until = match at {
        EventTime::Date(date) => (date - Duration::days(1)).format("%Y%m%d").to_string(),
        EventTime::Timed { at, .. } => (at - Duration::seconds(1))
            .format("%Y%m%dT%H%M%SZ")
            .to_string(),
    };
    lines
        .iter()
        .map(|line| with_end(line, &format!("UNTIL={until}")))
        .collect()
}

/// The lines with a `COUNT` lowered by the occurrences that another series has now.
pub(crate) fn counted_down(lines: &[Box<str>], gone: usize) -> Vec<Box<str>> {
    lines.iter().map(|line| lowered(line, gone)).collect()
}

fn lowered(line: &str, gone: usize) -> Box<str> {
    let count = part(line, "COUNT").and_then(|text| text.parse::<usize>().ok());
    count.map_or_else(
        || line.into(),
        |count| {
            with_end(
                line,
                &format!("COUNT={}", count.saturating_sub(gone).max(1)),
            )
        },
    )
}

/// The value of one part of an RRULE line.
pub(crate) fn part<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rule = line.strip_prefix("RRULE:")?;
    rule.split(';')
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn with_end(line: &str, end: &str) -> Box<str> {
    let Some(rule) = line.strip_prefix("RRULE:") else {
        return line.into();
    };
    let mut parts: Vec<&str> = rule
        .split(';')
        .filter(|part| !part.starts_with("UNTIL=") && !part.starts_with("COUNT="))
        .collect();
    parts.push(end);
    format!("RRULE:{}", parts.join(";")).into()
}
