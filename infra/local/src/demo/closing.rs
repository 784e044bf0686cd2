//! What came of it: the verdict after each sync, and the totals.

use super::DemoError;
use super::screen::Screen;
use super::stage::Stage;
use super::times::{from_chrono, instant};
use crate::check::{Fault, Held};
use crate::report::{self, Report};

/// Faults that are named; the rest is counted.
const NAMED: usize = 5;

/// Says whether everything is in step, by the check that looks at the simulator.
pub(super) fn verdict(stage: &Stage, quiet: bool, screen: &mut Screen<'_>) -> bool {
    let faults = stage.faults();
    if !quiet {
        screen.line("  NOT IN STEP: something is left to do that time does not bring");
    }
    for fault in faults.iter().take(NAMED) {
        screen.line(format_args!("  NOT IN STEP: {}", told(stage, fault)));
    }
    if faults.len() > NAMED {
        screen.line(format_args!("  … and {} more", faults.len() - NAMED));
    }
    let well = quiet && faults.is_empty();
    if well {
        screen.line("  in step ✓");
    }
    well
}

fn told(stage: &Stage, fault: &Fault) -> String {
    match fault {
        Fault::Missing { calendar, time } => {
            format!(
                "{} does not hold {}",
                name(stage, calendar),
                held(stage, calendar, time)
            )
        }
        Fault::Extra { calendar, time } => {
            format!(
                "{} holds {} for no event",
                name(stage, calendar),
                held(stage, calendar, time)
            )
        }
        Fault::Talkative { calendar, .. } => {
            format!(
                "a block on {} says more than it should",
                name(stage, calendar)
            )
        }
        Fault::SourceWritten { calendar, .. } => {
            format!(
                "an event of the person on {} was written",
                name(stage, calendar)
            )
        }
    }
}

fn name<'a>(stage: &'a Stage, google: &'a str) -> &'a str {
    let mut calendars = stage.calendars.iter();
    calendars
        .find(|calendar| calendar.google == google)
        .map_or(google, |calendar| calendar.name.as_str())
}

fn held(stage: &Stage, google: &str, (from, to, _): &Held) -> String {
    let mut calendars = stage.calendars.iter();
    let Some(calendar) = calendars.find(|calendar| calendar.google == google) else {
        return format!("{from} to {to}");
    };
    let now = stage.now(calendar);
    let text = |at| instant(from_chrono(at), &now);
    format!("{} to {}", text(*from), text(*to))
}

/// Shows the totals. `well`: every check so far agreed.
pub(super) async fn play(
    stage: &Stage,
    screen: &mut Screen<'_>,
    well: bool,
    elapsed_ms: u64,
) -> Result<Report, DemoError> {
    screen.heading("Totals");
    let google = stage.world.group.usage();
    let table = stage.world.meter.usage();
    let configs = std::slice::from_ref(&stage.config);
    let collected = report::collect(&stage.worker, configs, google, table, elapsed_ms).await?;
    let report = Report {
        in_step: collected.in_step && well && stage.faults().is_empty(),
        ..collected
    };
    screen.line(report::table(&report).trim_end());
    Ok(report)
}
