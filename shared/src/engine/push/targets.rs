//! The targets of one push: where they are, and whether they can be written now.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::super::{Engine, Scope, SyncError};
use super::mirror::Verdict;
use crate::google::Client;
use crate::limits::{PUSH_RETRY_MAX, TARGET_FAILURES};
use crate::model::{Access, CalendarId, GoogleCalendarId};

/// A target that can be written.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) client: Client,
    pub(super) google: &'a GoogleCalendarId,
}

#[derive(Debug)]
struct Target<'a> {
    place: Option<Place<'a>>,
    /// Whether it was listed once: before that its blocks are not known, and would be written again.
    listed: bool,
    failures: u32,
    paused: Option<Duration>,
}

/// All targets of one push.
#[derive(Debug)]
pub(super) struct Targets<'a>(BTreeMap<CalendarId, Target<'a>>);

impl Engine {
    pub(super) async fn targets<'a>(&'a self, scope: &'a Scope) -> Result<Targets<'a>, SyncError> {
        let mut targets = BTreeMap::new();
        for (id, calendar) in &scope.config.calendars {
            let state = self.store.state(*id).await;
            let state = state.map_err(|why| SyncError::Store {
                calendar: scope.calendar,
                why,
            })?;
            let writable = calendar.access == Access::Write;
            let client = self.client(calendar).filter(|_| writable);
            let place = client.map(|client| Place {
                client,
                google: &calendar.google,
            });
            let listed = state.is_some_and(|state| state.token.is_some());
            targets.insert(
                *id,
                Target {
                    place,
                    listed,
                    failures: 0,
                    paused: None,
                },
            );
        }
        Ok(Targets(targets))
    }
}

impl<'a> Targets<'a> {
    pub(super) fn get(&self, target: CalendarId) -> Option<&Place<'a>> {
        self.0.get(&target)?.place.as_ref()
    }

    /// Whether the target is one of the user's calendars at all.
    pub(super) fn connected(&self, target: CalendarId) -> bool {
        self.0.contains_key(&target)
    }

    /// None: it can be written now. Otherwise not before the instant, if one is given.
    pub(super) fn not_before(
        &self,
        target: CalendarId,
        now: Timestamp,
    ) -> Option<Option<Timestamp>> {
        let in_a_while = |wait: Duration| Some(now.saturating_add(wait).ok());
        match self.0.get(&target) {
            None => in_a_while(PUSH_RETRY_MAX),
            Some(target) => match (&target.place, target.paused) {
                (None, _) => in_a_while(PUSH_RETRY_MAX),
                (Some(_), Some(wait)) => in_a_while(wait),
                (Some(_), None) if !target.listed => Some(None),
                (Some(_), None) => None,
            },
        }
    }

    /// What an attempt says about the target as a whole: refusals pause it, and so do failures in a row.
    pub(super) fn note(&mut self, target: CalendarId, verdict: &Verdict) {
        let Some(target) = self.0.get_mut(&target) else {
            return;
        };
        match verdict {
            Verdict::Done | Verdict::Parked | Verdict::Moved => target.failures = 0,
            Verdict::Paused(wait) => target.paused = Some(*wait),
            Verdict::Later => {
                target.failures += 1;
                if target.failures >= TARGET_FAILURES {
                    target.paused = Some(crate::limits::PUSH_RETRY_MIN);
                }
            }
        }
    }
}
