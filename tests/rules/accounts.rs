//! One Google calendar that two accounts of a person show is one calendar.

use std::time::Duration;

use local::check::faults;
use local::clock::Simulated;
use local::world::{Login, World};
use serde_json::json;
use shared::engine::Engine;
use shared::model::{AccountId, InstallKey};
use simulator::{NewAccount, Role, Settings, Simulator};
use wire::Schedule;

use crate::bench::{NOW, chrono_now, timed};

const ANN: &str = "ann@example.com";
const FIRM: &str = "ann@firm.example";
const TEAM: &str = "team@group.calendar.google.com";

#[tokio::test(start_paused = true)]
async fn a_calendar_that_two_accounts_show_is_mirrored_once_and_never_onto_itself() {
    let clock = Simulated::running(NOW.parse().unwrap());
    let mut google = Simulator::new(Settings {
        now: chrono_now(clock.now()),
        ..Settings::default()
    });
    let zone: chrono_tz::Tz = "Europe/Berlin".parse().unwrap();
    for (email, token) in [(ANN, "ann"), (FIRM, "firm")] {
        let account = NewAccount {
            email: email.into(),
            access_tokens: vec![token.into()],
            ..NewAccount::default()
        };
        google.add_account(account, zone);
    }
    google.add_calendar(TEAM, "Team", zone, ANN);
    google.set_role(TEAM, FIRM, Some(Role::Writer));
    google.insert_event(TEAM, timed("team", 4, 9)).unwrap();
    google.insert_event(ANN, timed("own", 5, 9)).unwrap();
    google
        .insert_event(
            FIRM,
            json!({"id": "firm", "start": {"date": "2026-03-09"}, "end": {"date": "2026-03-10"}}),
        )
        .unwrap();
    let table = wire::Engine::memory(&clock.wire()).unwrap();
    let login = |account: &str, token: &str| Login {
        account: AccountId(account.into()),
        access_token: token.into(),
    };
    let logins = vec![login("home", "ann"), login("work", "firm")];
    let world = World::new(
        google,
        table,
        clock,
        InstallKey::new([7; InstallKey::BYTES]),
        logins,
    );
    let config = world.set_up("ann").await.unwrap();
    assert_eq!(config.calendars.len(), 3);
    let worker = world.worker(&Schedule::none(), 1);
    let driven = worker
        .drive(&Engine::enabled(&config), Duration::from_secs(3600), |_| {})
        .await;
    assert!(driven.quiet && driven.failed.is_empty(), "{driven:?}");
    let names = [ANN, FIRM, TEAM].map(str::to_owned);
    assert_eq!(faults(&world.google(), &names), []);
}
