//! From the table to a [`Status`]. Reading is here; what a calendar's state comes to is a function of values.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::engine::{Engine, Sight};
use shared::limits::{CLOCK_SKEW, LEASE_MARGIN, SYNC_TIME};
use shared::model::{
    CalendarConfig, CalendarId, Failing, Held, Lease, Park, ParkKind, Row, State, Switch,
    UserConfig, Wake,
};

use super::{
    CalendarStatus, FailingStatus, HeldStatus, Issue, LeaseStatus, Parked, Part, Pending,
    PersonStatus, Status,
};
use crate::age::Since;
use crate::answer::{Desk, Failure};
use crate::consent::withdrawn;
use crate::damaged::Damaged;
use crate::report;
use crate::stack::Person;

pub(super) async fn status(desk: &Desk<'_, '_>) -> Result<Status, Failure> {
    let mut people = Vec::new();
    let wakes = desk.engine().store().unserved().await?;
    for person in desk.people()? {
        people.push(of_person(desk.engine(), person, &wakes).await);
    }
    Ok(Status {
        at: desk.engine().now(),
        in_order: people.iter().all(PersonStatus::in_order),
        people,
    })
}

/// One person who cannot be looked at hides no other.
async fn of_person(engine: &Engine, person: &Person, wakes: &[Wake]) -> PersonStatus {
    let mut status = PersonStatus {
        user: person.name.clone(),
        connected: false,
        calendars: Vec::new(),
        withdrawn: Vec::new(),
        damaged: Vec::new(),
        failed: None,
    };
    if let Err(why) = add(engine, person, wakes, &mut status).await {
        status.failed = Some(why.to_string());
    }
    let calendars = &mut status.calendars;
    calendars.sort_by(|one, other| (&one.name, &one.calendar).cmp(&(&other.name, &other.calendar)));
    status
}

async fn add(
    engine: &Engine,
    person: &Person,
    wakes: &[Wake],
    status: &mut PersonStatus,
) -> Result<(), Failure> {
    let kept = engine.store().kept_config(person.id).await?;
    status.connected = kept.is_some();
    let config = kept.map(|kept| {
        status.damaged = kept.damaged.iter().map(Damaged::from).collect();
        kept.config
    });
    let mut states = Vec::new();
    for id in ids(config.as_ref(), person, wakes) {
        let sight = engine.sight(id).await?;
        let look = Look {
            id,
            config: config.as_ref(),
            sight: &sight,
            wake: wakes.iter().find(|wake| wake.calendar == id),
            now: engine.now(),
        };
        status.calendars.push(look.status());
        states.extend(look.own().cloned().zip(look.state().cloned()));
    }
    let states = states.iter().map(|(own, state)| (own, state));
    status.withdrawn = withdrawn(states, engine.now());
    Ok(())
}

/// The calendars of the config, and those that left it with something to take back.
fn ids(config: Option<&UserConfig>, person: &Person, wakes: &[Wake]) -> Vec<CalendarId> {
    let known = config
        .into_iter()
        .flat_map(|config| config.calendars.keys());
    let left = wakes.iter().map(|wake| &wake.calendar);
    let left = left.filter(|calendar| calendar.user() == person.id);
    let mut ids: Vec<_> = known.chain(left).copied().collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Everything that the table says about one calendar.
struct Look<'a> {
    id: CalendarId,
    config: Option<&'a UserConfig>,
    sight: &'a Sight,
    wake: Option<&'a Wake>,
    now: Timestamp,
}

