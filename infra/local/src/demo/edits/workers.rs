//! What workers do to each other.

use futures::future::join;
use shared::engine::{Engine, Outcome, Progress};
use wire::Schedule;
use wire::faults::{Side, Verdict};

use super::Told;
use super::choose::calendar;
use super::trouble::add;
use crate::demo::DemoError;
use crate::demo::stage::Stage;
use crate::demo::times::many;

/// Turns that the workers give each other at most, before each call.
const TURNS: u32 = 3;

/// What one worker came to.
#[derive(Debug, Default)]
struct Tally {
    commits: u32,
    blocks: u64,
    gave_way: u32,
    failed: u32,
}

impl Tally {
    fn take(&mut self, progress: &Progress<'_>) {
        match progress {
            Progress::Synced(_, Ok(Outcome::Synced(synced))) => {
                self.commits += u32::from(synced.commit.is_some());
                self.blocks += synced.pushed.done;
            }
            Progress::Synced(_, Ok(Outcome::Busy { .. } | Outcome::Overtaken)) => {
                self.gave_way += 1
            }
            Progress::Synced(_, Err(_)) => self.failed += 1,
            Progress::Synced(_, Ok(Outcome::Disabled)) | Progress::Waiting(_) => {}
        }
    }

    fn told(&self, who: &str) -> String {
        let Self {
            commits,
            blocks,
            gave_way,
            failed,
        } = self;
        format!(
            "{who}: {}, {}, gave way {}, failed {}",
            many(*commits, "commit"),
            many(*blocks, "block"),
            many(*gave_way, "time"),
            many(*failed, "time"),
        )
    }
}

pub(super) async fn two_at_once(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(calendar) = calendar(stage) else {
        return Ok(Told::Skipped("there is no calendar"));
    };
    add(stage, &calendar, 50)?;
    add(stage, &calendar, 74)?;
    let worker = |number| {
        let seed = stage.seed.wrapping_add(number);
        stage.world.worker(&Schedule::interleave(seed, TURNS), seed)
    };
    let (one, two) = (worker(100), worker(200));
    let (one, two) = join(tallied(stage, &one), tallied(stage, &two)).await;
    let notes = vec![one.told("the first"), two.told("the second")];
    let line = format!(
        "2 meetings are added to {}, and both see them",
        calendar.name
    );
    Ok(Told::Done(line, notes))
}

async fn tallied(stage: &Stage, worker: &Engine) -> Tally {
    let mut tally = Tally::default();
    stage.drive(worker, |progress| tally.take(&progress)).await;
    tally
}

/// It dies right after the write that decides, before it knows.
pub(super) async fn one_dies(stage: &mut Stage) -> Result<Told, DemoError> {
    let Some(calendar) = calendar(stage) else {
        return Ok(Told::Skipped("there is no calendar"));
    };
    add(stage, &calendar, 98)?;
    let schedule = Schedule::new(|call| match call.operation.as_str() {
        "TransactWriteItems" => Verdict::Crash(Side::After),
        _ => Verdict::Pass,
    });
    let doomed = stage.world.worker(&schedule, stage.seed.wrapping_add(300));
    tokio::select! {
        // In this order, not in a random one.
        biased;
        () = schedule.crashed() => {}
        _ = stage.drive(&doomed, |_| {}) => {}
    }
    drop(doomed);
    let mut notes = vec![format!(
        "what it committed stands, its blocks are not pushed: the check sees {}",
        many(stage.faults().len() as u64, "difference")
    )];
    let driven = stage.drive(&stage.worker, |_| {}).await;
    if let Some(at) = driven.waits_until {
        let wait = stage.world.clock().now().duration_until(at);
        notes.push(format!(
            "another worker finds the lease taken, and has it {} s later",
            wait.as_secs()
        ));
    }
    let line = format!(
        "a meeting is added to {}, and its worker is gone after one write",
        calendar.name
    );
    Ok(Told::Done(line, notes))
}
