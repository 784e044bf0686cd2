//! The bench that tests stand on: a world with a few calendars, an engine over it, and the checks.

use std::time::Duration;

use jiff::Timestamp;
use local::check::{Fault, faults};
use local::clock::Simulated;
use local::world::{Login, World};
use serde_json::{Value, json};
use shared::engine::{Driven, Engine};
use shared::model::{AccountId, CalendarId, InstallKey, UserConfig};
use simulator::{NewAccount, Settings, Simulator};
use wire::Schedule;

/// The simulated present in most tests.
pub(crate) const NOW: &str = "2026-03-02T08:00:00Z";

/// The calendar of the second account, where there is one.
pub(crate) const HOME: &str = "home@example.com";

/// A world with its user connected.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) config: UserConfig,
    pub(crate) names: Vec<String>,
}

impl Bench {
    /// A world with `count` calendars of one account in Berlin, filled by `fill`.
    pub(crate) async fn with(count: usize, fill: impl FnOnce(&mut Simulator)) -> Self {
        Self::at(Simulated::running(NOW.parse().unwrap()), count, fill).await
    }

    async fn at(clock: Simulated, count: usize, fill: impl FnOnce(&mut Simulator)) -> Self {
        let now = clock.now();
        let mut google = Simulator::new(Settings {
            now: chrono_now(now),
            ..Settings::default()
        });
        let zone: chrono_tz::Tz = "Europe/Berlin".parse().unwrap();
        google.add_account(
            NewAccount {
                email: name(0),
                access_tokens: vec!["tok".into()],
                ..NewAccount::default()
            },
            zone,
        );
        for n in 1..count {
            google.add_calendar(&name(n), &format!("Calendar {n}"), zone, &name(0));
        }
        fill(&mut google);
        let table = wire::Engine::memory(&clock.wire()).unwrap();
        let login = Login {
            account: AccountId("work".into()),
            access_token: "tok".into(),
        };
        let key = InstallKey::new([7; InstallKey::BYTES]);
        let world = World::new(google, table, clock, key, vec![login]);
        Self::around(world, (0..count).map(name).collect()).await
    }

    async fn around(world: World, names: Vec<String>) -> Self {
        let config = world.set_up("ann").await.unwrap();
        world.google().clear_log();
        Self {
            world,
            config,
            names,
        }
    }

    /// A world with two calendars of the account `work`, and one of the account `home`, filled by `fill`.
    pub(crate) async fn of_two_accounts(fill: impl FnOnce(&mut Simulator)) -> Self {
        let clock = Simulated::running(NOW.parse().unwrap());
        let mut google = Simulator::new(Settings {
            now: chrono_now(clock.now()),
            ..Settings::default()
        });
        let zone: chrono_tz::Tz = "Europe/Berlin".parse().unwrap();
        for (email, token) in [(name(0), "tok"), (HOME.to_owned(), "tok_home")] {
            let account = NewAccount {
                email,
                access_tokens: vec![token.into()],
                ..NewAccount::default()
            };
            google.add_account(account, zone);
        }
        google.add_calendar(&name(1), "Calendar 1", zone, &name(0));
        fill(&mut google);
        let login = |account: &str, token: &str| Login {
            account: AccountId(account.into()),
            access_token: token.into(),
        };
        let table = wire::Engine::memory(&clock.wire()).unwrap();
        let key = InstallKey::new([7; InstallKey::BYTES]);
        let logins = vec![login("work", "tok"), login("home", "tok_home")];
        let world = World::new(google, table, clock, key, logins);
        Self::around(world, vec![name(0), name(1), HOME.to_owned()]).await
    }

    /// Three calendars with an event each, and a series on the first.
    pub(crate) async fn of_three() -> Self {
        Self::with(3, |google| {
            for (n, hour) in [9, 10, 11].into_iter().enumerate() {
                let first = timed(&format!("first{n}"), 4, hour);
                google.insert_event(&name(n), first).unwrap();
            }
            google
                .insert_event(&name(0), weekly("weekly", 4, 15, 4))
                .unwrap();
        })
        .await
    }

    pub(crate) fn id(&self, n: usize) -> CalendarId {
        self.world.calendar(&self.config, &self.names[n]).unwrap()
    }

    pub(crate) fn ids(&self) -> Vec<CalendarId> {
        (0..self.names.len()).map(|n| self.id(n)).collect()
    }

    pub(crate) fn worker(&self) -> Engine {
        self.world.worker(&Schedule::none(), 1)
    }

    /// Drives all calendars until nothing is left.
    pub(crate) async fn drive(&self) -> Driven {
        self.drive_with(&self.worker()).await
    }

    pub(crate) async fn drive_with(&self, worker: &Engine) -> Driven {
        worker
            .drive(&self.ids(), Duration::from_secs(3 * 3600), |_| {})
            .await
    }

    pub(crate) fn faults(&self) -> Vec<Fault> {
        faults(&self.world.google(), &self.names)
    }

    /// Drives until quiet and demands that everything is in step.
    pub(crate) async fn settle(&self) {
        let driven = self.drive().await;
        assert!(driven.quiet, "not quiet: {driven:?}");
        assert_eq!(self.faults(), []);
    }
}

pub(crate) fn chrono_now(now: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_micros(now.as_microsecond()).unwrap()
}

/// Google's id of the n-th calendar.
pub(crate) fn name(n: usize) -> String {
    match n {
        0 => "ann@example.com".into(),
        n => format!("cal{n}@group.calendar.google.com"),
    }
}

/// A timed event on 2026-03-`day` at `hour` o'clock UTC, an hour long.
pub(crate) fn timed(id: &str, day: u32, hour: u32) -> Value {
    json!({
        "id": id, "summary": format!("secret {id}"),
        "start": {"dateTime": format!("2026-03-{day:02}T{hour:02}:00:00Z")},
        "end": {"dateTime": format!("2026-03-{day:02}T{:02}:00:00Z", hour + 1)},
    })
}

/// A weekly series in Berlin from 2026-03-`day` on.
pub(crate) fn weekly(id: &str, day: u32, hour: u32, count: u32) -> Value {
    json!({
        "id": id, "summary": format!("secret {id}"),
        "start": {"dateTime": format!("2026-03-{day:02}T{hour:02}:00:00"), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": format!("2026-03-{day:02}T{:02}:30:00", hour), "timeZone": "Europe/Berlin"},
        "recurrence": [format!("RRULE:FREQ=WEEKLY;COUNT={count}")],
    })
}
