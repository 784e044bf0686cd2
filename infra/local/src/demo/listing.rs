//! What of a calendar is held where, and what is not and why. Titles are the person's own, on their own screen; Tidelock
//! itself never stores one.

use std::collections::BTreeMap;

use comfy_table::{Table, presets};
use jiff::Zoned;
use shared::engine::View;
use shared::model::{EventKind, Row, Source, SourceEvent, Want};
use shared::plan::why_not;

use super::DemoError;
use super::screen::Screen;
use super::stage::{Calendar, Stage};
use super::times;
use crate::plain::one_line;

/// Events that are listed one by one.
const LINES: usize = 24;
/// Letters of a title that are shown.
const TITLE: usize = 38;

/// One event.
struct Entry {
    /// Series before singles, occurrences after their series, then by time.
    order: (bool, String),
    when: String,
    title: String,
    outcome: String,
}

/// Shows one calendar.
pub(super) async fn show(
    stage: &Stage,
    calendar: &Calendar,
    screen: &mut Screen<'_>,
) -> Result<(), DemoError> {
    let Some(view) = stage.worker.view(calendar.id).await? else {
        return Ok(());
    };
    screen.heading(&calendar.name);
    let mut entries = entries(stage, calendar, &view);
    entries.sort_by(|a, b| a.order.cmp(&b.order));
    let rest = entries.split_off(entries.len().min(LINES));
    if entries.is_empty() {
        screen.line("  no events around now");
    } else {
        screen.line(table(&entries).trim_fmt());
    }
    for (outcome, count) in summary(&rest) {
        screen.line(format_args!(" … and {count} more: {outcome}"));
    }
    let older = unread(stage, calendar, &view);
    if older > 0 {
        screen.line(format_args!(
            " … and {older} that were over long ago and are not read"
        ));
    }
    Ok(())
}

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for entry in entries {
        table.add_row([&entry.when, &entry.title, &entry.outcome]);
    }
    table
}

fn summary(entries: &[Entry]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for entry in entries {
        *counted.entry(entry.outcome.as_str()).or_insert(0) += 1;
    }
    counted
}

/// Events of the person that Google was not even asked for.
fn unread(stage: &Stage, calendar: &Calendar, view: &View) -> usize {
    let read = view.rows.iter().filter(|row| row.source.live().is_some());
    stage.own_events(calendar).saturating_sub(read.count())
}

fn entries(stage: &Stage, calendar: &Calendar, view: &View) -> Vec<Entry> {
    let now = stage.now(calendar);
    let rows = view.rows.iter();
    rows.filter_map(|row| entry(stage, calendar, row, &now))
        .collect()
}

fn entry(stage: &Stage, calendar: &Calendar, row: &Row, now: &Zoned) -> Option<Entry> {
    let title = |id: &str| title(stage, calendar, id);
    let (when, title, order) = match &row.source {
        Source::Live(event) => {
            let order = match &event.kind {
                EventKind::Single => (true, event.time.ends_by().to_string()),
                EventKind::Series { .. } => (false, row.key.as_str().to_owned()),
                EventKind::Exception { series, original } => {
                    (false, format!("{} {original}", series.as_str()))
                }
            };
            (when(event, now), title(event.id.as_str()), order)
        }
        Source::Hidden {
            id,
            series,
            original,
        } => (
            format!("  not {}", times::original(original, now)),
            title(id.as_str()),
            (false, format!("{} {original}", series.as_str())),
        ),
        Source::Unseen | Source::Follows { .. } | Source::Gone => return None,
    };
    Some(Entry {
        order,
        when,
        title,
        outcome: outcome(stage, row),
    })
}

fn when(event: &SourceEvent, now: &Zoned) -> String {
    let stretch = times::stretch(&event.time, now);
    match &event.kind {
        EventKind::Single => stretch,
        EventKind::Series { recurrence } => {
            format!("{} from {stretch}", times::rhythm(recurrence))
        }
        EventKind::Exception { original, .. } => {
            let original = times::original(original, now);
            match stretch.starts_with(&original) {
                true => format!("  {stretch}"),
                false => format!("  {stretch} (was {original})"),
            }
        }
    }
}

/// The person's own title.
pub(super) fn title(stage: &Stage, calendar: &Calendar, id: &str) -> String {
    let event = stage.google().event(&calendar.google, id);
    let title = event.and_then(|event| event.summary).unwrap_or_default();
    let title = one_line(title.trim());
    match title.chars().count() {
        0 => "(no title)".to_owned(),
        count if count <= TITLE => title.into_owned(),
        _ => format!("{}…", title.chars().take(TITLE - 1).collect::<String>()),
    }
}

/// Where the event is held, and why it is not elsewhere.
fn outcome(stage: &Stage, row: &Row) -> String {
    let mut held = Vec::new();
    let mut hidden = Vec::new();
    let mut not: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let pairs = stage.config.pairs();
    for target in pairs.targets_of(row.calendar) {
        let name = stage.name(target);
        let due = row.mirrors.get(&target).map(shared::model::Mirror::due);
        match due.unwrap_or_default() {
            Want::Own(_) | Want::Instance(_) => held.push(name),
            Want::Hidden if row.source.live().is_none() => hidden.push(name),
            Want::Hidden | Want::Nothing => not
                .entry(reason(stage, row, target))
                .or_default()
                .push(name),
        }
    }
    let mut parts = Vec::new();
    if !held.is_empty() {
        parts.push(format!("→ {}", held.join(", ")));
    }
    if !hidden.is_empty() {
        parts.push(format!("time given back on {}", hidden.join(", ")));
    }
    let everywhere = parts.is_empty() && not.len() == 1;
    for (reason, names) in not {
        parts.push(match everywhere {
            true => format!("– {reason}"),
            false => format!("– not {}: {reason}", names.join(", ")),
        });
    }
    parts.join("  ")
}

fn reason(stage: &Stage, row: &Row, target: shared::model::CalendarId) -> &'static str {
    let now = stage.world.clock().now();
    let pairs = stage.config.pairs();
    let rule = pairs.rule(row.calendar, target);
    let skip = rule.and_then(|rule| why_not(row, target, rule, now));
    match (skip, &row.source) {
        (Some(skip), _) => skip.reason(),
        (None, Source::Hidden { .. }) => "its series is not held there",
        (None, _) => "nothing to hold",
    }
}
