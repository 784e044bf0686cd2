//! Roll forward: a committed journal becomes rows. It can stop anywhere and begin again.

use super::commit::Journal;
use super::{Engine, Scope, SyncError};
use crate::limits::REPLAN_ROUNDS;
use crate::model::{CalendarId, State};
use crate::plan::{self, Plan, Rows, Setting};
use crate::store::Put;

use futures::stream::{self, StreamExt, TryStreamExt};

/// Row writes under way at once.
const WRITES_AT_ONCE: usize = 16;

impl Engine {
    /// Applies the journal of `state`, if it has one. False: another worker took over.
    pub(super) async fn roll_forward(
        &self,
        scope: &Scope,
        state: &State,
    ) -> Result<bool, SyncError> {
        let calendar = scope.calendar;
        let Some(pointer) = &state.journal else {
            return Ok(true);
        };
        let bytes = self.store.journal(calendar, pointer).await;
        let bytes = bytes.map_err(|why| SyncError::Store { calendar, why })?;
        let journal: Journal =
            serde_json::from_slice(&bytes).map_err(|_| SyncError::Journal { calendar })?;
        let setting = scope.setting(journal.at, state.epoch);
        let rows = self.apply(&setting, &journal).await?;
        self.wake_owners(calendar, &rows).await?;
        let dropped = self
            .store
            .drop_journal(calendar, state.epoch, &pointer.commit)
            .await;
        let dropped = dropped.map_err(|why| SyncError::Store { calendar, why })?;
        Ok(dropped == Put::Written)
    }

    async fn apply(&self, setting: &Setting<'_>, journal: &Journal) -> Result<Rows, SyncError> {
        let calendar = setting.calendar;
        for _ in 0..REPLAN_ROUNDS {
            let rows = self.rows_for(setting, &journal.facts).await?;
            let plan = plan::plan(setting, &journal.facts, &rows)
                .map_err(|why| SyncError::Plan { calendar, why })?;
            if plan.writes.is_empty() {
                return Ok(rows);
            }
            if self.write_rows(calendar, &plan).await? {
                return Ok(applied(rows, plan));
            }
        }
        Err(SyncError::Contended { calendar })
    }

    /// Writes the rows of a plan one by one; false if some were changed meanwhile.
    pub(super) async fn write_rows(
        &self,
        calendar: CalendarId,
        plan: &Plan,
    ) -> Result<bool, SyncError> {
        let puts = stream::iter(&plan.writes)
            .map(|write| self.store.put_row(write))
            .buffer_unordered(WRITES_AT_ONCE)
            .try_fold(
                true,
                |all, put| async move { Ok(all && put == Put::Written) },
            )
            .await;
        puts.map_err(|why| SyncError::Store { calendar, why })
    }

    /// Rows of other calendars that this one put out of step are their calendars' to push. Told at the end,
    /// and told again if this is done again: a wake too many costs one look.
    async fn wake_owners(&self, calendar: CalendarId, rows: &Rows) -> Result<(), SyncError> {
        let mut owners: Vec<CalendarId> = rows
            .values()
            .filter(|row| row.calendar != calendar && row.pending())
            .map(|row| row.calendar)
            .collect();
        owners.dedup();
        for owner in owners {
            let bumped = self.store.bump(owner, self.now()).await;
            bumped.map_err(|why| SyncError::Store { calendar, why })?;
        }
        Ok(())
    }
}

fn applied(mut rows: Rows, plan: Plan) -> Rows {
    for write in plan.writes {
        rows.insert((write.row.calendar, write.row.key.clone()), write.row);
    }
    rows
}
