//! What rows say: each by itself, against its event's rows on the other calendars, and against what a plan would make
//! of it now.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, Kind};
use super::scene::Scene;
use super::states::older;
use crate::limits::{PENDING_PATIENCE, PUSH_RETRY_MAX, TOMBSTONE_DAYS};
use crate::model::{Access, CalendarId, EventKey, Mirror, Park, ParkKind, Row, Source, Want};
use crate::plan::{self, Rows};

/// Findings about one calendar's row of an event. `group` holds the event's rows on every calendar, and its series'.
#[must_use]
pub fn check(scene: &Scene<'_>, group: &Rows, row: &Row) -> Vec<Finding> {
    let mut findings = misfiled(row);
    findings.extend(marks(scene, row));
    findings.extend(foreign(row));
    let only_marks = findings.iter().all(|one| one.kind == Kind::WrongMark);
    if scene.settled(row.calendar) && only_marks {
        let wants = wants(scene, group, row);
        if !wants.is_empty() {
            // Whether there is something to push follows from want: a mark beside a wrong want says no more.
            findings = wants;
        }
    }
    if findings.is_empty() {
        findings.extend(pending(scene, row));
    }
    findings.extend(aside(row));
    findings.extend(unfollowed(scene, group, row));
    findings
}

/// What an occurrence's rows on other calendars should be and are not; told by the first that knows of the occurrence.
fn unfollowed(scene: &Scene<'_>, group: &Rows, row: &Row) -> Vec<Finding> {
    let mut known = group.values().filter(|other| other.key == row.key);
    let first = known.find(|other| other.source.occurrence().is_some());
    if first.is_none_or(|first| first.calendar != row.calendar) {
        return Vec::new();
    }
    let setting = scene.setting(row.calendar, row.epoch);
    let lacking = plan::unfollowed(&setting, group, row).into_iter();
    lacking
        .filter(|calendar| scene.settled(*calendar))
        .map(|calendar| {
            let detail = "no row tells the occurrence from its series";
            Finding::new(Kind::WrongTwin, calendar, detail).of_event(&row.key)
        })
        .collect()
}

fn about(row: &Row, kind: Kind, detail: impl Into<String>) -> Finding {
    Finding::new(kind, row.calendar, detail).of_event(&row.key)
}

fn misfiled(row: &Row) -> Vec<Finding> {
    let named = row.misfiled();
    named
        .map(|named| about(row, Kind::RowMisfiled, format!("its facts are of {named}")))
        .into_iter()
        .collect()
}

/// What the row says of itself for the table and for pushes to go by.
fn marks(scene: &Scene<'_>, row: &Row) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind, detail: String| findings.push(about(row, kind, detail));
    match (row.pending(), row.pending_since) {
        (true, None) => add(Kind::WrongMark, "pending, but not marked so".to_owned()),
        (false, Some(_)) => add(Kind::WrongMark, "marked as pending, but is not".to_owned()),
        (true, Some(since)) if since > scene.now && older(scene.now, PENDING_PATIENCE, since) => {
            add(
                Kind::WrongMark,
                format!("pending since {since:.0}, in the future"),
            );
        }
        (true, Some(_)) | (false, None) => {}
    }
    let granted = scene.state(row.calendar).map(|state| state.epoch);
    if granted.is_some_and(|granted| row.epoch > granted) {
        add(
            Kind::EpochAhead,
            format!("written under epoch {}", row.epoch.0),
        );
    }
    if expires_early(row, scene.now) {
        add(Kind::ExpiresEarly, format!("expires at {:?}", row.expires));
    }
    let longest = PUSH_RETRY_MAX * 2;
    for (target, mirror) in &row.mirrors {
        let late = mirror
            .retry
            .as_ref()
            .filter(|retry| older(scene.now, longest, retry.at));
        findings.extend(late.map(|retry| {
            let detail = format!("next try at {:.0}", retry.at);
            about(row, Kind::RetryTooLate, detail).on(*target)
        }));
    }
    findings
}

/// Whether the row expires although there is something to push, or its event is not over yet.
#[must_use]
pub fn expires_early(row: &Row, now: Timestamp) -> bool {
    let Some(expires) = row.expires.filter(|_| !row.finished()) else {
        return false;
    };
    let over = match &row.source {
        Source::Live(event) => match event.over_by() {
            Some(over) => over,
            None => return true,
        },
        Source::Hidden { original, .. } | Source::Follows { original, .. } => original.latest(),
        Source::Unseen | Source::Gone => now,
    };
    let needed = row.pending() || row.parked.is_some();
    let soon = SignedDuration::from_hours(24 * TOMBSTONE_DAYS);
    let soon = now.saturating_add(soon).unwrap_or(Timestamp::MAX);
    (needed && expires < soon) || (over > now && expires <= over)
}

fn foreign(row: &Row) -> Vec<Finding> {
    let user = row.calendar.user();
    let others = row.mirrors.keys().filter(|target| target.user() != user);
    others
        .map(|target| {
            let detail = "its target belongs to somebody else";
            about(row, Kind::OtherUsersTarget, detail).on(*target)
        })
        .collect()
}

