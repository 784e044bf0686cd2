//! The rows in work while a plan is made: read once, changed in memory, compared at the end.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::facts::{BlockFact, Shows, SourceFact};
use super::settle::{self, Series};
use super::{Plan, Rows, Setting};
use crate::limits::{ROW_DAYS_AFTER_END, TOMBSTONE_DAYS};
use crate::model::{
    CalendarId, Cause, Counts, EventKey, EventKind, Fingerprint, Have, Mirror, OnChange, Pair,
    Park, ParkKind, Rev, Row, RowWrite, Source, SourceEvent, Stamp, Want,
};

type At = (CalendarId, EventKey);

/// Rows being changed.
pub(super) struct Sheet<'a> {
    setting: &'a Setting<'a>,
    before: &'a Rows,
    /// As read until something changes.
    rows: Cow<'a, Rows>,
    /// Rows of this calendar whose wants must be computed again.
    touched: BTreeSet<EventKey>,
    /// Events that a fact of this read is about: their rows are not ended by the end of their series.
    told: BTreeSet<EventKey>,
    /// Series that ended, or that repeat otherwise than before.
    ended: BTreeSet<EventKey>,
    changed_rule: BTreeSet<EventKey>,
}

/// Whether a row's source is a series.
pub(crate) fn is_series(row: &Row) -> bool {
    row.source
        .live()
        .is_some_and(|event| matches!(event.kind, EventKind::Series { .. }))
}

