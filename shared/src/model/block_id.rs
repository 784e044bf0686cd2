//! The sealed id of a block: it leads us, and nobody else, back to the row it belongs to.
//!
//! `tidelock` + version + base32hex(AES-SIV(install key; source calendar, event key, generation)).
//! Deterministic, so an insert tried twice meets itself; unforgeable; all characters are legal in a Google
//! event id (base32hex, 5 to 1,024 of them: Calendar API, `events.insert`, field `id`).

use std::fmt;

use aes_siv::KeyInit;
use aes_siv::siv::Aes128Siv;
use serde::{Deserialize, Serialize};

use super::event::Stamp;
use super::ids::{BadId, CalendarId, EventKey, decode, encode};
use super::row::Generation;

const PREFIX: &str = "tidelock";
const VERSION: &str = "1";
const KEY_BYTES: usize = 32;
const GENERATION_BYTES: usize = 4;

/// The secret of one installation. Whoever has it can recognise and derive its block ids.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallKey {
    sealing: [u8; KEY_BYTES],
    naming: [u8; KEY_BYTES],
}

impl InstallKey {
    /// Length of the secret in bytes: half of it seals, half of it names.
    pub const BYTES: usize = 2 * KEY_BYTES;

    /// From the secret's bytes.
    #[must_use]
    pub fn new(secret: [u8; Self::BYTES]) -> Self {
        let mut key = Self {
            sealing: [0; KEY_BYTES],
            naming: [0; KEY_BYTES],
        };
        let to = key.sealing.iter_mut().chain(key.naming.iter_mut());
        to.zip(secret).for_each(|(to, from)| *to = from);
        key
    }

    /// The secret, to be kept somewhere; never to be shown.
    #[must_use]
    pub fn secret(&self) -> [u8; Self::BYTES] {
        let mut secret = [0; Self::BYTES];
        let halves = self.sealing.iter().chain(&self.naming);
        secret
            .iter_mut()
            .zip(halves)
            .for_each(|(to, from)| *to = *from);
        secret
    }

    pub(crate) fn naming(&self) -> &[u8] {
        &self.naming
    }
}

impl fmt::Debug for InstallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallKey(secret)")
    }
}

/// The id of a block that is an event of its own: a single block or a series. Only a [`Sealer`] makes one,
/// so a write to anything else does not compile.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(String);

impl BlockId {
    /// The text that Google knows it by.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockId({})", self.0)
    }
}

/// A block, or one occurrence of a series block: what a write may address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockRef {
    /// An event of its own.
    Own(BlockId),
    /// The occurrence of a series block that stands for `original start`.
    Instance(BlockId, Stamp),
    /// What a person split off a series block by "this and following": Google makes a series of its own of it.
    Split(BlockId, SplitMark),
}

impl BlockRef {
    /// The event id in a request's path.
    #[must_use]
    pub fn event_id(&self) -> String {
        match self {
            Self::Own(id) => id.as_str().to_owned(),
            Self::Instance(id, stamp) => format!("{id}_{stamp}"),
            Self::Split(id, mark) => format!("{id}_{}", mark.0),
        }
    }
}

/// The suffix that Google gives to what was split off a series: `R`, then the stamp of its first occurrence,
/// without the `Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SplitMark(String);

impl SplitMark {
    /// Reads the suffix.
    ///
    /// # Errors
    /// It is no such suffix.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
        let text = text.into();
        let bad = BadId {
            what: "split series",
        };
        let stamp = text.strip_prefix('R').ok_or(bad.clone())?;
        let stamp = match stamp.contains('T') {
            true => format!("{stamp}Z"),
            false => stamp.to_owned(),
        };
        Stamp::parse(&stamp).map_err(|_| bad)?;
        Ok(Self(text))
    }
}

impl TryFrom<String> for SplitMark {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(text)
    }
}
impl From<SplitMark> for String {
    fn from(mark: SplitMark) -> String {
        mark.0
    }
}

/// Which part of a block an event id names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The block itself.
    #[default]
    Whole,
    /// One occurrence of a series block.
    Occurrence(Stamp),
    /// What a person split off a series block.
    Split(SplitMark),
}

impl Part {
    /// Whether it is the block itself.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }

    /// That part of the block called `id`.
    #[must_use]
    pub fn of(self, id: BlockId) -> BlockRef {
        match self {
            Self::Whole => BlockRef::Own(id),
            Self::Occurrence(stamp) => BlockRef::Instance(id, stamp),
            Self::Split(mark) => BlockRef::Split(id, mark),
        }
    }

    fn parse(suffix: &str) -> Option<Self> {
        let split = || SplitMark::parse(suffix).ok().map(Self::Split);
        Stamp::parse(suffix)
            .ok()
            .map(Self::Occurrence)
            .or_else(split)
    }
}

/// What a block id says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sealed {
    /// The calendar of the source event.
    pub calendar: CalendarId,
    /// The source event's row.
    pub event: EventKey,
    /// How many ids of this block were used up before.
    pub generation: Generation,
}

/// An id that only looks like a block's: another installation's, or made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a block of this installation")]
pub struct NotOurs;

/// Whether an id has the form of a block id of any installation. Such an event is never a source.
#[must_use]
pub fn looks_like_a_block(event_id: &str) -> bool {
    event_id.starts_with(PREFIX)
}

/// Seals and unseals block ids with one install key.
#[derive(Clone)]
pub struct Sealer {
    key: InstallKey,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(secret)")
    }
}

impl Sealer {
    /// A sealer for one installation.
    #[must_use]
    pub fn new(key: InstallKey) -> Self {
        Self { key }
    }

