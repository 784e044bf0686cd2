//! `tidelock explain`: why an event is blocked where, or why not, with the last answer from Google.
//!
//! Without `--live` it reads the table only. Rule: no title is shown, also where a rule has it kept; what Google shows of one
//! is not even taken over.

mod gather;
mod text;

use jiff::Timestamp;
use serde::Serialize;
use shared::model::{
    Access, CalendarId, EventKey, Generation, GoogleEventId, Park, Part, Retry, Source,
};

use crate::age::Since;
use crate::answer::{self, Answer, Ask};
use crate::damaged::Damaged;
use crate::exit::Exit;
use crate::host::Host;
use crate::stack::Purpose;

pub(crate) use gather::{only, stand};
pub(crate) use text::{block_of, unknown};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What every command is asked.
    pub ask: Ask,
    /// Google's id of an event, of an occurrence, or of a block.
    pub event: GoogleEventId,
    /// Only this source calendar, by name or by Google's id.
    pub calendar: Option<String>,
    /// Whether Google is asked too.
    pub live: Live,
}

/// Whether Google is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// The table is enough.
    No,
    /// Google is asked for the event and its blocks.
    Yes,
}

/// What is known of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What was asked about.
    pub event: GoogleEventId,
    /// When it was looked at.
    pub at: Timestamp,
    /// If it is a block: of what.
    pub block_of: Vec<BlockOf>,
    /// It has the form of a block, and is not one of these people's.
    pub foreign: bool,
    /// The source events that it leads to, one for each calendar that has it.
    pub sources: Vec<SourceStatus>,
    /// Items of these people's calendars that cannot be read: what is asked about may be among them.
    pub damaged: Vec<Damaged>,
    /// Something is known of it.
    pub found: bool,
    /// Nothing is left to do for it, nothing is set aside, and nothing is damaged.
    pub in_order: bool,
}

/// What a block's id says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockOf {
    /// Whose block it is.
    pub user: String,
    /// The source calendar's name, if it is still known.
    pub calendar: String,
    /// The source event.
    pub event: EventKey,
    /// How many ids were used up before.
    pub generation: Generation,
    /// Which part of the block.
    pub part: Part,
}

/// One source event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// Whose.
    pub user: String,
    /// The source calendar's name.
    pub calendar: String,
    /// Our id of it.
    pub calendar_id: CalendarId,
    /// Whether the calendar takes part.
    pub takes_part: bool,
    /// The row.
    pub key: EventKey,
    /// The id that was asked about is an occurrence without a row: it follows this series.
    pub follows_series: bool,
    /// What is known of it.
    pub source: Source,
    /// Set aside as a whole.
    pub parked: Option<Park>,
    /// Since when a push has something to do.
    pub pending: Option<Since>,
    /// What Google shows now, if it was asked.
    pub now: Option<SourceNow>,
    /// How it stands on each other calendar.
    pub targets: Vec<TargetStatus>,
}

/// One source event on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetStatus {
    /// The target's name.
    pub calendar: String,
    /// Our id of it.
    pub calendar_id: CalendarId,
    /// What may be done there; none: it is not in the config any more.
    pub access: Option<Access>,
    /// How it stands.
    pub standing: Stand,
    /// Why there is no block; none: there is one, or should be.
    pub why_not: Option<&'static str>,
    /// What should be there: a fingerprint, or `-` for nothing.
    pub want: String,
    /// What is there, as Google last said.
    pub have: String,
    /// The same meeting is on the target already: itself, or held for another calendar.
    pub twin: bool,
    /// The exception has a block of its own, as the series' block lacks the occurrence.
    pub alone: bool,
    /// Set aside: kind, reason, since when.
    pub parked: Option<Park>,
    /// Waiting for its next try: failures, when, and what Google said last.
    pub retry: Option<Retry>,
    /// Writes since it last changed.
    pub rewrites: u32,
    /// How many ids were used up before.
    pub generation: Generation,
    /// The block's id at Google, if it ever had or should have one.
    pub block: Option<String>,
    /// More blocks of this event that must go.
    pub strays: usize,
    /// What Google shows now, if it was asked.
    pub now: Option<BlockStatus>,
}

/// How a source event stands on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Blocked, as it should be.
    Blocked,
    /// To be blocked, or blocked otherwise: pushed next.
    Pending,
    /// Not to be blocked any more: removed next.
    Leaving,
    /// Set aside.
    Parked,
    /// Not blocked, and not to be.
    NotBlocked,
}

/// What Google shows of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SourceNow {
    /// As we know it.
    Same,
    /// There, but not as we know it: the next sync takes it over.
    Changed {
        /// How it is now.
        source: Box<Source>,
    },
    /// Deleted.
    Deleted,
    /// Google never had it, or does not show it to this account.
    Absent,
    /// It could not be asked, or not be read.
    Unknown {
        /// Why.
        why: String,
    },
}

/// What Google shows of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum BlockStatus {
    /// There; as it should be, but for these fields.
    There {
        /// When.
        time: String,
        /// What is not as it should be.
        differs: Option<String>,
    },
    /// Deleted.
    Deleted,
    /// Google never had it, or does not show it to this account.
    Absent,
    /// It could not be asked.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Explains, and prints.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let work = async |desk: &answer::Desk<'_, '_>| gather::explanation(desk, options).await;
    answer::run("explain", Purpose::Look, &options.ask, host, work).await
}

impl Answer for Explanation {
    fn text(&self) -> String {
        text::text(self)
    }

    fn exit(&self) -> Exit {
        match self.found && self.in_order {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}

impl SourceStatus {
    fn in_order(&self) -> bool {
        let mut targets = self.targets.iter();
        self.parked.is_none()
            && targets.all(|target| match target.standing {
                Stand::Blocked | Stand::NotBlocked => true,
                Stand::Pending | Stand::Leaving | Stand::Parked => false,
            })
    }
}
