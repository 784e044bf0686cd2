//! The colours that an event can have.

use serde::{Deserialize, Serialize};

/// A colour by the name that Google Calendar shows; the numbers are `colorId` (Calendar API: Colors).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Colour {
    Lavender = 1,
    Sage = 2,
    Grape = 3,
    Flamingo = 4,
    Banana = 5,
    Tangerine = 6,
    Peacock = 7,
    Graphite = 8,
    Blueberry = 9,
    Basil = 10,
    Tomato = 11,
}

impl Colour {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Lavender,
        Self::Sage,
        Self::Grape,
        Self::Flamingo,
        Self::Banana,
        Self::Tangerine,
        Self::Peacock,
        Self::Graphite,
        Self::Blueberry,
        Self::Basil,
        Self::Tomato,
    ];

    /// `colorId`.
    #[must_use]
    pub fn id(self) -> String {
        (self as u8).to_string()
    }
}
