//! What people do to their own events.

use jiff::SignedDuration;
use serde_json::json;

use super::Told;
use super::choose::single;
use crate::demo::DemoError;
use crate::demo::stage::Stage;

const NO_SINGLE: Told = Told::Skipped("no single event lies ahead");

pub(super) async fn move_event(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = single(stage).await? else {
        return Ok(NO_SINGLE);
    };
    let told = pick.told(stage);
    let Some(times) = pick.later(stage, SignedDuration::from_hours(1)) else {
        return Ok(NO_SINGLE);
    };
    stage
        .google()
        .patch_event(&pick.calendar.google, pick.id(), times)?;
    let by = match pick.occurrence.all_day {
        true => "a day",
        false => "an hour",
    };
    Ok(Told::done(format!("{told}, is put off by {by}")))
}

pub(super) async fn retitle(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = single(stage).await? else {
        return Ok(NO_SINGLE);
    };
    let told = pick.told(stage);
    let new = json!({"summary": "Renamed", "description": "and described"});
    stage
        .google()
        .patch_event(&pick.calendar.google, pick.id(), new)?;
    Ok(Told::done(format!(
        "{told}, is called “Renamed” now; blocks do not change"
    )))
}

pub(super) async fn delete(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = single(stage).await? else {
        return Ok(NO_SINGLE);
    };
    let told = pick.told(stage);
    stage
        .google()
        .delete_event(&pick.calendar.google, pick.id())?;
    Ok(Told::done(format!("{told}, is deleted")))
}

pub(super) async fn decline(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = single(stage).await? else {
        return Ok(NO_SINGLE);
    };
    let told = pick.told(stage);
    stage
        .google()
        .respond(&pick.calendar.google, pick.id(), "declined")?;
    Ok(Told::done(format!("{told}, is declined")))
}
