//! The default rule: what of a source event is held on the other calendars, and how it looks there.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::block::{BlockContent, Visibility};
use super::event::{EventKind, EventType, Response, SourceEvent};
use super::time::EventTime;
use crate::limits;

/// Why an event is not mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// It leaves the time free.
    Free,
    /// Its owner declined it.
    Declined,
    /// It takes no time.
    ZeroLength,
    /// Its type holds no time: a working location, a birthday, or one that Google made.
    Type,
    /// It was over long before it was first seen.
    LongOver,
    /// The target holds the same meeting itself.
    SameMeeting,
}

impl Skip {
    /// The reason in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Free => "shown as free",
            Self::Declined => "declined",
            Self::ZeroLength => "takes no time",
            Self::Type => "a kind of event that holds no time",
            Self::LongOver => "over long ago",
            Self::SameMeeting => "the same meeting is there already",
        }
    }
}

/// What a pair of calendars mirrors, and how it looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The title of every block.
    pub title: String,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            title: "Busy".to_owned(),
        }
    }
}

impl Rule {
    /// The block that an event should have, whatever its age.
    ///
    /// # Errors
    /// The reason why it should have none.
    pub fn block(&self, event: &SourceEvent) -> Result<BlockContent, Skip> {
        match event.event_type {
            EventType::Default | EventType::OutOfOffice | EventType::FocusTime => {}
            EventType::WorkingLocation
            | EventType::Birthday
            | EventType::FromGmail
            | EventType::Other => return Err(Skip::Type),
        }
        match event.response {
            Response::Declined => return Err(Skip::Declined),
            Response::NotAsked | Response::Open | Response::Tentative | Response::Accepted => {}
        }
        if event.free {
            return Err(Skip::Free);
        }
        if event.time.is_empty() {
            return Err(Skip::ZeroLength);
        }
        Ok(self.content(event))
    }

    fn content(&self, event: &SourceEvent) -> BlockContent {
        match &event.kind {
            EventKind::Series { recurrence } => BlockContent {
                recurrence: recurrence.clone(),
                ..self.at(event.time.clone())
            },
            EventKind::Single | EventKind::Exception { .. } => self.at(event.time.without_zone()),
        }
    }

    /// A block at a given time.
    #[must_use]
    pub fn at(&self, time: EventTime) -> BlockContent {
        BlockContent {
            title: self.title.clone(),
            time,
            recurrence: Vec::new(),
            visibility: Visibility::Private,
            busy: true,
            marked: true,
        }
    }
}

/// What ended before this instant was over long before `now`. A full read begins here.
#[must_use]
pub fn horizon(now: Timestamp) -> Timestamp {
    let back = SignedDuration::from_hours(24 * limits::FULL_READ_DAYS_BACK);
    now.saturating_sub(back).unwrap_or(Timestamp::MIN)
}

/// Whether an event was over long before `now`: it gets no new block, but keeps one that it has.
#[must_use]
pub fn long_over(event: &SourceEvent, now: Timestamp) -> bool {
    event.over_by().is_some_and(|over| over < horizon(now))
}
