//! One chunk of staged facts: compressed bytes, and when they may go.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{EXPIRES, Item, SCHEMA, V, check_schema, instant, key_of, number, primary};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::{Key, journal};

/// The bytes' attribute.
const BYTES: &str = "bytes";

/// The stored form.
pub(in crate::store) fn encode(key: &Key, bytes: &[u8], expires: Timestamp) -> Item {
    let mut item = primary(key);
    item.insert(V.to_owned(), number(SCHEMA.into()));
    item.insert(BYTES.to_owned(), AttributeValue::B(Blob::new(bytes)));
    let seconds = instant::seconds(expires).to_string();
    item.insert(EXPIRES.to_owned(), AttributeValue::N(seconds));
    item
}

/// The chunk's number and bytes.
pub(in crate::store) fn decode(mut item: Item) -> Result<(u32, Vec<u8>), StoreError> {
    let key = key_of(&item);
    let (_, _, chunk) =
        journal::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a chunk"))?;
    check_schema(&key, &item)?;
    match item.remove(BYTES) {
        Some(AttributeValue::B(bytes)) => Ok((chunk, bytes.into_inner())),
        Some(_) | None => Err(corrupt(&key, "its bytes are missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CommitId, Epoch};
    use crate::store::keys::samples::calendar;

    #[test]
    fn chunks_read_back() {
        let key = journal::key(calendar(), &CommitId::new(Epoch(1), 2), 17);
        let item = encode(&key, &[0, 1, 255], Timestamp::UNIX_EPOCH);
        assert_eq!(decode(item), Ok((17, vec![0, 1, 255])));
    }

    #[test]
    fn a_chunk_without_bytes_is_damaged() {
        let key = journal::key(calendar(), &CommitId::new(Epoch(1), 2), 17);
        let mut item = encode(&key, &[], Timestamp::UNIX_EPOCH);
        item.remove(BYTES);
        assert!(matches!(decode(item), Err(StoreError::Corrupt { .. })));
    }
}
