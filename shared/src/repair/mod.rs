//! Findings to orders: what is to be done, calendar by calendar. Pure; nothing here is carried out.
//!
//! Orders only ever say "look again" and "plan again": what is right is decided by the same plan that a sync makes.
//! Nothing is made up: no time, no token, no record of anything that did not happen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::limits::PUSH_RETRY_MAX;
use crate::model::{CalendarId, Epoch, EventKey, Have, Mirror, Rev, Row, RowWrite, Want};
use crate::plan;
use crate::validate::{Finding, Kind, Remedy, Report, wrongly_expires};

/// What is to be done about one calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Order {
    /// Its user's config is made anew.
    pub config: bool,
    /// Its state is made anew.
    pub state: bool,
    /// A lease that nobody gives back is freed.
    pub lease: bool,
    /// A journal that cannot be read is dropped, and the calendar read as a whole.
    pub journal: bool,
    /// Rows that cannot be read, and are dropped.
    pub rows_dropped: BTreeSet<EventKey>,
    /// Staged facts of commits that never came are dropped.
    pub sweep: bool,
    /// Its rows are set right and planned again.
    pub replan: bool,
    /// It is listed as a whole.
    pub full_read: bool,
    /// It is synced.
    pub sync: bool,
}

impl Order {
    /// Whether a sync without more would do.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self
            == Self {
                sync: self.sync,
                lease: self.lease,
                ..Self::default()
            }
    }

    /// What is done, for a person.
    #[must_use]
    pub fn actions(&self) -> Vec<&'static str> {
        [
            (self.config, "make its config anew"),
            (self.state, "make its state anew"),
            (self.lease, "free its lease"),
            (self.journal, "drop the journal that cannot be read"),
            (
                !self.rows_dropped.is_empty(),
                "drop rows that cannot be read",
            ),
            (self.sweep, "drop what was staged in vain"),
            (self.replan, "set its rows right and plan them again"),
            (self.full_read, "list it as a whole"),
            (self.sync, "sync it"),
        ]
        .into_iter()
        .filter_map(|(due, action)| due.then_some(action))
        .collect()
    }
}

/// What a report leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    /// By calendar.
    pub calendars: BTreeMap<CalendarId, Order>,
    /// What only a person can put right.
    pub for_people: Vec<Finding>,
}

/// The orders that a report leads to, for a user with these calendars.
#[must_use]
pub fn plan(report: &Report, calendars: &[CalendarId]) -> Orders {
    let mut orders = Orders::default();
    for finding in report.findings() {
        order(&mut orders, finding, calendars);
    }
    orders
}

fn order(orders: &mut Orders, finding: &Finding, calendars: &[CalendarId]) {
    match finding.remedy {
        Remedy::Person => {
            orders.for_people.push(finding.clone());
            return;
        }
        Remedy::Wait => return,
        Remedy::Sync | Remedy::Replan | Remedy::FullRead | Remedy::Rebuild | Remedy::Sweep => {}
    }
    let order = orders.calendars.entry(finding.calendar).or_default();
    match finding.remedy {
        Remedy::Sync => {
            order.sync = true;
            order.lease |= matches!(finding.kind, Kind::LeaseOver | Kind::LeaseTooLong);
        }
        Remedy::Replan => {
            order.replan = true;
            // Either want is wrong or the facts are: the facts are asked for before anything is pushed.
            order.full_read |= matches!(finding.kind, Kind::WrongWant | Kind::WrongTwin);
        }
        Remedy::FullRead => order.full_read = true,
        Remedy::Sweep => order.sweep = true,
        Remedy::Rebuild if finding.kind == Kind::ConfigUnreadable => order.config = true,
        Remedy::Rebuild => {
            order.full_read = true;
            order.state |= matches!(finding.kind, Kind::StateMissing | Kind::StateUnreadable);
            order.journal |= finding.kind == Kind::JournalUnreadable;
            // What the lost state or journal named is named by nothing any more.
            order.sweep |= order.state || order.journal;
            if matches!(finding.kind, Kind::RowUnreadable | Kind::RowMisfiled) {
                order.rows_dropped.extend(finding.event.clone());
            }
        }
        Remedy::Wait | Remedy::Person => {}
    }
    if finding.kind == Kind::WrongTwin {
        // Whether the target holds the meeting is a fact of the target's.
        let target = finding
            .target
            .map(|target| orders.calendars.entry(target).or_default());
        if let Some(order) = target {
            order.full_read = true;
        }
    }
    if lost(finding.kind) {
        // Blocks of what the table lost are known again before anything is pushed.
        for calendar in calendars {
            orders.calendars.entry(*calendar).or_default().full_read = true;
        }
    }
}

/// Whether rows are missing that blocks may belong to.
fn lost(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RowMissing | Kind::RowUnreadable | Kind::RowMisfiled | Kind::StateUnreadable
    )
}

/// Whether a calendar whose config is lost takes part, as far as the rows of its user's calendars tell: some want a block
/// of its events, or on it. Where no row tells, it does.
#[must_use]
pub fn takes_part<'a>(calendar: CalendarId, rows: impl Iterator<Item = &'a Row>) -> bool {
    let mut told = false;
    for row in rows {
        let wanted = row.mirrors.iter().any(|(target, mirror)| {
            let concerned = row.calendar == calendar || *target == calendar;
            concerned && mirror.want != Want::Nothing
        });
        if wanted {
            return true;
        }
        told |= row.source.live().is_some();
    }
    !told
}

/// Writes to Google that rows lead to: requests, not events. A block that was deleted and comes back is an update, since
/// Google keeps its id; one that is there already, and whose row does not know, takes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Effects {
    /// Blocks that are not there.
    pub inserts: u64,
    /// Blocks that are otherwise than they should be.
    pub updates: u64,
    /// Blocks that should not be there.
    pub deletes: u64,
}

impl Effects {
    /// What a push of these rows would do.
    #[must_use]
    pub fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut effects = Self::default();
        for mirror in rows.flat_map(|row| row.mirrors.values()) {
            if mirror.pending() {
                effects.add(mirror);
            }
        }
        effects
    }

    fn add(&mut self, mirror: &Mirror) {
        self.deletes += mirror.strays.len() as u64;
        if mirror.due_is_there() {
            return;
        }
        match (mirror.due(), mirror.have) {
            (Want::Own(_), Have::Nothing) => self.inserts += 1,
            (Want::Own(_) | Want::Instance(_), _) => self.updates += 1,
            (Want::Nothing | Want::Hidden, _) => self.deletes += 1,
        }
    }
}

/// A row whose marks are set right; none: they are right. What it wants is the planner's to say.
#[must_use]
pub fn mended(row: &Row, granted: Epoch, now: Timestamp) -> Option<RowWrite> {
    let mut mended = row.clone();
    let user = row.calendar.user();
    mended.mirrors.retain(|target, _| target.user() == user);
    for mirror in mended.mirrors.values_mut() {
        let latest = now.saturating_add(PUSH_RETRY_MAX * 2).unwrap_or(now);
        mirror.retry = mirror.retry.take().filter(|retry| retry.at <= latest);
    }
    mended.epoch = row.epoch.min(granted);
    mended.pending_since = row.pending_since.filter(|since| *since <= now);
    if wrongly_expires(&mended, now) {
        mended.expires = None;
    }
    plan::mark(&mut mended, now);
    if mended == *row {
        return None;
    }
    mended.rev = Rev(row.rev.0.saturating_add(1));
    Some(RowWrite {
        row: mended,
        expected: row.rev,
    })
}
