//! One sync of one calendar: recover, pull, plan, commit, push.
//!
//! Resumable at every step: whatever stopped it, the next one finds in STATE, rows and wake what is left.
//! An idle calendar costs one call to Google and a few reads, and writes nothing.

use jiff::Timestamp;

use super::commit::Committed;
use super::error::chain;
use super::pull::{Origin, Pulled};
use super::report::{Outcome, Pushed, Synced};
use super::{Engine, Scope, SyncError};
use crate::limits::{IDLE_WRITE_EVERY, LEASE_MARGIN, SYNC_TIME};
use crate::model::{
    CalendarId, Cause, CommitId, Counts, Failing, FullReadReason, Row, State, Switch, SyncRecord,
    Wake,
};
use crate::plan::{self, Rows, Setting};
use crate::repair::Order;
use crate::store::{Acquire, Class, Commit, CommitOutcome, Put, Release, StoreError};

/// A sync under way.
struct Sync<'a> {
    scope: &'a Scope,
    /// What is to be set right on the way; an ordinary sync has nothing.
    order: &'a Order,
    now: Timestamp,
    /// The wakes that were counted before anything was read.
    wakes: u64,
    /// When the first of them came.
    woken: Option<Timestamp>,
    state: State,
    leased: bool,
    /// All that is to be pushed, if that is known without looking.
    pending: Option<Vec<Row>>,
    done: Synced,
}

/// Another worker is at it, or was first.
struct GiveWay(Outcome);

type Step<T> = Result<Result<T, GiveWay>, SyncError>;

/// Goes on with the value, or gives way.
macro_rules! or_give_way {
    ($step:expr) => {
        match $step {
            Ok(value) => value,
            Err(way) => return Ok(Err(way)),
        }
    };
}

impl Engine {
    /// Syncs one calendar.
    ///
    /// # Errors
    /// It did not get through; what was committed before stays, and the next sync goes on from there.
    pub async fn sync(&self, calendar: CalendarId) -> Result<Outcome, SyncError> {
        self.sync_with(calendar, &Order::default()).await
    }

    /// Syncs one calendar and carries out an order on the way. With an order nothing is pushed: what is out of step is
    /// left to the sync after it, when all calendars that an order concerns were looked at.
    pub(super) async fn sync_with(
        &self,
        calendar: CalendarId,
        order: &Order,
    ) -> Result<Outcome, SyncError> {
        let stored = |why| SyncError::Store { calendar, why };
        // Counted before anything is read: what is asked for from now on is served by the next sync.
        let woken = self.woken(calendar).await.map_err(stored)?;
        let state = self.store.state(calendar).await.map_err(stored)?;
        let state = state.ok_or(SyncError::NotConnected { calendar })?;
        let config = self.config(state.user).await.map_err(stored)?;
        let scope = Scope::new(
            calendar,
            config.ok_or(SyncError::NotConnected { calendar })?,
        );
        let now = self.now();
        let mut sync = Sync {
            scope: &scope,
            order,
            now,
            wakes: woken.as_ref().map_or(0, |wake| wake.count),
            woken: woken.map(|wake| wake.since),
            state,
            leased: false,
            pending: None,
            done: Synced::default(),
        };
        let Some(own) = scope.own() else {
            let result = self.retire(&mut sync).await;
            return self.end(sync, result).await;
        };
        let result = match self.origin(&scope) {
            None => Err(SyncError::NoAccount {
                calendar,
                account: own.account.to_string(),
            }),
            Some(from) => self.steps(&mut sync, &from).await,
        };
        self.end(sync, result).await
    }

    /// The wake of a calendar. One that cannot be read would keep everybody from waking it: a new one takes its place.
    async fn woken(&self, calendar: CalendarId) -> Result<Option<Wake>, StoreError> {
        match self.store.woken(calendar).await {
            Err(why) if why.class() == Class::Corrupt => {
                tracing::warn!(%calendar, error = chain(&why), "a new wake takes the place of a damaged one");
                self.store.renew_wake(calendar, self.now()).await.map(Some)
            }
            woken => woken,
        }
    }

    /// A calendar that takes no part any more is not read; its blocks go, and nothing else happens.
    async fn retire(&self, sync: &mut Sync<'_>) -> Step<()> {
        if sync.state.token.is_some() || !sync.order.is_plain() {
            or_give_way!(self.make_ready(sync).await?);
            or_give_way!(self.read_blocks(sync).await?);
            or_give_way!(self.push_rows_of(sync).await?);
        }
        if !sync.leased && sync.done == Synced::default() {
            self.serve(sync.scope.calendar, sync.wakes).await?;
            return Ok(Err(GiveWay(Outcome::Disabled)));
        }
        Ok(Ok(()))
    }

