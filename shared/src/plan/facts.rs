//! What a read of one calendar brings: source events as they are now, and what its blocks look like.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::model::{
    CalendarId, Etag, EventKey, EventKind, EventTime, Fingerprint, FullReadReason, Generation,
    GoogleEventId, Part, SourceEvent, Stamp,
};

/// How a calendar was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// What changed since the sync token.
    Incremental,
    /// Everything that ends after `since`.
    Full {
        /// Why.
        reason: FullReadReason,
        /// The lower bound that the request named.
        since: Timestamp,
    },
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// About an event of somebody's.
    #[serde(rename = "s")]
    Source(SourceFact),
    /// About a block of ours.
    #[serde(rename = "b")]
    Block(BlockFact),
}

/// A source event as Google reports it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceFact {
    /// It is there.
    #[serde(rename = "l")]
    Live(SourceEvent),
    /// Its owner cancelled this occurrence.
    #[serde(rename = "h")]
    Hidden {
        /// What Google calls it.
        id: GoogleEventId,
        /// The row of the series.
        series: EventKey,
        /// Which occurrence.
        original: Stamp,
    },
    /// It is deleted.
    #[serde(rename = "g")]
    Gone {
        /// The row.
        key: EventKey,
    },
    /// It is there but cannot be read as an event.
    #[serde(rename = "u")]
    Unreadable {
        /// The row.
        key: EventKey,
        /// Why, without event text.
        reason: String,
    },
}

impl SourceFact {
    /// The row that it is about.
    #[must_use]
    pub fn key(&self) -> EventKey {
        match self {
            Self::Live(event) => event.key(),
            Self::Hidden {
                series, original, ..
            } => EventKey::exception(series, original),
            Self::Gone { key } | Self::Unreadable { key, .. } => key.clone(),
        }
    }

    /// The series that it is an occurrence of.
    #[must_use]
    pub fn series(&self) -> Option<&EventKey> {
        match self {
            Self::Hidden { series, .. }
            | Self::Live(SourceEvent {
                kind: EventKind::Exception { series, .. },
                ..
            }) => Some(series),
            Self::Live(_) | Self::Gone { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// Whether it is a series.
    #[must_use]
    pub fn is_series(&self) -> bool {
        matches!(
            self,
            Self::Live(SourceEvent {
                kind: EventKind::Series { .. },
                ..
            })
        )
    }
}

/// What the calendar that was read shows of one of our blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockFact {
    /// The calendar of the source event.
    pub source: CalendarId,
    /// The source event; for an occurrence, its series.
    pub event: EventKey,
    /// Which part of the block.
    #[serde(default, skip_serializing_if = "Part::is_whole")]
    pub part: Part,
    /// The generation in the block's id.
    pub generation: Generation,
    /// The etag it is shown with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<Etag>,
    /// What is shown.
    pub shows: Shows,
}

/// What is shown of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shows {
    /// It is there with this content.
    #[serde(rename = "l")]
    Live {
        /// Its content.
        print: Fingerprint,
        /// The instant by which it is over; none for a series, or if it has no readable time.
        over: Option<Timestamp>,
        /// Of a series: when its first occurrence is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        series: Option<EventTime>,
    },
    /// It is deleted.
    #[serde(rename = "c")]
    Cancelled,
    /// A complete read that could have shown it did not.
    #[serde(rename = "m")]
    Missing,
}

impl BlockFact {
    /// The row that the block belongs to: its source event's, or one of the calendar that shows it if the
    /// source calendar is gone.
    #[must_use]
    pub fn row(&self, setting: &Setting<'_>) -> (CalendarId, EventKey) {
        let key = match &self.part {
            Part::Occurrence(stamp) => EventKey::exception(&self.event, stamp),
            Part::Whole | Part::Split(_) => self.event.clone(),
        };
        if setting.calendars.contains(&self.source) {
            (self.source, key)
        } else {
            (setting.calendar, EventKey::orphan(self.source, &key))
        }
    }
}
