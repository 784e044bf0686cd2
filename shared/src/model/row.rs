//! One row: a source event and, for each target, the block that should be there and the block that is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::block::Fingerprint;
use super::block_id::SplitMark;
use super::change::{Cause, Change};
use super::commit::Epoch;
use super::event::{SourceEvent, Stamp};
use super::ids::{BadId, CalendarId, Etag, EventKey, GoogleEventId};
use super::rule::Lead;
use crate::limits::CHANGES_KEPT;

/// Grows by one with every write of a row; a write is a compare-and-set on it. 0: never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Rev(pub u64);

/// How many ids of a block were used up: Google never frees an id, and refuses to revive some.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Generation(pub u32);

impl Generation {
    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A block of the same event that must go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stray {
    /// The generation in its id.
    pub generation: Generation,
    /// If it was split off the series block of that generation.
    pub split: Option<SplitMark>,
}

impl From<Generation> for Stray {
    fn from(generation: Generation) -> Self {
        Self {
            generation,
            split: None,
        }
    }
}
impl TryFrom<String> for Stray {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        let (generation, split) = match text.find('R') {
            Some(at) => text.split_at(at),
            None => (text.as_str(), ""),
        };
        let bad = |_| BadId { what: "stray" };
        Ok(Self {
            generation: Generation(generation.parse().map_err(bad)?),
            split: (!split.is_empty())
                .then(|| SplitMark::parse(split))
                .transpose()?,
        })
    }
}
impl From<Stray> for String {
    fn from(stray: Stray) -> String {
        let split = stray.split.map(String::from).unwrap_or_default();
        format!("{}{split}", stray.generation.0)
    }
}

/// The block that should be there: a pure function of facts and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Want {
    /// None; of an exception: whatever its series says.
    #[default]
    Nothing,
    /// An event of its own: a single block or a series block.
    Own(Fingerprint),
    /// A changed occurrence of the series block.
    Instance(Fingerprint),
    /// A cancelled occurrence of the series block.
    Hidden,
}

/// The block that Google last told us is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Have {
    /// None, and the id of this generation was never used as far as we know.
    #[default]
    Nothing,
    /// An event of its own with this content.
    Own(Fingerprint),
    /// A deleted event of its own: its id is taken for ever, but may be revived.
    Deleted,
    /// An occurrence of the series block with this content.
    Instance(Fingerprint),
    /// A cancelled occurrence of the series block.
    Hidden,
    /// An occurrence of the series block whose content is not known: a write to the series may have reset it.
    Unknown,
}

/// Why something is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkKind {
    /// The source event cannot be read as an event.
    Unreadable,
    /// Google refuses this block for good.
    Refused,
    /// Rewritten again and again without a change of its source.
    Frozen,
    /// The target calendar cannot be written: no access, or not connected.
    NoAccess,
    /// One of the two calendars is paused.
    Paused,
}

/// Something set aside, durably and visibly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Park {
    /// What sort of reason.
    pub kind: ParkKind,
    /// The reason, for a person; no event text.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// When a failed push is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Failures in a row.
    pub failures: u32,
    /// Not before this instant.
    pub at: Timestamp,
    /// What the last failure was, for a person; no event text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A person's word about a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissed {
    /// What the event was then: the word holds as long as that stays.
    #[serde(rename = "of")]
    pub moment: Fingerprint,
    /// The block was removed; else it was changed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub removed: bool,
}

