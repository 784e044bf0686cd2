//! Drives a set of calendars until nothing is left to do.
//!
//! It holds no list of what is left: each round asks every calendar, and a round in which none had anything to
//! do is the last.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use super::error::chain;
use super::report::Outcome;
use super::{Engine, SyncError};
use crate::limits::DRIVE_ROUNDS;
use crate::model::CalendarId;

/// How a drive ended.
#[derive(Debug, Default)]
pub struct Driven {
    /// Rounds made.
    pub rounds: u32,
    /// Nothing is left to do anywhere.
    pub quiet: bool,
    /// Calendars whose last sync failed, and why.
    pub failed: BTreeMap<CalendarId, SyncError>,
    /// Something waits for its next try, which is then.
    pub waits_until: Option<Timestamp>,
}

/// What a drive tells while it works.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A sync of one calendar ended.
    Synced(CalendarId, &'a Result<Outcome, SyncError>),
    /// Nothing can be done until then.
    Waiting(Timestamp),
}

impl Engine {
    /// Syncs `calendars` round after round until all are quiet. Waits for retries, in all at most `patience`.
    pub async fn drive(
        &self,
        calendars: &[CalendarId],
        patience: Duration,
        tell: impl FnMut(Progress<'_>),
    ) -> Driven {
        self.drive_while(calendars, patience, tell, || true).await
    }

    /// Like [`Engine::drive`], but begins no round and no wait once `go_on` says no.
    pub async fn drive_while(
        &self,
        calendars: &[CalendarId],
        patience: Duration,
        mut tell: impl FnMut(Progress<'_>),
        go_on: impl Fn() -> bool,
    ) -> Driven {
        let mut driven = Driven::default();
        let give_up = self
            .now()
            .saturating_add(patience)
            .unwrap_or(Timestamp::MAX);
        while driven.rounds < DRIVE_ROUNDS && go_on() {
            driven.rounds += 1;
            let round = self.round(calendars, &mut tell).await;
            let wait = round.wait(self.now());
            driven.quiet = round.quiet();
            driven.waits_until = wait.filter(|at| *at > self.now());
            driven.failed = round.failed;
            match wait {
                None => break,
                Some(at) if at > give_up || !go_on() => break,
                Some(at) => self.sleep_until(at, &mut tell).await,
            }
        }
        driven
    }

    async fn round(&self, calendars: &[CalendarId], tell: &mut impl FnMut(Progress<'_>)) -> Round {
        let mut round = Round::default();
        let syncs = calendars
            .iter()
            .map(|calendar| async { (*calendar, self.sync(*calendar).await) });
        for (calendar, result) in join_all(syncs).await {
            tell(Progress::Synced(calendar, &result));
            round.take(calendar, result, self.now());
        }
        round
    }

    async fn sleep_until(&self, at: Timestamp, tell: &mut impl FnMut(Progress<'_>)) {
        let wait = self.now().duration_until(at);
        if wait.is_positive() {
            tell(Progress::Waiting(at));
            tokio::time::sleep(wait.unsigned_abs()).await;
        }
    }
}

/// One round over all calendars.
#[derive(Debug, Default)]
struct Round {
    busy: bool,
    failed: BTreeMap<CalendarId, SyncError>,
    next: Option<Timestamp>,
}

/// The wait after a failure that says nothing about one.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

impl Round {
    fn take(&mut self, calendar: CalendarId, result: Result<Outcome, SyncError>, now: Timestamp) {
        match result {
            Ok(Outcome::Synced(synced)) => {
                let waits = synced.pushed.left;
                self.not_before(synced.held);
                self.busy |= Outcome::Synced(synced).did_something() || waits == Some(None);
                self.not_before(waits.flatten());
            }
            Ok(Outcome::Busy { until }) => self.not_before(Some(until)),
            Ok(Outcome::Overtaken) => self.busy = true,
            Ok(Outcome::Disabled) => {}
            Err(why) => self.fail(calendar, why, now),
        }
    }

    fn fail(&mut self, calendar: CalendarId, why: SyncError, now: Timestamp) {
        use super::error::Class;
        tracing::debug!(%calendar, error = chain(&why), "will be tried again");
        match why.class() {
            Class::Conflict => self.busy = true,
            Class::Later(wait) => {
                let wait = wait.unwrap_or(AFTER_FAILURE).max(AFTER_FAILURE);
                self.not_before(now.saturating_add(wait).ok());
            }
            Class::Denied | Class::Corrupt | Class::Config => {}
        }
        self.failed.insert(calendar, why);
    }

    fn not_before(&mut self, at: Option<Timestamp>) {
        self.next = match (self.next, at) {
            (Some(sooner), Some(at)) => Some(sooner.min(at)),
            (next, at) => next.or(at),
        };
    }

    /// When the next round makes sense; none: never, of itself.
    fn wait(&self, now: Timestamp) -> Option<Timestamp> {
        if self.busy { Some(now) } else { self.next }
    }

    fn quiet(&self) -> bool {
        !self.busy && self.failed.is_empty() && self.next.is_none()
    }
}
