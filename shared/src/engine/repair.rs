//! Repair: findings to orders, orders to syncs. The same commit and push path as ever, under the lease.
//!
//! What would be written is worked out beforehand by the same plans; whoever asks for it sees it, and nothing is applied
//! that would delete more than the brake lets through, unless a person says so.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::commit::planned;
use super::{Engine, Extent, Scope, SyncError, Wishes, chain};
use crate::limits::REPAIR_TIME;
use crate::model::{
    CalendarId, Epoch, FullReadReason, Have, Mirror, Row, State, UserConfig, UserId, Want,
};
use crate::plan::{self, Deletions, Rows, Setting};
use crate::repair::{self, Effects, Order, Orders};
use crate::store::{Class, KeptConfig, Put, Release};
use crate::validate::{Finding, Remedy, Report, Severity};

/// How far a repair goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repairing {
    /// Nothing is written.
    DryRun,
    /// It is done, unless it would delete more than the brake lets through.
    Apply,
    /// It is done however much it deletes: a person has seen how much.
    Force,
}

/// What was done about one calendar, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Which calendar.
    pub calendar: CalendarId,
    /// What.
    pub what: Vec<&'static str>,
    /// Why it was not done, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// The result of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// What was found before.
    pub before: Report,
    /// What the rows lead to once they are right.
    pub would: Effects,
    /// It would delete more than the brake lets through, so nothing was done.
    pub held_back: bool,
    /// What was done, or would be.
    pub actions: Vec<Action>,
    /// How many of them were done.
    pub actions_taken: u64,
    /// Errors that a validation no longer finds.
    pub errors_fixed: u64,
    /// Warnings that a validation no longer finds.
    pub warnings_resolved: u64,
    /// Nothing is left that a machine can put right.
    pub success: bool,
    /// What is left.
    pub left: Vec<Finding>,
}

impl Engine {
    /// Validates, and puts right what it finds.
    ///
    /// # Errors
    /// The table could not be read. What could not be done for one calendar is told with its action.
    pub async fn repair(
        &self,
        user: UserId,
        extent: &Extent,
        deep: bool,
        how: Repairing,
    ) -> Result<Repaired, SyncError> {
        self.repair_with(user, extent, deep, how, None).await
    }

    /// The same, for a person whose `wishes` are at hand: a config that is damaged is made anew from them as well.
    ///
    /// # Errors
    /// As [`Engine::repair`]; and the config is damaged, and cannot be made anew without risk for blocks.
    pub async fn repair_with(
        &self,
        user: UserId,
        extent: &Extent,
        deep: bool,
        how: Repairing,
        wishes: Option<Wishes<'_>>,
    ) -> Result<Repaired, SyncError> {
        let kept = self.kept_config_of(user).await?;
        match kept.damaged.is_empty() {
            true => self.repair_calendars(user, extent, deep, how).await,
            false => self.repair_config(&kept, extent, deep, how, wishes).await,
        }
    }

    /// The config first, and then all that depends on it.
    async fn repair_config(
        &self,
        kept: &KeptConfig,
        extent: &Extent,
        deep: bool,
        how: Repairing,
        wishes: Option<Wishes<'_>>,
    ) -> Result<Repaired, SyncError> {
        let user = kept.config.user;
        let before = self.validate(user, extent, deep).await;
        let newer = kept.damaged.iter().any(|why| why.class() == Class::Newer);
        if how == Repairing::DryRun || newer {
            let before = before?;
            let orders = repair::plan(&before, &[]);
            return Ok(undone(before, &orders, Effects::default(), false));
        }
        self.make_config_anew(kept, wishes).await?;
        let config = self.config_of(user).await?;
        let created = self.create_states(&config).await;
        created.map_err(|why| SyncError::User { user, why })?;
        let all: Vec<CalendarId> = config.calendars.keys().copied().collect();
        // Every row is planned again by the new version.
        let _ = self.drive(&all, REPAIR_TIME, |_| {}).await;
        let repaired = self.repair_calendars(user, extent, deep, how).await?;
        Ok(match before {
            Ok(before) => with_config(before, repaired),
            // There was no calendar that it could be said of.
            Err(_) => repaired,
        })
    }

