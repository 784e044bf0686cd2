//! A block as it is sent.
//!
//! What is the same for every block (busy, confirmed, no reminders) is written by the
//! serialiser and cannot be set otherwise; nobody is ever invited. An update replaces the whole event, so
//! what is not sent here is erased.

use std::collections::BTreeMap;

use serde::Serialize;

use super::text::Text;
use super::when::When;

/// What differs from block to block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockBody {
    /// Title.
    pub summary: Text,
    /// Inclusive start.
    pub start: When,
    /// Exclusive end.
    pub end: When,
    /// Rule lines of a series; empty for a single block and for an occurrence.
    pub recurrence: Vec<String>,
    /// The private extended properties that mark it as ours.
    pub marker: BTreeMap<String, String>,
    /// Its colour (`colorId`); none: the calendar's.
    pub colour: Option<String>,
    /// Whether only the calendar's owners see more than "busy"; else whoever sees the calendar's events.
    pub private: bool,
    /// The event's current sequence, if known: Google refuses an update that lowers it.
    pub sequence: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    status: &'static str,
    summary: &'a Text,
    start: &'a When,
    end: &'a When,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    recurrence: &'a [String],
    transparency: &'static str,
    visibility: &'static str,
    #[serde(rename = "colorId", skip_serializing_if = "Option::is_none")]
    colour: Option<&'a str>,
    reminders: NoReminders,
    extended_properties: Properties<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoReminders {
    use_default: bool,
}

#[derive(Serialize)]
struct Properties<'a> {
    private: &'a BTreeMap<String, String>,
}

impl BlockBody {
    fn sent<'a>(&'a self, id: Option<&'a str>) -> Sent<'a> {
        Sent {
            id,
            status: "confirmed",
            summary: &self.summary,
            start: &self.start,
            end: &self.end,
            recurrence: &self.recurrence,
            transparency: "opaque",
            visibility: if self.private { "private" } else { "default" },
            colour: self.colour.as_deref(),
            reminders: NoReminders { use_default: false },
            extended_properties: Properties {
                private: &self.marker,
            },
            sequence: self.sequence,
        }
    }
}

/// As an update sends it: the id stands in the path.
impl Serialize for BlockBody {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.sent(None).serialize(to)
    }
}

/// As an insert sends it: with the id that we choose.
#[derive(Debug)]
pub(in super::super) struct NewBlock<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) body: &'a BlockBody,
}

impl Serialize for NewBlock<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.body.sent(Some(self.id)).serialize(to)
    }
}
