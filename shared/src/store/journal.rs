//! The journal: facts staged before the commit that makes them count, and read back to apply them.
//!
//! Chunks carry the commit's id, so what was staged in vain is seen by nobody and expires. A journal is read whole
//! and checked against its digest, or not at all.

use std::io::{Read, Write};

use aws_sdk_dynamodb::types::{
    DeleteRequest, PutRequest, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure, WriteRequest,
};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Store;
use super::call::{Reply, corrupt, unavailable};
use super::error::StoreError;
use super::expression::{names, values};
use super::items::{Item, journal as item, number, primary, state as state_item, text};
use super::keys::{Key, journal as key, state};
use super::outcome::Put;
use super::query::Which;
use super::state::there;
use crate::limits;
use crate::model::{CalendarId, CommitId, Epoch, JournalPointer};

const STAGE: &str = "BatchWriteItem";
const UPDATE: &str = "UpdateItem";

impl Store {
    /// Stages facts under a commit's id; they count once a commit stores the pointer. Acknowledged in full when it returns.
    ///
    /// # Errors
    /// Not every chunk could be written.
    pub async fn stage(
        &self,
        calendar: CalendarId,
        commit: &CommitId,
        facts: &[u8],
        expires: Timestamp,
    ) -> Result<JournalPointer, StoreError> {
        let packed = pack(facts)?;
        let mut chunks = 0_u32;
        let mut writes = Vec::new();
        for bytes in packed.chunks(limits::JOURNAL_CHUNK_BYTES) {
            let at = key::key(calendar, commit, chunks);
            writes.push(put(item::encode(&at, bytes, expires))?);
            chunks = chunks.saturating_add(1);
        }
        self.write_all(writes).await?;
        Ok(JournalPointer {
            commit: commit.clone(),
            chunks,
            digest: digest(&packed),
        })
    }

    /// The facts that `pointer` names, as they were staged.
    ///
    /// # Errors
    /// The table could not be read; class corrupt: a chunk is missing or is not what was staged.
    pub async fn journal(
        &self,
        calendar: CalendarId,
        pointer: &JournalPointer,
    ) -> Result<Vec<u8>, StoreError> {
        let which = Which::beginning(state::partition(calendar), key::prefix(&pointer.commit));
        let found = self.query(&which).await?;
        let at = key::key(calendar, &pointer.commit, 0);
        let packed = joined(&at, found, pointer)?;
        unpack(&packed).ok_or_else(|| corrupt(&at, "its facts do not unpack"))
    }

    /// Removes the pointer to a journal that is fully applied, if the epoch is still the one granted; then its chunks, as
    /// far as that works: what is left of them expires.
    ///
    /// # Errors
    /// The pointer could not be removed.
    pub async fn drop_journal(
        &self,
        calendar: CalendarId,
        epoch: Epoch,
        commit: &CommitId,
    ) -> Result<Put, StoreError> {
        let at = state::key(calendar);
        let request = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .update_expression("REMOVE #journal")
                .condition_expression("#epoch = :epoch AND #journal.#commit = :commit")
                .set_expression_attribute_names(names(["journal", "epoch", "commit"]))
                .set_expression_attribute_values(values([
                    ("epoch", number(epoch.0)),
                    ("commit", text(commit.as_str())),
                ]))
                .return_values(ReturnValue::AllOld)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        let called = self.call(UPDATE, request).await;
        match called.reply {
            Reply::Done(answer) => {
                let before = answer
                    .attributes
                    .and_then(|state| state_item::decode(state).ok());
                if let Some(pointer) = before.and_then(|state| state.journal) {
                    self.drop_staged(calendar, &pointer).await;
                }
                Ok(Put::Written)
            }
            Reply::Refused(refusal) if called.doubtful => {
                let state = there(&refusal)
                    .cloned()
                    .map(state_item::decode)
                    .transpose()?;
                let dropped =
                    state.is_some_and(|state| state.epoch == epoch && state.journal.is_none());
                Ok(if dropped { Put::Written } else { Put::Conflict })
            }
            Reply::Refused(_) => Ok(Put::Conflict),
            Reply::Failed(error) => Err(error),
        }
    }

