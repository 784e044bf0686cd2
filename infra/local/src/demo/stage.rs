//! The world on stage: its calendars by name, syncs until quiet, and what they cost.

use std::sync::MutexGuard;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use shared::engine::{Driven, Engine, Progress};
use shared::google::RetryPolicy;
use shared::model::{AccountId, CalendarId, InstallKey, UserConfig};
use simulator::{Simulator, Status};
use wire::Schedule;

use super::input::{Filled, Input, token};
use super::kept::{Found, Kept};
use super::screen::Screen;
use super::times::{from_chrono, to_chrono};
use super::{DemoError, Options};
use crate::check;
use crate::clock::Simulated;
use crate::plain::one_line;
use crate::world::{Login, World};

/// Times that time is moved ahead to the next try, before a sync counts as stuck.
const WAITS: u32 = 40;
/// Whoever has the folder has the simulated Google too: there is nothing to keep secret here.
const KEY: [u8; InstallKey::BYTES] = [7; InstallKey::BYTES];

/// The world and what is known of it.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) config: UserConfig,
    pub(super) calendars: Vec<Calendar>,
    pub(super) worker: Engine,
    pub(super) random: fastrand::Rng,
    pub(super) seed: u64,
    /// Files were given instead of the samples.
    pub(super) from_files: bool,
    /// The edits were played, by this run or one before.
    pub(super) played: bool,
    /// The run came to its end.
    pub(super) finished: bool,
}

/// A calendar of the person.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    pub(super) id: CalendarId,
    pub(super) google: String,
    pub(super) name: String,
    pub(super) zone: TimeZone,
}

impl Stage {
    pub(super) async fn set_up(
        options: &Options,
        input: Input,
        kept: &Kept,
        screen: &mut Screen<'_>,
    ) -> Result<Self, DemoError> {
        let found = kept.found()?;
        let ignored = found.as_ref().map(|found| ignored(options, found));
        if let Some(ignored) = ignored.filter(|ignored| !ignored.is_empty()) {
            screen.line(format_args!(
                "The folder has calendars already: it goes on with those, without {}.",
                ignored.join(", ")
            ));
        }
        let from_files = input.has_files();
        let (filled, played) = match found {
            Some(found) => gone_on(found, options),
            None => {
                let filled = input.fill(options)?;
                kept.begin(&filled)?;
                (filled, false)
            }
        };
        let clock = Simulated::standing(filled.now);
        let table = kept.tables(&clock.wire())?;
        let logins = filled.calendars.iter().map(|id| login(id)).collect();
        let key = InstallKey::new(KEY);
        // One attempt a call: waits inside a call are real, and then the order of things is not the seed's alone.
        let retry = RetryPolicy {
            attempts: 1,
            ..RetryPolicy::default()
        };
        let world = World::new(filled.google, table, clock, key, logins).retrying(retry);
        let config = world.set_up("ann").await?;
        let mut stage = Self {
            worker: world.worker(&Schedule::none(), options.seed),
            calendars: Vec::new(),
            random: fastrand::Rng::with_seed(options.seed),
            seed: options.seed,
            world,
            config,
            from_files,
            played,
            finished: false,
        };
        stage.calendars = stage.named(&filled.calendars);
        kept.save(&stage)?;
        Ok(stage)
    }

    fn named(&self, ids: &[String]) -> Vec<Calendar> {
        let google = self.google();
        let calendar = |id: &String| {
            let zone = google.calendar_zone(id);
            Some(Calendar {
                id: self.world.calendar(&self.config, id)?,
                google: id.clone(),
                name: one_line(google.calendar_summary(id).unwrap_or(id)).into_owned(),
                zone: zone
                    .and_then(|zone| TimeZone::get(zone.name()).ok())
                    .unwrap_or(TimeZone::UTC),
            })
        };
        ids.iter().filter_map(calendar).collect()
    }

