//! The history entry of one commit; it expires.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instant::{self, Instant};
use super::{Item, key_of, read, write};
use crate::limits;
use crate::model::{CalendarId, CommitId, Counts, FullReadReason, SyncRecord};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::sync_record;

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<CommitId>,
    at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    full_read: Option<FullReadReason>,
    counts: Counts,
    expires: i64,
}

/// The stored form.
pub(in crate::store) fn encode(
    calendar: CalendarId,
    record: &SyncRecord,
) -> Result<Item, StoreError> {
    let body = Body {
        after: record.after.clone(),
        at: Instant(record.at),
        full_read: record.full_read,
        counts: record.counts,
        expires: expires(record.at),
    };
    write(
        &sync_record::key(calendar, record.epoch, &record.commit),
        &body,
    )
}

fn expires(at: Timestamp) -> i64 {
    let kept = limits::SYNC_RECORD_DAYS.saturating_mul(86_400);
    instant::seconds(at).saturating_add(kept)
}

/// The record of an item.
pub(in crate::store) fn decode(item: Item) -> Result<SyncRecord, StoreError> {
    let key = key_of(&item);
    let (_, epoch, commit) =
        sync_record::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a record"))?;
    let body: Body = read(&key, item)?;
    Ok(SyncRecord {
        epoch,
        commit,
        after: body.after,
        at: body.at.0,
        full_read: body.full_read,
        counts: body.counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Epoch;
    use crate::store::keys::samples::calendar;

    #[test]
    fn records_read_back() {
        let at = Timestamp::new(1_767_604_200, 5).unwrap();
        let first = SyncRecord {
            epoch: Epoch(1),
            commit: CommitId::new(Epoch(1), 2),
            after: None,
            at,
            full_read: Some(FullReadReason::First),
            counts: Counts {
                received: 3,
                ..Counts::default()
            },
        };
        let second = SyncRecord {
            after: Some(first.commit.clone()),
            full_read: None,
            ..first.clone()
        };
        for record in [first, second] {
            let item = encode(calendar(), &record).unwrap();
            assert_eq!(decode(item), Ok(record));
        }
    }
}
