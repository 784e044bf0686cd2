//! Names of things: Google's own, and ours derived from them by a keyed hash.
//!
//! Ours can be derived again from the install key and Google's names, so a lost table can be rebuilt.
//! A bare Google calendar id is never a key: two users may connect the same calendar.

use std::fmt;

use data_encoding::{BASE32_DNSSEC, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::block_id::InstallKey;
use super::event::Stamp;

/// Bytes that name a user inside a [`CalendarId`].
const USER_BYTES: usize = 8;
/// Bytes that name a calendar of that user.
const CALENDAR_BYTES: usize = 12;
/// A Google event id longer than this many bytes enters keys as a digest: a sort key holds 1,024 bytes,
/// and a block id of 1,024 characters has to carry the whole key.
const LONGEST_PLAIN_KEY: usize = 400;
/// Begins an orphan's key; no Google event id has it.
const ORPHAN: char = '!';
/// Begins the key of an event with a very long id.
const DIGEST: char = '~';

/// Text that is not the id it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}")]
pub struct BadId {
    /// Which kind of id was expected.
    pub what: &'static str,
}

/// Lower-case base32hex without padding: the alphabet of Google event ids, and it sorts as its bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE32_DNSSEC.encode(bytes)
}

/// The inverse of [`encode`]; only the lower-case form that it writes is accepted.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    BASE32_DNSSEC.decode(text.as_bytes()).ok()
}

pub(super) fn keyed(key: &InstallKey, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail; the empty digest would only collide, never panic.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.naming()) else {
        return [0; 32];
    };
    mac.update(purpose.as_bytes());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Tells install keys apart without giving one away: a keyed hash of nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyCheck(String);

impl KeyCheck {
    /// The check of `key`.
    #[must_use]
    pub fn of(key: &InstallKey) -> Self {
        let digest = keyed(key, "check", &[]);
        Self(encode(digest.get(..USER_BYTES).unwrap_or(&digest)))
    }
}

/// A person, named by a keyed hash of the name they have in the config.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId([u8; USER_BYTES]);

impl UserId {
    /// Derives the id of the user called `name`.
    #[must_use]
    pub fn derive(key: &InstallKey, name: &str) -> Self {
        let digest = keyed(key, "user", &[name.as_bytes()]);
        let mut id = [0; USER_BYTES];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(id)
    }

    /// Reads the text that `Display` writes.
    ///
    /// # Errors
    /// The text is not such an id.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bytes = decode(text).ok_or(BadId { what: "user id" })?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| BadId { what: "user id" })
    }
}

impl UserId {
    /// A number that spreads users evenly: ids are digests.
    #[must_use]
    pub fn spread(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

/// One Google calendar of one user: the user's bytes, then the calendar's, so that a block tells whether its
/// source calendar was this user's even when that calendar is gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarId([u8; Self::BYTES]);

impl CalendarId {
    /// Length in bytes.
    pub const BYTES: usize = USER_BYTES + CALENDAR_BYTES;

    /// Derives the id of the calendar that Google calls `calendar`, as `user` sees it.
    #[must_use]
    pub fn derive(key: &InstallKey, user: UserId, calendar: &GoogleCalendarId) -> Self {
        let digest = keyed(key, "calendar", &[&user.0, calendar.as_str().as_bytes()]);
        let mut id = [0; Self::BYTES];
        id.iter_mut()
            .zip(user.0.into_iter().chain(digest))
            .for_each(|(to, from)| *to = from);
        Self(id)
    }

    /// The user whose calendar it is.
    #[must_use]
    pub fn user(self) -> UserId {
        let mut user = [0; USER_BYTES];
        user.iter_mut()
            .zip(self.0)
            .for_each(|(to, from)| *to = from);
        UserId(user)
    }

    /// The raw bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// From raw bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the text that `Display` writes.
    ///
    /// # Errors
    /// The text is not such an id.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bytes = decode(text).ok_or(BadId {
            what: "calendar id",
        })?;
        bytes.try_into().map(Self).map_err(|_| BadId {
            what: "calendar id",
        })
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode(&self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
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
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
as_text!(UserId);
as_text!(CalendarId);

macro_rules! google_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $longest:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes Google's text.
            ///
            /// # Errors
            /// It is empty, too long or has control characters.
            pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
                let text = text.into();
                if text.is_empty() || text.len() > $longest || text.chars().any(char::is_control) {
                    return Err(BadId { what: $what });
                }
                Ok(Self(text))
            }

            /// Google's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! plain_debug {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

google_text!(
    /// What Google calls a calendar: an address, never the alias `primary`.
    GoogleCalendarId, "Google calendar id", 1024
);
plain_debug!(GoogleCalendarId);
google_text!(
    /// What Google calls an event: up to 1,024 characters; an instance's has an upper-case suffix.
    GoogleEventId, "Google event id", 1124
);
plain_debug!(GoogleEventId);
google_text!(
    /// An entity tag, quotes included. Opaque.
    Etag, "etag", 256
);
plain_debug!(Etag);
google_text!(
    /// Google's cursor for "what changed since". Opaque, and shown to nobody.
    SyncToken, "sync token", 4096
);

impl fmt::Debug for SyncToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SyncToken({} characters)", self.0.len())
    }
}

/// What a row of a calendar is called: the Google event id, or for an exception `<series>_<original start>`
/// whatever Google renamed it to (it does when a split series is edited). Very long ids enter as a digest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventKey(String);

impl EventKey {
    /// The key of a single event or a series.
    #[must_use]
    pub fn of(id: &GoogleEventId) -> Self {
        if id.as_str().len() <= LONGEST_PLAIN_KEY {
            return Self(id.as_str().to_owned());
        }
        let digest = Sha256::digest(id.as_str().as_bytes());
        Self(format!("{DIGEST}{}", HEXLOWER.encode(&digest)))
    }

    /// The key of the exception of `series` that replaces the occurrence at `stamp`.
    #[must_use]
    pub fn exception(series: &EventKey, stamp: &Stamp) -> Self {
        Self(format!("{}_{stamp}", series.0))
    }

    /// The key of a block whose source calendar is gone, as a row of the calendar that shows the block.
    #[must_use]
    pub fn orphan(calendar: CalendarId, event: &EventKey) -> Self {
        Self(format!("{ORPHAN}{calendar}{ORPHAN}{}", event.0))
    }

    /// The source calendar and event of an orphan's key.
    #[must_use]
    pub fn as_orphan(&self) -> Option<(CalendarId, EventKey)> {
        let (calendar, event) = self.0.strip_prefix(ORPHAN)?.split_once(ORPHAN)?;
        Some((CalendarId::parse(calendar).ok()?, Self(event.to_owned())))
    }

    /// The Google id that the key was made of; none if only a digest of it is there.
    #[must_use]
    pub fn google_id(&self) -> Option<GoogleEventId> {
        if self.0.starts_with([ORPHAN, DIGEST]) {
            return None;
        }
        GoogleEventId::parse(self.0.clone()).ok()
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// It is empty, longer than any key, or has control characters.
    pub fn parse(text: impl Into<String>) -> Result<Self, BadId> {
        let text = text.into();
        let longest = LONGEST_PLAIN_KEY + Stamp::LONGEST + 3 + CalendarId::BYTES * 2;
        if text.is_empty() || text.len() > longest || text.chars().any(char::is_control) {
            return Err(BadId { what: "event key" });
        }
        Ok(Self(text))
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

plain_debug!(EventKey);

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for EventKey {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::parse(text)
    }
}
impl From<EventKey> for String {
    fn from(key: EventKey) -> String {
        key.0
    }
}
