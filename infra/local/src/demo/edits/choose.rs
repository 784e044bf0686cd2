//! Which event an edit is made on: any that fits, by the seed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::model::Want;
use simulator::Occurrence;

use crate::demo::DemoError;
use crate::demo::listing::title;
use crate::demo::stage::{Calendar, Stage};
use crate::demo::times::{day, from_chrono, instant, to_chrono};

/// How far ahead events are looked for, in days.
const AHEAD: i64 = 380;
/// Begins the id of every block.
const BLOCK: &str = "tidelock";

/// Something ahead that has, or is, a block.
#[derive(Debug, Clone)]
pub(super) struct Pick {
    pub(super) calendar: Calendar,
    pub(super) occurrence: Occurrence,
}

impl Pick {
    /// The id to edit.
    pub(super) fn id(&self) -> &str {
        &self.occurrence.event_id
    }

    /// The event in words.
    pub(super) fn told(&self, stage: &Stage) -> String {
        let now = stage.now(&self.calendar);
        let start = from_chrono(self.occurrence.start);
        let start = match self.occurrence.all_day {
            true => day(start.to_zoned(now.time_zone().clone()).date(), &now),
            false => instant(start, &now),
        };
        let title = match self.occurrence.event_id.starts_with(BLOCK) {
            true => "the block".to_owned(),
            false => format!("“{}”", title(stage, &self.calendar, self.id())),
        };
        format!("{title} on {}, {start}", self.calendar.name)
    }

    /// Start and end as they are, and later by `by` (a whole day for whole days).
    pub(super) fn later(&self, stage: &Stage, by: SignedDuration) -> Option<Value> {
        let body = stage
            .google()
            .event_json(&self.calendar.google, self.id())?;
        let moved = |key: &str| later(body.get(key)?, by);
        Some(json!({"start": moved("start")?, "end": moved("end")?}))
    }
}

fn later(time: &Value, by: SignedDuration) -> Option<Value> {
    let text = |key: &str| time.get(key).and_then(Value::as_str);
    if let Some(date) = text("date") {
        let date: jiff::civil::Date = date.parse().ok()?;
        return Some(json!({"date": date.tomorrow().ok()?.to_string()}));
    }
    let at: Timestamp = text("dateTime")?.parse().ok()?;
    let mut moved = json!({"dateTime": at.checked_add(by).ok()?.to_string()});
    if let (Some(map), Some(zone)) = (moved.as_object_mut(), text("timeZone")) {
        map.insert("timeZone".into(), zone.into());
    }
    Some(moved)
}

/// A single event ahead that is held somewhere.
pub(super) async fn single(stage: &mut Stage) -> Result<Option<Pick>, DemoError> {
    let found = mirrored(stage).await?;
    let singles = found
        .into_iter()
        .filter(|pick| pick.occurrence.master_id.is_none());
    let singles: Vec<Pick> = singles.collect();
    Ok(any(stage, singles))
}

/// An unchanged occurrence ahead of a series that is held somewhere. `later`: not the first of the series.
pub(super) async fn occurrence(stage: &mut Stage, later: bool) -> Result<Option<Pick>, DemoError> {
    let found = mirrored(stage).await?;
    let fits = |pick: &Pick| {
        let Some(master) = &pick.occurrence.master_id else {
            return false;
        };
        let google = stage.google();
        let Some(series) = google.event(&pick.calendar.google, master) else {
            return false;
        };
        let changed = stored(&google.events(&pick.calendar.google), pick.id());
        !changed && (!later || !starts_it(&series, &pick.occurrence))
    };
    let plain: Vec<Pick> = found.into_iter().filter(fits).collect();
    // One of each series, so that those which repeat often are not chosen more often.
    let mut seen = BTreeSet::new();
    let first = plain.into_iter().filter(|pick| {
        let master = pick.occurrence.master_id.clone();
        seen.insert((pick.calendar.google.clone(), master))
    });
    let first: Vec<Pick> = first.collect();
    Ok(any(stage, first))
}

fn stored(events: &[simulator::EventSummary], id: &str) -> bool {
    events.iter().any(|event| event.id == id)
}

fn starts_it(series: &simulator::EventSummary, occurrence: &Occurrence) -> bool {
    let start = occurrence.original_start.map(from_chrono);
    let first = series.start.as_deref();
    match first.and_then(|text| text.parse::<Timestamp>().ok()) {
        Some(first) => start == Some(first),
        None => start
            .is_some_and(|start| first.is_some_and(|first| start.to_string().starts_with(first))),
    }
}

/// A block of a single event ahead.
pub(super) fn block(stage: &mut Stage) -> Option<Pick> {
    let found = ahead(stage)
        .into_iter()
        .filter(|pick| pick.id().starts_with(BLOCK) && pick.occurrence.master_id.is_none());
    let found = found.collect();
    any(stage, found)
}

/// Any calendar.
pub(super) fn calendar(stage: &mut Stage) -> Option<Calendar> {
    let at = stage.random.usize(..stage.calendars.len().max(1));
    stage.calendars.get(at).cloned()
}

fn any(stage: &mut Stage, from: Vec<Pick>) -> Option<Pick> {
    let at = stage.random.usize(..from.len().max(1));
    from.into_iter().nth(at)
}

/// Everything ahead, by calendar and time.
fn ahead(stage: &Stage) -> Vec<Pick> {
    let google = stage.google();
    let from = google.now();
    let until = stage
        .world
        .clock()
        .now()
        .saturating_add(SignedDuration::from_hours(24 * AHEAD));
    let until = to_chrono(until.unwrap_or(Timestamp::MAX));
    let of = |calendar: &Calendar| {
        let found = google.occurrences(&calendar.google, from, until);
        let calendar = calendar.clone();
        let coming = found.into_iter().filter(|one| one.start >= from);
        coming
            .map(|occurrence| Pick {
                calendar: calendar.clone(),
                occurrence,
            })
            .collect::<Vec<_>>()
    };
    stage.calendars.iter().flat_map(of).collect()
}

/// Events ahead that are held somewhere, by the rows.
async fn mirrored(stage: &Stage) -> Result<Vec<Pick>, DemoError> {
    let mut held = BTreeSet::new();
    for calendar in &stage.calendars {
        let view = stage.worker.view(calendar.id).await?;
        for row in view.into_iter().flat_map(|view| view.rows) {
            let own = |mirror: &shared::model::Mirror| matches!(mirror.due(), Want::Own(_));
            if let Some(event) = row.source.live().filter(|_| row.mirrors.values().any(own)) {
                held.insert((calendar.google.clone(), event.id.as_str().to_owned()));
            }
        }
    }
    let is_held = |pick: &Pick| {
        let id = pick.occurrence.master_id.as_deref().unwrap_or(pick.id());
        held.contains(&(pick.calendar.google.clone(), id.to_owned()))
    };
    Ok(ahead(stage).into_iter().filter(is_held).collect())
}