    /// What lies on it, if that is ordered.
    async fn read_blocks(&self, sync: &mut Sync<'_>) -> Step<()> {
        let from = self.origin(sync.scope).filter(|_| sync.order.full_read);
        match from {
            None => Ok(Ok(())),
            Some(from) => {
                let pulled = self.pull_facts(sync, &from).await?;
                self.commit_facts(sync, &from, pulled).await
            }
        }
    }

    async fn make_ready(&self, sync: &mut Sync<'_>) -> Step<()> {
        if sync.has_work() {
            or_give_way!(self.lease(sync).await?);
            or_give_way!(self.drop_what_is_damaged(sync).await?);
            or_give_way!(self.need_less(sync).await?);
            or_give_way!(self.recover(sync).await?);
            or_give_way!(self.follow_config(sync).await?);
        }
        Ok(Ok(()))
    }

    /// Rows are about to lose what no rule asks for any more. That it is not kept is recorded first: rules that ask for it again
    /// must not believe that it is there, wherever this is cut short.
    async fn need_less(&self, sync: &mut Sync<'_>) -> Step<()> {
        let needs = sync.scope.pairs.needs(sync.scope.calendar);
        let kept = sync.state.needs.both(needs);
        if kept == sync.state.needs {
            return Ok(Ok(()));
        }
        let state = State {
            needs: kept,
            ..sync.state.clone()
        };
        self.commit_state(sync, state).await
    }

    async fn steps(&self, sync: &mut Sync<'_>, from: &Origin<'_>) -> Step<()> {
        let paused = sync.scope.config.switch(sync.scope.calendar) == Some(Switch::Paused);
        if paused && sync.state.token.is_none() {
            return Ok(Ok(()));
        }
        or_give_way!(self.make_ready(sync).await?);
        if paused {
            // What was begun is ended, and nothing new is looked at. A target that was switched off meanwhile gives its blocks back.
            return self.push_rows_of(sync).await;
        }
        if let Some(held) = &sync.state.held
            && held.until > sync.now
        {
            sync.done.held = Some(held.until);
            return self.push_rows_of(sync).await;
        }
        let pulled = self.pull_facts(sync, from).await?;
        sync.done.strange = pulled.strange;
        let setting = sync.scope.setting(sync.now, sync.state.epoch);
        match Self::is_echo(&setting, &pulled)? {
            true => or_give_way!(self.note_token(sync, pulled).await?),
            false => or_give_way!(self.commit_facts(sync, from, pulled).await?),
        }
        self.push_rows_of(sync).await
    }

    /// Lease first: the state that comes with it is the one that everything starts from.
    async fn lease(&self, sync: &mut Sync<'_>) -> Step<()> {
        if sync.leased {
            return Ok(Ok(()));
        }
        let calendar = sync.scope.calendar;
        let now = self.now();
        let until = now
            .saturating_add(SYNC_TIME)
            .unwrap_or(Timestamp::MAX)
            .min(self.deadline)
            .saturating_add(LEASE_MARGIN)
            .unwrap_or(Timestamp::MAX);
        let owner = format!("{}-{:016x}", self.owner, self.random());
        let acquired = self.store.acquire(&sync.state, &owner, now, until).await;
        match acquired.map_err(|why| SyncError::Store { calendar, why })? {
            Acquire::Granted(state) => {
                sync.state = state;
                sync.leased = true;
                Ok(Ok(()))
            }
            Acquire::Held { until } => Ok(Err(GiveWay(Outcome::Busy { until }))),
            Acquire::Moved(_) => Ok(Err(GiveWay(Outcome::Overtaken))),
        }
    }

    /// A committed journal that is not fully applied comes before everything else.
    async fn recover(&self, sync: &mut Sync<'_>) -> Step<()> {
        if sync.state.journal.is_none() {
            return Ok(Ok(()));
        }
        if !self.roll_forward(sync.scope, &sync.state).await? {
            return Ok(Err(GiveWay(Outcome::Overtaken)));
        }
        sync.state.journal = None;
        sync.state.unpushed = true;
        sync.done.rolled_forward = true;
        Ok(Ok(()))
    }

