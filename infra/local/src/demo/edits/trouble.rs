//! What Google does.

use serde_json::json;
use shared::engine::{Outcome, Progress, Pushed};
use simulator::{Effect, Fault, Matcher, Times};

use super::Told;
use super::choose::{calendar, single};
use crate::demo::DemoError;
use crate::demo::stage::{Calendar, Stage};
use crate::demo::times::many;

/// Events that are added while Google has trouble.
const ADDED: i64 = 3;

pub(super) async fn token_expires(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(pick) = single(stage).await? else {
        let Some(calendar) = calendar(stage) else {
            return Ok(Told::Skipped("there is no calendar"));
        };
        stage.google().expire_sync_tokens(&calendar.google);
        return Ok(Told::done(format!(
            "{} is read as a whole (410)",
            calendar.name
        )));
    };
    let told = pick.told(stage);
    let google = &pick.calendar.google;
    stage.google().delete_event(google, pick.id())?;
    stage.google().expire_sync_tokens(google);
    let line =
        format!("{told}, is deleted, and Google forgets to say so (410): all of it is read again");
    Ok(Told::done(line))
}

/// The first write gets through, then none does, however often it is tried.
pub(super) async fn unavailable(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(calendar) = calendar(stage) else {
        return Ok(Told::Skipped("there is no calendar"));
    };
    for n in 0..ADDED {
        add(stage, &calendar, 26 + 24 * n)?;
    }
    stage.google().inject(Fault {
        on: Matcher::kind("events.insert").nth(2),
        times: Times::Always,
        effect: Effect::Status {
            code: 503,
            reason: "backendError".to_owned(),
            retry_after: None,
        },
    });
    let mut pushed = Pushed::default();
    let mut failed = 0_u32;
    let driven = stage
        .drive(&stage.worker, |progress| match progress {
            Progress::Synced(_, Ok(Outcome::Synced(synced))) => {
                pushed.done += synced.pushed.done;
                pushed.waiting += synced.pushed.waiting;
            }
            Progress::Synced(_, Err(_)) => failed += 1,
            Progress::Synced(..) | Progress::Waiting(_) => {}
        })
        .await;
    stage.google().clear_faults();
    let mut notes = vec![format!(
        "{} of {} blocks got through, {} wait; {}, and the check sees {}",
        pushed.done,
        pushed.done + pushed.waiting,
        pushed.waiting,
        many(failed, "failed sync"),
        many(stage.faults().len() as u64, "difference"),
    )];
    if let Some(at) = driven.waits_until {
        let wait = stage.world.clock().now().duration_until(at);
        notes.push(format!(
            "Google recovers; the next try is due in {} s",
            wait.as_secs()
        ));
    }
    let line = format!("{ADDED} meetings are added to {}", calendar.name);
    Ok(Told::Done(line, notes))
}

/// Adds a meeting so many hours from now.
pub(super) fn add(stage: &Stage, calendar: &Calendar, hours: i64) -> Result<(), DemoError> {
    let at = |hours: i64| {
        let at = stage.world.clock().now() + jiff::SignedDuration::from_hours(hours);
        json!({"dateTime": at.to_string()})
    };
    let body = json!({"summary": "Short notice", "start": at(hours), "end": at(hours + 1)});
    stage.google().insert_event(&calendar.google, body)?;
    Ok(())
}
