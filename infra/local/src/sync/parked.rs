//! What was set aside, and why: told at the end, so that nothing is left out silently.

use std::collections::BTreeMap;

use shared::engine::Engine;
use shared::model::{CalendarConfig, CalendarId, Park, Row, UserConfig};

use crate::host::Host;
use crate::plain::one_line;

/// Tells how many events of each calendar are set aside for which reason.
pub(super) async fn tell(host: &Host<'_>, json: bool, engine: &Engine, configs: &[UserConfig]) {
    for config in configs {
        for (id, calendar) in &config.calendars {
            // Which rows cannot be read was seen when they were counted.
            let sight = engine.sight(*id).await;
            let rows = sight.map(|sight| sight.rows).unwrap_or_default();
            for (reason, count) in reasons(config, &rows, config.takes_part(*id)) {
                let name = one_line(&calendar.name);
                host.say(json, &format!("{name}: {count} set aside: {reason}"));
            }
        }
    }
}

/// Of a calendar that takes no part, only what it could not take back counts.
fn reasons(config: &UserConfig, rows: &[Row], takes_part: bool) -> BTreeMap<String, u64> {
    let mut reasons = BTreeMap::new();
    let mut count = |reason: String| *reasons.entry(reason).or_insert(0) += 1;
    for row in rows {
        if let Some(park) = row.parked.as_ref().filter(|_| takes_part) {
            count(park.reason.clone());
        }
        for (target, mirror) in &row.mirrors {
            if let Some(park) = &mirror.parked {
                count(on_target(config.calendars.get(target), *target, park));
            }
        }
    }
    reasons
}

fn on_target(target: Option<&CalendarConfig>, id: CalendarId, park: &Park) -> String {
    let name = target.map_or_else(
        || id.to_string(),
        |target| one_line(&target.name).into_owned(),
    );
    format!("no block on {name}: {}", park.reason)
}
