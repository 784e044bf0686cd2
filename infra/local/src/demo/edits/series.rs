//! What people do to a series.

use jiff::SignedDuration;

use super::Told;
use super::choose::{Pick, occurrence};
use crate::demo::DemoError;
use crate::demo::stage::Stage;
use crate::demo::times::from_chrono;

const NO_SERIES: Told = Told::Skipped("no series goes on");

pub(super) async fn cancel_occurrence(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = occurrence(stage, false).await? else {
        return Ok(NO_SERIES);
    };
    let told = pick.told(stage);
    stage
        .google()
        .delete_event(&pick.calendar.google, pick.id())?;
    Ok(Told::done(format!(
        "{told}, does not take place; the rest of the series does"
    )))
}

pub(super) async fn following(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = occurrence(stage, true).await? else {
        return Ok(NO_SERIES);
    };
    let (Some(series), Some(at)) = (&pick.occurrence.master_id, original(stage, &pick)) else {
        return Ok(NO_SERIES);
    };
    let Some(times) = pick.later(stage, SignedDuration::from_mins(30)) else {
        return Ok(NO_SERIES);
    };
    let told = pick.told(stage);
    stage
        .google()
        .ui_split(&pick.calendar.google, series, &at, times)?;
    let by = match pick.occurrence.all_day {
        true => "a day",
        false => "half an hour",
    };
    Ok(Told::done(format!(
        "{told}, and all after it are {by} later: Google makes two series of one"
    )))
}

/// When the occurrence was to start: a date, or an instant.
fn original(stage: &Stage, pick: &Pick) -> Option<String> {
    let at = from_chrono(pick.occurrence.original_start?);
    if !pick.occurrence.all_day {
        return Some(at.to_string());
    }
    let zone = stage.now(&pick.calendar).time_zone().clone();
    Some(at.to_zoned(zone).date().to_string())
}
