//! `tidelock purge`: takes back every block of a calendar or a person, and proves it by listing.
//!
//! A dry run unless told to apply. The engine does the work; here is who is meant, in which order, and what is told.

pub(crate) mod text;
pub(crate) mod work;

use serde::Serialize;
use shared::model::CalendarId;

use crate::answer::{self, Answer, Ask};
use crate::exit::Exit;
use crate::host::Host;
use crate::stack::Purpose;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What every command is asked; without a calendar, its user is the one who is purged.
    pub ask: Ask,
    /// One calendar, by name or by Google's id.
    pub calendar: Option<String>,
    /// Show, or do.
    pub mode: Mode,
}

/// Show, or do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// List, and say what would go.
    DryRun,
    /// Switch off, delete, and list again.
    Apply,
}

/// What a purge found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PurgeReport {
    /// Whose blocks.
    pub user: String,
    /// The calendar, if only one was meant.
    pub calendar: Option<String>,
    /// Whether it was a dry run.
    pub mode: Mode,
    /// Every calendar that was listed, by name.
    pub calendars: Vec<PurgedCalendar>,
    /// Accounts that could not be asked for their calendars, and why.
    pub refused: Vec<String>,
    /// No block that was to go is left anywhere, and every calendar was listed.
    pub clean: bool,
}

/// One calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PurgedCalendar {
    /// Our id of it.
    pub calendar: CalendarId,
    /// What a person calls it.
    pub name: String,
    /// Whether it is itself to be switched off.
    pub named: bool,
    /// Blocks that were to go when it was first listed; none: it could not be listed.
    pub found: Option<u64>,
    /// Those that the last listing still shows; none: it could not be listed.
    pub left: Option<u64>,
    /// Blocks of other installations or users: never touched.
    pub foreign: u64,
    /// Copies of blocks, made by a person: never touched.
    pub copies: u64,
    /// What failed last, if anything did.
    pub failed: Option<String>,
    /// Whether that was that nobody is let in there: trying again does not help.
    #[serde(skip)]
    pub shut: bool,
}

/// Purges, and prints.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let work = async |desk: &answer::Desk<'_, '_>| work::purge(desk, options).await;
    let purpose = match options.mode {
        Mode::DryRun => Purpose::Review,
        Mode::Apply => Purpose::Recover,
    };
    answer::run("purge", purpose, &options.ask, host, work).await
}

impl Answer for PurgeReport {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.clean {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
