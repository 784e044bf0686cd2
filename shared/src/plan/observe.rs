//! Have: what a read of the target calendar says about blocks, against what their rows believe.
//!
//! The echo of our own writes changes nothing. Everything else moves `have`, puts the mirror out of step and
//! wakes the source calendar. No observation ever changes `want`.

use std::cmp::Ordering;

use jiff::SignedDuration;

use super::facts::{BlockFact, Shows};
use super::settle::set_aside;
use super::sheet::Sheet;
use crate::limits::FULL_READ_DAYS_BACK;
use crate::model::{
    CalendarId, Cause, Counts, Dismissed, Fingerprint, Have, Lead, Mirror, Part, Row, Source,
    SplitMark, Stamp, Stray, Want,
};

/// Takes one observation into the sheet.
pub(super) fn observe(sheet: &mut Sheet<'_>, fact: &BlockFact, counts: &mut Counts) {
    let changed = match &fact.part {
        Part::Whole => observe_own(sheet, fact, own_block),
        Part::Occurrence(stamp) => observe_occurrence(sheet, fact, stamp),
        Part::Split(mark) => observe_own(sheet, fact, |mirror, fact| split_off(mirror, fact, mark)),
    };
    match changed {
        true => counts.observed += 1,
        false => counts.unchanged += 1,
    }
}

fn observe_own(
    sheet: &mut Sheet<'_>,
    fact: &BlockFact,
    take: impl FnOnce(&mut Mirror, &BlockFact) -> bool,
) -> bool {
    let target = sheet.calendar();
    let at = fact.row(sheet.setting());
    let known = sheet
        .row(&at)
        .is_some_and(|row| row.mirrors.contains_key(&target));
    if !known && (!matches!(fact.shows, Shows::Live { .. }) || history(sheet, fact)) {
        return false;
    }
    let (word, paused, now) = (sheet.dismisses(&at), sheet.pauses(&at), sheet.setting().now);
    sheet.change(&at, |row| {
        let first = row.source.live().map(|event| event.time.clone());
        let mirror = row.mirrors.entry(target).or_insert_with(|| Mirror {
            generation: fact.generation,
            ..Mirror::default()
        });
        let before = mirror.clone();
        let mut news = take(mirror, fact);
        if news {
            heed(mirror, &before, word);
            blame(mirror, &before);
        }
        if let (
            Some(first),
            Shows::Live {
                print,
                series: Some(there),
                ..
            },
        ) = (first, &fact.shows)
            && mirror.have == Have::Own(*print)
        {
            mirror.lead = Lead::between(&first, there);
            news |= mirror.lead != before.lead;
        }
        if paused {
            set_aside(mirror, now);
        }
        news
    })
}

/// A block that was as it should be and is not any more was changed by a person.
fn blame(mirror: &mut Mirror, before: &Mirror) {
    if before.in_step() && !mirror.in_step() {
        mirror.cause = Some(Cause::Person);
    }
}

/// What a person made of a block that was as it should be stands, if the rule says so: `word` is what it is about then.
fn heed(mirror: &mut Mirror, before: &Mirror, word: Option<Fingerprint>) {
    let wanted = matches!(mirror.want, Want::Own(_) | Want::Instance(_)) && !mirror.twin;
    let believed = before.dismissed.is_some() || before.in_step();
    mirror.dismissed = None;
    let Some(moment) = word.filter(|_| wanted && believed && !mirror.due_is_there()) else {
        return;
    };
    mirror.dismissed = Some(Dismissed {
        moment,
        removed: !matches!(mirror.have, Have::Own(_) | Have::Instance(_)),
    });
}

/// What a person split off a series block is a block too many: the series block itself is put back whole.
fn split_off(mirror: &mut Mirror, fact: &BlockFact, mark: &SplitMark) -> bool {
    let stray = Stray {
        generation: fact.generation,
        split: Some(mark.clone()),
    };
    match fact.shows {
        Shows::Live { .. } => mirror.strays.insert(stray),
        Shows::Cancelled | Shows::Missing => mirror.strays.remove(&stray),
    }
}

/// Blocks of events that are over stay when their rows expire; nobody needs them gone.
fn history(sheet: &Sheet<'_>, fact: &BlockFact) -> bool {
    let kept = SignedDuration::from_hours(24 * FULL_READ_DAYS_BACK);
    let Shows::Live {
        over: Some(over), ..
    } = fact.shows
    else {
        return false;
    };
    over.saturating_add(kept)
        .is_ok_and(|until| until < sheet.setting().now)
}

/// A block that is an event of its own.
fn own_block(mirror: &mut Mirror, fact: &BlockFact) -> bool {
    match (fact.generation.cmp(&mirror.generation), &fact.shows) {
        (Ordering::Less, Shows::Live { .. }) => mirror.strays.insert(fact.generation.into()),
        (Ordering::Less, Shows::Cancelled | Shows::Missing) => {
            mirror.strays.remove(&fact.generation.into())
        }
        (Ordering::Greater, Shows::Missing) => false,
        (Ordering::Greater, shows) => {
            if matches!(mirror.have, Have::Own(_)) {
                mirror.strays.insert(mirror.generation.into());
            }
            mirror.generation = fact.generation;
            shown_as(mirror, shows, fact);
            true
        }
        (Ordering::Equal, shows) => own_block_of_this_generation(mirror, shows, fact),
    }
}

