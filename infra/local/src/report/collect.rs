//! Counts rows.

use shared::engine::{Engine, SyncError};
use shared::google;
use shared::model::{CalendarConfig, CalendarId, Row, State, UserConfig, Want};

use super::{Calendar, DynamoDb, Google, Report};
use crate::damaged::Damaged;

/// Reads all enabled calendars of `configs` and counts.
///
/// # Errors
/// The table could not be read at all. Single items that cannot be are told in the report.
pub async fn collect(
    engine: &Engine,
    configs: &[UserConfig],
    google: google::Usage,
    dynamodb: wire::Usage,
    elapsed_ms: u64,
) -> Result<Report, SyncError> {
    let mut calendars = Vec::new();
    let (mut damaged, mut in_step) = (Vec::new(), true);
    for (id, config) in in_order(configs) {
        let sight = engine.sight(id).await?;
        let version = version_of(configs, id);
        let calendar = count(&config.name, &sight.rows);
        let settled = sight.state.is_some_and(|state| settled(&state, version));
        in_step &= settled && sight.damaged.is_empty() && calendar.in_step();
        calendars.push(calendar);
        damaged.extend(sight.damaged.iter().map(Damaged::from));
    }
    Ok(Report {
        calendars,
        google: google.into(),
        dynamodb: dynamodb.into(),
        damaged,
        failed: None,
        in_step,
        elapsed_ms,
    })
}

fn in_order(configs: &[UserConfig]) -> Vec<(CalendarId, &CalendarConfig)> {
    let mut enabled = Vec::new();
    for config in configs {
        let own = config.calendars.iter();
        let own = own.filter(|(id, _)| config.takes_part(**id));
        enabled.extend(own.map(|(id, calendar)| (*id, calendar)));
    }
    enabled.sort_by_key(|(_, calendar)| (&calendar.name, calendar.google.as_str()));
    enabled
}

fn version_of(configs: &[UserConfig], id: CalendarId) -> Option<u64> {
    let mut configs = configs.iter();
    let config = configs.find(|config| config.calendars.contains_key(&id))?;
    Some(config.version)
}

/// Whether the calendar was read, with its newest config, and left nothing for a later sync.
fn settled(state: &State, version: Option<u64>) -> bool {
    state.token.is_some()
        && state.journal.is_none()
        && !state.unpushed
        && state.failing.is_none()
        && state.held.is_none()
        && version == Some(state.config_version)
}

/// Counts one calendar's rows.
pub(crate) fn count(name: &str, rows: &[Row]) -> Calendar {
    let mut calendar = Calendar {
        name: name.to_owned(),
        ..Calendar::default()
    };
    for row in rows {
        calendar.add(row);
    }
    calendar
}

fn is_block(want: Want) -> bool {
    matches!(want, Want::Own(_) | Want::Instance(_))
}

impl Calendar {
    fn add(&mut self, row: &Row) {
        let blocks: Vec<_> = row
            .mirrors
            .values()
            .filter(|mirror| is_block(mirror.due()))
            .collect();
        if row.source.live().is_some() {
            self.events += 1;
            self.mirrored += u64::from(!blocks.is_empty());
            self.skipped += u64::from(blocks.is_empty());
        }
        let aside = |mirror: &shared::model::Mirror| mirror.parked.is_some();
        self.parked += u64::from(row.parked.is_some() || row.mirrors.values().any(aside));
        self.pending += u64::from(row.pending());
        self.blocks_wanted += blocks.len() as u64;
        let there = blocks.into_iter().filter(|mirror| mirror.in_step());
        self.blocks_in_step += there.count() as u64;
    }

    fn in_step(&self) -> bool {
        // A block that is neither there nor pending is set aside, and counted as such.
        self.pending == 0
    }
}

impl From<google::Usage> for Google {
    fn from(usage: google::Usage) -> Self {
        Self {
            units: usage.units,
            requests_by_kind: usage.requests_by_kind,
        }
    }
}

impl From<wire::Usage> for DynamoDb {
    fn from(usage: wire::Usage) -> Self {
        Self {
            requests_by_kind: usage.requests_by_kind,
            write_units: usage.write_units,
            read_units: usage.read_units,
        }
    }
}