    /// The simulated Google at the present.
    pub(super) fn google(&self) -> MutexGuard<'_, Simulator> {
        self.world.google()
    }

    /// Google's ids of the calendars.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.calendars
            .iter()
            .map(|calendar| calendar.google.as_str())
    }

    /// How many events of the person a calendar has: neither blocks nor deleted ones.
    pub(super) fn own_events(&self, calendar: &Calendar) -> usize {
        let events = self.google().events(&calendar.google).into_iter();
        let own = events
            .filter(|event| event.status != Status::Cancelled && !event.id.starts_with("tidelock"));
        own.count()
    }

    /// The name of a calendar.
    pub(super) fn name(&self, id: CalendarId) -> &str {
        let mut calendars = self.calendars.iter();
        calendars
            .find(|calendar| calendar.id == id)
            .map_or("?", |calendar| calendar.name.as_str())
    }

    /// The present on the wall of a calendar.
    pub(super) fn now(&self, calendar: &Calendar) -> Zoned {
        self.world.clock().now().to_zoned(calendar.zone.clone())
    }

    /// Drives all calendars by `worker` until it is quiet or has to wait.
    pub(super) async fn drive(&self, worker: &Engine, tell: impl FnMut(Progress<'_>)) -> Driven {
        let all: Vec<CalendarId> = self.calendars.iter().map(|calendar| calendar.id).collect();
        worker.drive(&all, Duration::ZERO, tell).await
    }

    /// Drives until quiet, and moves time ahead where that is all there is to do. Whether it became quiet.
    pub(super) async fn settle(&self) -> bool {
        for _ in 0..WAITS {
            let driven = self.drive(&self.worker, |_| {}).await;
            match driven.waits_until {
                _ if driven.quiet => return true,
                Some(at) => self.wait_until(at),
                None => return false,
            }
        }
        false
    }

    /// Moves time ahead.
    pub(super) fn wait_until(&self, at: Timestamp) {
        let wait = self.world.clock().now().duration_until(at);
        if wait.is_positive() {
            self.world.clock().advance(wait.unsigned_abs());
        }
    }

    /// What is wrong, by the check that looks at the simulator.
    pub(super) fn faults(&self) -> Vec<check::Fault> {
        let ids: Vec<String> = self.ids().map(str::to_owned).collect();
        check::faults(&self.google(), &ids)
    }

    /// What was used so far.
    pub(super) fn spent(&self) -> Spent {
        let google = self.google();
        let log = google.log().iter().filter(|request| request.applied);
        let count = |kind: &str| log.clone().filter(|request| request.kind == kind).count();
        let table = self.world.meter.usage();
        Spent {
            units: self.world.group.usage().units,
            inserted: count("events.insert"),
            updated: count("events.update"),
            deleted: count("events.delete"),
            write_units: table.write_units,
        }
    }
}

/// What was used between two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spent {
    units: u64,
    inserted: usize,
    updated: usize,
    deleted: usize,
    write_units: f64,
}

impl Spent {
    /// What was used since `earlier`.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            units: self.units - earlier.units,
            inserted: self.inserted - earlier.inserted,
            updated: self.updated - earlier.updated,
            deleted: self.deleted - earlier.deleted,
            write_units: self.write_units - earlier.write_units,
        }
    }

    /// Blocks inserted, updated and deleted at Google.
    pub(super) fn blocks(&self) -> usize {
        self.inserted + self.updated + self.deleted
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            (self.inserted, "inserted"),
            (self.updated, "updated"),
            (self.deleted, "deleted"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        match parts.is_empty() {
            true => f.write_str("no block written")?,
            false => write!(f, "blocks: {}", parts.join(", "))?,
        }
        write!(
            f,
            "; {} Google units, {} DynamoDB write units",
            self.units, self.write_units
        )
    }
}

/// What was asked for and comes too late, as an earlier run began with something else.
fn ignored(options: &Options, found: &Found) -> Vec<&'static str> {
    let other_seed = options.seed != Options::default().seed;
    let asked = [
        (!options.ics.is_empty(), "--ics"),
        (options.shift, "--shift"),
        (other_seed && found.played, "--seed"),
    ];
    let ignored = asked.into_iter().filter(|(asked, _)| *asked);
    ignored.map(|(_, name)| name).collect()
}

/// The state that an earlier run left, at the time asked for or at its own.
fn gone_on(found: Found, options: &Options) -> (Filled, bool) {
    let now = options
        .now
        .unwrap_or_else(|| from_chrono(found.google.now()));
    let mut google = found.google;
    google.set_now(to_chrono(now));
    let filled = Filled {
        google,
        calendars: found.calendars,
        now,
    };
    (filled, found.played)
}

fn login(email: &str) -> Login {
    Login {
        account: AccountId(email.to_owned()),
        access_token: token(email),
    }
}