fn own_block_of_this_generation(mirror: &mut Mirror, shows: &Shows, fact: &BlockFact) -> bool {
    let occurrence = matches!(mirror.want, Want::Instance(_) | Want::Hidden);
    match shows {
        Shows::Live { .. } if occurrence => mirror.strays.insert(fact.generation.into()),
        Shows::Cancelled | Shows::Missing if mirror.strays.remove(&fact.generation.into()) => true,
        Shows::Live { print, .. } => {
            let known = mirror.have == Have::Own(*print)
                || (matches!(mirror.have, Have::Own(_)) && mirror.stored == Some(*print));
            if !known {
                shown_as(mirror, shows, fact);
            }
            !known
        }
        Shows::Cancelled | Shows::Missing => {
            let news = matches!(mirror.have, Have::Own(_));
            if news {
                shown_as(mirror, shows, fact);
            }
            news
        }
    }
}

fn shown_as(mirror: &mut Mirror, shows: &Shows, fact: &BlockFact) {
    mirror.have = match shows {
        Shows::Live { print, .. } => Have::Own(*print),
        Shows::Cancelled | Shows::Missing => Have::Deleted,
    };
    mirror.etag.clone_from(&fact.etag);
    mirror.stored = None;
    mirror.retry = None;
}

/// An occurrence of a series block. It has a row only if its source is an exception, or if somebody touched
/// the occurrence on the target; in the second case the row is made here, to put it back.
fn observe_occurrence(sheet: &mut Sheet<'_>, fact: &BlockFact, stamp: &Stamp) -> bool {
    let target = sheet.calendar();
    let at = fact.row(sheet.setting());
    let series = (at.0, fact.event.clone());
    if sheet
        .row(&series)
        .is_some_and(|row| unseen_block(row, target, fact))
    {
        return sheet.change(&at, |row| keep(row, target, fact, stamp));
    }
    let same_block = sheet.row(&series).is_some_and(|row| {
        row.mirrors.get(&target).is_some_and(|mirror| {
            let shown = matches!(mirror.want, Want::Own(_)) && !mirror.twin;
            mirror.generation == fact.generation && shown
        })
    });
    if !same_block {
        return false;
    }
    let follows = sheet.row(&at).is_none_or(|row| match row.source {
        Source::Unseen | Source::Gone => row.finished(),
        Source::Follows { .. } => !row.mirrors.contains_key(&target),
        Source::Live(_) | Source::Hidden { .. } => false,
    });
    if follows && !sheet.follow(&at, fact, stamp) {
        return false;
    }
    let (word, paused, now) = (sheet.dismisses(&at), sheet.pauses(&at), sheet.setting().now);
    sheet.change(&at, |row| {
        row.mirrors.get_mut(&target).is_some_and(|mirror| {
            let before = mirror.clone();
            let news = occurrence(mirror, fact);
            if news {
                heed(mirror, &before, word);
                blame(mirror, &before);
            }
            if paused {
                set_aside(mirror, now);
            }
            news
        })
    })
}

/// The series block is there, but its source was not read yet: nobody knows what its occurrences should be.
fn unseen_block(series: &Row, target: CalendarId, fact: &BlockFact) -> bool {
    let mirror = series.mirrors.get(&target);
    series.source == Source::Unseen
        && mirror.is_some_and(|mirror| {
            mirror.generation == fact.generation && matches!(mirror.have, Have::Own(_))
        })
}

/// Keeps what is shown until the series is read: a list tells it only once.
fn keep(row: &mut Row, target: CalendarId, fact: &BlockFact, stamp: &Stamp) -> bool {
    let have = match &fact.shows {
        Shows::Live { print, .. } => Have::Instance(*print),
        Shows::Cancelled => Have::Hidden,
        Shows::Missing => return false,
    };
    match row.source {
        Source::Unseen => {
            row.source = Source::Follows {
                series: fact.event.clone(),
                original: stamp.clone(),
            };
        }
        Source::Follows { .. } => {}
        Source::Live(_) | Source::Hidden { .. } | Source::Gone => return false,
    }
    let mirror = row.mirrors.entry(target).or_default();
    let news = mirror.have != have;
    mirror.have = have;
    mirror.etag.clone_from(&fact.etag);
    news
}

fn occurrence(mirror: &mut Mirror, fact: &BlockFact) -> bool {
    let seen = match &fact.shows {
        Shows::Live { print, .. } if mirror.stored == Some(*print) => return false,
        Shows::Live { print, .. } => Have::Instance(*print),
        Shows::Cancelled => Have::Hidden,
        Shows::Missing => Have::Unknown,
    };
    let occurrence = matches!(mirror.want, Want::Instance(_) | Want::Hidden);
    if !occurrence || mirror.have == seen {
        return false;
    }
    mirror.have = seen;
    mirror.etag.clone_from(&fact.etag);
    mirror.stored = None;
    mirror.retry = None;
    true
}
