//! Reads the rows that a plan needs: key by key when they are few, calendar by calendar when they are many.

use std::collections::BTreeSet;

use super::{Engine, SyncError};
use crate::model::{CalendarId, EventKey, Row};
use crate::plan::{self, Fact, Rows, Setting};

/// From this many rows on, whole calendars are read: a query costs an eighth of as many single reads.
const MANY_ROWS: usize = 400;

impl Engine {
    /// The rows that `facts` are planned over.
    pub(super) async fn rows_for(
        &self,
        setting: &Setting<'_>,
        facts: &[Fact],
    ) -> Result<Rows, SyncError> {
        let keys: Vec<(CalendarId, EventKey)> = plan::needed(setting, facts).into_iter().collect();
        if keys.is_empty() {
            return Ok(Rows::new());
        }
        if keys.len() > MANY_ROWS {
            return self.all_rows(setting).await;
        }
        let mut rows = Rows::new();
        self.add_rows(setting, &mut rows, &keys).await?;
        let mut asked: BTreeSet<_> = keys.into_iter().collect();
        let more: Vec<_> = plan::namesakes(setting, facts, &rows)
            .into_iter()
            .filter(|at| !asked.contains(at))
            .collect();
        self.add_rows(setting, &mut rows, &more).await?;
        asked.extend(more);
        let families = plan::families(setting, facts, &rows);
        for (of, series) in &families {
            self.add_family(setting, &mut rows, *of, series).await?;
        }
        self.add_namesakes(setting, &mut rows, &asked).await?;
        Ok(rows)
    }

    async fn add_family(
        &self,
        setting: &Setting<'_>,
        rows: &mut Rows,
        of: CalendarId,
        series: &EventKey,
    ) -> Result<(), SyncError> {
        let family = self.store.family(of, series).await;
        let family = family.map_err(|why| SyncError::Store {
            calendar: setting.calendar,
            why,
        })?;
        rows.extend(family.into_iter().map(keyed));
        Ok(())
    }

    /// Exceptions that came in with their family need their namesakes on the other calendars as well.
    async fn add_namesakes(
        &self,
        setting: &Setting<'_>,
        rows: &mut Rows,
        asked: &BTreeSet<(CalendarId, EventKey)>,
    ) -> Result<(), SyncError> {
        let came = rows.keys().filter(|at| !asked.contains(at));
        let all: BTreeSet<(CalendarId, EventKey)> = came
            .flat_map(|(_, key)| setting.calendars.iter().map(|of| (*of, key.clone())))
            .collect();
        let keys: Vec<_> = all
            .into_iter()
            .filter(|at| !rows.contains_key(at) && !asked.contains(at))
            .collect();
        self.add_rows(setting, rows, &keys).await
    }

    async fn add_rows(
        &self,
        setting: &Setting<'_>,
        rows: &mut Rows,
        keys: &[(CalendarId, EventKey)],
    ) -> Result<(), SyncError> {
        if keys.is_empty() {
            return Ok(());
        }
        let more = self.store.rows(keys).await;
        rows.extend(more.map_err(|why| SyncError::Store {
            calendar: setting.calendar,
            why,
        })?);
        Ok(())
    }

    /// All rows of all of the user's calendars.
    pub(super) async fn all_rows(&self, setting: &Setting<'_>) -> Result<Rows, SyncError> {
        let mut rows = Rows::new();
        for calendar in setting.calendars {
            let of_calendar = self.store.calendar_rows(*calendar).await;
            let of_calendar = of_calendar.map_err(|why| SyncError::Store {
                calendar: setting.calendar,
                why,
            })?;
            rows.extend(of_calendar.into_iter().map(keyed));
        }
        Ok(rows)
    }

    /// All rows of all of the user's calendars that can be read.
    pub(super) async fn readable_rows(&self, setting: &Setting<'_>) -> Result<Rows, SyncError> {
        let mut rows = Rows::new();
        for calendar in setting.calendars {
            let mut from = None;
            loop {
                let page = self.store.calendar_page(*calendar, from).await;
                let (page, next) = page.map_err(|why| SyncError::Store {
                    calendar: setting.calendar,
                    why,
                })?;
                rows.extend(page.read().rows.into_iter().map(keyed));
                match next {
                    Some(next) => from = Some(next),
                    None => break,
                }
            }
        }
        Ok(rows)
    }
}

pub(super) fn keyed(row: Row) -> ((CalendarId, EventKey), Row) {
    ((row.calendar, row.key.clone()), row)
}
