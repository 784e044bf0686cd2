//! Care: does what a look at everything asks for. Syncs, repairs, and comparisons with Google, each bounded.
//!
//! One calendar's failure never stops the others: it is noted, and the next run tries again. A fix counts only once a second
//! look no longer finds what the first one found.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::error::chain;
use super::{Engine, Extent, Repaired, Repairing, SyncError};
use crate::health::{Audited, Checkup, IssueKind, Pace, Subject, Verdict};
use crate::limits::{AUDIT_AGAIN, CARE_TIME, CARE_WAIT};
use crate::model::{CalendarId, counted};
use crate::repair::Effects;
use crate::store::Put;
use crate::validate::{Finding, Kind, Remedy, Report, Severity};

/// What care came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Cared {
    /// What was wrong and, at a second look, is not any more.
    pub fixes: u64,
    /// Calendars that were synced.
    pub synced: Vec<CalendarId>,
    /// Calendars that were repaired by what is stored alone.
    pub repaired: Vec<CalendarId>,
    /// Calendars that were compared with Google, and what is left wrong there.
    pub audited: BTreeMap<CalendarId, Audited>,
    /// What did not get through, or was held back, and why.
    pub failed: BTreeMap<CalendarId, String>,
    /// Calendars left to the next run, as the time was over.
    pub postponed: u64,
}

/// The calendars of each kind of work, none repaired and compared as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns {
    /// A sync mends these.
    pub to_sync: Vec<CalendarId>,
    /// What is stored of these is to be repaired.
    pub to_repair: Vec<CalendarId>,
    /// These are to be compared with Google, and repaired by what that shows.
    pub to_audit: Vec<CalendarId>,
}

impl Turns {
    /// What a look at everything asks for.
    #[must_use]
    pub fn of(checkup: &Checkup, pace: &Pace) -> Self {
        let work = checkup.work(pace);
        let mut to_audit = work.to_audit;
        // A comparison that found something is made again soon, not in a day: only it can tell that it is mended.
        let again = |calendar: &CalendarId| is_due_again(checkup, *calendar);
        to_audit.extend(work.to_repair.iter().copied().filter(again));
        let audited: BTreeSet<_> = to_audit.iter().copied().collect();
        let mut seen = BTreeSet::new();
        to_audit.retain(|calendar| seen.insert(*calendar));
        let only_audited = |verdict: &Verdict| verdict.issues.iter().all(|one| is_audits(one.kind));
        let nothing_stored = |calendar: &CalendarId| {
            let verdict = verdict_of(&checkup.verdicts, *calendar);
            verdict.is_some_and(only_audited)
        };
        let mut to_repair = work.to_repair;
        to_repair.retain(|one| !audited.contains(one) && !nothing_stored(one));
        Self {
            to_sync: work.to_sync,
            to_repair,
            to_audit,
        }
    }
}

fn is_audits(kind: IssueKind) -> bool {
    matches!(kind, IssueKind::AuditErrors | IssueKind::AuditWarnings)
}

fn is_due_again(checkup: &Checkup, calendar: CalendarId) -> bool {
    let shows = verdict_of(&checkup.verdicts, calendar)
        .is_some_and(|verdict| verdict.issues.iter().any(|one| is_audits(one.kind)));
    let last = checkup.audits.get(&calendar).copied().flatten();
    let due = last.is_none_or(|at| {
        at.saturating_add(AUDIT_AGAIN)
            .is_ok_and(|due| due <= checkup.at)
    });
    shows && due
}

fn verdict_of(verdicts: &[Verdict], calendar: CalendarId) -> Option<&Verdict> {
    let subject = Subject::Calendar(calendar);
    verdicts.iter().find(|verdict| verdict.subject == subject)
}

impl Engine {
    /// Does what `checkup` asks for: syncs first, then repairs, then comparisons with Google. Begins nothing more after
    /// [`CARE_TIME`].
    pub async fn care(&self, checkup: &Checkup, pace: &Pace) -> Cared {
        let turns = Turns::of(checkup, pace);
        let mut cared = Cared::default();
        let until = self
            .now()
            .saturating_add(CARE_TIME)
            .unwrap_or(Timestamp::MAX);
        if !turns.to_sync.is_empty() {
            self.care_by_sync(checkup, pace, &turns.to_sync, &mut cared)
                .await;
        }
        for calendar in turns.to_repair {
            match self.now() < until {
                true => self.care_by_repair(calendar, &mut cared).await,
                false => cared.postponed += 1,
            }
        }
        for calendar in turns.to_audit {
            match self.now() < until {
                true => self.care_by_audit(calendar, &mut cared).await,
                false => cared.postponed += 1,
            }
        }
        cared
    }

