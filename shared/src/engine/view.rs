//! What a reader sees: the rows, with a committed journal laid over them. Before a commit nothing of it is
//! visible, after it everything, however far the rows are.

use super::commit::Journal;
use super::{Engine, Scope, SyncError};
use crate::model::{CalendarId, Row, State};
use crate::plan;

/// One calendar as committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its state.
    pub state: State,
    /// Its rows, in key order.
    pub rows: Vec<Row>,
}

impl Engine {
    /// Reads one calendar as committed; none if it was never connected.
    ///
    /// # Errors
    /// The table could not be read, or a committed journal is damaged.
    pub async fn view(&self, calendar: CalendarId) -> Result<Option<View>, SyncError> {
        let stored = |why| SyncError::Store { calendar, why };
        let Some(state) = self.store.state(calendar).await.map_err(stored)? else {
            return Ok(None);
        };
        let rows = match &state.journal {
            None => self.store.calendar_rows(calendar).await.map_err(stored)?,
            Some(pointer) => {
                let bytes = self
                    .store
                    .journal(calendar, pointer)
                    .await
                    .map_err(stored)?;
                self.overlaid(calendar, &state, &bytes).await?
            }
        };
        Ok(Some(View { state, rows }))
    }

    async fn overlaid(
        &self,
        calendar: CalendarId,
        state: &State,
        journal: &[u8],
    ) -> Result<Vec<Row>, SyncError> {
        let journal: Journal =
            serde_json::from_slice(journal).map_err(|_| SyncError::Journal { calendar })?;
        let config = self.config(state.user).await;
        let config = config
            .map_err(|why| SyncError::Store { calendar, why })?
            .ok_or(SyncError::NotConnected { calendar })?;
        let scope = Scope::new(calendar, config);
        let setting = scope.setting(&self.rule, journal.at, state.epoch);
        let mut rows = self.all_rows(&setting).await?;
        let plan = plan::plan(&setting, &journal.facts, &rows)
            .map_err(|why| SyncError::Plan { calendar, why })?;
        for write in plan.writes {
            rows.insert((write.row.calendar, write.row.key.clone()), write.row);
        }
        Ok(rows
            .into_values()
            .filter(|row| row.calendar == calendar)
            .collect())
    }
}
