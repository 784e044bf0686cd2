//! What people do to blocks.

use jiff::SignedDuration;

use super::Told;
use super::choose::block;
use crate::demo::DemoError;
use crate::demo::stage::Stage;

const NO_BLOCK: Told = Told::Skipped("no block of a single event lies ahead");

pub(super) fn deleted(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = block(stage) else {
        return Ok(NO_BLOCK);
    };
    stage
        .google()
        .delete_event(&pick.calendar.google, pick.id())?;
    Ok(Told::done(format!(
        "{}; the time is still needed, so it comes back",
        pick.told(stage)
    )))
}

pub(super) fn dragged(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = block(stage) else {
        return Ok(NO_BLOCK);
    };
    let Some(times) = pick.later(stage, SignedDuration::from_hours(2)) else {
        return Ok(NO_BLOCK);
    };
    stage
        .google()
        .patch_event(&pick.calendar.google, pick.id(), times)?;
    Ok(Told::done(format!("{}; it is put back", pick.told(stage))))
}
