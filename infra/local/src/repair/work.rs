//! From the people that are meant to what was done: held deletions first, then the repair.

use shared::engine::{Repairing, SyncError, Wishes};
use shared::model::CalendarId;

use super::{Depth, HeldOnes, Mode, Options, PersonRepair, RepairReport};
use crate::answer::{Desk, Failure};
use crate::findings::{Meant, meant};
use crate::stack::advice;

pub(super) async fn repair(
    desk: &Desk<'_, '_>,
    options: &Options,
) -> Result<RepairReport, Failure> {
    let meant = meant(desk, options.calendar.as_deref()).await?;
    if options.mode != Mode::DryRun {
        desk.stack.tidy(desk.host).await;
    }
    let mut people = Vec::new();
    for one in meant {
        if desk.host.stop.is_wished() {
            return Err(Failure::Failed(
                "stopped; what was done stays done".to_owned(),
            ));
        }
        people.push(of_person(desk, options, one).await);
    }
    Ok(RepairReport {
        mode: options.mode,
        done: people.iter().all(|one| one.done(options.mode)),
        people,
    })
}

async fn of_person(desk: &Desk<'_, '_>, options: &Options, meant: Meant<'_>) -> PersonRepair {
    let looked_again = match options.held {
        HeldOnes::Wait => Ok(Vec::new()),
        HeldOnes::LookAgain => look_again(desk, options.mode, &meant.calendars).await,
    };
    let (looked_again, failed) = match looked_again {
        Ok(looked_again) => (looked_again, None),
        Err(why) => (Vec::new(), Some(advice::of_sync(&why))),
    };
    if options.held == HeldOnes::LookAgain && looked_again.is_empty() && failed.is_none() {
        let name = &meant.person.name;
        desk.host.err(format_args!("{name}: no deletion is held\n"));
    }
    let how = match options.mode {
        Mode::DryRun => Repairing::DryRun,
        Mode::Apply => Repairing::Apply,
        Mode::Force => Repairing::Force,
    };
    let deep = options.depth == Depth::Deep;
    let engine = desk.engine();
    let person = meant.person;
    let wishes = Wishes {
        key: desk.key(),
        wishes: &person.wishes,
    };
    let repaired = engine.repair_with(person.id, &meant.extent, deep, how, Some(wishes));
    let repaired = Box::pin(repaired).await;
    let (result, why) = match repaired {
        Ok(repaired) => (Some(repaired), None),
        Err(why) => (None, Some(advice::of_sync(&why))),
    };
    PersonRepair {
        user: meant.person.name.clone(),
        looked_again,
        result,
        failed: failed.or(why),
        at: engine.now(),
        names: meant.names,
    }
}

/// Ends the wait of held deletions, and syncs their calendars: a second full read decides.
async fn look_again(
    desk: &Desk<'_, '_>,
    mode: Mode,
    calendars: &[CalendarId],
) -> Result<Vec<CalendarId>, SyncError> {
    let engine = desk.engine();
    let mut held = Vec::new();
    for calendar in calendars.iter().copied() {
        let state = engine.store().state(calendar).await;
        let state = state.map_err(|why| SyncError::Store { calendar, why })?;
        if state.is_none_or(|state| state.held.is_none()) {
            continue;
        }
        if mode == Mode::DryRun || engine.look_again_now(calendar).await? {
            held.push(calendar);
        }
    }
    if mode != Mode::DryRun && !held.is_empty() {
        let go_on = || !desk.host.stop.is_wished();
        let patience = desk.stack.patience();
        let _ = engine.drive_while(calendars, patience, |_| {}, go_on).await;
    }
    Ok(held)
}
