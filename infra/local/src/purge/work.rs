//! Whom a purge means, and its steps in their order: list, switch off, drive, delete, list.

use std::collections::BTreeMap;

use shared::engine::{Class, Cleared, Found, Known, Pace, Progress, SyncError};
use shared::model::{CalendarConfig, CalendarId};
use shared::plan::Purge;

use super::{Mode, Options, PurgeReport, PurgedCalendar};
use crate::answer::{Desk, Failure};
use crate::stack::{Person, advice};

/// One person, what of theirs goes, and where it may be.
pub(crate) struct Meant<'a, 'p> {
    pub(crate) person: &'a Person,
    pub(crate) purge: Purge<'p>,
    pub(crate) known: &'p Known,
}

pub(super) async fn purge(desk: &Desk<'_, '_>, options: &Options) -> Result<PurgeReport, Failure> {
    let (person, purge, known) = meant(desk, options).await?;
    let meant = Meant {
        person,
        purge,
        known: &known,
    };
    let mut calendars = listed(desk, &meant).await;
    if options.mode == Mode::Apply {
        apply(desk, &meant, &mut calendars).await?;
    }
    let refused = meant.known.refused.iter();
    let refused: Vec<_> = refused.map(advice::of_connection).collect();
    let calendars = sorted(calendars);
    let clean = |one: &PurgedCalendar| one.left == Some(0);
    Ok(PurgeReport {
        user: meant.person.name.clone(),
        calendar: options.calendar.clone(),
        mode: options.mode,
        clean: refused.is_empty() && calendars.iter().all(clean),
        calendars,
        refused,
    })
}

/// By name, as they are shown.
pub(crate) fn sorted(calendars: Calendars) -> Vec<PurgedCalendar> {
    let mut calendars: Vec<_> = calendars.into_values().collect();
    calendars.sort_by(|one, other| (&one.name, one.calendar).cmp(&(&other.name, other.calendar)));
    calendars
}

async fn meant<'a>(
    desk: &Desk<'a, '_>,
    options: &Options,
) -> Result<(&'a Person, Purge<'static>, Known), Failure> {
    let mut all = Vec::new();
    for person in desk.people()? {
        let known = desk
            .engine()
            .known_calendars(desk.key(), person.id, &person.wishes)
            .await?;
        all.push((person, known));
    }
    let purge = match &options.calendar {
        Some(name) => Purge::Calendar(one_calendar(desk, &all, name)?),
        None => {
            let person = all.first().map(|(person, _)| person.id);
            Purge::User(person.ok_or_else(|| Failure::Usage("the config has no user".to_owned()))?)
        }
    };
    let meant = all
        .into_iter()
        .find(|(person, _)| person.id == purge.user());
    meant
        .map(|(person, known)| (person, purge, known))
        .ok_or_else(|| Failure::Usage("the calendar is of nobody in the config".to_owned()))
}

fn one_calendar(
    desk: &Desk<'_, '_>,
    all: &[(&Person, Known)],
    name: &str,
) -> Result<CalendarId, Failure> {
    let known = all.iter().flat_map(|(_, known)| &known.calendars);
    let known: Vec<(CalendarId, CalendarConfig)> =
        known.map(|(id, own)| (*id, own.clone())).collect();
    match desk.called(&known, name)?.as_slice() {
        [only] => Ok(*only),
        _ => Err(Failure::Usage(format!(
            "several calendars are called {name}; give --user, or Google's id of the calendar"
        ))),
    }
}

pub(crate) type Calendars = BTreeMap<CalendarId, PurgedCalendar>;

/// What stands on every calendar that may hold blocks.
pub(crate) async fn listed(desk: &Desk<'_, '_>, meant: &Meant<'_, '_>) -> Calendars {
    let mut calendars = Calendars::new();
    for (id, own) in &meant.known.calendars {
        let found = desk.engine().blocks_on(meant.purge, *id, own).await;
        calendars.insert(*id, first(meant.purge, *id, own, &found));
    }
    calendars
}

fn first(
    purge: Purge<'_>,
    id: CalendarId,
    own: &CalendarConfig,
    found: &Result<Found, SyncError>,
) -> PurgedCalendar {
    let count = found.as_ref().map(Found::count).ok();
    PurgedCalendar {
        calendar: id,
        name: own.name.clone(),
        named: purge.names(id),
        found: count,
        left: count,
        foreign: found.as_ref().map_or(0, |found| found.foreign),
        copies: found.as_ref().map_or(0, |found| found.copies),
        failed: found.as_ref().err().map(advice::of_sync),
        shut: found.as_ref().is_err_and(is_shut),
    }
}

/// Whether a calendar or its account refuses: only a person can change that.
fn is_shut(why: &SyncError) -> bool {
    matches!(why, SyncError::NoAccount { .. }) || why.class() == Class::Denied
}

/// Switches off, drives, deletes, and lists again.
pub(crate) async fn apply(
    desk: &Desk<'_, '_>,
    meant: &Meant<'_, '_>,
    calendars: &mut Calendars,
) -> Result<(), Failure> {
    let stop = &desk.host.stop;
    let go_on = || !stop.is_wished();
    desk.stack.tidy(desk.host).await;
    desk.engine().switch_off(meant.purge, meant.known).await?;
    for one in calendars.values().filter(|one| one.named) {
        desk.tell(&format!(
            "{}: {} is switched off",
            meant.person.name, one.name
        ));
    }
    let pace = Pace {
        patience: desk.stack.patience(),
        go_on,
    };
    let tell = |progress: Progress<'_>| tell(desk, meant, &progress);
    desk.engine().drive_purged(meant.known, pace, tell).await?;
    let cleared = desk
        .engine()
        .purge_listed(meant.purge, meant.known, go_on)
        .await;
    let by_id = |(_, cleared): &(_, Result<Cleared, _>)| {
        cleared.as_ref().is_ok_and(|cleared| cleared.deleted > 0)
    };
    if cleared.iter().any(by_id) {
        // The rows know by now; their calendars are still marked as having something to do.
        let patience = std::time::Duration::ZERO;
        let pace = Pace { patience, go_on };
        desk.engine().drive_purged(meant.known, pace, tell).await?;
    }
    for (id, cleared) in cleared {
        if let Some(one) = calendars.get_mut(&id) {
            last(one, cleared);
        }
    }
    Ok(())
}

fn tell(desk: &Desk<'_, '_>, meant: &Meant<'_, '_>, progress: &Progress<'_>) {
    let text = match progress {
        Progress::Synced(_, Ok(_)) => return,
        Progress::Synced(calendar, Err(error)) => {
            let own = meant.known.calendars.get(calendar);
            let name = own.map_or_else(|| calendar.to_string(), |own| own.name.clone());
            format!("{name}: {}", advice::of_sync(error))
        }
        Progress::Waiting(until) => format!("waits until {until:.0}, then tries again"),
    };
    desk.host
        .err(format_args!("{}: {text}\n", meant.person.name));
}

fn last(one: &mut PurgedCalendar, cleared: Result<Cleared, SyncError>) {
    match cleared {
        Ok(cleared) => {
            one.left = Some(cleared.found.count());
            one.shut = cleared.failed.as_ref().is_some_and(is_shut);
            one.foreign = cleared.found.foreign;
            one.copies = cleared.found.copies;
            one.failed = cleared.failed.as_ref().map(advice::of_sync);
        }
        Err(why) => {
            one.left = None;
            one.shut = is_shut(&why);
            one.failed = Some(advice::of_sync(&why));
        }
    }
}
