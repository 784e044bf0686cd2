//! Push: make have equal want, one block at a time.
//!
//! Idempotent, because block ids are deterministic, updates name the etag they replace, and `have` is recorded
//! only by compare-and-set. Whatever it was interrupted at, the next push goes on from the rows.
//!
//! Series come before their occurrences; writes to one target come one after the other (the client's gate),
//! different targets side by side.

mod mirror;
mod record;
mod step;
mod targets;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use jiff::Timestamp;

use super::gauge::Needle;
use super::report::Pushed;
use super::{Engine, Scope, SyncError};
use crate::limits::LEASE_MARGIN;
use crate::model::{
    CalendarId, EventKey, Have, Mirror, Pairs, Park, ParkKind, Row, Source, State, Want,
};
use mirror::{Job, Verdict};
use targets::Targets;

/// One push of one calendar's rows.
struct Push<'a> {
    targets: Targets<'a>,
    pairs: &'a Pairs,
    deadline: Timestamp,
    pushed: Pushed,
    needle: Needle,
    /// The calendar is read, so what its rows do not know will be asked.
    asks: bool,
    /// A series was written, so occurrences may have been reset since the rows were read.
    reset: bool,
}

impl Engine {
    /// Pushes what is out of step, within the lease of `state`: the `known` rows, or else whatever is found.
    pub(super) async fn push(
        &self,
        scope: &Scope,
        state: &State,
        known: Option<Vec<Row>>,
    ) -> Result<Pushed, SyncError> {
        let rows = match known {
            Some(rows) => rows,
            None => self.pending(scope.calendar).await?,
        };
        if rows.is_empty() {
            return Ok(Pushed::default());
        }
        let due = rows.iter().flat_map(|row| row.mirrors.values());
        let due = due.filter(|mirror| mirror.pending()).count();
        let mut push = Push {
            needle: self.gauge.begin(scope.calendar, due as u64),
            targets: self.targets(scope).await?,
            pairs: &scope.pairs,
            deadline: deadline(state),
            pushed: Pushed::default(),
            asks: scope.own().is_some(),
            reset: false,
        };
        let (occurrences, others): (Vec<Row>, Vec<Row>) = rows
            .into_iter()
            .partition(|row| row.source.occurrence().is_some());
        self.push_rows(&mut push, others, &BTreeMap::new()).await?;
        let occurrences = match push.reset {
            true => self.pending(scope.calendar).await?,
            false => occurrences,
        };
        let occurrences: Vec<Row> = occurrences
            .into_iter()
            .filter(|row| row.source.occurrence().is_some())
            .collect();
        let series = self.series_of(scope.calendar, &occurrences).await?;
        self.push_rows(&mut push, occurrences, &series).await?;
        Ok(push.pushed)
    }

    async fn pending(&self, calendar: CalendarId) -> Result<Vec<Row>, SyncError> {
        let rows = self.store.pending_rows(calendar).await;
        rows.map_err(|why| SyncError::Store { calendar, why })
    }

    async fn series_of(
        &self,
        calendar: CalendarId,
        occurrences: &[Row],
    ) -> Result<BTreeMap<EventKey, Row>, SyncError> {
        let keys: BTreeSet<EventKey> = occurrences
            .iter()
            .filter_map(|row| row.source.occurrence().map(|(series, _)| series.clone()))
            .collect();
        let keys: Vec<_> = keys.into_iter().map(|key| (calendar, key)).collect();
        let rows = self.store.rows(&keys).await;
        let rows = rows.map_err(|why| SyncError::Store { calendar, why })?;
        Ok(rows
            .into_values()
            .map(|row| (row.key.clone(), row))
            .collect())
    }

    async fn push_rows(
        &self,
        push: &mut Push<'_>,
        rows: Vec<Row>,
        series: &BTreeMap<EventKey, Row>,
    ) -> Result<(), SyncError> {
        for row in rows {
            if self.now() >= push.deadline {
                push.pushed.wait_until(None);
                return Ok(());
            }
            let series = row.source.occurrence().and_then(|(key, _)| series.get(key));
            self.push_row(push, &row, series).await?;
            push.needle.at(push.pushed.done);
        }
        Ok(())
    }

    async fn push_row(
        &self,
        push: &mut Push<'_>,
        row: &Row,
        series: Option<&Row>,
    ) -> Result<(), SyncError> {
        if push.asks && row.source == Source::Unseen && crate::plan::question(row).is_some() {
            // Nobody asked yet whether its event is there; the next sync does, before it pushes.
            push.pushed.wait_until(None);
            return Ok(());
        }
        self.set_lost_aside(push, row).await?;
        let due: Vec<CalendarId> = row
            .mirrors
            .iter()
            .filter(|(_, mirror)| mirror.pending())
            .filter(|(target, mirror)| push.may(self.now(), **target, mirror, series))
            .map(|(target, _)| *target)
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        push.reset |= self.before_series(row, &due).await?;
        let jobs = due
            .iter()
            .filter_map(|target| push.job(row, *target, series));
        let results = join_all(jobs.map(|job| self.push_mirror(job))).await;
        let mut updates = Vec::new();
        for result in results {
            let result = result?;
            push.count(&result.verdict, result.target, &result.after);
            updates.push((result.target, result.before, result.after));
        }
        self.record(row, updates).await
    }

