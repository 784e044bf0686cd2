//! `tidelock repair`: puts right what a validation finds. A dry run unless told to apply.
//!
//! The engine finds, plans and does; here is who is meant and what is told. One person's failure never stops the others.

mod text;
mod work;

use jiff::Timestamp;
use serde::Serialize;
use shared::engine::Repaired;
use shared::model::CalendarId;

use crate::answer::{self, Answer, Ask};
use crate::exit::Exit;
use crate::findings::Names;
use crate::host::Host;
use crate::stack::Purpose;
pub use crate::validate::Depth;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What every command is asked.
    pub ask: Ask,
    /// One calendar, by name or by Google's id.
    pub calendar: Option<String>,
    /// Show, or do.
    pub mode: Mode,
    /// How much is looked at.
    pub depth: Depth,
    /// What becomes of mass deletions that are held.
    pub held: HeldOnes,
}

/// Show, or do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Say what would be done.
    DryRun,
    /// Do it, unless it would delete more than the brake lets through.
    Apply,
    /// Do it however much it deletes.
    Force,
}

/// What becomes of mass deletions that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldOnes {
    /// They wait for their time.
    Wait,
    /// The second look is taken now.
    LookAgain,
}

/// What a repair found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// Show, or do.
    pub mode: Mode,
    /// Everybody who was asked about.
    pub people: Vec<PersonRepair>,
    /// Nothing is left.
    pub done: bool,
}

/// One person's part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonRepair {
    /// What they are called in the config.
    pub user: String,
    /// Calendars with a held mass deletion that was, or would be, looked at again.
    pub looked_again: Vec<CalendarId>,
    /// What was found and done; none: it failed.
    pub result: Option<Repaired>,
    /// Why it failed, if it did.
    pub failed: Option<String>,
    /// When, for ages.
    #[serde(skip)]
    pub at: Timestamp,
    /// What their calendars are called.
    #[serde(skip)]
    pub names: Names,
}

/// Repairs, and prints.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let purpose = match options.mode {
        Mode::DryRun => Purpose::Look,
        Mode::Apply | Mode::Force => Purpose::Mend,
    };
    let work = async |desk: &answer::Desk<'_, '_>| work::repair(desk, options).await;
    answer::run("repair", purpose, &options.ask, host, work).await
}

impl Answer for RepairReport {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.done {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}

impl PersonRepair {
    /// Nothing is left, and nothing failed.
    fn done(&self, mode: Mode) -> bool {
        let clean = |one: &Repaired| {
            let failed = one.actions.iter().any(|action| action.failed.is_some());
            one.left.is_empty() && one.success && !failed && !one.held_back
        };
        let looked = mode != Mode::DryRun || self.looked_again.is_empty();
        self.failed.is_none() && looked && self.result.as_ref().is_some_and(clean)
    }
}
