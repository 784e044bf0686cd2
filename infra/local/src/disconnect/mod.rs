//! `tidelock disconnect`: takes back the blocks of an account's calendars, then forgets the account.
//!
//! A dry run unless told to apply. Rule: nothing is forgotten before a listing has shown that no block is left, unless it was
//! asked to leave those that nobody can reach.

mod text;
mod work;

use serde::Serialize;

use crate::answer::{self, Answer, Ask};
use crate::exit::Exit;
use crate::host::Host;
use crate::purge::{Mode, PurgedCalendar};
use crate::stack::Purpose;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What every command is asked; its user is the one whose account it is.
    pub ask: Ask,
    /// The account, as the config names it.
    pub account: String,
    /// Show, or do.
    pub mode: Mode,
    /// What becomes of blocks that cannot be removed.
    pub blocks: Blocks,
}

/// What becomes of blocks that cannot be removed, as Google lets nobody in where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// They keep the account from being forgotten.
    Keep,
    /// They are left there.
    Leave,
}

/// What was found and done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisconnectReport {
    /// Whose account.
    pub user: String,
    /// The account.
    pub account: String,
    /// Whether it was a dry run.
    pub mode: Mode,
    /// The account's calendars, by name: they are forgotten, or would be.
    pub going: Vec<String>,
    /// Every calendar that was listed, by name.
    pub calendars: Vec<PurgedCalendar>,
    /// Accounts that could not be asked for their calendars, and why.
    pub refused: Vec<String>,
    /// No block that was to go is left anywhere, and every calendar was listed.
    pub clean: bool,
    /// Blocks that could not be looked for, as far as the table knows of them.
    pub unseen: u64,
    /// Anything is stored of the account.
    pub known: bool,
    /// What is forgotten; none: nothing is.
    pub forgotten: Option<Gone>,
    /// Why it is not forgotten, or not to its end.
    pub failed: Option<String>,
}

/// What is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// Calendars.
    pub calendars: u64,
    /// Items of the table that they had.
    pub items: u64,
}

/// Disconnects, and prints.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let work = async |desk: &answer::Desk<'_, '_>| work::disconnect(desk, options).await;
    let purpose = match options.mode {
        Mode::DryRun => Purpose::Review,
        Mode::Apply => Purpose::Recover,
    };
    answer::run("disconnect", purpose, &options.ask, host, work).await
}

impl Answer for DisconnectReport {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.forgotten.is_some() || !self.known {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