    async fn repair_calendars(
        &self,
        user: UserId,
        extent: &Extent,
        deep: bool,
        how: Repairing,
    ) -> Result<Repaired, SyncError> {
        let before = self.validate(user, extent, deep).await?;
        let config = self.config_of(user).await?;
        let calendars: Vec<CalendarId> = config.calendars.keys().copied().collect();
        let orders = repair::plan(&before, &calendars);
        let left = before.pending.count > 0;
        let mut rows = self.foresee(&config, &orders, left).await?;
        if deep {
            self.look_at_targets(&config, &mut rows).await?;
        }
        let would = Effects::of(rows.values());
        // What an ordinary sync deletes is held by the sync's own brake.
        let mends = orders.calendars.values().any(|order| !order.is_plain());
        let held_back = how != Repairing::Force && mends && too_much(&rows);
        if how == Repairing::DryRun || held_back {
            return Ok(undone(before, &orders, would, held_back));
        }
        let actions = self.carry_out(&config, &orders, left).await;
        if how == Repairing::Force {
            self.let_go(&config).await?;
        }
        let after = match actions.is_empty() && !left {
            true => before.clone(),
            false => self.validate(user, extent, deep).await?,
        };
        if deep {
            self.note_audits(&config, extent, &after).await?;
        }
        Ok(done(before, after, would, actions))
    }

    /// Mass deletions that the syncs hold are looked at again at once: a person has seen how much goes.
    async fn let_go(&self, config: &UserConfig) -> Result<(), SyncError> {
        let mut held = false;
        for calendar in config.calendars.keys() {
            held |= self.look_again_now(*calendar).await?;
        }
        if held {
            let all: Vec<CalendarId> = config.calendars.keys().copied().collect();
            let _ = self.drive(&all, REPAIR_TIME, |_| {}).await;
        }
        Ok(())
    }

    /// What a comparison with Google left is what health goes by until the next one.
    async fn note_audits(
        &self,
        config: &UserConfig,
        extent: &Extent,
        after: &Report,
    ) -> Result<(), SyncError> {
        let by_calendar = after.by_calendar();
        for calendar in config.calendars.keys().filter(|one| extent.covers(**one)) {
            let left = by_calendar.get(calendar).into_iter().flatten().copied();
            let audited = super::care::audited(after.at, left);
            let noted = self.store.note_audit(*calendar, audited).await;
            // A conflict means that a later comparison is noted already.
            let (Put::Written | Put::Conflict) = noted.map_err(|why| SyncError::Store {
                calendar: *calendar,
                why,
            })?;
        }
        Ok(())
    }

    /// What cannot be read goes first, on all calendars: one row of it would stop the complete reads of the others.
    async fn carry_out(&self, config: &UserConfig, orders: &Orders, left: bool) -> Vec<Action> {
        let mut failed: BTreeMap<CalendarId, SyncError> = BTreeMap::new();
        for (calendar, order) in &orders.calendars {
            let cleared = self.clear(config, *calendar, order).await;
            failed.extend(cleared.err().map(|why| (*calendar, why)));
        }
        for (calendar, order) in &orders.calendars {
            if !failed.contains_key(calendar) {
                let synced = self.sync_with(*calendar, order).await;
                failed.extend(synced.err().map(|why| (*calendar, why)));
            }
        }
        if left || !orders.calendars.is_empty() {
            let all: Vec<CalendarId> = config.calendars.keys().copied().collect();
            let _ = self.drive(&all, REPAIR_TIME, |_| {}).await;
        }
        let actions = orders.calendars.iter().map(|(calendar, order)| Action {
            calendar: *calendar,
            what: order.actions(),
            failed: failed.get(calendar).map(|why| chain(why)),
        });
        actions.collect()
    }

    async fn clear(
        &self,
        config: &UserConfig,
        calendar: CalendarId,
        order: &Order,
    ) -> Result<(), SyncError> {
        for event in &order.rows_dropped {
            let dropped = self.store.drop_unreadable_row(calendar, event).await;
            dropped.map_err(|why| SyncError::Store { calendar, why })?;
        }
        if order.state {
            self.make_state_anew(config, calendar).await?;
        }
        if order.lease {
            self.free_lease(calendar).await?;
        }
        if order.sync {
            // A sync that nobody asked for looks for no row out of step that no state tells of.
            self.wake(calendar).await?;
        }
        Ok(())
    }

    /// A lease that nobody gives back any more. Should its holder live after all, the next grant fences it.
    async fn free_lease(&self, calendar: CalendarId) -> Result<(), SyncError> {
        let failed = |why| SyncError::Store { calendar, why };
        let Some(state) = self.store.state(calendar).await.map_err(failed)? else {
            return Ok(());
        };
        let release = Release::unchanged(&state);
        // A conflict means that somebody took it over meanwhile.
        let (Put::Written | Put::Conflict) = self.store.release(release).await.map_err(failed)?;
        Ok(())
    }