    /// Blocks on a calendar that is connected no more cannot be reached: they are set aside, visibly.
    async fn set_lost_aside(&self, push: &mut Push<'_>, row: &Row) -> Result<(), SyncError> {
        let lost = row
            .mirrors
            .iter()
            .filter(|(target, mirror)| mirror.pending() && !push.targets.connected(**target));
        let updates: Vec<Update> = lost
            .map(|(target, mirror)| (*target, mirror.clone(), no_access(mirror, self.now())))
            .collect();
        push.pushed.parked += updates.len() as u64;
        match updates.is_empty() {
            true => Ok(()),
            false => self.record(row, updates).await,
        }
    }

    /// A write to a series block resets its occurrences at Google. That they are unknown is recorded first, so
    /// that a crash in between leaves them pending.
    async fn before_series(&self, row: &Row, targets: &[CalendarId]) -> Result<bool, SyncError> {
        if !crate::plan::is_series(row) {
            return Ok(false);
        }
        let calendar = row.calendar;
        let written = |mirror: &Mirror| matches!(mirror.due(), Want::Own(_));
        let targets: Vec<_> = targets
            .iter()
            .filter(|target| row.mirrors.get(target).is_some_and(written))
            .collect();
        let fresh = |target: &&CalendarId| {
            row.mirrors
                .get(target)
                .is_some_and(|mirror| mirror.have == Have::Nothing)
        };
        if targets.iter().all(fresh) && row.mirrors.values().all(|mirror| mirror.generation.0 == 0)
        {
            return Ok(false);
        }
        let family = self.store.family(calendar, &row.key).await;
        let family = family.map_err(|why| SyncError::Store { calendar, why })?;
        let mut reset = false;
        for member in family {
            let updates = unknown(&member, &targets);
            if !updates.is_empty() {
                reset = true;
                self.record(&member, updates).await?;
            }
        }
        Ok(reset)
    }
}

type Update = (CalendarId, Mirror, Mirror);

/// A push stops early enough for its last call to end within the lease.
fn deadline(state: &State) -> Timestamp {
    let until = state
        .lease
        .as_ref()
        .map_or(Timestamp::MAX, |lease| lease.until);
    until.saturating_sub(LEASE_MARGIN).unwrap_or(until)
}

fn no_access(mirror: &Mirror, since: Timestamp) -> Mirror {
    let park = Park {
        kind: ParkKind::NoAccess,
        reason:
            "the calendar is not connected any more; connect it again to have its blocks removed, and then take it out \
             before its account"
                .to_owned(),
        since,
    };
    Mirror {
        parked: Some(park),
        ..mirror.clone()
    }
}

fn unknown(member: &Row, targets: &[&CalendarId]) -> Vec<Update> {
    targets
        .iter()
        .filter_map(|target| {
            let before = member.mirrors.get(target)?;
            let known = matches!(before.have, Have::Instance(_) | Have::Hidden);
            known.then(|| {
                let after = Mirror {
                    have: Have::Unknown,
                    etag: None,
                    stored: None,
                    ..before.clone()
                };
                (**target, before.clone(), after)
            })
        })
        .collect()
}

impl<'a> Push<'a> {
    /// Whether a mirror can be pushed now; if not, when it can is noted.
    fn may(
        &mut self,
        now: Timestamp,
        target: CalendarId,
        mirror: &Mirror,
        series: Option<&Row>,
    ) -> bool {
        if let Some(retry) = mirror.retry.as_ref().filter(|retry| retry.at > now) {
            self.pushed.wait_until(Some(retry.at));
            return false;
        }
        if let Some(until) = self.targets.not_before(target, now) {
            self.pushed.wait_until(until);
            return false;
        }
        let waits = matches!(mirror.due(), Want::Instance(_) | Want::Hidden)
            && !series.is_some_and(|series| shown(series, target));
        if waits {
            self.pushed.wait_until(None);
        }
        !waits
    }

    fn job<'j>(
        &'j self,
        row: &'j Row,
        target: CalendarId,
        series: Option<&'j Row>,
    ) -> Option<Job<'j>> {
        let mirror = row.mirrors.get(&target)?;
        let place = self.targets.get(target)?;
        Some(Job {
            row,
            series,
            target,
            rule: self.pairs.rule(row.calendar, target),
            place,
            mirror: mirror.clone(),
        })
    }

    fn count(&mut self, verdict: &Verdict, target: CalendarId, after: &Mirror) {
        match verdict {
            Verdict::Done => self.pushed.done += 1,
            Verdict::Parked => self.pushed.parked += 1,
            Verdict::Moved => self.pushed.wait_until(None),
            Verdict::Later | Verdict::Paused(_) => {
                self.pushed.waiting += 1;
                self.pushed
                    .wait_until(after.retry.as_ref().map(|retry| retry.at));
            }
        }
        self.targets.note(target, verdict);
    }
}

/// Whether the series block is there as it should be, so that its occurrences can be written.
fn shown(series: &Row, target: CalendarId) -> bool {
    series
        .mirrors
        .get(&target)
        .is_some_and(|mirror| matches!(mirror.due(), Want::Own(_)) && mirror.due_is_there())
}

impl Pushed {
    /// Something is left, not before `at` if one is given: the earliest counts.
    fn wait_until(&mut self, at: Option<Timestamp>) {
        self.left = Some(match (self.left, at) {
            (None, at) => at,
            (Some(Some(sooner)), Some(at)) => Some(sooner.min(at)),
            (Some(None), _) | (Some(_), None) => None,
        });
    }
}

#[cfg(test)]
mod tests;
