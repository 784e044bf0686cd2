//! Want: the block that a row should have on a target. A function of facts and rules, and of nothing else.

use jiff::Timestamp;

use crate::model::{
    BlockContent, CalendarId, Fingerprint, Have, Mirror, OnChange, Pair, Park, ParkKind, Row, Rule,
    Skip, Source, Want, horizon, moment,
};

/// What the row's series looks like on the target, if the row is an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series<'a> {
    /// The row is no occurrence, or its series has no block on the target, or none with this occurrence.
    Absent,
    /// The series has a block there.
    Shown(&'a Row),
    /// The series would have one, but the target holds the meeting without it: an occurrence that is not held so stands
    /// for itself.
    Held(&'a Row),
}

/// Recomputes `want` of one mirror, and brings `have` into the form that goes with it.
pub(super) fn settle(
    row: &Row,
    series: Series<'_>,
    mirror: &mut Mirror,
    pair: Option<&Pair>,
    now: Timestamp,
) {
    let rule = match pair {
        Some(Pair::Paused(_)) => return,
        Some(Pair::Mirrors(rule)) => Some(&**rule),
        None => None,
    };
    let want = rule.map_or(Want::Nothing, |rule| want(row, series, mirror, rule, now));
    reform(row, series, mirror, want, rule);
    mirror.twin &= want != Want::Nothing;
    let word = mirror.dismissed.filter(|word| {
        let heeded = rule.is_some_and(|rule| rule.on_change == OnChange::Dismiss);
        // What a person left standing may show what it must not show any more.
        let stands = word.removed || want == mirror.want;
        heeded && stands && want != Want::Nothing && said_of(row, series) == Some(word.moment)
    });
    mirror.dismissed = word;
    let over = mirror
        .parked
        .as_ref()
        .is_some_and(|park| park.kind == ParkKind::Paused);
    mirror.parked = mirror.parked.take().filter(|_| !over);
    if want != mirror.want {
        mirror.want = want;
        mirror.parked = None;
        mirror.retry = None;
        mirror.stored = None;
        mirror.rewrites = 0;
    }
}

/// What is left to do where one of the two calendars is paused waits, visibly, for the end of the pause.
pub(super) fn set_aside(mirror: &mut Mirror, now: Timestamp) {
    if mirror.pending() {
        mirror.retry = None;
        mirror.parked = Some(Park {
            kind: ParkKind::Paused,
            reason: "one of the two calendars is paused; switch it on again to have this done"
                .to_owned(),
            since: now,
        });
    }
}

/// What a person's word about the row's block is about.
pub(super) fn said_of(row: &Row, series: Series<'_>) -> Option<Fingerprint> {
    match (&row.source, series) {
        (Source::Live(event), _) => Some(moment(event, None)),
        (Source::Follows { original, .. }, Series::Shown(series) | Series::Held(series)) => {
            Some(moment(series.source.live()?, Some(original)))
        }
        (
            Source::Follows { .. } | Source::Unseen | Source::Hidden { .. } | Source::Gone,
            Series::Absent | Series::Shown(_) | Series::Held(_),
        ) => None,
    }
}

fn want(row: &Row, series: Series<'_>, mirror: &Mirror, rule: &Rule, now: Timestamp) -> Want {
    match series {
        Series::Shown(series) => occurrence(row, series, mirror, rule, now),
        Series::Absent => own(row, None, mirror, rule, now),
        Series::Held(series) => own(row, Some(series), mirror, rule, now),
    }
}

/// Of an occurrence whose series has a block on the target.
fn occurrence(row: &Row, series: &Row, mirror: &Mirror, rule: &Rule, now: Timestamp) -> Want {
    let new = !matches!(mirror.have, Have::Instance(_) | Have::Hidden);
    match &row.source {
        Source::Unseen | Source::Gone => Want::Nothing,
        Source::Hidden { original, .. } if new && original.latest() < horizon(now) => Want::Nothing,
        Source::Hidden { .. } => Want::Hidden,
        Source::Follows { .. } => default_occurrence(row, series, rule)
            .map_or(Want::Nothing, |content| {
                Want::Instance(content.fingerprint())
            }),
        Source::Live(event) if new && rule.too_late(event, now).is_some() => Want::Nothing,
        Source::Live(event) => rule.block(event).map_or(Want::Hidden, |content| {
            Want::Instance(content.fingerprint())
        }),
    }
}

/// Of an event that stands for itself on the target; of an occurrence, `series` is what it follows.
fn own(row: &Row, series: Option<&Row>, mirror: &Mirror, rule: &Rule, now: Timestamp) -> Want {
    let new = !matches!(mirror.have, Have::Own(_));
    match &row.source {
        Source::Unseen | Source::Gone | Source::Hidden { .. } => Want::Nothing,
        Source::Follows { original, .. } if new && original.latest() < horizon(now) => {
            Want::Nothing
        }
        Source::Follows { .. } => series
            .and_then(|series| default_occurrence(row, series, rule))
            .map_or(Want::Nothing, |content| Want::Own(content.fingerprint())),
        Source::Live(event) if new && rule.too_late(event, now).is_some() => Want::Nothing,
        Source::Live(event) => rule
            .block(event)
            .map_or(Want::Nothing, |content| Want::Own(content.fingerprint())),
    }
}

/// The occurrence as the series block shows it when nothing was done to it.
pub(crate) fn default_occurrence(row: &Row, series: &Row, rule: &Rule) -> Option<BlockContent> {
    let (_, original) = row.source.occurrence()?;
    Some(rule.occurrence(series.source.live()?, original))
}

/// The series block on the target has no such occurrence: the event stands for itself from now on.
#[cfg(all(feature = "store", feature = "google"))]
pub(crate) fn set_alone(row: &Row, mirror: &mut Mirror, rule: &Rule, now: Timestamp) {
    mirror.alone = true;
    let pair = Pair::Mirrors(Box::new(rule.clone()));
    settle(row, Series::Absent, mirror, Some(&pair), now);
}

/// An event turns from a block of its own into an occurrence of the series block when its series comes, and
/// back when it goes. What is known of the old form does not hold for the new one.
fn reform(row: &Row, series: Series<'_>, mirror: &mut Mirror, want: Want, rule: Option<&Rule>) {
    match want {
        Want::Instance(_) | Want::Hidden => {
            if matches!(mirror.have, Have::Own(_)) {
                mirror.strays.insert(mirror.generation.into());
                mirror.have = Have::Unknown;
            } else if matches!(mirror.have, Have::Nothing | Have::Deleted) {
                mirror.have = untouched(row, series, rule);
            }
        }
        Want::Own(_) | Want::Nothing => {
            if matches!(
                mirror.have,
                Have::Instance(_) | Have::Hidden | Have::Unknown
            ) {
                mirror.have = Have::Nothing;
                mirror.etag = None;
            }
        }
    }
}

fn untouched(row: &Row, series: Series<'_>, rule: Option<&Rule>) -> Have {
    match (series, rule) {
        (Series::Shown(series), Some(rule)) => default_occurrence(row, series, rule)
            .map_or(Have::Unknown, |content| {
                Have::Instance(content.fingerprint())
            }),
        (Series::Absent | Series::Shown(_) | Series::Held(_), _) => Have::Unknown,
    }
}

/// Why a row has no block on a target; none: it has one, or should.
#[must_use]
pub fn why_not(row: &Row, target: CalendarId, rule: &Rule, now: Timestamp) -> Option<Skip> {
    let mirror = row.mirrors.get(&target);
    if mirror.is_some_and(|mirror| matches!(mirror.due(), Want::Own(_) | Want::Instance(_))) {
        return None;
    }
    let event = row.source.live()?;
    match rule.block(event) {
        Err(skip) => Some(skip),
        Ok(_) if mirror.is_some_and(|mirror| mirror.twin) => Some(Skip::SameMeeting),
        Ok(_) if mirror.is_some_and(|mirror| mirror.dismissed.is_some()) => Some(Skip::Dismissed),
        Ok(_) => rule.too_late(event, now),
    }
}
