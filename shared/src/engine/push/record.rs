//! Recording have: Google's word about a block goes into its row, whatever else happened to the row meanwhile.

use super::super::{Engine, SyncError};
use crate::limits::REPLAN_ROUNDS;
use crate::model::{CalendarId, Have, Mirror, Rev, Row, RowWrite, Want};
use crate::plan::expiry;
use crate::store::Put;

impl Engine {
    /// Brings mirrors of `row` from what they were to what they became.
    pub(super) async fn record(
        &self,
        row: &Row,
        updates: Vec<(CalendarId, Mirror, Mirror)>,
    ) -> Result<(), SyncError> {
        let calendar = row.calendar;
        let failed = |why| SyncError::Store { calendar, why };
        let mut row = row.clone();
        for round in 0..REPLAN_ROUNDS {
            let written = updated(&row, &updates, self.now());
            let Some(write) = written else { return Ok(()) };
            if self.store.put_row(&write).await.map_err(failed)? == Put::Written {
                if round > 0 && write.row.pending() {
                    // Whoever changed the row meanwhile may be done with it already, so nobody else would look.
                    self.wake(calendar).await?;
                }
                return Ok(());
            }
            let at = (row.calendar, row.key.clone());
            let current = self.store.rows(std::slice::from_ref(&at)).await;
            let mut current = current.map_err(failed)?;
            let Some(current) = current.remove(&at) else {
                return Ok(());
            };
            row = current;
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
        merge(mirror, before, after);
        if mirror.blank() {
            new.mirrors.remove(target);
        }
    }
    new.expires = expiry(&new, now);
    if new == *row {
        return None;
    }
    new.rev = Rev(row.rev.0 + 1);
    Some(RowWrite {
        row: new,
        expected: row.rev,
    })
}

/// What a push learned, laid over what the row says now. If the row did not change, the result simply holds;
/// if it did, `have` moves all the same, as it is what Google said, but the row's own `want` stands.
pub(super) fn merge(current: &mut Mirror, before: &Mirror, after: &Mirror) {
    if current == before {
        current.clone_from(after);
        return;
    }
    if after.generation < current.generation {
        return;
    }
    for stray in before.strays.difference(&after.strays) {
        current.strays.remove(stray);
    }
    current
        .strays
        .extend(after.strays.difference(&before.strays).cloned());
    let occurrence = matches!(current.want, Want::Instance(_) | Want::Hidden);
    match after.have {
        Have::Own(_) if occurrence => {
            current.strays.insert(after.generation.into());
        }
        Have::Own(_) | Have::Deleted | Have::Nothing if !occurrence => {
            take(current, after);
        }
        Have::Instance(_) | Have::Hidden | Have::Unknown if occurrence => take(current, after),
        Have::Own(_)
        | Have::Deleted
        | Have::Nothing
        | Have::Instance(_)
        | Have::Hidden
        | Have::Unknown => {}
    }
    if current.want == before.want {
        current.parked.clone_from(&after.parked);
        current.retry = after.retry;
        current.rewrites = after.rewrites;
    }
}

fn take(current: &mut Mirror, after: &Mirror) {
    current.generation = after.generation;
    current.have = after.have;
    current.etag.clone_from(&after.etag);
    current.stored = after.stored;
}
