//! Sync tokens and page tokens: opaque to clients, checked on the way back.
//!
//! A sync token names a calendar, a change number and the query it belongs to; a page token pins the snapshot that a walk sees.
//! Neither is stored: the same token can be used again.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// Where an incremental list starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncToken {
    /// Ordinal of the calendar, or of the account for calendar lists.
    pub(crate) of: u32,
    pub(crate) epoch: u32,
    pub(crate) account: u32,
    pub(crate) change: u64,
    /// When it was made, in microseconds.
    pub(crate) minted: i64,
    /// Hash of the parameters that must stay the same.
    pub(crate) query: String,
    /// Window of the first list in microseconds, where tokens keep it.
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
}

/// Where a walk through pages goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    pub(crate) of: u32,
    /// Changes after this one are not part of the walk.
    pub(crate) snapshot: u64,
    /// The row's event (or change number) reached, and how many of its rows were shown.
    pub(crate) cursor: String,
    pub(crate) shown: usize,
    /// Whether this page may be empty: never two in a row.
    pub(crate) was_empty: bool,
    pub(crate) query: String,
}

/// Bytes of the check sum in front.
const CHECK: usize = 6;

fn check(text: &[u8]) -> Vec<u8> {
    Sha256::digest(text).iter().take(CHECK).copied().collect()
}

/// A token as text.
pub(crate) fn encode<T: Serialize>(token: &T) -> String {
    let text = serde_json::to_vec(token).unwrap_or_default();
    let mut bytes = check(&text);
    bytes.extend(text);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Reads a token back; `None` for anything this simulator did not make.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (sum, text) = bytes.split_at_checked(CHECK)?;
    if sum != check(text).as_slice() {
        return None;
    }
    serde_json::from_slice(text).ok()
}

/// A short hash of query parameters.
pub(crate) fn fingerprint(parts: &[String]) -> String {
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    digest
        .iter()
        .take(CHECK)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
