//! Calendar files (.ics, RFC 5545): reading, moving to the present, loading into a calendar.
//!
//! Rule: a broken file is an error that names the line, what is wrong and what to do; nothing is dropped silently. Content lines are
//! read by the `icalendar` crate; structure and line numbers are kept here, since that crate reports neither for a folded file.
//! Not read: tasks, alarms, journals, and the transition rules inside VTIMEZONE (zones are IANA's).

mod blocks;
mod event;
mod lines;
mod load;
mod shift;
mod time;

use chrono_tz::Tz;

pub use load::Loaded;

use crate::ics::event::IcsEvent;

/// What is wrong with a calendar file, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}; {fix}")]
pub struct IcsError {
    /// Line in the file, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl IcsError {
    fn new(line: usize, what: impl Into<String>, fix: &str) -> Self {
        Self {
            line,
            what: what.into(),
            fix: fix.to_owned(),
        }
    }
}

/// A calendar file, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct IcsCalendar {
    /// `X-WR-CALNAME`.
    pub name: Option<String>,
    /// `X-WR-TIMEZONE`; floating times are in it, or in UTC without it.
    pub zone: Option<Tz>,
    events: Vec<IcsEvent>,
}

impl IcsCalendar {
    /// Events in the file: singles, series and overrides.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// Reads a calendar file.
///
/// # Errors
/// The first line that is wrong.
pub fn parse(text: &str) -> Result<IcsCalendar, IcsError> {
    let lines = lines::unfold(text)?;
    let file = blocks::read(&lines)?;
    let zone = file.zone()?;
    let zones = file.zone_names();
    let floating = zone.unwrap_or(Tz::UTC);
    let events = file
        .events
        .iter()
        .map(|block| event::read(block, floating, &zones))
        .collect::<Result<_, _>>()?;
    Ok(IcsCalendar {
        name: file.name(),
        zone,
        events,
    })
}

#[cfg(test)]
mod tests;