    /// A new state starts under the highest epoch that its rows were written under: none of them is closed to it.
    async fn make_state_anew(
        &self,
        config: &UserConfig,
        calendar: CalendarId,
    ) -> Result<(), SyncError> {
        let Some(own) = config.calendars.get(&calendar) else {
            return Err(SyncError::NotConnected { calendar });
        };
        let failed = |why| SyncError::Store { calendar, why };
        let scope = Scope::new(calendar, config.clone());
        let setting = scope.setting(self.now(), Epoch::default());
        let rows = self.readable_rows(&setting).await?;
        let epochs = rows.values().filter(|row| row.calendar == calendar);
        let state = State {
            epoch: epochs.map(|row| row.epoch).max().unwrap_or_default(),
            ..State::new(calendar, own.google.clone(), own.account.clone())
        };
        self.store
            .drop_unreadable_state(calendar)
            .await
            .map_err(failed)?;
        // A conflict means that another repair was first.
        let (Put::Written | Put::Conflict) =
            self.store.create_state(&state).await.map_err(failed)?;
        Ok(())
    }

    /// Sets the marks of all rows of a calendar right.
    pub(super) async fn mend_rows(&self, setting: &Setting<'_>) -> Result<(), SyncError> {
        let calendar = setting.calendar;
        let failed = |why| SyncError::Store { calendar, why };
        let rows = self.store.calendar_rows(calendar).await.map_err(failed)?;
        for row in &rows {
            let Some(write) = repair::mended(row, setting.epoch, setting.now) else {
                continue;
            };
            // A conflict means that somebody wrote the row meanwhile; the next validation looks at it again.
            let (Put::Written | Put::Conflict) =
                self.store.overwrite_row(&write).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Removes what is staged for commits that never came.
    pub(super) async fn sweep(&self, state: &State) -> Result<(), SyncError> {
        let calendar = state.calendar;
        let failed = |why| SyncError::Store { calendar, why };
        let needed: BTreeSet<_> = [
            state.journal.as_ref().map(|pointer| &pointer.commit),
            state.held.as_ref().map(|held| &held.events.commit),
        ]
        .into_iter()
        .flatten()
        .collect();
        self.store
            .sweep_staged(calendar, &needed)
            .await
            .map_err(failed)
    }

    /// What the orders would come to at Google: the same plans over the rows in memory.
    async fn foresee(
        &self,
        config: &UserConfig,
        orders: &Orders,
        left: bool,
    ) -> Result<Rows, SyncError> {
        let nothing = orders.calendars.is_empty() && !left;
        let Some(first) = config.calendars.keys().next().filter(|_| !nothing) else {
            return Ok(Rows::new());
        };
        let scope = Scope::new(*first, config.clone());
        let setting = scope.setting(self.now(), Epoch(u64::MAX));
        let mut rows = self.readable_rows(&setting).await?;
        for (calendar, order) in &orders.calendars {
            let foreseen = self.foresee_rows(config, *calendar, order, &mut rows).await;
            match foreseen {
                // A calendar that Google refuses keeps no other waiting; its sync tells why, and has a brake of its own.
                Ok(()) | Err(SyncError::Google { .. }) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(rows)
    }

    /// Rows that say the wrong thing of a block lead to no write if Google shows it as it should be: a push finds it so. What
    /// the calendars show that something is to be written to is laid over the rows.
    async fn look_at_targets(&self, config: &UserConfig, rows: &mut Rows) -> Result<(), SyncError> {
        let due = |row: &Row| {
            let due = row.mirrors.iter().filter(|(_, mirror)| mirror.pending());
            due.map(|(target, _)| *target).collect::<Vec<_>>()
        };
        let targets: BTreeSet<CalendarId> = rows.values().flat_map(due).collect();
        for target in targets {
            let order = Order {
                full_read: true,
                ..Order::default()
            };
            let mut seen = rows.clone();
            match self.foresee_rows(config, target, &order, &mut seen).await {
                Ok(()) => take_have(target, rows, &seen),
                // Its push will find out.
                Err(SyncError::Google { .. }) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    async fn foresee_rows(
        &self,
        config: &UserConfig,
        calendar: CalendarId,
        order: &Order,
        rows: &mut Rows,
    ) -> Result<(), SyncError> {
        let scope = Scope::new(calendar, config.clone());
        let setting = scope.setting(self.now(), Epoch(u64::MAX));
        if order.replan {
            let own = rows.values().filter(|row| row.calendar == calendar);
            let mended: Vec<_> = own
                .filter_map(|row| repair::mended(row, setting.epoch, setting.now))
                .collect();
            overlay(rows, mended.into_iter().map(|write| write.row));
            let plan = plan::replan(&setting, rows);
            let plan = plan.map_err(|why| SyncError::Plan { calendar, why })?;
            overlay(rows, plan.writes.into_iter().map(|write| write.row));
        }
        let from = self.origin(&scope);
        let Some(from) = from.filter(|_| order.full_read || order.sync) else {
            return Ok(());
        };
        let listing = self.list_all(&from, &setting).await?;
        let reason = FullReadReason::Asked;
        let pulled = self
            .complete(&from, &setting, reason, listing, rows.clone())
            .await?;
        let plan = planned(&setting, &pulled)?;
        overlay(rows, plan.writes.into_iter().map(|write| write.row));
        Ok(())
    }

    /// Lets the second look at a held mass deletion be taken now. False: nothing is held.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn look_again_now(&self, calendar: CalendarId) -> Result<bool, SyncError> {
        let ended = self.store.end_hold(calendar, self.now()).await;
        let ended = ended.map_err(|why| SyncError::Store { calendar, why })?;
        Ok(ended == Put::Written)
    }
}

/// Only what is seen of blocks on `target`, and only where a push finds the same: an insert that meets its own block looks
/// at it, and a delete of a block that is gone changes nothing. An update is made whatever is there.
fn take_have(target: CalendarId, rows: &mut Rows, seen: &Rows) {
    for (at, row) in rows.iter_mut() {
        let seen = seen.get(at).and_then(|seen| seen.mirrors.get(&target));
        if let (Some(mirror), Some(seen)) = (row.mirrors.get_mut(&target), seen)
            && finds_out(mirror, seen)
        {
            mirror.have = seen.have;
            mirror.generation = seen.generation;
            mirror.strays.clone_from(&seen.strays);
        }
    }
}

fn finds_out(mirror: &Mirror, seen: &Mirror) -> bool {
    if !mirror.pending() {
        return false;
    }
    match (mirror.due(), mirror.have) {
        (Want::Own(_), have) => have == Have::Nothing,
        (Want::Nothing, _) => !matches!(seen.have, Have::Own(_)),
        (Want::Instance(_) | Want::Hidden, _) => false,
    }
}

fn overlay(rows: &mut Rows, changed: impl Iterator<Item = Row>) {
    rows.extend(changed.map(super::load::keyed));
}

/// Whether of some calendar so many events' blocks would go that its sync would hold it.
fn too_much(rows: &Rows) -> bool {
    let mut counts: BTreeMap<CalendarId, (Deletions, u64)> = BTreeMap::new();
    for row in rows.values() {
        let (deletions, mirrored) = counts.entry(row.calendar).or_default();
        let goes = Effects::of(std::iter::once(row)).deletes > 0;
        if goes {
            deletions.insert(row.key.clone());
        }
        *mirrored += u64::from(goes || row.is_mirrored());
    }
    let mut calendars = counts.values();
    calendars.any(|(deletions, mirrored)| plan::suspicious(deletions, *mirrored))
}

/// A repair of everything but the config, with what was done about that.
fn with_config(config: Report, mut repaired: Repaired) -> Repaired {
    let orders = repair::plan(&config, &[]);
    let found = config.consistency_issues;
    for finding in config.findings() {
        repaired.before.find(finding.clone());
    }
    let made = orders.calendars.iter().map(|(calendar, order)| Action {
        calendar: *calendar,
        what: order.actions(),
        failed: None,
    });
    let mut actions: Vec<Action> = made.collect();
    repaired.actions_taken += actions.len() as u64;
    repaired.errors_fixed += found;
    actions.append(&mut repaired.actions);
    repaired.actions = actions;
    repaired
}

fn undone(before: Report, orders: &Orders, would: Effects, held_back: bool) -> Repaired {
    let actions = orders.calendars.iter().map(|(calendar, order)| Action {
        calendar: *calendar,
        what: order.actions(),
        failed: None,
    });
    Repaired {
        would,
        held_back,
        actions: actions.collect(),
        actions_taken: 0,
        errors_fixed: 0,
        warnings_resolved: 0,
        success: before.clean() && before.pending.count == 0,
        left: before.findings().cloned().collect(),
        before,
    }
}

fn done(before: Report, after: Report, would: Effects, actions: Vec<Action>) -> Repaired {
    let gone = |severity: Severity| {
        let had = before.findings().filter(|one| one.severity == severity);
        let gone = had.filter(|one| !after.findings().any(|left| left.same_as(one)));
        gone.count() as u64
    };
    let left: Vec<Finding> = after.findings().cloned().collect();
    let for_machines = |finding: &Finding| !matches!(finding.remedy, Remedy::Person | Remedy::Wait);
    let failed = actions.iter().filter(|action| action.failed.is_some());
    Repaired {
        errors_fixed: gone(Severity::Error),
        warnings_resolved: gone(Severity::Warning),
        actions_taken: (actions.len() - failed.count()) as u64,
        success: !left.iter().any(for_machines) && after.pending.count == 0,
        left,
        before,
        would,
        held_back: false,
        actions,
    }
}
