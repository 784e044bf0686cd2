//! Real calendars of other people: as many busy occurrences as another tool finds, each series one block, each override an
//! override. The files are not part of the project; without them these tests say so and pass.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use local::check::faults;
use local::clock::Simulated;
use local::world::{Login, World};
use shared::engine::View;
use shared::model::{AccountId, EventKind, InstallKey, Mirror, Want};
use simulator::{NewAccount, Settings, Simulator, Status, ics};
use wire::Schedule;

use crate::bench::chrono_now;

const SOURCE: &str = "source@example.com";
const TARGET: &str = "target@example.com";
/// The window that is counted, in days before and after the present.
const WINDOW: (i64, i64) = (29, 400);

/// File, present, and what tests/third_party/count_occurrences.py counts for them.
const COUNTED: [(&str, &str, usize); 7] = [
    ("holidays-germany", "2016-03-20T08:00:00Z", 15),
    ("makerspace-berlin", "2018-10-20T08:00:00Z", 335),
    ("makerspace-berlin", "2019-02-20T08:00:00Z", 373),
    ("school-chicago", "2020-11-16T12:00:00Z", 818),
    ("workshops-cottbus", "2018-06-01T08:00:00Z", 26),
    ("holidays-germany", "2019-12-01T08:00:00Z", 16),
    ("workshops-cottbus", "2018-09-20T08:00:00Z", 24),
];

fn read(name: &str) -> Option<ics::IcsCalendar> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/calendars");
    let text = fs::read_to_string(folder.join(format!("{name}.ics"))).ok()?;
    Some(ics::parse(&text).unwrap())
}

#[expect(clippy::print_stdout, reason = "a test that did nothing says so")]
fn skipped(name: &str) {
    println!("skipped: {name}.ics is not here");
}

fn google(file: &ics::IcsCalendar, now: DateTime<Utc>) -> Simulator {
    let mut google = Simulator::new(Settings {
        now,
        ..Settings::default()
    });
    let zone = file.zone.unwrap_or(chrono_tz::Tz::UTC);
    let account = NewAccount {
        email: SOURCE.into(),
        access_tokens: vec!["tok".into()],
        ..NewAccount::default()
    };
    google.add_account(account, zone);
    google.add_calendar(TARGET, "Target", zone, SOURCE);
    google.load_ics(SOURCE, file).unwrap();
    google
}

async fn synced(file: &ics::IcsCalendar, now: Timestamp) -> (World, View) {
    let clock = Simulated::standing(now);
    let table = wire::Engine::memory(&clock.wire()).unwrap();
    let login = Login {
        account: AccountId("one".into()),
        access_token: "tok".into(),
    };
    let key = InstallKey::new([7; InstallKey::BYTES]);
    let world = World::new(
        google(file, chrono_now(now)),
        table,
        clock,
        key,
        vec![login],
    );
    let config = world.set_up("ann").await.unwrap();
    let worker = world.worker(&Schedule::none(), 1);
    let all: Vec<_> = config.calendars.keys().copied().collect();
    let driven = worker.drive(&all, Duration::ZERO, |_| {}).await;
    assert!(driven.quiet, "{driven:?}");
    let source = world.calendar(&config, SOURCE).unwrap();
    let view = worker.view(source).await.unwrap().unwrap();
    (world, view)
}

fn blocks(google: &Simulator) -> usize {
    let (back, ahead) = WINDOW;
    let day = chrono::Duration::days;
    let (from, to) = (google.now() - day(back), google.now() + day(ahead));
    let found = google.occurrences(TARGET, from, to);
    found
        .iter()
        .filter(|one| one.event_id.starts_with("tidelock"))
        .count()
}

/// Series and overrides: as many blocks of either kind as events.
fn check_shapes(google: &Simulator, view: &View) {
    let live = google
        .events(TARGET)
        .into_iter()
        .filter(|event| event.status != Status::Cancelled);
    let live: Vec<_> = live.collect();
    let series = live
        .iter()
        .filter(|event| !event.recurrence.is_empty())
        .count();
    let overrides = live
        .iter()
        .filter(|event| event.recurring_event_id.is_some())
        .count();
    let is_block = |mirror: &Mirror| matches!(mirror.due(), Want::Own(_) | Want::Instance(_));
    let held = view
        .rows
        .iter()
        .filter(|row| row.mirrors.values().any(is_block));
    let held: Vec<_> = held.filter_map(|row| row.source.live()).collect();
    let due = |fits: fn(&EventKind) -> bool| held.iter().filter(|event| fits(&event.kind)).count();
    assert_eq!(series, due(|kind| matches!(kind, EventKind::Series { .. })));
    assert_eq!(
        overrides,
        due(|kind| matches!(kind, EventKind::Exception { .. }))
    );
    assert_eq!(live.len(), held.len());
}

#[tokio::test]
async fn another_tool_counts_the_same_occurrences() {
    for (name, now, counted) in COUNTED {
        let Some(file) = read(name) else {
            skipped(name);
            continue;
        };
        let (world, view) = synced(&file, now.parse().unwrap()).await;
        let google = world.google();
        assert_eq!(
            faults(&google, &[SOURCE.into(), TARGET.into()]),
            [],
            "{name} {now}"
        );
        check_shapes(&google, &view);
        assert_eq!(blocks(&google), counted, "{name} {now}");
    }
}

#[tokio::test]
async fn shifted_to_the_present_they_end_in_step() {
    for name in [
        "holidays-germany",
        "makerspace-berlin",
        "school-chicago",
        "workshops-cottbus",
    ] {
        let Some(mut file) = read(name) else {
            skipped(name);
            continue;
        };
        let now: Timestamp = "2026-03-23T07:00:00Z".parse().unwrap();
        file.shift(chrono_now(now));
        let (world, view) = synced(&file, now).await;
        let google = world.google();
        assert_eq!(
            faults(&google, &[SOURCE.into(), TARGET.into()]),
            [],
            "{name}"
        );
        check_shapes(&google, &view);
        assert!(blocks(&google) > 0, "{name}");
    }
}