/// Want as stored against want as it would be planned now.
fn wants(scene: &Scene<'_>, group: &Rows, row: &Row) -> Vec<Finding> {
    let setting = scene.setting(row.calendar, row.epoch);
    let anew = plan::rethought(&setting, group, row);
    if anew.mirrors == row.mirrors {
        return Vec::new();
    }
    let nothing = Mirror::default();
    let targets: BTreeSet<CalendarId> = row
        .mirrors
        .keys()
        .chain(anew.mirrors.keys())
        .copied()
        .collect();
    targets
        .into_iter()
        .filter_map(|target| {
            let is = row.mirrors.get(&target).unwrap_or(&nothing);
            let should = anew.mirrors.get(&target).unwrap_or(&nothing);
            differs(scene, row, target, is, should)
        })
        .collect()
}

fn differs(
    scene: &Scene<'_>,
    row: &Row,
    target: CalendarId,
    is: &Mirror,
    should: &Mirror,
) -> Option<Finding> {
    // Nothing to remember of an occurrence that is as its series has it.
    if is == should || (is.blank() && should.in_step()) {
        return None;
    }
    let expected = |what: &str| match (name(should.want), name(is.want)) {
        (one, other) if one == other => {
            let (should, is) = (should.want, is.want);
            format!("expected {one} that reads {should}, found one that reads {is}{what}")
        }
        (should, is) => format!("expected {should}, found {is}{what}"),
    };
    // Whether it is too late for a block depends on when one asks.
    let over = row.source.live().and_then(|event| event.over_by());
    let late = over.is_some_and(|over| over <= scene.now) && should.want == Want::Nothing;
    if late && is.pending() {
        return None;
    }
    let out = scene.pairs().get(row.calendar, target).is_none();
    let (kind, detail) = match (is.want == should.want, is.twin == should.twin) {
        (false, _) if out => (
            Kind::DeadTarget,
            expected(" on a calendar that takes no part"),
        ),
        (false, _) => (Kind::WrongWant, expected("")),
        (true, false) => (
            Kind::WrongTwin,
            format!("the meeting is on the target without it: {}", should.twin),
        ),
        (true, true) => (
            Kind::WrongWant,
            "have is of another form than want".to_owned(),
        ),
    };
    Some(about(row, kind, detail).on(target))
}

fn name(want: Want) -> &'static str {
    match want {
        Want::Nothing => "no block",
        Want::Own(_) => "a block",
        Want::Instance(_) => "a changed occurrence",
        Want::Hidden => "a cancelled occurrence",
    }
}

fn pending(scene: &Scene<'_>, row: &Row) -> Vec<Finding> {
    if !row.pending() {
        return Vec::new();
    }
    let since = row.pending_since;
    if !scene.has_work(row.calendar) {
        let detail = "no state, journal or wake tells of it";
        return vec![about(row, Kind::SilentlyPending, detail).since(since)];
    }
    let read_only = |target: &CalendarId| {
        let config = scene.config.calendars.get(target);
        config.is_some_and(|calendar| calendar.access == Access::Read)
    };
    let behind = row.mirrors.iter().filter(|(_, mirror)| mirror.pending());
    let (closed, open): (Vec<_>, Vec<_>) = behind.partition(|(target, _)| read_only(target));
    let mut findings: Vec<Finding> = closed
        .into_iter()
        .map(|(target, _)| {
            let detail = "the account may no longer write the calendar";
            about(row, Kind::TargetReadOnly, detail)
                .on(*target)
                .since(since)
        })
        .collect();
    if since.is_some_and(|since| older(since, PENDING_PATIENCE, scene.now)) {
        findings.extend(open.into_iter().map(|(target, mirror)| {
            let tries = mirror.retry.as_ref().map_or(0, |retry| retry.failures);
            let detail = format!("{tries} failed tries");
            about(row, Kind::Overdue, detail).on(*target).since(since)
        }));
    }
    findings
}

/// What is set aside, visibly.
fn aside(row: &Row) -> Vec<Finding> {
    let whole = row.parked.iter().filter_map(|park| parked(row, park));
    let blocks = row.mirrors.iter().filter_map(|(target, mirror)| {
        let park = mirror.parked.as_ref()?;
        Some(parked(row, park)?.on(*target))
    });
    whole.chain(blocks).collect()
}

fn parked(row: &Row, park: &Park) -> Option<Finding> {
    let kind = match park.kind {
        ParkKind::Unreadable | ParkKind::Refused => Kind::Parked,
        ParkKind::Frozen => Kind::Frozen,
        ParkKind::NoAccess => Kind::NoAccess,
        // As a person wished.
        ParkKind::Paused => return None,
    };
    Some(about(row, kind, park.reason.clone()).since(Some(park.since)))
}

/// A row that cannot be read as one.
#[must_use]
pub fn unreadable(
    calendar: CalendarId,
    event: Option<&EventKey>,
    newer: bool,
    why: &str,
) -> Finding {
    let kind = match newer {
        true => Kind::RowNewer,
        false => Kind::RowUnreadable,
    };
    let finding = Finding::new(kind, calendar, why);
    match event {
        Some(event) => finding.of_event(event),
        None => finding,
    }
}
