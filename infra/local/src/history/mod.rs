//! `tidelock history`: what was done to an event's blocks, when, why, and under which commits.
//!
//! It reads the table only. Rule: nothing is told that no row or record keeps, and no title, as none is looked at.

mod gather;
mod text;

use jiff::Timestamp;
use serde::Serialize;
use shared::model::{CalendarId, CommitId, Deed, Epoch, EventKey, GoogleEventId};

use crate::answer::{self, Answer, Ask};
use crate::damaged::Damaged;
use crate::exit::Exit;
use crate::explain::{BlockOf, Stand};
use crate::host::Host;
use crate::stack::Purpose;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What every command is asked.
    pub ask: Ask,
    /// Google's id of an event, of an occurrence, or of a block.
    pub event: GoogleEventId,
    /// Only this source calendar, by name or by Google's id.
    pub calendar: Option<String>,
}

/// The trail of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct History {
    /// What was asked about.
    pub event: GoogleEventId,
    /// When it was looked at.
    pub at: Timestamp,
    /// How many changes of a block are kept.
    pub kept: usize,
    /// If it is a block: of what.
    pub block_of: Vec<BlockOf>,
    /// It has the form of a block, and is not one of these people's.
    pub foreign: bool,
    /// The source events that it leads to, one for each calendar that has it.
    pub sources: Vec<SourceTrail>,
    /// Items of these people's calendars that cannot be read: what is asked about may be among them.
    pub damaged: Vec<Damaged>,
    /// Something is known of it.
    pub found: bool,
}

/// One source event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceTrail {
    /// Whose.
    pub user: String,
    /// The source calendar's name.
    pub calendar: String,
    /// Our id of it.
    pub calendar_id: CalendarId,
    /// The row.
    pub key: EventKey,
    /// The id that was asked about is an occurrence without a row: it follows this series.
    pub follows_series: bool,
    /// What was done on each other calendar.
    pub targets: Vec<TargetTrail>,
}

/// One source event on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetTrail {
    /// The target's name.
    pub calendar: String,
    /// Our id of it.
    pub calendar_id: CalendarId,
    /// The block's id at Google, if it ever had or should have one.
    pub block: Option<String>,
    /// The last changes, newest last.
    pub changes: Vec<ChangeMade>,
    /// How it stands, and what comes next.
    pub now: Due,
}

/// One change that Google confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeMade {
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub did: Deed,
    /// Why.
    pub why: &'static str,
    /// What was there: the first letters of a fingerprint, or a sign.
    pub before: String,
    /// What is there since.
    pub after: String,
    /// The epoch under which it was planned.
    pub epoch: Epoch,
    /// The commits of that epoch; none: their records have expired.
    pub commits: Vec<CommitId>,
}

/// How a block stands, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// How it stands.
    pub standing: Stand,
    /// What is to be done; none: nothing.
    pub due: Option<Deed>,
    /// Why that is to be done, or why there is no block, or why it is set aside.
    pub why: Option<String>,
    /// What should be there: a fingerprint, or `-` for nothing.
    pub want: String,
    /// What is there, as Google last said.
    pub have: String,
    /// More blocks of this event that must go.
    pub strays: usize,
}

/// Looks, and prints.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let work = async |desk: &answer::Desk<'_, '_>| gather::history(desk, options).await;
    answer::run("history", Purpose::Look, &options.ask, host, work).await
}

impl Answer for History {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.found && self.damaged.is_empty() {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