/// One source event on one target calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mirror {
    /// What should be there.
    #[serde(rename = "w", default, skip_serializing_if = "is_default")]
    pub want: Want,
    /// What is there.
    #[serde(rename = "h", default, skip_serializing_if = "is_default")]
    pub have: Have,
    /// The etag that goes with `have`.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<Etag>,
    /// The generation of the block's id.
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    pub generation: Generation,
    /// Blocks of this event that must go: older generations, its own block since it became an occurrence, or
    /// what a person split off its series block.
    #[serde(rename = "x", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub strays: BTreeSet<Stray>,
    /// What Google stored when it stored something else than what was sent; counts as in step.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Fingerprint>,
    /// The same meeting is on the target without this: there itself and not declined, or held for another calendar.
    #[serde(rename = "t", default, skip_serializing_if = "is_default")]
    pub twin: bool,
    /// The series block has no such occurrence: the exception stands for itself there.
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    pub alone: bool,
    /// By how much the series block that is there begins before its series.
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pub lead: Lead,
    /// A person removed or changed the block, and it is left so until its event changes.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<Dismissed>,
    /// What made it due for a change, until Google has confirmed one.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The last changes of the block, oldest first.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Writes since `want` last changed.
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    pub rewrites: u32,
    /// Set aside, until `want` changes.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Park>,
    /// Waiting for its next try.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Mirror {
    /// Whether Google shows what should be there, as far as we were told.
    #[must_use]
    pub fn in_step(&self) -> bool {
        self.strays.is_empty() && self.due_is_there()
    }

    /// What should be there now: nothing of ours where the target holds the same meeting itself, and where a person's word
    /// holds what they made of it.
    #[must_use]
    pub fn due(&self) -> Want {
        let removed = self.dismissed.map(|word| word.removed);
        match (self.want, removed, self.have) {
            (Want::Own(_), _, _) if self.twin => Want::Nothing,
            (Want::Instance(_), _, _) if self.twin => Want::Hidden,
            (Want::Own(_), Some(true), _) => Want::Nothing,
            (Want::Instance(_), Some(true), _) => Want::Hidden,
            (Want::Own(_), Some(false), Have::Own(left)) => Want::Own(left),
            (Want::Instance(_), Some(false), Have::Instance(left)) => Want::Instance(left),
            (want @ (Want::Nothing | Want::Own(_) | Want::Instance(_) | Want::Hidden), _, _) => {
                want
            }
        }
    }

    /// Whether what is due is there, leaving aside blocks that must go.
    #[must_use]
    pub fn due_is_there(&self) -> bool {
        match (self.due(), self.have) {
            (Want::Nothing, have) => matches!(have, Have::Nothing | Have::Deleted),
            (Want::Own(want), Have::Own(have)) | (Want::Instance(want), Have::Instance(have)) => {
                want == have
            }
            (Want::Hidden, have) => have == Have::Hidden,
            (Want::Own(_) | Want::Instance(_), _) => false,
        }
    }

    /// Whether a push has something to do here: out of step and not set aside.
    #[must_use]
    pub fn pending(&self) -> bool {
        !self.in_step() && self.parked.is_none()
    }

    /// Notes a change of the block that Google confirmed, and forgets the oldest ones.
    pub fn note(&mut self, change: Change) {
        self.cause = None;
        self.changes.push(change);
        let over = self.changes.len().saturating_sub(CHANGES_KEPT);
        self.changes.drain(..over);
    }

    /// Whether there is nothing left to remember, not even a used-up id.
    #[must_use]
    pub fn blank(&self) -> bool {
        *self == Self::default()
    }
}

/// What the source calendar says about the row's event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nothing yet: the row was made by a block that Google shows.
    #[default]
    Unseen,
    /// It is there.
    Live(SourceEvent),
    /// An occurrence that its owner cancelled.
    Hidden {
        /// What Google calls it.
        id: GoogleEventId,
        /// The row of the series.
        series: EventKey,
        /// Which occurrence.
        original: Stamp,
    },
    /// An occurrence as the series' rule has it; the row stands because the block's occurrence was touched, or because
    /// another calendar says otherwise of the occurrence than of the series.
    Follows {
        /// The row of the series.
        series: EventKey,
        /// Which occurrence.
        original: Stamp,
    },
    /// It was there and is not any more.
    Gone,
}

impl Source {
    /// The series and occurrence that this stands for, if it does.
    #[must_use]
    pub fn occurrence(&self) -> Option<(&EventKey, &Stamp)> {
        use super::event::EventKind;
        match self {
            Self::Hidden {
                series, original, ..
            }
            | Self::Follows { series, original } => Some((series, original)),
            Self::Live(SourceEvent {
                kind: EventKind::Exception { series, original },
                ..
            }) => Some((series, original)),
            Self::Live(_) | Self::Unseen | Self::Gone => None,
        }
    }

    /// Whether two reports of an event say the same; a new etag alone is no news.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let (Self::Live(one), Self::Live(other)) = (self, other) else {
            return self == other;
        };
        let bare = |event: &SourceEvent| SourceEvent {
            etag: None,
            ..event.clone()
        };
        bare(one) == bare(other)
    }

    /// The live event.
    #[must_use]
    pub fn live(&self) -> Option<&SourceEvent> {
        match self {
            Self::Live(event) => Some(event),
            Self::Unseen | Self::Hidden { .. } | Self::Follows { .. } | Self::Gone => None,
        }
    }
}

/// A source event and its mirrors: the unit of every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The source calendar.
    pub calendar: CalendarId,
    /// The event.
    pub key: EventKey,
    /// What the source calendar says.
    pub source: Source,
    /// One entry a target that has, had or should have a block.
    pub mirrors: BTreeMap<CalendarId, Mirror>,
    /// Set aside as a whole: the event could not be read.
    pub parked: Option<Park>,
    /// Compare-and-set counter.
    pub rev: Rev,
    /// The epoch of the last sync of the source calendar that wrote it.
    pub epoch: Epoch,
    /// When the table may drop it.
    pub expires: Option<Timestamp>,
    /// Since when a push has something to do here; none: it has nothing to do.
    pub pending_since: Option<Timestamp>,
}

impl Row {
    /// A row that is not in the table yet.
    #[must_use]
    pub fn new(calendar: CalendarId, key: EventKey) -> Self {
        Self {
            calendar,
            key,
            source: Source::Unseen,
            mirrors: BTreeMap::new(),
            parked: None,
            rev: Rev::default(),
            epoch: Epoch::default(),
            expires: None,
            pending_since: None,
        }
    }