    /// Removes what was staged, as far as that works: what is left of it expires.
    pub async fn drop_staged(&self, calendar: CalendarId, pointer: &JournalPointer) {
        let deletes: Vec<WriteRequest> = (0..pointer.chunks)
            .filter_map(|chunk| delete(primary(&key::key(calendar, &pointer.commit, chunk))))
            .collect();
        if self.write_all(deletes).await.is_err() {
            tracing::debug!(%calendar, commit = %pointer.commit, "staged chunks are left to expire");
        }
    }
}

fn put(chunk: Item) -> Result<WriteRequest, StoreError> {
    let put = PutRequest::builder().set_item(Some(chunk)).build();
    let put = put.map_err(|_| unavailable(STAGE, "not built"))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

pub(super) fn delete(key: Item) -> Option<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
    Some(WriteRequest::builder().delete_request(delete).build())
}

/// The chunks put together, if they are all there and are what was staged.
fn joined(at: &Key, found: Vec<Item>, pointer: &JournalPointer) -> Result<Vec<u8>, StoreError> {
    let mut packed = Vec::new();
    let mut expected = 0_u32;
    for chunk in found {
        let (number, bytes) = item::decode(chunk)?;
        if number != expected {
            return Err(corrupt(at, "a chunk is missing"));
        }
        packed.extend(bytes);
        expected = expected.saturating_add(1);
    }
    if expected != pointer.chunks {
        return Err(corrupt(at, "a chunk is missing"));
    }
    if digest(&packed) != pointer.digest {
        return Err(corrupt(at, "its digest is another one"));
    }
    Ok(packed)
}

fn digest(packed: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(packed))
}

fn pack(facts: &[u8]) -> Result<Vec<u8>, StoreError> {
    let large = StoreError::TooLarge {
        operation: STAGE,
        what: "staged facts",
    };
    if u64::try_from(facts.len()).map_or(true, |bytes| bytes > limits::JOURNAL_BYTES) {
        return Err(large);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(facts).map_err(|_| large.clone())?;
    encoder.finish().map_err(|_| large)
}

/// The facts, if they unpack and are no longer than facts can be.
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut facts = Vec::new();
    let mut decoder = GzDecoder::new(packed).take(limits::JOURNAL_BYTES.saturating_add(1));
    decoder.read_to_end(&mut facts).ok()?;
    let length = u64::try_from(facts.len()).ok()?;
    (length <= limits::JOURNAL_BYTES).then_some(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staged(parts: &[&[u8]]) -> (Key, Vec<Item>, JournalPointer) {
        let calendar = crate::store::keys::samples::calendar();
        let commit = CommitId::new(Epoch(1), 2);
        let at = key::key(calendar, &commit, 0);
        let items = (0..)
            .zip(parts)
            .map(|(n, part)| {
                item::encode(&key::key(calendar, &commit, n), part, Timestamp::UNIX_EPOCH)
            })
            .collect();
        let pointer = JournalPointer {
            commit,
            chunks: u32::try_from(parts.len()).unwrap(),
            digest: digest(&parts.concat()),
        };
        (at, items, pointer)
    }

    #[test]
    fn facts_unpack_to_what_was_packed() {
        for facts in [vec![], vec![7; 1_000_000], b"facts".to_vec()] {
            assert_eq!(unpack(&pack(&facts).unwrap()), Some(facts));
        }
    }

    #[test]
    fn the_same_facts_pack_to_the_same_bytes() {
        assert_eq!(pack(b"facts").unwrap(), pack(b"facts").unwrap());
    }

    #[test]
    fn whole_chunks_are_joined() {
        let (at, items, pointer) = staged(&[b"ab", b"c"]);
        assert_eq!(joined(&at, items, &pointer), Ok(b"abc".to_vec()));
    }

    #[test]
    fn a_missing_chunk_or_another_digest_is_damage() {
        let (at, items, pointer) = staged(&[b"ab", b"c", b"d"]);
        for without in 0..3 {
            let mut items = items.clone();
            items.remove(without);
            assert!(joined(&at, items, &pointer).is_err(), "{without}");
        }
        let (_, other, _) = staged(&[b"ab", b"c", b"e"]);
        assert!(joined(&at, other, &pointer).is_err());
    }
}
