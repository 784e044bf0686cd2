//! `tidelock validate`: is what is stored right, and, if asked, what Google shows? Reads only.
//!
//! The engine judges; here is who is meant and what is told. One person who cannot be validated never hides the others.

mod text;
mod work;

use serde::Serialize;
use shared::model::GoogleEventId;
use shared::validate::Report;

use crate::answer::{self, Answer, Ask};
use crate::exit::Exit;
use crate::findings::Names;
use crate::host::Host;
use crate::stack::Purpose;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What every command is asked.
    pub ask: Ask,
    /// One calendar, by name or by Google's id.
    pub calendar: Option<String>,
    /// One event, wherever it is.
    pub event: Option<GoogleEventId>,
    /// How much is looked at.
    pub depth: Depth,
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What is stored.
    Stored,
    /// What Google shows as well.
    Deep,
}

/// The reports of everybody who was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Validation {
    /// As the engine made them.
    pub reports: Vec<Report>,
    /// Who could not be validated, and why.
    pub failed: Vec<NotValidated>,
    /// Somebody's calendars know the event that was asked for; true if none was.
    pub known: bool,
    /// Whose they are, in the same order.
    #[serde(skip)]
    pub people: Vec<Shown>,
}

/// A person who could not be validated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotValidated {
    /// What they are called in the config.
    pub user: String,
    /// Why, and what to do.
    pub why: String,
}

/// What a report is shown with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the person is called in the config.
    pub user: String,
    /// What their calendars are called.
    pub names: Names,
}

/// Validates, and prints.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let work = async |desk: &answer::Desk<'_, '_>| work::validate(desk, options).await;
    answer::run("validate", Purpose::Look, &options.ask, host, work).await
}

impl Answer for Validation {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.known && self.failed.is_empty() && self.reports.iter().all(Report::clean) {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