impl<'a> Sheet<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, before: &'a Rows) -> Self {
        Self {
            setting,
            before,
            rows: Cow::Borrowed(before),
            touched: BTreeSet::new(),
            told: BTreeSet::new(),
            ended: BTreeSet::new(),
            changed_rule: BTreeSet::new(),
        }
    }

    pub(super) fn setting(&self) -> &Setting<'a> {
        self.setting
    }

    pub(super) fn calendar(&self) -> CalendarId {
        self.setting.calendar
    }

    pub(super) fn row(&self, at: &At) -> Option<&Row> {
        self.rows.get(at)
    }

    /// Changes a row, which is made if it is not there; `change` says whether it did anything.
    pub(super) fn change(&mut self, at: &At, change: impl FnOnce(&mut Row) -> bool) -> bool {
        let rows = self.rows.to_mut();
        match rows.get_mut(at) {
            Some(row) => change(row),
            None => {
                let mut row = Row::new(at.0, at.1.clone());
                let changed = change(&mut row);
                if changed {
                    rows.insert(at.clone(), row);
                }
                changed
            }
        }
    }

    /// Takes a source fact into its row.
    pub(super) fn take(&mut self, fact: &SourceFact, counts: &mut Counts) {
        let key = fact.key();
        let at = (self.setting.calendar, key.clone());
        self.told.insert(key.clone());
        if let SourceFact::Unreadable { reason, .. } = fact {
            self.park(&at, reason);
            counts.parked += 1;
            return;
        }
        let known = self
            .rows
            .get(&at)
            .map(|row| (row.source.clone(), row.parked.is_some()));
        let new = known.is_none();
        let (before, parked) = known.unwrap_or_default();
        let after = source(fact);
        if !parked && (before.says_the_same(&after) || (new && after == Source::Gone)) {
            counts.unchanged += 1;
            return;
        }
        count(&before, &after, counts);
        self.note_series(&key, &before, &after);
        self.change(&at, |row| {
            row.source = after;
            row.parked = None;
            true
        });
        self.touched.insert(key);
    }

    fn park(&mut self, at: &At, reason: &str) {
        let now = self.setting.now;
        self.change(at, |row| {
            let since = row.parked.as_ref().map_or(now, |park| park.since);
            row.parked = Some(Park {
                kind: ParkKind::Unreadable,
                reason: reason.to_owned(),
                since,
            });
            true
        });
    }

    fn note_series(&mut self, key: &EventKey, before: &Source, after: &Source) {
        let was = before.live().filter(|event| repeats(event));
        let is = after.live().filter(|event| repeats(event));
        match (was, is) {
            (Some(_), None) => {
                self.ended.insert(key.clone());
            }
            (Some(was), Some(is)) if !was.repeats_like(is) => {
                self.changed_rule.insert(key.clone());
            }
            (Some(_) | None, Some(_)) | (None, None) => {}
        }
    }

    /// The exceptions of a series that ended are gone with it, but for those that this read reports itself.
    /// An occurrence that merely followed its series is forgotten when the series repeats otherwise.
    pub(super) fn end_families(&mut self) {
        for (at, row) in self.rows.to_mut() {
            if at.0 != self.setting.calendar || self.told.contains(&at.1) {
                continue;
            }
            let Some((series, _)) = row.source.occurrence() else {
                continue;
            };
            let follows = matches!(row.source, Source::Follows { .. });
            let over = self.ended.contains(series);
            if over || (follows && self.changed_rule.contains(series)) {
                row.source = Source::Gone;
                self.touched.insert(at.1.clone());
            }
        }
        self.touch_families();
    }

    /// Whoever belongs to a touched series is settled again with it.
    fn touch_families(&mut self) {
        let calendar = self.setting.calendar;
        let members: Vec<EventKey> = self
            .rows
            .iter()
            .filter(|(at, row)| {
                at.0 == calendar
                    && row
                        .source
                        .occurrence()
                        .is_some_and(|(series, _)| self.touched.contains(series))
            })
            .map(|(at, _)| at.1.clone())
            .collect();
        self.touched.extend(members);
    }

    pub(super) fn touch_all(&mut self) {
        let calendar = self.setting.calendar;
        let own = self
            .rows
            .keys()
            .filter(|at| at.0 == calendar)
            .map(|at| at.1.clone());
        self.touched.extend(own.collect::<Vec<_>>());
    }

    /// Recomputes what every touched row wants: series first, their occurrences after them.
    pub(super) fn settle(&mut self) {
        let (occurrences, others): (Vec<EventKey>, Vec<EventKey>) = self
            .touched
            .iter()
            .cloned()
            .partition(|key| self.is_occurrence(key));
        for key in others.iter().chain(&occurrences) {
            self.settle_row(key);
            self.tell_twins(key);
        }
    }

    fn is_occurrence(&self, key: &EventKey) -> bool {
        let row = self.rows.get(&(self.setting.calendar, key.clone()));
        row.is_some_and(|row| row.source.occurrence().is_some())
    }

    fn settle_row(&mut self, key: &EventKey) {
        let at = (self.setting.calendar, key.clone());
        if let Some(row) = self.rows.get(&at).map(|row| self.settled(row)) {
            self.rows.to_mut().insert(at, row);
        }
    }

    /// A row of this calendar with its wants computed again.
    pub(super) fn settled(&self, row: &Row) -> Row {
        let mut row = row.clone();
        let setting = self.setting;
        if let Source::Live(event) = &mut row.source {
            setting.pairs.needs(row.calendar).trim(event);
        }
        let mut targets: BTreeSet<CalendarId> = setting.pairs.targets_of(row.calendar).collect();
        targets.extend(row.mirrors.keys().copied());
        for target in targets {
            let pair = setting.pairs.get(row.calendar, target);
            let mut mirror = row.mirrors.remove(&target).unwrap_or_default();
            let before = mirror.clone();
            if matches!(pair, Some(Pair::Paused(_))) {
                settle::set_aside(&mut mirror, setting.now);
                row.mirrors
                    .extend((!mirror.blank()).then_some((target, mirror)));
                continue;
            }
            mirror.twin = self.held_by(target, &row);
            mirror.alone &= !self.repeats_anew(&row);
            let series = match mirror.alone {
                true => Series::Absent,
                false => self.series_on(&row, target),
            };
            settle::settle(&row, series, &mut mirror, pair, setting.now);
            lead(&row, &mut mirror, pair);
            blame(&mut mirror, &before, setting.cause);
            if !mirror.blank() {
                row.mirrors.insert(target, mirror);
            }
        }
        row
    }

    /// Whether the row's calendar or this one is paused.
    pub(super) fn pauses(&self, at: &At) -> bool {
        let pair = self.setting.pairs.get(at.0, self.setting.calendar);
        matches!(pair, Some(Pair::Paused(_)))
    }

    /// What a person's word about the row's block on this calendar is about, if the rule heeds it.
    pub(super) fn dismisses(&self, at: &At) -> Option<Fingerprint> {
        let target = self.setting.calendar;
        let rule = self.setting.pairs.rule(at.0, target)?;
        let row = self.rows.get(at)?;
        (rule.on_change == OnChange::Dismiss)
            .then(|| settle::said_of(row, self.series_on(row, target)))
            .flatten()
    }

    fn series_on(&self, row: &Row, target: CalendarId) -> Series<'_> {
        let series = row
            .source
            .occurrence()
            .and_then(|(series, _)| self.rows.get(&(row.calendar, series.clone())));
        match series {
            Some(series) if wants_own(series, target) => Series::Shown(series),
            Some(_) | None => Series::Absent,
        }
    }

    /// Whether its series repeats otherwise than before: what its block has for occurrences is not known any more.
    fn repeats_anew(&self, row: &Row) -> bool {
        let series = row.source.occurrence().map(|(series, _)| series);
        series
            .is_none_or(|series| self.changed_rule.contains(series) || self.ended.contains(series))
    }

    /// Whether `target` holds this very meeting itself. An exception counts as held with its series.
    fn held_by(&self, target: CalendarId, row: &Row) -> bool {
        if row.key.as_orphan().is_some() {
            return false;
        }
        let there = self.rows.get(&(target, row.key.clone()));
        let series = || {
            let (series, _) = row.source.occurrence()?;
            self.rows.get(&(target, series.clone()))
        };
        match there {
            Some(there) if there.source != Source::Unseen => settle::holds(there),
            Some(_) | None => series().is_some_and(settle::holds),
        }
    }

    /// Tells the rows of the same meeting on the other calendars whether this one holds it.
    fn tell_twins(&mut self, key: &EventKey) {
        let own = self.setting.calendar;
        let Some(row) = self.rows.get(&(own, key.clone())) else {
            return;
        };
        let held = settle::holds(row);
        for calendar in self
            .setting
            .calendars
            .iter()
            .filter(|calendar| **calendar != own)
        {
            let twin = self.rows.to_mut().get_mut(&(*calendar, key.clone()));
            if let Some(mirror) = twin.and_then(|twin| twin.mirrors.get_mut(&own)) {
                let before = mirror.clone();
                mirror.twin = held && mirror.want != Want::Nothing;
                blame(mirror, &before, Cause::Meeting);
            }
        }
    }

    /// Makes a mirror, and if need be the row, for an occurrence that somebody touched on the target; false if
    /// nothing was done to it.
    pub(super) fn follow(&mut self, at: &At, fact: &BlockFact, stamp: &Stamp) -> bool {
        let target = self.setting.calendar;
        let Some(series) = self.rows.get(&(at.0, fact.event.clone())) else {
            return false;
        };
        let mut row = self
            .rows
            .get(at)
            .cloned()
            .unwrap_or_else(|| Row::new(at.0, at.1.clone()));
        row.source = Source::Follows {
            series: fact.event.clone(),
            original: stamp.clone(),
        };
        let rule = self.setting.pairs.rule(at.0, target);
        let content = rule.and_then(|rule| settle::default_occurrence(&row, series, rule));
        let Some(content) = content else {
            return false;
        };
        let print = content.fingerprint();
        let untouched = matches!(&fact.shows, Shows::Live { print: shown, .. } if *shown == print);
        if untouched || fact.shows == Shows::Missing {
            return false;
        }
        let mirror = Mirror {
            want: Want::Instance(print),
            have: Have::Instance(print),
            ..Mirror::default()
        };
        row.mirrors.insert(target, mirror);
        row.expires = None;
        self.rows.to_mut().insert(at.clone(), row);
        true
    }

    /// Compares with what was read and names the writes.
    pub(super) fn finish(mut self, mut counts: Counts) -> Plan {
        let mut plan = Plan::default();
        let before = self.before;
        let rows = std::mem::take(&mut self.rows).into_owned();
        for (at, mut row) in rows {
            let old = before.get(&at);
            if old == Some(&row) {
                continue;
            }
            mark(&mut row, self.setting.now);
            if old == Some(&row) || (old.is_none() && row.finished() && row.parked.is_none()) {
                continue;
            }
            self.tally(old, &row, &mut plan, &mut counts);
            let expected = row.rev;
            row.rev = Rev(expected.0 + 1);
            if row.calendar == self.setting.calendar {
                row.epoch = self.setting.epoch;
            }
            plan.writes.push(RowWrite { row, expected });
        }
        plan.counts = counts;
        plan
    }

    fn tally(&self, old: Option<&Row>, row: &Row, plan: &mut Plan, counts: &mut Counts) {
        let own = row.calendar == self.setting.calendar;
        let pending = |row: &Row| {
            row.mirrors
                .values()
                .filter(|mirror| mirror.pending())
                .count()
        };
        let (was, is) = (old.map_or(0, pending), pending(row));
        counts.blocks_affected += is.saturating_sub(was) as u64;
        if !own {
            if is > 0 {
                plan.wakes.insert(row.calendar);
            }
            return;
        }
        plan.unpushed |= is > 0;
        let (was, is) = (old.is_some_and(Row::is_mirrored), row.is_mirrored());
        plan.mirrored += i64::from(is) - i64::from(was);
        if was && !is && row.source == Source::Gone {
            plan.deletions.insert(row.key.clone());
        }
    }
}