    /// Rows that were planned with an older config are planned again; that they were is recorded last, so a
    /// crash in between repeats it.
    async fn follow_config(&self, sync: &mut Sync<'_>) -> Step<()> {
        let version = sync.scope.config.version;
        if sync.state.config_version == version && !sync.order.replan {
            return Ok(Ok(()));
        }
        // Who never committed has no rows. Who did may have some without a token: of a calendar that was half forgotten.
        let bare = sync.state.token.is_none() && sync.state.commit.is_none();
        if bare && !sync.order.replan {
            sync.state.config_version = version;
            return Ok(Ok(()));
        }
        let calendar = sync.scope.calendar;
        let setting = Setting {
            cause: match sync.order.replan {
                true => Cause::Repair,
                false => Cause::Rules,
            },
            ..sync.scope.setting(sync.now, sync.state.epoch)
        };
        if sync.order.replan {
            self.mend_rows(&setting).await?;
        }
        let rows = self.all_rows(&setting).await?;
        let plan =
            plan::replan(&setting, &rows).map_err(|why| SyncError::Plan { calendar, why })?;
        if !self.write_rows(calendar, &plan).await? {
            return Err(SyncError::Contended { calendar });
        }
        // Also what an attempt that died before this commit put out of step, and this plan finds done.
        let behind = rows
            .values()
            .any(|row| row.calendar == calendar && row.pending());
        let state = State {
            config_version: version,
            unpushed: sync.state.unpushed || plan.unpushed || behind,
            push_after: None,
            mirrored: mirrored(calendar, &rows).saturating_add_signed(plan.mirrored),
            ..sync.state.clone()
        };
        self.commit_state(sync, state).await
    }

    /// A journal that cannot be read is given up, and with it the token that it came with: everything is read again.
    async fn drop_what_is_damaged(&self, sync: &mut Sync<'_>) -> Step<()> {
        if sync.order.journal && sync.state.journal.is_some() {
            let state = State {
                journal: None,
                token: None,
                unpushed: true,
                ..sync.state.clone()
            };
            or_give_way!(self.commit_state(sync, state).await?);
        }
        if sync.order.sweep {
            self.sweep(&sync.state).await?;
        }
        Ok(Ok(()))
    }

    async fn commit_state(&self, sync: &mut Sync<'_>, state: State) -> Step<()> {
        let calendar = sync.scope.calendar;
        let id = CommitId::new(state.epoch, self.random());
        let record = SyncRecord {
            epoch: state.epoch,
            commit: id.clone(),
            after: state.commit.clone(),
            at: sync.now,
            full_read: None,
            counts: Counts::default(),
        };
        let commit = Commit {
            state_before: sync.state.clone(),
            state_after: State {
                commit: Some(id.clone()),
                ..state
            },
            rows: Vec::new(),
            wakes: Vec::new(),
            record,
        };
        let outcome = self.store.commit(&commit).await;
        match outcome.map_err(|why| SyncError::Store { calendar, why })? {
            CommitOutcome::Committed => {
                self.stands(sync, commit.state_after).await;
                sync.done.commit = Some(id);
                Ok(Ok(()))
            }
            CommitOutcome::Fenced | CommitOutcome::TokenMoved | CommitOutcome::RowConflict(_) => {
                Ok(Err(GiveWay(Outcome::Overtaken)))
            }
        }
    }

    async fn pull_facts(&self, sync: &Sync<'_>, from: &Origin<'_>) -> Result<Pulled, SyncError> {
        let setting = sync.scope.setting(sync.now, sync.state.epoch);
        if sync.order.full_read {
            return self.pull_all(from, &setting, FullReadReason::Asked).await;
        }
        if sync.state.token.is_some() && !sync.state.needs.cover(from.needs()) {
            return self.pull_all(from, &setting, FullReadReason::Rules).await;
        }
        let mut pulled = self.pull(from, &sync.state, &setting).await?;
        let complete = matches!(pulled.read, plan::Read::Full { .. });
        if !complete && (sync.wakes > 0 || sync.state.unpushed) {
            let asked = self.ask_unseen(from, sync.scope.calendar).await?;
            if !asked.is_empty() {
                pulled.facts = super::reading::newest([asked, pulled.facts].concat());
                pulled.rows = self.rows_for(&setting, &pulled.facts).await?;
            }
        }
        Ok(pulled)
    }

