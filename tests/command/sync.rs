//! `tidelock sync --once`.

use local::exit::Exit;
use shared::model::{InstallKey, UserId};
use shared::store::{Acquire, Store};
use wire::client::{Taps, embedded};

use super::bench::{Bench, event, is_there, now, number};

const DATA: &str = "data = \"./state\"";

#[tokio::test]
async fn one_run_brings_all_in_step_and_the_next_writes_nothing() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    let first = bench.sync(&config).await;
    first.ends(Exit::Fine);
    assert!(first.out.contains("in step"), "{first:?}");
    bench.in_step();
    // Four events on two other calendars, and one on two.
    assert_eq!(bench.google_writes(), 10);
    let second = bench.sync_json(&config).await;
    let report = second.ends(Exit::Fine).json();
    assert_eq!(bench.google_writes(), 10);
    assert_eq!(number(&report, "dynamodb.write_units"), 0.0);
    for write in [
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "TransactWriteItems",
        "BatchWriteItem",
    ] {
        assert_eq!(
            report["dynamodb"]["requests_by_kind"].get(write),
            None,
            "{write}"
        );
    }
}

#[tokio::test]
async fn the_next_run_goes_on_from_the_folder() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    bench
        .google()
        .insert_event(super::bench::HOME, event("later", 3, 12))
        .unwrap();
    let report = bench.sync_json(&config).await.ends(Exit::Fine).json();
    assert_eq!(report["google"]["requests_by_kind"]["events.insert"], 2);
    bench.in_step();
}

#[tokio::test]
async fn what_a_dead_process_held_is_free_at_once() {
    let bench = Bench::new().await;
    let key = "5a".repeat(InstallKey::BYTES);
    let config = bench.config(&format!("{DATA}\nkey = \"{key}\""));
    bench.sync(&config).await.ends(Exit::Fine);
    take_leases(&bench, &InstallKey::new([0x5a; InstallKey::BYTES])).await;
    bench
        .google()
        .insert_event(super::bench::HOME, event("later", 3, 12))
        .unwrap();
    let began = now();
    bench.sync(&config).await.ends(Exit::Fine);
    assert!((now() - began).num_seconds() < 60);
    bench.in_step();
}

/// Holds every calendar for ten minutes, as a process that is killed right after.
async fn take_leases(bench: &Bench, key: &InstallKey) {
    let engine = wire::Engine::open(&bench.path("state").join("tidelock.db")).unwrap();
    let store = Store::new(embedded(&engine, &Taps::default()), "tidelock", 1);
    let config = store
        .user_config(UserId::derive(key, "ann"))
        .await
        .unwrap()
        .unwrap();
    let now = local::system::clock().now();
    for calendar in config.calendars.keys() {
        let state = store.state(*calendar).await.unwrap().unwrap();
        let until = now + std::time::Duration::from_secs(600);
        let held = store.acquire(&state, "dead", now, until).await.unwrap();
        assert!(matches!(held, Acquire::Granted(_)));
    }
}

#[tokio::test]
async fn named_calendars_take_part_and_no_others() {
    let bench = Bench::new().await;
    let config = bench.config(DATA).replace(
        "access_token = \"tok_test\"",
        "access_token = \"tok_test\"\ncalendars = [\"primary\"]",
    );
    let report = bench.sync_json(&config).await.ends(Exit::Fine).json();
    let names: Vec<_> = report["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(names, [super::bench::HOME, simulator::EMAIL]);
    assert_eq!(bench.google_writes(), 5);
}

#[tokio::test]
async fn a_refresh_token_is_as_good() {
    let bench = Bench::new().await;
    let config = bench.config(DATA).replace(
        "access_token = \"tok_test\"",
        "refresh_token = \"1//good\"\nclient_id = \"cid\"\nclient_secret = \"sec\"",
    );
    let report = bench.sync_json(&config).await.ends(Exit::Fine).json();
    assert_eq!(report["google"]["requests_by_kind"]["oauth.token"], 1);
    bench.in_step();
}

#[tokio::test]
async fn a_folder_keeps_its_install_key_and_takes_no_other() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    let kept = bench.path("state").join("install.key");
    assert!(is_there(&kept));
    let other = bench.config(&format!(
        "{DATA}\nkey = \"{}\"",
        "5a".repeat(InstallKey::BYTES)
    ));
    let refused = bench.sync(&other).await;
    assert!(
        refused.ends(Exit::Usage).err.contains("store.key"),
        "{refused:?}"
    );
    assert_eq!(bench.google_writes(), 10);
    let secret = std::fs::read_to_string(&kept).unwrap();
    let same = bench.config(&format!("{DATA}\nkey = \"{}\"", secret.trim()));
    bench.sync(&same).await.ends(Exit::Fine);
    assert_eq!(bench.google_writes(), 10);
}

#[tokio::test]
async fn a_folder_serves_one_process_at_a_time() {
    let bench = Bench::new().await;
    let path = bench.write(&bench.config(DATA));
    let sync = ["sync", "--config", &path, "--once"];
    let (one, two) = tokio::join!(super::bench::tidelock(&sync), super::bench::tidelock(&sync));
    one.ends(Exit::Fine);
    assert!(
        two.ends(Exit::Usage).err.contains("another tidelock"),
        "{two:?}"
    );
    bench.in_step();
}

#[tokio::test]
async fn an_account_that_leaves_the_config_takes_its_part_in_the_others_along() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    let (rest, _) = config.rsplit_once("[[user.account]]").unwrap();
    let ran = bench.sync(rest).await;
    // What it leaves on the account that nobody can reach any more is told, not passed over.
    assert!(
        ran.ends(Exit::NotInStep).out.contains("connect it again"),
        "{ran:?}"
    );
    let google = bench.google();
    let stays: Vec<_> = google.calendar_ids();
    let stays: Vec<_> = stays
        .into_iter()
        .filter(|id| id != super::bench::HOME)
        .collect();
    assert_eq!(stays.len(), 2);
    assert_eq!(local::check::faults(&google, &stays), []);
}

#[expect(clippy::disallowed_methods, reason = "CI names the second engine here")]
pub(super) fn endpoint() -> Option<String> {
    std::env::var("TIDELOCK_TEST_DYNAMODB").ok()
}

#[tokio::test]
async fn any_dynamodb_keeps_table_and_key() {
    let Some(url) = endpoint() else {
        return;
    };
    let bench = Bench::new().await;
    let table = format!("command-{}", std::process::id());
    let store = format!("endpoint = \"{url}\"\ntable = \"{table}\"");
    let config = bench.config(&store);
    bench.sync(&config).await.ends(Exit::Fine);
    bench.in_step();
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(bench.google_writes(), 10);
    assert!(bench.files().is_empty());
    let other = bench.config(&format!(
        "{store}\nkey = \"{}\"",
        "5a".repeat(InstallKey::BYTES)
    ));
    bench.sync(&other).await.ends(Exit::Usage);
}
