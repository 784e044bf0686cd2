//! From the bytes of an answer to the text of a JSON object, within bounds.
//!
//! Undoes gzip with a cap on what comes out, and refuses what is not JSON. What is inside is not judged here.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Response};
use serde::de::DeserializeOwned;

/// The largest body as it arrives, in bytes: a page of 2,500 events stays well below.
pub(super) const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// The largest body once unpacked, in bytes.
pub(super) const LARGEST_UNPACKED: usize = 64 * 1024 * 1024;

/// Why an answer cannot be used. No part of the answer is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    /// Larger than the cap.
    #[error("the answer is larger than {cap} bytes")]
    TooLarge {
        /// The cap, in bytes.
        cap: usize,
    },
    /// Broken gzip, or another encoding than gzip.
    #[error("the answer's encoding cannot be undone")]
    Encoding,
    /// Not declared as JSON.
    #[error("the answer is not declared as JSON")]
    ContentType,
    /// Not a JSON object of the expected shape, or nested too deep.
    #[error("the answer is not the JSON expected (line {line}, column {column})")]
    Json {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// An error inside an answer that claims success.
    #[error("an error in an answer that claims success")]
    ErrorInSuccess,
    /// The one event asked for cannot be read.
    #[error("the event in the answer cannot be read: {why}")]
    Event {
        /// What is wrong with it.
        why: super::wire::Unreadable,
    },
}

/// The body's text, unpacked.
pub(super) fn unpack(response: &Response<Bytes>) -> Result<Bytes, BadBody> {
    let body = response.body();
    if body.len() > LARGEST_BODY {
        return Err(BadBody::TooLarge { cap: LARGEST_BODY });
    }
    match encoding(response.headers()).as_deref() {
        None | Some("" | "identity") => Ok(body.clone()),
        Some("gzip" | "x-gzip") => gunzip(body),
        Some(_) => Err(BadBody::Encoding),
    }
}

fn encoding(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_ENCODING)?;
    Some(
        String::from_utf8_lossy(value.as_bytes())
            .trim()
            .to_ascii_lowercase(),
    )
}

fn gunzip(packed: &[u8]) -> Result<Bytes, BadBody> {
    let cap = LARGEST_UNPACKED;
    let mut unpacked = Vec::new();
    let mut reader = MultiGzDecoder::new(packed).take(cap as u64 + 1);
    reader
        .read_to_end(&mut unpacked)
        .map_err(|_| BadBody::Encoding)?;
    if unpacked.len() > cap {
        return Err(BadBody::TooLarge { cap });
    }
    Ok(unpacked.into())
}

/// The value in the body of a successful answer.
pub(super) fn json<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, BadBody> {
    if !is_json(response.headers()) {
        return Err(BadBody::ContentType);
    }
    let text = unpack(response)?;
    // A derived reader would take a list for a struct, and an empty list for one whose fields are all optional.
    if text.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(BadBody::Json { line: 1, column: 1 });
    }
    serde_json::from_slice(&text).map_err(|error| BadBody::Json {
        line: error.line(),
        column: error.column(),
    })
}

/// A missing type is let through: what follows still has to be a JSON object.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let value = String::from_utf8_lossy(value.as_bytes());
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