fn repeats(event: &SourceEvent) -> bool {
    matches!(event.kind, EventKind::Series { .. })
}

fn wants_own(series: &Row, target: CalendarId) -> bool {
    let mirror = series.mirrors.get(&target);
    is_series(series) && mirror.is_some_and(|mirror| matches!(mirror.want, Want::Own(_)))
}

/// Says why a block has to change, if it has to since just now.
fn blame(mirror: &mut Mirror, before: &Mirror, cause: Cause) {
    if mirror.due() == before.due() || mirror.due_is_there() {
        return;
    }
    let meeting = mirror.want == before.want && mirror.twin != before.twin;
    mirror.cause = Some(if meeting { Cause::Meeting } else { cause });
}

/// Of a series block that is there as it should be, the rule tells how much it begins before its series.
fn lead(row: &Row, mirror: &mut Mirror, pair: Option<&Pair>) {
    let (Some(Pair::Mirrors(rule)), Some(event)) = (pair, row.source.live()) else {
        return;
    };
    let there = matches!(mirror.have, Have::Own(_)) && mirror.due_is_there();
    if event.kind.is_series() && there && mirror.dismissed.is_none() {
        mirror.lead = rule.lead(event);
    }
}

fn source(fact: &SourceFact) -> Source {
    match fact {
        SourceFact::Live(event) => Source::Live(event.clone()),
        SourceFact::Hidden {
            id,
            series,
            original,
        } => Source::Hidden {
            id: id.clone(),
            series: series.clone(),
            original: original.clone(),
        },
        SourceFact::Gone { .. } | SourceFact::Unreadable { .. } => Source::Gone,
    }
}

