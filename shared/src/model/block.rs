//! What a block looks like, and the fingerprint that stands for it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{BadId, decode, encode};
use super::time::EventTime;

/// Key of the private extended property that marks a block. It only ever excludes an event from being a source.
pub const MARKER_KEY: &str = "tidelock";
/// Its value.
pub const MARKER_VALUE: &str = "block";

/// Who sees more than "busy" on a target calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// What the calendar says.
    Default,
    /// Only its owners.
    Private,
    /// Everyone, or a value that Google added later: never ours, so only seen as drift.
    Other,
}

/// Everything of a block that we set and watch. Two blocks with equal content are the same block to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockContent {
    /// The title.
    pub title: String,
    /// When.
    pub time: EventTime,
    /// Rule lines; empty but for a series.
    pub recurrence: Vec<String>,
    /// Who sees it.
    pub visibility: Visibility,
    /// Its colour (`colorId`); none: the calendar's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Whether it holds the time (`transparency` opaque, status confirmed).
    pub busy: bool,
    /// Whether our marker is on it.
    pub marked: bool,
}

impl BlockContent {
    /// Its fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        // Plain data of strings, dates and booleans: serialisation has no way to fail.
        let text = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(&text);
        let mut print = [0; Fingerprint::BYTES];
        print
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        Fingerprint(print)
    }
}

/// A digest of a block's content: 120 bits, so two contents that meet are out of question.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; Self::BYTES]);

impl Fingerprint {
    const BYTES: usize = 15;

    /// Reads the text that `Display` writes.
    ///
    /// # Errors
    /// The text is no fingerprint.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bad = BadId {
            what: "fingerprint",
        };
        let bytes = decode(text).ok_or(bad.clone())?;
        bytes.try_into().map(Self).map_err(|_| bad)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(&self.0))
    }
}
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