    /// Whether some target is out of step and can be pushed to.
    #[must_use]
    pub fn pending(&self) -> bool {
        self.mirrors.values().any(Mirror::pending)
    }

    /// The key that its facts call for, if that is another one.
    #[must_use]
    pub fn misfiled(&self) -> Option<EventKey> {
        let named = match &self.source {
            Source::Live(event) => Some(event.key()),
            Source::Hidden { .. } | Source::Follows { .. } => self
                .source
                .occurrence()
                .map(|(series, original)| EventKey::exception(series, original)),
            Source::Unseen | Source::Gone => None,
        };
        named.filter(|named| *named != self.key)
    }

    /// Whether some target should hold it.
    #[must_use]
    pub fn is_mirrored(&self) -> bool {
        self.mirrors
            .values()
            .any(|mirror| mirror.want != Want::Nothing)
    }

    /// Whether there is nothing left to do and nothing left to know: the source is gone and so are its blocks.
    #[must_use]
    pub fn finished(&self) -> bool {
        let over = matches!(
            self.source,
            Source::Gone | Source::Unseen | Source::Follows { .. }
        );
        over && self.parked.is_none()
            && self
                .mirrors
                .values()
                .all(|mirror| mirror.want == Want::Nothing && mirror.in_step())
    }
}

/// A row to be written, on the condition that nobody wrote it since it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowWrite {
    /// The row as it should become; its `rev` is already the new one.
    pub row: Row,
    /// The `rev` that it had when it was read; 0: it must not exist.
    pub expected: Rev,
}

const OWN: &str = "o";
const INSTANCE: &str = "i";

macro_rules! one_letter_codes {
    ($name:ident, $($letter:literal => $plain:ident),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Own(print) => write!(f, "{OWN}{print}"),
                    Self::Instance(print) => write!(f, "{INSTANCE}{print}"),
                    $(Self::$plain => f.write_str($letter),)+
                }
            }
        }
        impl $name {
            fn parse(text: &str) -> Option<Self> {
                match text {
                    $($letter => Some(Self::$plain),)+
                    _ => {
                        let (form, print) = text.split_at_checked(1)?;
                        let print = Fingerprint::parse(print).ok()?;
                        match form {
                            OWN => Some(Self::Own(print)),
                            INSTANCE => Some(Self::Instance(print)),
                            _ => None,
                        }
                    }
                }
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(concat!("not a ", stringify!($name))))
            }
        }
    };
}
one_letter_codes!(Want, "-" => Nothing, "h" => Hidden);
one_letter_codes!(Have, "-" => Nothing, "d" => Deleted, "h" => Hidden, "?" => Unknown);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BlockContent, EventTime, Visibility};
    use jiff::civil::date;

    fn print() -> Fingerprint {
        BlockContent {
            title: "Busy".into(),
            time: EventTime::days(date(2026, 1, 1), date(2026, 1, 2)).unwrap(),
            recurrence: vec![],
            visibility: Visibility::Private,
            colour: None,
            busy: true,
            marked: true,
        }
        .fingerprint()
    }

    #[test]
    fn every_pair_of_want_and_have_is_decided() {
        let wants = [
            Want::Nothing,
            Want::Own(print()),
            Want::Instance(print()),
            Want::Hidden,
        ];
        let haves = [
            Have::Nothing,
            Have::Own(print()),
            Have::Deleted,
            Have::Instance(print()),
            Have::Hidden,
            Have::Unknown,
        ];
        let in_step: Vec<(usize, usize)> = wants
            .iter()
            .enumerate()
            .flat_map(|(w, want)| {
                haves
                    .iter()
                    .enumerate()
                    .map(move |(h, have)| (w, want, h, have))
            })
            .filter(|(_, want, _, have)| {
                Mirror {
                    want: **want,
                    have: **have,
                    ..Mirror::default()
                }
                .in_step()
            })
            .map(|(w, _, h, _)| (w, h))
            .collect();
        assert_eq!(in_step, [(0, 0), (0, 2), (1, 1), (2, 3), (3, 4)]);
    }

    #[test]
    fn a_mirror_round_trips_through_its_stored_form() {
        let mirror = Mirror {
            want: Want::Instance(print()),
            have: Have::Unknown,
            strays: [
                Generation(3).into(),
                Stray {
                    generation: Generation(0),
                    split: Some(SplitMark::parse("R20260101").unwrap()),
                },
            ]
            .into(),
            ..Mirror::default()
        };
        let text = serde_json::to_string(&mirror).unwrap();
        assert_eq!(serde_json::from_str::<Mirror>(&text).unwrap(), mirror);
        assert_eq!(serde_json::to_string(&Mirror::default()).unwrap(), "{}");
    }
}