fn count(before: &Source, after: &Source, counts: &mut Counts) {
    let there = |source: &Source| matches!(source, Source::Live(_) | Source::Hidden { .. });
    match (there(before), there(after)) {
        (false, _) if *after != Source::Gone => counts.created += 1,
        (_, true) => counts.updated += 1,
        (_, false) => counts.deleted += 1,
    }
}

/// What a row says of itself, and what the table goes by: since when it is pending, and when it may be dropped.
pub(crate) fn mark(row: &mut Row, now: Timestamp) {
    let since = row.pending_since.unwrap_or(now);
    row.pending_since = row.pending().then_some(since);
    row.expires = expiry(row, now);
}

/// When the table may drop a row: some time after its event is over, or after nothing is left of it; never
/// while a push is due.
fn expiry(row: &Row, now: Timestamp) -> Option<Timestamp> {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    if row.pending() || row.parked.is_some() {
        return None;
    }
    if row.finished() {
        let kept = row.expires.filter(|expires| *expires > now);
        return kept.or_else(|| now.checked_add(days(TOMBSTONE_DAYS)).ok());
    }
    let over = match &row.source {
        Source::Live(event) => event.over_by()?,
        Source::Hidden { original, .. } | Source::Follows { original, .. } => stamp_over(original),
        Source::Unseen | Source::Gone => return None,
    };
    let kept = over.checked_add(days(ROW_DAYS_AFTER_END)).ok()?;
    // Never at once, and stable from one plan to the next.
    let soonest = now.checked_add(days(TOMBSTONE_DAYS)).ok()?;
    if kept >= soonest {
        Some(kept)
    } else {
        row.expires.or(Some(soonest))
    }
}

fn stamp_over(stamp: &Stamp) -> Timestamp {
    stamp.latest()
}
