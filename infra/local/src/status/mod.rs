//! `tidelock status`: how things stand, person by person, as the table has it.
//!
//! It reads the table and nothing else, so it can be asked at any time, also while a sync runs at the same server. Rule: what
//! it shows was stored by somebody; whether that is so at Google is what `validate` finds out.

mod gather;
mod table;

use jiff::Timestamp;
use serde::Serialize;
use shared::model::{Access, FailureClass, ParkKind};

use crate::age::Since;
use crate::answer::{self, Answer, Ask};
use crate::consent::Withdrawn;
use crate::damaged::Damaged;
use crate::exit::Exit;
use crate::host::Host;
use crate::stack::Purpose;

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// When it was looked at.
    pub at: Timestamp,
    /// Everybody who was asked about.
    pub people: Vec<PersonStatus>,
    /// Nothing is left to do, and nothing failed.
    pub in_order: bool,
}

/// One person's calendars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonStatus {
    /// What they are called in the config.
    pub user: String,
    /// Whether their calendars were ever connected.
    pub connected: bool,
    /// Their calendars, by name.
    pub calendars: Vec<CalendarStatus>,
    /// Accounts that do not let us in any more.
    pub withdrawn: Vec<Withdrawn>,
    /// Items of their config that cannot be read; the calendars are shown as far as the others tell.
    pub damaged: Vec<Damaged>,
    /// Why they could not be looked at, if so.
    pub failed: Option<String>,
}

/// Whether a calendar takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It does.
    On,
    /// Not for now: its blocks and those on it stay as they are.
    Paused,
    /// It is switched off: its blocks go, and nothing else happens.
    Off,
    /// It left the config, and still has blocks to take back.
    Left,
}

/// One calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarStatus {
    /// Our id of it.
    pub calendar: String,
    /// What a person calls it.
    pub name: String,
    /// What may be done there; none: not known any more.
    pub access: Option<Access>,
    /// Whether it takes part.
    pub part: Part,
    /// When Google last confirmed that we know every change; idle calendars note it once an hour.
    pub checked: Option<Since>,
    /// Live events in its rows.
    pub events: u64,
    /// Those that have, or should have, a block on some other calendar.
    pub mirrored: u64,
    /// Blocks that should be on the other calendars.
    pub blocks_wanted: u64,
    /// Those that are there, as they should be.
    pub blocks_in_step: u64,
    /// Events with something left to push.
    pub pending: Option<Pending>,
    /// Events set aside, by reason.
    pub parked: Vec<Parked>,
    /// Who is at it, or was and never gave it back.
    pub lease: Option<LeaseStatus>,
    /// Syncs that fail, as long as they do.
    pub failing: Option<FailingStatus>,
    /// A mass deletion that waits for a second look.
    pub held: Option<HeldStatus>,
    /// A committed journal is not fully applied.
    pub journal_left: bool,
    /// Somebody wants it looked at.
    pub wake: Option<Since>,
    /// Its items that cannot be read: they count nowhere above.
    pub damaged: Vec<Damaged>,
    /// Everything that is not in order.
    pub issues: Vec<Issue>,
}

/// Events with something left to push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// How many.
    pub events: u64,
    /// The oldest of them.
    pub oldest: Option<Since>,
}

/// Events set aside for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// What sort of reason.
    pub kind: ParkKind,
    /// The target that has no block for it; none: the event as a whole.
    pub target: Option<String>,
    /// The reason.
    pub reason: String,
    /// How many events.
    pub events: u64,
    /// The oldest of them.
    pub oldest: Since,
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseStatus {
    /// Who took it.
    pub owner: String,
    /// Since when.
    pub held: Since,
    /// It may be taken over from then on.
    pub until: Timestamp,
}

/// Syncs that fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailingStatus {
    /// The first of them.
    pub first: Since,
    /// How many in a row.
    pub count: u32,
    /// What sort of failure.
    pub class: FailureClass,
    /// The last one.
    pub error: String,
}

/// A mass deletion that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldStatus {
    /// Since when.
    pub held: Since,
    /// The second look is not taken before.
    pub until: Timestamp,
    /// How many events' blocks would go.
    pub deletions: u64,
}

/// Something that is not in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issue {
    /// Some of its items cannot be read.
    Damaged,
    /// It was never read.
    NeverChecked,
    /// Its rows were planned with an older config.
    ConfigNotApplied,
    /// Events have something left to push.
    Pending,
    /// Events are set aside.
    Parked,
    /// Syncs fail.
    Failing,
    /// A mass deletion waits for a second look.
    Held,
    /// A committed journal is not fully applied.
    JournalLeft,
    /// Somebody wanted it looked at, and nobody did yet.
    WakeWaiting,
    /// A lease ran out and nobody gave it back: its holder died.
    LeaseLeft,
    /// A lease lasts longer than any sync: it keeps everybody out.
    LeaseStuck,
    /// It was read, and nobody noted when.
    CheckUnknown,
    /// Its last check lies in the future.
    TimeAhead,
}

/// Looks, and prints.
pub async fn run(ask: &Ask, host: &Host<'_>) -> Exit {
    let look = async |desk: &answer::Desk<'_, '_>| gather::status(desk).await;
    answer::run("status", Purpose::Look, ask, host, look).await
}

impl Answer for Status {
    fn text(&self) -> String {
        table::text(self)
    }

    fn exit(&self) -> Exit {
        match self.in_order {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}

impl PersonStatus {
    fn in_order(&self) -> bool {
        let mut calendars = self.calendars.iter();
        let known = self.connected && self.damaged.is_empty() && self.failed.is_none();
        known && calendars.all(|calendar| calendar.issues.is_empty())
    }
}
