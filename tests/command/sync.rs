//! `tidelock sync --once`.

use local::exit::Exit;
use shared::model::{InstallKey, UserId};
use shared::store::{Acquire, Store};
use wire::client::{Taps, embedded};

use super::bench::{Bench, HOME, event, is_there, now, number};

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
    let ran = bench.sync(&config).await;
    let told = ran
        .ends(Exit::Fine)
        .err
        .matches("the lease of dead, which is gone, is freed");
    assert_eq!(told.count(), 3, "{ran:?}");
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
async fn a_calendar_that_is_taken_out_of_the_config_is_left_without_a_trace() {
    let bench = Bench::new().await;
    let all = bench.config(DATA);
    bench.sync(&all).await.ends(Exit::Fine);
    let less = all.replace(
        "access_token = \"tok_test\"",
        "access_token = \"tok_test\"\ncalendars = [\"primary\"]",
    );
    let report = bench.sync_json(&less).await.ends(Exit::Fine).json();
    assert_eq!(report["calendars"].as_array().unwrap().len(), 2);
    let out = bench.calendar_beside(&[simulator::EMAIL, HOME]);
    assert_eq!(bench.blocks_on(&out), 0);
    let stays = [simulator::EMAIL.to_owned(), HOME.to_owned()];
    assert_eq!(local::check::faults(&bench.google(), &stays), []);
    let writes = bench.google_writes();
    let report = bench.sync_json(&less).await.ends(Exit::Fine).json();
    assert_eq!(bench.google_writes(), writes);
    assert_eq!(number(&report, "dynamodb.write_units"), 0.0);
    bench.sync(&all).await.ends(Exit::Fine);
    bench.in_step();
}

#[tokio::test]
async fn an_account_with_an_empty_list_of_calendars_takes_its_blocks_back() {
    let bench = Bench::new().await;
    let all = bench.config(DATA);
    bench.sync(&all).await.ends(Exit::Fine);
    let none = all
        .replace("\"tok_test\"", "\"tok_test\"\ncalendars = []")
        .replace("\"env:HOME_TOKEN\"", "\"env:HOME_TOKEN\"\ncalendars = []");
    bench.sync(&none).await.ends(Exit::Fine);
    let ids = bench.google().calendar_ids();
    for id in ids {
        assert_eq!(bench.blocks_on(&id), 0, "{id}");
    }
}

#[tokio::test]
async fn blocks_of_a_lost_install_key_are_told_once() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    std::fs::remove_dir_all(bench.path("state")).unwrap();
    let ran = bench.sync(&config).await;
    // One on the account's own calendar, five on the other of the same account.
    for text in [
        "WARNING: 1 blocks stand there",
        "WARNING: 5 blocks",
        "install.key",
    ] {
        assert!(ran.ends(Exit::Fine).err.contains(text), "{text}: {ran:?}");
    }
    let again = bench.sync(&config).await;
    assert!(!again.ends(Exit::Fine).err.contains("WARNING"), "{again:?}");
}

/// A user's name is all that it is known by.
#[tokio::test]
async fn a_user_that_left_the_config_is_told_until_its_blocks_are_gone() {
    let bench = Bench::new().await;
    let ann = bench.config(DATA);
    bench.sync(&ann).await.ends(Exit::Fine);
    let anna = ann.replace("\"ann\"", "\"anna\"");
    for _ in 0..2 {
        let ran = bench.sync(&anna).await;
        assert!(
            ran.ends(Exit::NotInStep)
                .err
                .contains("user ann is not in the config"),
            "{ran:?}"
        );
    }
    // As it was told: back under its name without calendars, and then away.
    let (head, accounts) = ann.split_once("[[user]]").unwrap();
    let empty = accounts
        .replace("\"tok_test\"", "\"tok_test\"\ncalendars = []")
        .replace("\"env:HOME_TOKEN\"", "\"env:HOME_TOKEN\"\ncalendars = []");
    let both = format!("{anna}[[user]]{empty}");
    assert!(both.starts_with(head));
    bench.sync(&both).await.ends(Exit::Fine);
    bench.in_step();
    bench.sync(&anna).await.ends(Exit::Fine);
    assert_eq!(bench.names().await, ["ann", "anna"]);
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
async fn a_lost_key_file_is_named_and_not_made_anew() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    let kept = bench.path("state").join("install.key");
    let secret = std::fs::read_to_string(&kept).unwrap();
    std::fs::remove_file(&kept).unwrap();
    for _ in 0..2 {
        let ran = bench.sync(&config).await;
        assert!(ran.ends(Exit::Usage).err.contains("install.key"), "{ran:?}");
        assert!(!is_there(&kept));
    }
    std::fs::write(&kept, secret).unwrap();
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(bench.google_writes(), 10);
}

#[tokio::test]
async fn a_folder_or_table_that_is_none_is_told_in_plain_words() {
    let bench = Bench::new().await;
    std::fs::write(bench.path("state"), "a file").unwrap();
    let ran = bench.sync(&bench.config(DATA)).await;
    assert!(ran.ends(Exit::Usage).err.contains("is a file"), "{ran:?}");
    std::fs::remove_file(bench.path("state")).unwrap();
    std::fs::create_dir(bench.path("state")).unwrap();
    let table = bench.path("state").join("tidelock.db");
    std::fs::write(&table, "no database at all".repeat(100)).unwrap();
    let ran = bench.sync(&bench.config(DATA)).await;
    let told = &ran.ends(Exit::Usage).err;
    assert!(
        told.contains("tidelock.db") && told.contains("restore"),
        "{told}"
    );
    assert!(!told.contains("ncrypt"), "{told}");
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
