//! From signals to a verdict: which issues a calendar shows.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::{IssueKind, Level, Subject};
use super::signals::{Audited, Part, Signals, Tally, Unread};
use crate::limits::{CLOCK_SKEW, LEASE_MARGIN, SYNC_TIME};
use crate::model::{Lease, ParkKind, State};

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What.
    pub kind: IssueKind,
    /// How bad; never healthy.
    pub level: Level,
    /// Since when, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How many: rows, failures in a row, errors; 1 where there is nothing to count.
    pub count: u64,
}

/// What is wrong with one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whom it concerns.
    pub subject: Subject,
    /// How it is: as bad as its worst issue.
    pub level: Level,
    /// Each kind at most once, in their order.
    pub issues: Vec<Issue>,
}

impl Verdict {
    /// A verdict with these issues.
    #[must_use]
    pub fn of(subject: Subject, mut issues: Vec<Issue>) -> Self {
        issues.sort_by_key(|issue| issue.kind);
        issues.dedup_by_key(|issue| issue.kind);
        let worst = issues.iter().map(|issue| issue.level).max();
        Self {
            subject,
            level: worst.unwrap_or(Level::Healthy),
            issues,
        }
    }

    /// A verdict with the one issue that counts at once.
    #[must_use]
    pub fn only(subject: Subject, kind: IssueKind) -> Self {
        let sighting = Sighting::new(kind, None, 1);
        Self::of(
            subject,
            sighting.issue(Timestamp::UNIX_EPOCH).into_iter().collect(),
        )
    }

    /// Something that could not be read.
    #[must_use]
    pub fn unread(subject: Subject, why: Unread) -> Self {
        Self::only(subject, kind_of(why))
    }

    /// Whether there may be issues that cannot be seen.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.issues.iter().any(|issue| issue.kind.hides_others())
    }

    /// Whether it shows such an issue.
    #[must_use]
    pub fn shows(&self, kind: IssueKind) -> bool {
        self.issues.iter().any(|issue| issue.kind == kind)
    }
}

/// Something seen, before it is judged how bad it is.
struct Sighting {
    kind: IssueKind,
    since: Option<Timestamp>,
    count: u64,
}

impl Sighting {
    fn new(kind: IssueKind, since: Option<Timestamp>, count: u64) -> Self {
        Self { kind, since, count }
    }

    fn since(kind: IssueKind, since: Timestamp) -> Self {
        Self::new(kind, Some(since), 1)
    }

    fn issue(self, now: Timestamp) -> Option<Issue> {
        let age = self.since.map(|since| age(since, now));
        let level = self.kind.scale().level(age, self.count);
        (level != Level::Healthy).then_some(Issue {
            kind: self.kind,
            level,
            since: self.since,
            count: self.count,
        })
    }
}

