//! The trail of a block: who or what had it changed, from what to what, when, and under which commit.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::commit::Epoch;
use super::ids::BadId;
use super::row::Have;

/// What made a block due for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Cause {
    /// Its event changed, came or went.
    #[default]
    #[serde(rename = "e")]
    Event,
    /// The rules changed, or which calendars take part.
    #[serde(rename = "r")]
    Rules,
    /// A person changed or removed the block.
    #[serde(rename = "p")]
    Person,
    /// The same meeting came to the target calendar, or went there.
    #[serde(rename = "m")]
    Meeting,
    /// A repair planned it anew.
    #[serde(rename = "x")]
    Repair,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Event,
        Self::Rules,
        Self::Person,
        Self::Meeting,
        Self::Repair,
    ];

    fn letter(self) -> &'static str {
        match self {
            Self::Event => "e",
            Self::Rules => "r",
            Self::Person => "p",
            Self::Meeting => "m",
            Self::Repair => "x",
        }
    }

    /// The cause in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Event => "the event changed",
            Self::Rules => "the rules changed",
            Self::Person => "a person changed the block",
            Self::Meeting => "the same meeting on the target changed",
            Self::Repair => "a repair",
        }
    }
}

/// What is kept of a fingerprint: enough to tell the blocks of one event apart.
const PRINT: usize = 7;

/// One change that Google confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Change {
    /// When Google confirmed it, to the second.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// The epoch under which it was planned: the history of syncs has its commits.
    pub epoch: Epoch,
    /// What was there, in short: `-` nothing, `d` a deleted block, `h` a cancelled occurrence, `?` unknown, else the first
    /// letters of a fingerprint.
    pub before: String,
    /// What is there since.
    pub after: String,
}

impl Change {
    /// A change from one content to another.
    #[must_use]
    pub fn new(at: Timestamp, cause: Cause, epoch: Epoch, before: Have, after: Have) -> Self {
        let short = |have: Have| have.to_string().chars().take(PRINT).collect();
        Self {
            at: Timestamp::from_second(at.as_second()).unwrap_or(at),
            cause,
            epoch,
            before: short(before),
            after: short(after),
        }
    }
}

/// What a change did to a block, as a person would say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A block came where none was.
    Inserted,
    /// A deleted block came back.
    PutBack,
    /// A block became another one.
    Updated,
    /// A block went.
    Removed,
    /// An occurrence of the series block became another one.
    OccurrenceChanged,
    /// An occurrence of the series block went.
    OccurrenceHidden,
    /// An occurrence of the series block became what its series says.
    OccurrenceReset,
    /// A write to the series may have reset an occurrence.
    OccurrenceUnknown,
}

/// What a short form stands for.
enum Form {
    Nothing,
    Deleted,
    Own,
    Occurrence,
    Hidden,
    Unknown,
}

impl Form {
    fn of(short: &str) -> Self {
        match short.chars().next() {
            Some('o') => Self::Own,
            Some('i') => Self::Occurrence,
            Some('h') => Self::Hidden,
            Some('d') => Self::Deleted,
            Some('?') => Self::Unknown,
            Some(_) | None => Self::Nothing,
        }
    }
}

impl Deed {
    /// What leads from one content to another, both in the short form of a [`Change`] or in full.
    #[must_use]
    pub fn between(before: &str, after: &str) -> Self {
        use Form::{Deleted, Hidden, Nothing, Occurrence, Own, Unknown};
        match (Form::of(before), Form::of(after)) {
            (Deleted, Own) => Self::PutBack,
            (Own, Own) => Self::Updated,
            (Nothing | Occurrence | Hidden | Unknown, Own) => Self::Inserted,
            (_, Occurrence) => Self::OccurrenceChanged,
            (_, Hidden) => Self::OccurrenceHidden,
            (_, Unknown) => Self::OccurrenceUnknown,
            (Occurrence | Hidden | Unknown, Nothing | Deleted) => Self::OccurrenceReset,
            (Own | Nothing | Deleted, Nothing | Deleted) => Self::Removed,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::PutBack => "put back",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::OccurrenceChanged => "occurrence changed",
            Self::OccurrenceHidden => "occurrence hidden",
            Self::OccurrenceReset => "occurrence set back to its series",
            Self::OccurrenceUnknown => "occurrence not known any more",
        }
    }
}

impl Change {
    /// What it did.
    #[must_use]
    pub fn deed(&self) -> Deed {
        Deed::between(&self.before, &self.after)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            cause,
            epoch,
            before,
            after,
        } = self;
        let (at, cause) = (at.as_second(), cause.letter());
        write!(f, "{at}.{cause}.{}.{before}.{after}", epoch.0)
    }
}
impl From<Change> for String {
    fn from(change: Change) -> String {
        change.to_string()
    }
}
impl TryFrom<String> for Change {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        let bad = || BadId { what: "change" };
        let parts: Vec<&str> = text.split('.').collect();
        let [at, cause, epoch, before, after] = parts.as_slice() else {
            return Err(bad());
        };
        let second = at.parse().map_err(|_| bad())?;
        let cause = Cause::ALL.into_iter().find(|one| one.letter() == *cause);
        Ok(Self {
            at: Timestamp::from_second(second).map_err(|_| bad())?,
            cause: cause.ok_or_else(bad)?,
            epoch: Epoch(epoch.parse().map_err(|_| bad())?),
            before: (*before).to_owned(),
            after: (*after).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprint;

    #[test]
    fn a_change_says_what_it_did() {
        use Deed::{
            Inserted, OccurrenceChanged, OccurrenceHidden, OccurrenceReset, OccurrenceUnknown,
            PutBack, Removed, Updated,
        };
        let forms = ["-", "d", "oabc", "iabc", "h", "?"];
        let expected = [
            (
                "-",
                [
                    Removed,
                    Removed,
                    Removed,
                    OccurrenceReset,
                    OccurrenceReset,
                    OccurrenceReset,
                ],
            ),
            (
                "d",
                [
                    Removed,
                    Removed,
                    Removed,
                    OccurrenceReset,
                    OccurrenceReset,
                    OccurrenceReset,
                ],
            ),
            (
                "oxyz",
                [Inserted, PutBack, Updated, Inserted, Inserted, Inserted],
            ),
            ("ixyz", [OccurrenceChanged; 6]),
            ("h", [OccurrenceHidden; 6]),
            ("?", [OccurrenceUnknown; 6]),
        ];
        for (after, deeds) in expected {
            for (before, deed) in forms.iter().zip(deeds) {
                assert_eq!(Deed::between(before, after), deed, "{before} to {after}");
            }
        }
    }

    #[test]
    fn changes_read_back_and_are_short() {
        let print = Fingerprint::parse("0123456789abcdefghijklmn").unwrap();
        for cause in Cause::ALL {
            let at = Timestamp::from_second(1_772_500_000).unwrap();
            let change = Change::new(at, cause, Epoch(17), Have::Deleted, Have::Own(print));
            let text = String::from(change.clone());
            assert!(text.len() < 32, "{text}");
            assert_eq!(Change::try_from(text), Ok(change));
        }
        for text in ["", "1.e.2.-", "x.e.1.-.-", "1.z.1.-.-", "1.e.x.-.-"] {
            assert!(Change::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