    async fn commit_facts(
        &self,
        sync: &mut Sync<'_>,
        from: &Origin<'_>,
        pulled: Pulled,
    ) -> Step<()> {
        or_give_way!(self.lease(sync).await?);
        let setting = sync.scope.setting(sync.now, sync.state.epoch);
        let changed = pulled.changed;
        match self.commit(from, &sync.state, &setting, pulled).await? {
            Committed::Echo { token, counts } => {
                sync.done.counts = counts;
                self.touch(sync, &token).await
            }
            Committed::Overtaken => Ok(Err(GiveWay(Outcome::Overtaken))),
            Committed::Held(held) => {
                sync.done.held = Some(held.until);
                let state = State {
                    held: Some(held),
                    ..sync.state.clone()
                };
                self.commit_state(sync, state).await
            }
            Committed::Done {
                state,
                counts,
                full_read,
                pending,
            } => {
                sync.pending = pending;
                sync.done.commit.clone_from(&state.commit);
                sync.done.told = changed;
                sync.done.counts = counts;
                sync.done.full_read = full_read;
                sync.done.by_journal = state.journal.is_some();
                self.stands(sync, *state).await;
                let rolled = std::mem::replace(&mut sync.done.rolled_forward, false);
                or_give_way!(self.recover(sync).await?);
                sync.done.rolled_forward = rolled;
                Ok(Ok(()))
            }
        }
    }

    /// Nothing changed but the token, and even that only counts if there was something to skip, or once an hour.
    async fn note_token(&self, sync: &mut Sync<'_>, pulled: Pulled) -> Step<()> {
        sync.done.counts.received = pulled.received;
        sync.done.counts.skipped = pulled.skipped;
        sync.done.counts.unchanged = pulled.facts.len() as u64;
        let clean = sync.state.failing.is_none() && sync.state.held.is_none() && !sync.order.sync;
        if pulled.received == 0 && !sync.stale() && clean {
            return Ok(Ok(()));
        }
        self.touch(sync, &pulled.token).await
    }

    async fn touch(&self, sync: &mut Sync<'_>, token: &crate::model::SyncToken) -> Step<()> {
        let calendar = sync.scope.calendar;
        let touched = self.store.touch(&sync.state, token, sync.now).await;
        match touched.map_err(|why| SyncError::Store { calendar, why })? {
            Put::Written => {
                let state = State {
                    token: Some(token.clone()),
                    failing: None,
                    held: None,
                    ..sync.state.clone()
                };
                self.stands(sync, state).await;
                Ok(Ok(()))
            }
            Put::Conflict => Ok(Err(GiveWay(Outcome::Overtaken))),
        }
    }

    /// Goes on from a state that was just written. What was staged for a mass deletion that it no longer holds, since it is
    /// believed, taken back or held under another list, is named by nothing any more.
    async fn stands(&self, sync: &mut Sync<'_>, state: State) {
        let before = std::mem::replace(&mut sync.state, state);
        let events = |state: &State| state.held.as_ref().map(|held| held.events.clone());
        let left = events(&before).filter(|was| events(&sync.state).as_ref() != Some(was));
        if let Some(left) = left {
            self.store.drop_staged(sync.scope.calendar, &left).await;
        }
    }

    async fn push_rows_of(&self, sync: &mut Sync<'_>) -> Step<()> {
        let calendar = sync.scope.calendar;
        if !sync.order.is_plain() {
            sync.done.pushed.left = Some(None);
            return Ok(Ok(()));
        }
        if !sync.leased && sync.wakes > 0 {
            let pending = self.store.pending_rows(calendar).await;
            let pending = pending.map_err(|why| SyncError::Store { calendar, why })?;
            // No schedule comes by a calendar that left: where its mark is wrong, a push that finds nothing takes it away.
            let marked = sync.state.unpushed && sync.scope.own().is_none();
            if !pending.is_empty() || marked {
                or_give_way!(self.lease(sync).await?);
            }
        }
        if sync.leased && (sync.wakes > 0 || sync.push_due()) {
            let known = sync.pending.take().filter(|_| sync.wakes == 0);
            sync.done.pushed = self.push(sync.scope, &sync.state, known).await?;
        } else if sync.state.unpushed {
            sync.done.pushed.left = Some(sync.state.push_after);
        }
        Ok(Ok(()))
    }

