//! Which request of the API a thing is about: the operation, the calendar, the event.
//!
//! Every error carries one. It holds ids only: no token, no text, no address.

use std::fmt;

/// The requests that Tidelock makes of the Calendar API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `calendarList.list`.
    CalendarList,
    /// `events.list` without a sync token.
    ListAll,
    /// `events.list` with a sync token.
    ListChanges,
    /// `events.get`.
    Get,
    /// `events.instances`.
    Instances,
    /// `events.insert`.
    Insert,
    /// `events.update`, never `events.patch`: that costs three units.
    Update,
    /// `events.delete`.
    Delete,
}

impl Operation {
    /// The method's name in the API, by which requests are counted.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CalendarList => "calendarList.list",
            Self::ListAll | Self::ListChanges => "events.list",
            Self::Get => "events.get",
            Self::Instances => "events.instances",
            Self::Insert => "events.insert",
            Self::Update => "events.update",
            Self::Delete => "events.delete",
        }
    }

    /// Whether it changes a calendar.
    #[must_use]
    pub fn is_write(self) -> bool {
        match self {
            Self::Insert | Self::Update | Self::Delete => true,
            Self::CalendarList
            | Self::ListAll
            | Self::ListChanges
            | Self::Get
            | Self::Instances => false,
        }
    }
}

/// One call: what is asked of which calendar and event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) calendar: Option<String>,
    pub(super) event: Option<String>,
}

impl Call {
    pub(super) fn account(operation: Operation) -> Self {
        Self {
            operation,
            calendar: None,
            event: None,
        }
    }

    pub(super) fn calendar(operation: Operation, calendar: &str) -> Self {
        Self {
            operation,
            calendar: Some(calendar.to_owned()),
            event: None,
        }
    }

    pub(super) fn event(operation: Operation, calendar: &str, event: &str) -> Self {
        Self {
            operation,
            calendar: Some(calendar.to_owned()),
            event: Some(event.to_owned()),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation.name())?;
        if let Some(calendar) = &self.calendar {
            write!(f, " on calendar {calendar}")?;
        }
        if let Some(event) = &self.event {
            write!(f, ", event {event}")?;
        }
        Ok(())
    }
}