/// Zero for what is still to come.
fn age(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn kind_of(why: Unread) -> IssueKind {
    match why {
        Unread::Damaged => IssueKind::Damaged,
        Unread::Newer => IssueKind::Newer,
        Unread::Unavailable => IssueKind::Blind,
    }
}

/// How a calendar is that should be compared with Google every `audit_every`.
#[must_use]
pub fn judge(signals: &Signals, now: Timestamp, audit_every: Duration) -> Verdict {
    let mut seen = Vec::new();
    match &signals.state {
        Ok(Some(state)) => see_state(&mut seen, state, signals, now),
        Ok(None) => see_no_state(&mut seen, signals.part),
        Err(Unread::Damaged) => seen.push(Sighting::new(IssueKind::StateUnreadable, None, 1)),
        Err(why @ (Unread::Newer | Unread::Unavailable)) => {
            seen.push(Sighting::new(kind_of(*why), None, 1));
        }
    }
    see_wake(&mut seen, signals.wake);
    match &signals.tally {
        Ok(tally) => see_tally(&mut seen, tally),
        Err(why) => seen.push(Sighting::new(kind_of(*why), None, 1)),
    }
    if signals.part == Part::Active {
        see_audit(&mut seen, signals, audit_every);
    }
    let issues = seen.into_iter().filter_map(|sighting| sighting.issue(now));
    Verdict::of(Subject::Calendar(signals.calendar), issues.collect())
}

fn see_no_state(seen: &mut Vec<Sighting>, part: Part) {
    match part {
        Part::Active => seen.push(Sighting::new(IssueKind::StateMissing, None, 1)),
        // It was never connected, or nothing is left of it.
        Part::Off | Part::Paused => {}
    }
}

fn see_state(seen: &mut Vec<Sighting>, state: &State, signals: &Signals, now: Timestamp) {
    if signals.part == Part::Active {
        see_checks(seen, state, signals.first_seen);
        see_failures(seen, state);
    }
    see_lease(seen, state.lease.as_ref(), now);
    see_journal(seen, state, now);
    see_times(seen, state, signals, now);
}

fn see_checks(seen: &mut Vec<Sighting>, state: &State, first_seen: Timestamp) {
    seen.push(match state.last_synced_at {
        Some(at) => Sighting::since(IssueKind::Stale, at),
        None => Sighting::since(IssueKind::NeverChecked, first_seen),
    });
}

fn see_failures(seen: &mut Vec<Sighting>, state: &State) {
    if let Some(failing) = &state.failing {
        let kind = IssueKind::Failing(failing.class);
        let count = failing.count.into();
        seen.push(Sighting::new(kind, Some(failing.since), count));
    }
    if let Some(held) = &state.held {
        seen.push(Sighting::new(
            IssueKind::Held,
            Some(held.since),
            held.deletions,
        ));
    }
}

fn see_lease(seen: &mut Vec<Sighting>, lease: Option<&Lease>, now: Timestamp) {
    let Some(lease) = lease else { return };
    if !lease.is_live(now) {
        seen.push(Sighting::since(IssueKind::LeaseLeft, lease.until));
    } else if lease.until > later(now, SYNC_TIME + LEASE_MARGIN + CLOCK_SKEW) {
        seen.push(Sighting::since(IssueKind::LeaseStuck, lease.since));
    }
}

fn see_journal(seen: &mut Vec<Sighting>, state: &State, now: Timestamp) {
    let lease = state.lease.as_ref();
    let live = lease.is_some_and(|lease| lease.is_live(now));
    if state.journal.is_some() && !live {
        let since = lease.map(|lease| lease.until);
        seen.push(Sighting::new(IssueKind::JournalLeft, since, 1));
    }
}

/// A time that lies ahead would hide for as long that nothing happens.
fn see_times(seen: &mut Vec<Sighting>, state: &State, signals: &Signals, now: Timestamp) {
    let audited = signals.audited.ok().flatten();
    let tally = signals.tally.as_ref().ok();
    let times = [
        state.last_synced_at,
        state.failing.as_ref().map(|failing| failing.since),
        state.held.as_ref().map(|held| held.since),
        state.full_read.map(|(_, at)| at),
        signals.wake.ok().flatten(),
        audited.map(|audited| audited.at),
        tally
            .and_then(|tally| tally.pending)
            .map(|pending| pending.since),
    ];
    let limit = later(now, CLOCK_SKEW);
    let ahead = times.into_iter().flatten().filter(|at| *at > limit).count();
    if ahead > 0 {
        seen.push(Sighting::new(IssueKind::TimeAhead, None, ahead as u64));
    }
}

fn see_wake(seen: &mut Vec<Sighting>, wake: Result<Option<Timestamp>, Unread>) {
    match wake {
        Ok(Some(since)) => seen.push(Sighting::since(IssueKind::WakeUnserved, since)),
        Ok(None) => {}
        Err(why) => seen.push(Sighting::new(kind_of(why), None, 1)),
    }
}

fn see_tally(seen: &mut Vec<Sighting>, tally: &Tally) {
    if let Some(pending) = tally.pending {
        let since = Some(pending.since);
        seen.push(Sighting::new(
            IssueKind::PendingTooLong,
            since,
            pending.count,
        ));
    }
    for kind in [IssueKind::Parked, IssueKind::Frozen, IssueKind::NoAccess] {
        let parked = tally.parked.iter();
        let of_kind = parked.filter(|(park, _)| kind_of_park(**park) == Some(kind));
        let (since, count) = of_kind.fold((None, 0_u64), |(since, count), (_, parked)| {
            let since: Option<Timestamp> = since;
            let oldest = since.map_or(parked.since, |since| since.min(parked.since));
            (Some(oldest), count.saturating_add(parked.count))
        });
        if count > 0 {
            seen.push(Sighting::new(kind, since, count));
        }
    }
}

/// What waits for the end of a pause is as a person wished.
fn kind_of_park(park: ParkKind) -> Option<IssueKind> {
    Some(match park {
        ParkKind::Unreadable | ParkKind::Refused => IssueKind::Parked,
        ParkKind::Frozen => IssueKind::Frozen,
        ParkKind::NoAccess => IssueKind::NoAccess,
        ParkKind::Paused => return None,
    })
}

fn see_audit(seen: &mut Vec<Sighting>, signals: &Signals, audit_every: Duration) {
    let audited = match signals.audited {
        Ok(audited) => audited,
        Err(why) => return seen.push(Sighting::new(kind_of(why), None, 1)),
    };
    let last = audited.map_or(signals.first_seen, |audited: Audited| audited.at);
    let due = later(last, audit_every);
    seen.push(Sighting::since(IssueKind::AuditOverdue, due));
    let Some(Audited {
        at,
        errors,
        warnings,
    }) = audited
    else {
        return;
    };
    for (kind, count) in [
        (IssueKind::AuditErrors, errors),
        (IssueKind::AuditWarnings, warnings),
    ] {
        if count > 0 {
            seen.push(Sighting::new(kind, Some(at), count));
        }
    }
}

#[cfg(test)]
mod tests;
