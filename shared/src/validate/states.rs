//! What the state of a calendar says about itself.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, Kind};
use super::scene::{Scene, Stored};
use crate::limits::{
    CLOCK_SKEW, FAILURES_BEFORE_FINDING, JOURNAL_PATIENCE, LEASE_MARGIN, SYNC_TIME, WAKE_PATIENCE,
};
use crate::model::{CalendarId, CommitId, FailureClass, State, counted};

/// Findings about one calendar's state.
#[must_use]
pub fn check(scene: &Scene<'_>, calendar: CalendarId) -> Vec<Finding> {
    let Some(known) = scene.known.get(&calendar) else {
        return Vec::new();
    };
    let found = |kind, detail: String| vec![Finding::new(kind, calendar, detail)];
    match &known.state {
        Stored::Nowhere => found(
            Kind::StateMissing,
            "expected a state, found nothing".to_owned(),
        ),
        Stored::Newer => found(Kind::StateNewer, "update this program".to_owned()),
        Stored::Unreadable(why) => found(Kind::StateUnreadable, why.clone()),
        Stored::There(state) => {
            let mut findings = coherent(scene, state);
            findings.extend(lease(scene, state));
            findings.extend(waiting(scene, state));
            findings.extend(failing(state));
            let wake = known
                .wake
                .filter(|wake| older(wake.since, WAKE_PATIENCE, scene.now));
            findings.extend(wake.map(|wake| {
                let detail = format!("asked for at {:.0}, not served", wake.since);
                Finding::new(Kind::WakeUnserved, calendar, detail).since(Some(wake.since))
            }));
            findings
        }
    }
}

/// Staged facts of commits that never came. Whoever holds the lease may be staging right now.
#[must_use]
pub fn staged(
    scene: &Scene<'_>,
    calendar: CalendarId,
    staged: &BTreeSet<CommitId>,
) -> Vec<Finding> {
    let Some(state) = scene.state(calendar).filter(|_| !scene.at_work(calendar)) else {
        return Vec::new();
    };
    let journal = state.journal.as_ref().map(|pointer| &pointer.commit);
    let held = state.held.as_ref().map(|held| &held.events.commit);
    staged
        .iter()
        .filter(|commit| Some(*commit) != journal && Some(*commit) != held)
        .map(|commit| {
            let detail = format!("commit {commit} is neither the journal nor held");
            Finding::new(Kind::StagedLeft, calendar, detail)
        })
        .collect()
}

/// The counter that the brake measures by, against `counted` rows. Some difference is no harm; a multiple is.
#[must_use]
pub fn measure(scene: &Scene<'_>, calendar: CalendarId, counted: u64) -> Option<Finding> {
    let state = scene.state(calendar).filter(|_| scene.settled(calendar))?;
    let far = |one: u64, other: u64| one > other.saturating_mul(2).saturating_add(20);
    let off = far(state.mirrored, counted) || far(counted, state.mirrored);
    off.then(|| {
        let detail = format!("{} by the state, {counted} by the rows", state.mirrored);
        Finding::new(Kind::Miscounted, calendar, detail)
    })
}

fn coherent(scene: &Scene<'_>, state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind, detail: String| findings.push(Finding::new(kind, state.calendar, detail));
    match (&state.token, state.last_synced_at) {
        (Some(_), None) => add(
            Kind::TokenWithoutTime,
            "a token without the time that it was checked at".to_owned(),
        ),
        (_, Some(at)) if older(scene.now, CLOCK_SKEW, at) => {
            add(Kind::TimeAhead, format!("last checked at {at:.0}"));
        }
        (None, _) if takes_part(scene, state) && !scene.at_work(state.calendar) => {
            add(Kind::NeverRead, "it has no sync token".to_owned());
        }
        (Some(_) | None, _) => {}
    }
    findings
}

fn takes_part(scene: &Scene<'_>, state: &State) -> bool {
    scene.config.takes_part(state.calendar)
}

fn lease(scene: &Scene<'_>, state: &State) -> Option<Finding> {
    let lease = state.lease.as_ref()?;
    let longest = SYNC_TIME + LEASE_MARGIN + CLOCK_SKEW;
    let found =
        |kind, detail| Some(Finding::new(kind, state.calendar, detail).since(Some(lease.since)));
    if older(scene.now, longest, lease.until) {
        return found(Kind::LeaseTooLong, format!("until {:.0}", lease.until));
    }
    if older(lease.until, LEASE_MARGIN, scene.now) {
        return found(
            Kind::LeaseOver,
            format!("over since {:.0}, not given back", lease.until),
        );
    }
    None
}

fn waiting(scene: &Scene<'_>, state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    let committed = state.last_synced_at.unwrap_or(scene.now);
    let idle = !scene.at_work(state.calendar);
    if state.journal.is_some() && idle && older(committed, JOURNAL_PATIENCE, scene.now) {
        let detail = format!("committed at {committed:.0}");
        let finding = Finding::new(Kind::JournalLeft, state.calendar, detail);
        findings.push(finding.since(Some(committed)));
    }
    if let Some(held) = &state.held {
        let detail = format!(
            "{}, looked at again after {:.0}",
            counted(held.deletions, "deletion"),
            held.until
        );
        let finding = Finding::new(Kind::Held, state.calendar, detail);
        findings.push(finding.since(Some(held.since)));
    }
    findings
}

fn failing(state: &State) -> Option<Finding> {
    let failing = state.failing.as_ref()?;
    let kind = match failing.class {
        FailureClass::Denied => Kind::AccessRefused,
        FailureClass::Conflict
        | FailureClass::Later
        | FailureClass::Corrupt
        | FailureClass::Config => Kind::Failing,
    };
    if kind == Kind::Failing && failing.count < FAILURES_BEFORE_FINDING {
        return None;
    }
    let detail = format!("{} times in a row: {}", failing.count, failing.error);
    Some(Finding::new(kind, state.calendar, detail).since(Some(failing.since)))
}

/// Whether `then` lies more than `by` before `now`.
pub(super) fn older(then: Timestamp, by: std::time::Duration, now: Timestamp) -> bool {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    then.saturating_add(by).is_ok_and(|limit| limit < now)
}