impl Look<'_> {
    fn status(&self) -> CalendarStatus {
        let counts = report::count("", &self.sight.rows);
        let mut status = CalendarStatus {
            calendar: self.id.to_string(),
            name: self.name(),
            access: self.own().map(|own| own.access),
            part: self.part(),
            checked: self
                .state()
                .and_then(|state| state.last_synced_at)
                .map(|at| self.since(at)),
            events: counts.events,
            mirrored: counts.mirrored,
            blocks_wanted: counts.blocks_wanted,
            blocks_in_step: counts.blocks_in_step,
            pending: self.pending(),
            parked: self.parked(),
            lease: self
                .state()
                .and_then(|state| state.lease.as_ref())
                .map(|lease| self.lease(lease)),
            failing: self
                .state()
                .and_then(|state| state.failing.as_ref())
                .map(|failing| self.failing(failing)),
            held: self
                .state()
                .and_then(|state| state.held.as_ref())
                .map(|held| self.held(held)),
            journal_left: self.state().is_some_and(|state| state.journal.is_some()),
            wake: self.wake.map(|wake| self.since(wake.since)),
            damaged: self.sight.damaged.iter().map(Damaged::from).collect(),
            issues: Vec::new(),
        };
        status.issues = self.issues(&status);
        status
    }

    fn own(&self) -> Option<&CalendarConfig> {
        self.config?.calendars.get(&self.id)
    }

    fn state(&self) -> Option<&State> {
        self.sight.state.as_ref()
    }

    fn rows(&self) -> &[Row] {
        &self.sight.rows
    }

    fn since(&self, at: Timestamp) -> Since {
        Since::new(at, self.now)
    }

    fn name(&self) -> String {
        let google = || self.state().map(|state| state.google.to_string());
        let own = self.own().map(|own| own.name.clone());
        own.or_else(google).unwrap_or_else(|| self.id.to_string())
    }

    fn part(&self) -> Part {
        match self.config.and_then(|config| config.switch(self.id)) {
            Some(Switch::On) => Part::On,
            Some(Switch::Paused) => Part::Paused,
            Some(Switch::Off) => Part::Off,
            None => Part::Left,
        }
    }

    fn pending(&self) -> Option<Pending> {
        let pending: Vec<_> = self.rows().iter().filter(|row| row.pending()).collect();
        let oldest = pending.iter().filter_map(|row| row.pending_since).min();
        (!pending.is_empty()).then(|| Pending {
            events: pending.len() as u64,
            oldest: oldest.map(|at| self.since(at)),
        })
    }

    fn parked(&self) -> Vec<Parked> {
        type Why<'p> = (ParkKind, Option<String>, &'p str);
        let mut reasons: BTreeMap<Why<'_>, (u64, Timestamp)> = BTreeMap::new();
        let mut count = |park: &'_ Park, target, reason| {
            let (events, oldest) = reasons
                .entry((park.kind, target, reason))
                .or_insert((0, park.since));
            *events += 1;
            *oldest = park.since.min(*oldest);
        };
        for row in self.rows() {
            if let Some(park) = &row.parked {
                count(park, None, park.reason.as_str());
            }
            for (target, mirror) in &row.mirrors {
                if let Some(park) = &mirror.parked {
                    count(park, Some(self.target(*target)), park.reason.as_str());
                }
            }
        }
        let parked = reasons.into_iter();
        parked
            .map(|((kind, target, reason), (events, oldest))| Parked {
                kind,
                target,
                reason: reason.to_owned(),
                events,
                oldest: self.since(oldest),
            })
            .collect()
    }

    fn target(&self, id: CalendarId) -> String {
        let target = self.config.and_then(|config| config.calendars.get(&id));
        target.map_or_else(|| id.to_string(), |target| target.name.clone())
    }

    fn lease(&self, lease: &Lease) -> LeaseStatus {
        LeaseStatus {
            owner: lease.owner.clone(),
            held: self.since(lease.since),
            until: lease.until,
        }
    }

    fn failing(&self, failing: &Failing) -> FailingStatus {
        FailingStatus {
            first: self.since(failing.since),
            count: failing.count,
            class: failing.class,
            error: failing.error.clone(),
        }
    }

    fn held(&self, held: &Held) -> HeldStatus {
        HeldStatus {
            held: self.since(held.since),
            until: held.until,
            deletions: held.deletions,
        }
    }

    fn issues(&self, status: &CalendarStatus) -> Vec<Issue> {
        let on = matches!(status.part, Part::On | Part::Paused);
        let unread = self.state().is_none() && !status.damaged.is_empty();
        let never = on && !unread && self.state().is_none_or(|state| state.token.is_none());
        let applied = self.state().map(|state| state.config_version);
        let behind = on && !never && !unread && applied != self.config.map(|config| config.version);
        let dead = |lease: &LeaseStatus| lease.until <= self.now;
        let after = |at: Timestamp, by: Duration| {
            self.now.saturating_add(by).is_ok_and(|latest| at > latest)
        };
        let longest = SYNC_TIME + LEASE_MARGIN + CLOCK_SKEW;
        let stuck = |lease: &LeaseStatus| after(lease.until, longest);
        let read = self.state().is_some_and(|state| state.token.is_some());
        let checked = self.state().and_then(|state| state.last_synced_at);
        let ahead = |at: Timestamp| after(at, CLOCK_SKEW);
        let all = [
            (Issue::Damaged, !status.damaged.is_empty()),
            (Issue::NeverChecked, never),
            (Issue::ConfigNotApplied, behind),
            (Issue::Pending, status.pending.is_some()),
            (
                Issue::Parked,
                status
                    .parked
                    .iter()
                    .any(|parked| parked.kind != ParkKind::Paused),
            ),
            (Issue::Failing, status.failing.is_some()),
            (Issue::Held, status.held.is_some()),
            (Issue::JournalLeft, status.journal_left),
            (Issue::WakeWaiting, status.wake.is_some()),
            (Issue::LeaseLeft, status.lease.as_ref().is_some_and(dead)),
            (Issue::LeaseStuck, status.lease.as_ref().is_some_and(stuck)),
            (Issue::CheckUnknown, read && checked.is_none()),
            (Issue::TimeAhead, checked.is_some_and(ahead)),
        ];
        let found = all.into_iter().filter(|(_, found)| *found);
        found.map(|(issue, _)| issue).collect()
    }
}
