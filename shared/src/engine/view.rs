//! What a reader sees: the rows, with a committed journal laid over them. Before a commit nothing of it is
//! visible, after it everything, however far the rows are.

use super::commit::Journal;
use super::load::keyed;
use super::{Engine, Scope, SyncError};
use crate::model::{CalendarId, Row, State};
use crate::plan::{self, Rows};
use crate::store::{Class, StoreError};

/// One calendar as committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its state.
    pub state: State,
    /// Its rows, in key order.
    pub rows: Vec<Row>,
}

/// One calendar as committed, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// Its state; none: it was never connected, or its state is among the damaged items.
    pub state: Option<State>,
    /// The rows that can be read, in key order.
    pub rows: Vec<Row>,
    /// The items that cannot be read; each error names one by its key. With a damaged journal among them the rows are as
    /// they lie, which may be older than what was committed.
    pub damaged: Vec<StoreError>,
}

impl Sight {
    /// The value, or nothing and one more damaged item.
    fn readable<T: Default>(&mut self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        match read {
            Ok(value) => Ok(value),
            Err(why) if matches!(why.class(), Class::Corrupt | Class::Newer) => {
                self.damaged.push(why);
                Ok(T::default())
            }
            Err(why) => Err(why),
        }
    }
}

impl Engine {
    /// Reads one calendar as committed; none if it was never connected.
    ///
    /// # Errors
    /// The table could not be read, or something of the calendar is damaged.
    pub async fn view(&self, calendar: CalendarId) -> Result<Option<View>, SyncError> {
        let mut sight = self.sight(calendar).await?;
        match sight.damaged.pop() {
            Some(why) => Err(SyncError::Store { calendar, why }),
            None => Ok(sight.state.map(|state| View {
                state,
                rows: sight.rows,
            })),
        }
    }

    /// Reads one calendar as committed, as far as it can be read: one damaged item hides no other.
    ///
    /// # Errors
    /// The table could not be read, or a committed journal says what cannot be planned.
    pub async fn sight(&self, calendar: CalendarId) -> Result<Sight, SyncError> {
        let stored = |why| SyncError::Store { calendar, why };
        let mut sight = Sight::default();
        let state = self.store.state(calendar).await;
        sight.state = sight.readable(state).map_err(stored)?;
        if sight.state.is_none() && sight.damaged.is_empty() {
            return Ok(sight);
        }
        let journal = self.journal_of(&mut sight).await.map_err(stored)?;
        let laid = match (&sight.state, journal) {
            (Some(state), Some(bytes)) => Some(self.overlaid(state, &bytes).await?),
            (Some(_), None) | (None, _) => None,
        };
        let (rows, damaged) = self
            .store
            .readable_calendar(calendar)
            .await
            .map_err(stored)?;
        sight.damaged.extend(damaged);
        sight.rows = laid.unwrap_or(rows);
        Ok(sight)
    }

    /// What is staged for the commit that is not fully applied, if there is one and it can be read.
    async fn journal_of(&self, sight: &mut Sight) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(state) = &sight.state else {
            return Ok(None);
        };
        let Some(pointer) = &state.journal else {
            return Ok(None);
        };
        let read = self.store.journal(state.calendar, pointer).await;
        sight.readable(read.map(Some))
    }

    /// The rows of a calendar with its journal laid over them.
    async fn overlaid(&self, state: &State, journal: &[u8]) -> Result<Vec<Row>, SyncError> {
        let calendar = state.calendar;
        let journal: Journal =
            serde_json::from_slice(journal).map_err(|_| SyncError::Journal { calendar })?;
        let config = self.config(state.user).await;
        let config = config
            .map_err(|why| SyncError::Store { calendar, why })?
            .ok_or(SyncError::NotConnected { calendar })?;
        let scope = Scope::new(calendar, config);
        let setting = scope.setting(journal.at, state.epoch);
        let mut rows: Rows = self.readable_rows(&setting).await?;
        let plan = plan::plan(&setting, &journal.facts, &rows)
            .map_err(|why| SyncError::Plan { calendar, why })?;
        rows.extend(plan.writes.into_iter().map(|write| keyed(write.row)));
        Ok(rows
            .into_values()
            .filter(|row| row.calendar == calendar)
            .collect())
    }
}