    async fn care_by_sync(
        &self,
        checkup: &Checkup,
        pace: &Pace,
        calendars: &[CalendarId],
        cared: &mut Cared,
    ) {
        for calendar in calendars {
            // A sync that nobody asked for looks for no row out of step that no state tells of.
            if let Err(why) = self.wake(*calendar).await {
                cared.fail(*calendar, &why);
            }
        }
        let driven = self.drive(calendars, CARE_WAIT, |_| {}).await;
        for (calendar, why) in &driven.failed {
            cared.fail(*calendar, why);
        }
        let synced = calendars.iter().copied();
        cared
            .synced
            .extend(synced.filter(|one| !driven.failed.contains_key(one)));
        let users: BTreeSet<_> = calendars.iter().map(|one| one.user()).collect();
        let users: Vec<_> = users.into_iter().collect();
        let after = self.watch().health(&users, pace).await;
        for calendar in calendars {
            let before = verdict_of(&checkup.verdicts, *calendar);
            let after = verdict_of(&after.verdicts, *calendar);
            cared.fixes = cared.fixes.saturating_add(gone(before, after));
        }
    }

    async fn care_by_repair(&self, calendar: CalendarId, cared: &mut Cared) {
        match self.mend(calendar, Depth::Stored).await {
            Ok(repaired) => {
                cared.take(calendar, &repaired);
                cared.repaired.push(calendar);
            }
            Err(why) => cared.fail(calendar, &why),
        }
    }

    /// What is left wrong is noted, also that nothing could be compared: the rota goes on, and the issue tells.
    async fn care_by_audit(&self, calendar: CalendarId, cared: &mut Cared) {
        let began = self.now();
        let audited = match self.audit_and_mend(calendar, cared).await {
            Ok(report) => audited(began, report.iter()),
            Err(why) => {
                cared.fail(calendar, &why);
                Audited {
                    at: began,
                    errors: 1,
                    warnings: 0,
                }
            }
        };
        // A conflict means that a later comparison is noted already.
        match self.store.note_audit(calendar, audited).await {
            Ok(Put::Written | Put::Conflict) => {
                cared.audited.insert(calendar, audited);
            }
            Err(why) => cared.fail(calendar, &SyncError::Store { calendar, why }),
        }
    }

    async fn audit_and_mend(
        &self,
        calendar: CalendarId,
        cared: &mut Cared,
    ) -> Result<Vec<Finding>, SyncError> {
        let extent = Extent::Calendar(calendar);
        let report: Report = self.validate(calendar.user(), &extent, true).await?;
        if !report.findings().any(Finding::calls_for_repair) {
            return Ok(report.findings().cloned().collect());
        }
        let repaired = self.mend(calendar, Depth::Google).await?;
        cared.take(calendar, &repaired);
        Ok(repaired.left)
    }

    async fn mend(&self, calendar: CalendarId, depth: Depth) -> Result<Repaired, SyncError> {
        let (user, extent) = (calendar.user(), Extent::Calendar(calendar));
        let deep = depth == Depth::Google;
        self.repair(user, &extent, deep, Repairing::Apply).await
    }
}

/// What a repair looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The table.
    Stored,
    /// Google as well.
    Google,
}

impl Cared {
    fn fail(&mut self, calendar: CalendarId, why: &SyncError) {
        tracing::warn!(%calendar, error = chain(why), "care did not get through");
        self.failed.insert(calendar, chain(why));
    }

    fn take(&mut self, calendar: CalendarId, repaired: &Repaired) {
        let fixed = repaired.errors_fixed + repaired.warnings_resolved;
        self.fixes = self.fixes.saturating_add(fixed);
        if repaired.held_back {
            let Effects { deletes, .. } = repaired.would;
            let blocks = counted(deletes, "block");
            let why = format!("held back: it would delete {blocks}");
            self.failed.insert(calendar, why);
        }
        for action in &repaired.actions {
            if let Some(why) = &action.failed {
                self.failed.insert(action.calendar, why.clone());
            }
        }
    }
}

/// What a comparison left. What passes by itself, is on its way, or shows as an issue of its own does not count.
#[must_use]
pub fn audited<'a>(at: Timestamp, left: impl Iterator<Item = &'a Finding> + Clone) -> Audited {
    // Who refuses access is told by an issue of its own, and not twice.
    let refused = left.clone().any(|one| one.kind == Kind::AccessRefused);
    let is_told = |one: &Finding| is_known(one) || (refused && one.kind == Kind::NotCompared);
    let count = |severity| {
        let counts = |one: &&Finding| one.severity == severity && !is_told(one);
        left.clone().filter(counts).count() as u64
    };
    Audited {
        at,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
    }
}

fn is_known(finding: &Finding) -> bool {
    let passes = finding.remedy == Remedy::Wait && finding.severity == Severity::Warning;
    let aside = matches!(
        finding.kind,
        Kind::Parked | Kind::Frozen | Kind::NoAccess | Kind::AccessRefused
    );
    finding.fresh || passes || aside
}

/// How many issues that a sync mends were there before and are gone. What cannot be seen is not gone.
fn gone(before: Option<&Verdict>, after: Option<&Verdict>) -> u64 {
    use crate::health::Remedy as Mends;
    let (Some(before), Some(after)) = (before, after) else {
        return 0;
    };
    if after.is_blind() {
        return 0;
    }
    let kinds = before.issues.iter().map(|issue| issue.kind);
    let gone = kinds.filter(|kind| {
        kind.scale().remedy == Mends::Sync && !kind.hides_others() && !after.shows(*kind)
    });
    gone.count() as u64
}
