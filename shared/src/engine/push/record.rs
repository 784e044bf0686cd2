//! Recording have: Google's word about a block goes into its row, if what is due is still what was written.

use super::super::{Engine, SyncError};
use crate::limits::REPLAN_ROUNDS;
use crate::model::{CalendarId, Change, Etag, Generation, Have, Mirror, Rev, Row, RowWrite, Want};
use crate::plan::mark;
use crate::store::Put;

impl Engine {
    /// Brings mirrors of `row` from what they were to what they became.
    pub(in super::super) async fn record(
        &self,
        row: &Row,
        updates: Vec<(CalendarId, Mirror, Mirror)>,
    ) -> Result<(), SyncError> {
        let calendar = row.calendar;
        let failed = |why| SyncError::Store { calendar, why };
        let mut row = row.clone();
        // An earlier record of the same push may have moved the row on since it was read.
        let mut fresh = updates.iter().all(|(_, before, after)| before == after);
        for _ in 0..REPLAN_ROUNDS {
            let write = updated(&row, &updates, self.now());
            if write.is_none() && fresh {
                return Ok(());
            }
            if let Some(write) = write
                && self.store.put_row(&write).await.map_err(failed)? == Put::Written
            {
                return Ok(());
            }
            let at = (row.calendar, row.key.clone());
            let current = self.store.rows(std::slice::from_ref(&at)).await;
            let mut current = current.map_err(failed)?;
            let Some(current) = current.remove(&at) else {
                return Ok(());
            };
            row = current;
            fresh = true;
        }
        Err(SyncError::Contended { calendar })
    }
}

fn updated(
    row: &Row,
    updates: &[(CalendarId, Mirror, Mirror)],
    now: jiff::Timestamp,
) -> Option<RowWrite> {
    let mut new = row.clone();
    for (target, before, after) in updates {
        let mirror = new.mirrors.entry(*target).or_default();
        let was = mirror.have;
        merge(mirror, before, after);
        // A reset of occurrences is no change of theirs that anybody asked for.
        if mirror.have != was && mirror.have != Have::Unknown {
            let cause = mirror.cause.unwrap_or_default();
            mirror.note(Change::new(now, cause, row.epoch, was, mirror.have));
        }
        if mirror.blank() {
            new.mirrors.remove(target);
        }
    }
    mark(&mut new, now);
    if new == *row {
        return None;
    }
    new.rev = Rev(row.rev.0 + 1);
    Some(RowWrite {
        row: new,
        expected: row.rev,
    })
}

/// What a push learned, laid over what the row says now. If nothing happened to the mirror meanwhile, the result
/// simply holds. If something did, it is not recorded what the block is: the next read of the target shows it, and
/// wakes the row's calendar where that is not what is due. A record would put the row out of step in silence when
/// it comes from a worker that was overtaken.
pub(super) fn merge(current: &mut Mirror, before: &Mirror, after: &Mirror) {
    if current == before {
        current.clone_from(after);
        return;
    }
    for stray in before.strays.difference(&after.strays) {
        current.strays.remove(stray);
    }
    let occurrence = matches!(current.have, Have::Instance(_) | Have::Hidden);
    if after.have == Have::Unknown && occurrence {
        // A reset by a write to the series is shown by no read.
        take(current, after);
    } else if known(current) == known(before) {
        take(current, after);
        current.parked.clone_from(&after.parked);
        current.retry.clone_from(&after.retry);
    }
    if current.want == before.want {
        current.rewrites = current.rewrites.max(after.rewrites);
    }
}

/// What a push started from.
fn known(mirror: &Mirror) -> (Want, Have, Generation, Option<&Etag>) {
    (
        mirror.due(),
        mirror.have,
        mirror.generation,
        mirror.etag.as_ref(),
    )
}

fn take(current: &mut Mirror, after: &Mirror) {
    current.generation = after.generation;
    current.have = after.have;
    current.etag.clone_from(&after.etag);
    current.stored = after.stored;
}
