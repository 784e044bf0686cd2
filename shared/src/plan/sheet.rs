//! The rows in work while a plan is made: read once, changed in memory, compared at the end.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::facts::{BlockFact, Shows, SourceFact};
use super::meeting::Meeting;
use super::settle::{self, Series};
use super::{Plan, Rows, Setting};
use crate::limits::{ROW_DAYS_AFTER_END, TOMBSTONE_DAYS};
use crate::model::{
    CalendarId, Cause, Counts, EventKey, Fingerprint, Have, Mirror, OnChange, Pair, Park, ParkKind,
    Rev, Row, RowWrite, Source, Stamp, Want,
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
        .is_some_and(|event| event.kind.is_series())
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
        let was = before.live().filter(|event| event.kind.is_series());
        let is = after.live().filter(|event| event.kind.is_series());
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
    }

    /// A meeting is settled once more on all calendars.
    pub(super) fn review(&mut self, key: &EventKey) {
        self.touched.insert(key.clone());
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

    /// Recomputes what every touched row wants, and what the same events want on the other calendars as far as it depends
    /// on this one: series first, their occurrences after them.
    pub(super) fn settle(&mut self) {
        let occurrences = self.occurrences();
        let calendars = self.setting.calendars;
        let others = self.touched.iter();
        let others: Vec<EventKey> = others
            .filter(|key| !occurrences.contains_key(key))
            .cloned()
            .collect();
        for key in &others {
            for calendar in calendars {
                self.settle_row(&(*calendar, key.clone()));
            }
        }
        for (key, (series, original)) in &occurrences {
            for calendar in calendars {
                let at = (*calendar, key.clone());
                match self.follower(&at, series, original) {
                    Some(row) => drop(self.rows.to_mut().insert(at, row)),
                    None => self.settle_row(&at),
                }
            }
        }
    }

    /// Every known occurrence that was touched, by itself or with its series, whichever calendar knows it.
    fn occurrences(&self) -> BTreeMap<EventKey, (EventKey, Stamp)> {
        let known = self.rows.iter().filter_map(|((_, key), row)| {
            let (series, original) = row.source.occurrence()?;
            let touched = self.touched.contains(key) || self.touched.contains(series);
            touched.then(|| (key.clone(), (series.clone(), original.clone())))
        });
        known.collect()
    }

    fn settle_row(&mut self, at: &At) {
        let Some(row) = self.rows.get(at) else {
            return;
        };
        let settled = match at.0 == self.setting.calendar {
            true => self.settled(row),
            false => self.settled_elsewhere(row),
        };
        if settled != *row {
            self.rows.to_mut().insert(at.clone(), settled);
        }
    }

    /// A row of this calendar with its wants computed again.
    pub(super) fn settled(&self, row: &Row) -> Row {
        let mut row = row.clone();
        if let Source::Live(event) = &mut row.source {
            self.setting.pairs.needs(row.calendar).trim(event);
        }
        self.settle_mirrors(&mut row, |_, _, _| false);
        row
    }

    /// A row of another calendar: of its wants only those are computed again that what this calendar shows bears on.
    fn settled_elsewhere(&self, row: &Row) -> Row {
        let mut row = row.clone();
        let occurrence = row.source.occurrence().is_some();
        self.settle_mirrors(&mut row, |mirror, series, held| {
            let shown = matches!(series, Series::Shown(_));
            match mirror.want {
                Want::Nothing => !occurrence,
                Want::Own(_) => !shown && mirror.twin == held,
                Want::Instance(_) | Want::Hidden => shown && mirror.twin == held,
            }
        });
        row
    }

    /// Computes the wants again of all mirrors but those that stand as they are.
    fn settle_mirrors(&self, row: &mut Row, stands: impl Fn(&Mirror, Series<'_>, bool) -> bool) {
        let setting = self.setting;
        let mut mirrors = std::mem::take(&mut row.mirrors);
        let occurrence = row.source.occurrence();
        let meeting = Meeting::of(setting, &self.rows, &row.key, occurrence);
        let mut targets: BTreeSet<CalendarId> = setting.pairs.targets_of(row.calendar).collect();
        targets.extend(mirrors.keys().copied());
        for target in targets {
            let pair = setting.pairs.get(row.calendar, target);
            let mut mirror = mirrors.remove(&target).unwrap_or_default();
            let before = mirror.clone();
            if matches!(pair, Some(Pair::Paused(_))) {
                settle::set_aside(&mut mirror, setting.now);
                mirrors.extend((!mirror.blank()).then_some((target, mirror)));
                continue;
            }
            mirror.alone &= !self.repeats_anew(row);
            let series = match (mirror.alone, self.series_on(row, target)) {
                (true, Series::Shown(_)) => Series::Absent,
                (true | false, series) => series,
            };
            let held = meeting.held_without(row.calendar, target);
            if !stands(&mirror, series, held) {
                mirror.twin = held;
                settle::settle(row, series, &mut mirror, pair, setting.now);
                lead(row, &mut mirror, pair);
                blame(&mut mirror, &before, setting.cause);
            }
            if !mirror.blank() {
                mirrors.insert(target, mirror);
            }
        }
        row.mirrors = mirrors;
    }

    /// The other calendars on which a row for the same occurrence would have to come into being.
    pub(super) fn unfollowed(&self, row: &Row) -> Vec<CalendarId> {
        let Some((series, original)) = row.source.occurrence() else {
            return Vec::new();
        };
        let others = self.setting.calendars.iter().copied();
        let others = others.filter(|calendar| *calendar != row.calendar);
        others
            .filter(|calendar| {
                let at = (*calendar, row.key.clone());
                self.follower(&at, series, original).is_some()
            })
            .collect()
    }

    /// A row for an occurrence of which the calendar says nothing, where it has to be told from its series: where one of
    /// the two is held without it and the other is not.
    fn follower(&self, at: &At, series: &EventKey, original: &Stamp) -> Option<Row> {
        let known = self.rows.get(at);
        let says_nothing = known.is_none_or(|row| {
            row.parked.is_none() && matches!(row.source, Source::Unseen | Source::Gone)
        });
        let of = self.rows.get(&(at.0, series.clone()))?;
        let repeats = of.source.live()?.may_repeat_at(original);
        if !says_nothing || !repeats {
            return None;
        }
        let anew = || Row::new(at.0, at.1.clone());
        let mut row = known.cloned().unwrap_or_else(anew);
        row.source = Source::Follows {
            series: series.clone(),
            original: original.clone(),
        };
        self.settle_mirrors(&mut row, |_, _, _| false);
        let apart = row.mirrors.iter().any(|(target, mirror)| {
            let with = of.mirrors.get(target);
            mirror.want != Want::Nothing && with.is_some_and(|with| with.twin != mirror.twin)
        });
        apart.then_some(row)
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
        match series.map(|series| (series, own_block(series, target))) {
            Some((series, Some(mirror))) if mirror.twin => Series::Held(series),
            Some((series, Some(_))) => Series::Shown(series),
            Some((_, None)) | None => Series::Absent,
        }
    }

    /// Whether its series repeats otherwise than before: what its block has for occurrences is not known any more.
    fn repeats_anew(&self, row: &Row) -> bool {
        if row.calendar != self.setting.calendar {
            return false;
        }
        let series = row.source.occurrence().map(|(series, _)| series);
        series
            .is_none_or(|series| self.changed_rule.contains(series) || self.ended.contains(series))
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

/// What a series has, or would have, on a target if it is a block.
fn own_block(series: &Row, target: CalendarId) -> Option<&Mirror> {
    let mirror = series.mirrors.get(&target).filter(|_| is_series(series));
    mirror.filter(|mirror| matches!(mirror.want, Want::Own(_)))
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