    fn cipher(&self) -> Aes128Siv {
        Aes128Siv::new(&self.key.sealing.into())
    }

    /// The id of a block.
    #[must_use]
    pub fn seal(&self, what: &Sealed) -> BlockId {
        let mut plain = Vec::with_capacity(64);
        plain.extend_from_slice(what.calendar.bytes());
        plain.extend_from_slice(&what.generation.0.to_be_bytes());
        plain.extend_from_slice(what.event.as_str().as_bytes());
        // SIV fails only beyond 2^36 bytes or with over 126 headers; keys are below 500 bytes.
        let sealed = self
            .cipher()
            .encrypt([VERSION.as_bytes()], &plain)
            .unwrap_or_default();
        BlockId(format!("{PREFIX}{VERSION}{}", encode(&sealed)))
    }

    /// What `event_id` says, if this installation made it, and which part of the block it names.
    ///
    /// # Errors
    /// It is not an id of this installation.
    pub fn unseal(&self, event_id: &str) -> Result<(Sealed, Part), NotOurs> {
        let (base, part) = match event_id.split_once('_') {
            Some((base, suffix)) => (base, Part::parse(suffix).ok_or(NotOurs)?),
            None => (event_id, Part::Whole),
        };
        Ok((self.open(base).ok_or(NotOurs)?, part))
    }

    fn open(&self, base: &str) -> Option<Sealed> {
        let text = base.strip_prefix(PREFIX)?.strip_prefix(VERSION)?;
        let sealed = decode(text)?;
        let plain = self.cipher().decrypt([VERSION.as_bytes()], &sealed).ok()?;
        let (calendar, rest) = plain.split_at_checked(CalendarId::BYTES)?;
        let (generation, event) = rest.split_at_checked(GENERATION_BYTES)?;
        Some(Sealed {
            calendar: CalendarId::from_bytes(calendar.try_into().ok()?),
            generation: Generation(u32::from_be_bytes(generation.try_into().ok()?)),
            event: EventKey::parse(std::str::from_utf8(event).ok()?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GoogleCalendarId, GoogleEventId, UserId};

    fn key(seed: u8) -> InstallKey {
        InstallKey::new([seed; InstallKey::BYTES])
    }

    fn sealed(event: &str, generation: u32) -> Sealed {
        let user = UserId::derive(&key(1), "ann");
        let google = GoogleCalendarId::parse("ann@example.com").unwrap();
        Sealed {
            calendar: CalendarId::derive(&key(1), user, &google),
            event: EventKey::of(&GoogleEventId::parse(event).unwrap()),
            generation: Generation(generation),
        }
    }

    #[test]
    fn a_sealed_id_leads_back_to_its_row() {
        let sealer = Sealer::new(key(1));
        for generation in [0, 1, u32::MAX] {
            let what = sealed("abc_20260101T090000Z", generation);
            let id = sealer.seal(&what);
            assert_eq!(sealer.unseal(id.as_str()), Ok((what, Part::Whole)));
        }
    }

    #[test]
    fn the_same_block_always_has_the_same_id_and_other_generations_another() {
        let sealer = Sealer::new(key(1));
        assert_eq!(
            sealer.seal(&sealed("abcde", 0)),
            sealer.seal(&sealed("abcde", 0))
        );
        assert_ne!(
            sealer.seal(&sealed("abcde", 0)),
            sealer.seal(&sealed("abcde", 1))
        );
    }

    #[test]
    fn another_installation_or_a_changed_character_is_not_ours() {
        let id = Sealer::new(key(1)).seal(&sealed("abcde", 0));
        assert_eq!(Sealer::new(key(2)).unseal(id.as_str()), Err(NotOurs));
        let mut forged = id.as_str().to_owned();
        let last = forged.pop();
        forged.push(if last == Some('0') { '1' } else { '0' });
        assert_eq!(Sealer::new(key(1)).unseal(&forged), Err(NotOurs));
    }

    #[test]
    fn what_was_split_off_a_series_block_is_recognised() {
        let sealer = Sealer::new(key(1));
        let what = sealed("abcde", 0);
        let id = sealer.seal(&what);
        for suffix in ["R20260204", "R20260204T090000"] {
            let mark = SplitMark::parse(suffix).unwrap();
            let name = BlockRef::Split(id.clone(), mark.clone()).event_id();
            assert_eq!(name, format!("{id}_{suffix}"));
            assert_eq!(sealer.unseal(&name), Ok((what.clone(), Part::Split(mark))));
        }
        let occurrence = format!("{id}_R20260204T090000_20260211T090000Z");
        assert_eq!(sealer.unseal(&occurrence), Err(NotOurs));
    }

    #[test]
    fn the_longest_event_id_still_gives_a_legal_block_id() {
        let sealer = Sealer::new(key(1));
        let long = "v".repeat(1024);
        let series = sealed(&long, 7);
        let stamp = Stamp::parse("20260101T090000Z").unwrap();
        let exception = Sealed {
            event: EventKey::exception(&series.event, &stamp),
            ..series.clone()
        };
        for what in [series, exception, sealed(&"v".repeat(400), 7)] {
            let id = sealer.seal(&what);
            let instance = BlockRef::Instance(id.clone(), stamp.clone()).event_id();
            assert!(instance.len() <= 1024, "{}", instance.len());
            assert!(
                id.as_str()
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b))
            );
            assert_eq!(
                sealer.unseal(&instance),
                Ok((what, Part::Occurrence(stamp.clone())))
            );
        }
    }
}
