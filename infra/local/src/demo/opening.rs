//! The first sync, calendar by calendar, and what is held where.

use shared::engine::{Outcome, Synced};

use super::closing::verdict;
use super::screen::Screen;
use super::stage::{Calendar, Stage};
use super::{DemoError, listing};

/// Plays it. Whether everything is in step after it.
pub(super) async fn play(stage: &mut Stage, screen: &mut Screen<'_>) -> Result<bool, DemoError> {
    introduce(stage, screen);
    screen.heading(if stage.played {
        "Sync of what the last run left"
    } else {
        "First sync"
    });
    let before = stage.spent();
    for calendar in &stage.calendars {
        sync(stage, calendar, screen).await?;
    }
    screen.begin("  until nothing is left to do … ");
    let quiet = stage.settle().await;
    screen.line(stage.spent().since(before));
    screen.line(
        "  (of a series block, a changed occurrence is an update and a cancelled one a deletion)",
    );
    let well = verdict(stage, quiet, screen);
    for calendar in &stage.calendars {
        listing::show(stage, calendar, screen).await?;
    }
    hint(stage, screen).await?;
    Ok(well)
}

fn introduce(stage: &Stage, screen: &mut Screen<'_>) {
    screen.line(
        "Tidelock holds the time of each event on the person's other calendars, by busy blocks.",
    );
    screen.line("Google is simulated and DynamoDB runs in this process; the code between them is what ships.");
    screen.heading("Calendars");
    for calendar in &stage.calendars {
        let events = stage.own_events(calendar);
        let google = stage.google();
        let zone = google.calendar_zone(&calendar.google);
        let zone = zone.map_or("UTC", |zone| zone.name());
        screen.line(format_args!(
            "  {:<24} {events:>5} events, {zone}",
            calendar.name
        ));
    }
    let now = stage.world.clock().now();
    screen.line(format_args!("  The simulated present is {now}."));
}

async fn sync(
    stage: &Stage,
    calendar: &Calendar,
    screen: &mut Screen<'_>,
) -> Result<(), DemoError> {
    screen.begin(format_args!("  {} … ", calendar.name));
    match stage.worker.sync(calendar.id).await? {
        Outcome::Synced(synced) => screen.line(told(&synced)),
        Outcome::Busy { until } => {
            screen.line(format_args!("another worker is at it until {until}"))
        }
        Outcome::Overtaken => screen.line("another worker was first"),
        Outcome::Disabled => screen.line("takes no part"),
    }
    Ok(())
}

fn told(synced: &Synced) -> String {
    let read = match synced.full_read {
        Some(_) => "read as a whole",
        None => "asked for changes",
    };
    let journal = if synced.by_journal {
        ", committed by journal"
    } else {
        ""
    };
    let counts = &synced.counts;
    format!(
        "{read}: {} listed, {} new{journal}; {} blocks pushed",
        counts.received, counts.created, synced.pushed.done
    )
}

async fn hint(stage: &Stage, screen: &mut Screen<'_>) -> Result<(), DemoError> {
    if !stage.from_files {
        return Ok(());
    }
    for calendar in &stage.calendars {
        let view = stage.worker.view(calendar.id).await?;
        if view.is_some_and(|view| view.rows.iter().any(|row| !row.mirrors.is_empty())) {
            return Ok(());
        }
    }
    screen.line("\nNothing lies around the simulated present: try --shift, or --now with a time inside the files.");
    Ok(())
}