    /// Gives back the lease and serves the wakes, whatever the result.
    async fn end(&self, sync: Sync<'_>, result: Step<()>) -> Result<Outcome, SyncError> {
        let calendar = sync.scope.calendar;
        match result {
            Ok(Ok(())) => {
                self.release(&sync, sync.done.pushed, None).await?;
                // No schedule comes by a calendar that left: its wake stays until nothing is left to do. And what is
                // held was not read to its end.
                let left = sync.scope.own().is_none() && sync.done.pushed.left.is_some();
                if !left && sync.done.held.is_none() {
                    self.serve(calendar, sync.wakes).await?;
                }
                Ok(Outcome::Synced(Synced {
                    told: [sync.woken, sync.done.told].into_iter().flatten().min(),
                    ..sync.done
                }))
            }
            Ok(Err(GiveWay(outcome))) => {
                let failing = sync.state.failing.clone();
                self.release(&sync, Sync::unknown(), failing).await?;
                Ok(outcome)
            }
            Err(why) => {
                tracing::warn!(%calendar, error = chain(&why), "sync failed");
                // The failure itself is the news; a lease that cannot be given back runs out.
                if let Err(also) = self.note_failure(&sync, &why).await {
                    tracing::warn!(%calendar, error = chain(&also), "lease not given back");
                }
                Err(why)
            }
        }
    }

    /// Failures are kept, so that nobody has to have been listening.
    async fn note_failure(&self, sync: &Sync<'_>, why: &SyncError) -> Result<(), SyncError> {
        let before = sync.state.failing.as_ref();
        let own = sync.scope.config.calendars.get(&sync.scope.calendar);
        let failing = Failing {
            account: own
                .filter(|_| why.consent_is_gone())
                .map(|own| own.account.clone()),
            ..Failing::after(before, sync.now, why.class().into(), chain(why))
        };
        if sync.leased {
            return self.release(sync, Sync::unknown(), Some(failing)).await;
        }
        let calendar = sync.scope.calendar;
        let noted = self.store.note_failure(&sync.state, &failing).await;
        // A conflict means that another worker got further.
        noted
            .map(drop)
            .map_err(|why| SyncError::Store { calendar, why })
    }

    async fn release(
        &self,
        sync: &Sync<'_>,
        pushed: Pushed,
        failing: Option<Failing>,
    ) -> Result<(), SyncError> {
        if !sync.leased {
            return Ok(());
        }
        let calendar = sync.scope.calendar;
        let release = Release {
            calendar,
            epoch: sync.state.epoch,
            unpushed: pushed.left.is_some(),
            push_after: pushed.left.flatten(),
            failing,
        };
        let released: Result<Put, StoreError> = self.store.release(release).await;
        let failed = |why| SyncError::Store { calendar, why };
        match released.map_err(failed)? {
            Put::Written => Ok(()),
            // Losing it to a newer epoch is no failure: there is nothing to give back. But whatever this worker
            // still did after that, the other one may have looked at before.
            Put::Conflict => {
                let bumped = self.store.bump(calendar, self.now()).await;
                bumped.map(drop).map_err(failed)
            }
        }
    }

    async fn serve(&self, calendar: CalendarId, wakes: u64) -> Result<(), SyncError> {
        if wakes == 0 {
            return Ok(());
        }
        // A conflict means that somebody asked again meanwhile: their wake stays.
        let served = self.store.serve(calendar, wakes).await;
        served
            .map(drop)
            .map_err(|why| SyncError::Store { calendar, why })
    }
}

/// How many of a calendar's events some target should hold.
fn mirrored(calendar: CalendarId, rows: &Rows) -> u64 {
    let own = rows.values().filter(|row| row.calendar == calendar);
    own.filter(|row| row.is_mirrored()).count() as u64
}

impl Sync<'_> {
    fn has_work(&self) -> bool {
        !self.order.is_plain()
            || self.state.journal.is_some()
            || self.state.token.is_none()
            || self.state.config_version != self.scope.config.version
            || self.left_behind()
            || self.push_due()
    }

    /// Whether a worker died with the lease in its hand: nobody else would ever clear it away.
    fn left_behind(&self) -> bool {
        let lease = self.state.lease.as_ref();
        lease.is_some_and(|lease| !lease.is_live(self.now))
    }

    fn push_due(&self) -> bool {
        self.state.unpushed && self.state.push_after.is_none_or(|at| at <= self.now)
    }

    fn stale(&self) -> bool {
        self.state.last_synced_at.is_none_or(|at| {
            at.saturating_add(IDLE_WRITE_EVERY)
                .is_ok_and(|due| due <= self.now)
        })
    }

    /// What is left after a sync that stopped half way. A commit whose answer never came may have put rows out
    /// of step, so it counts as something.
    fn unknown() -> Pushed {
        Pushed {
            left: Some(None),
            ..Pushed::default()
        }
    }
}
