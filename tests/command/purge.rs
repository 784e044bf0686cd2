//! `tidelock purge`.

use std::time::Duration;

use local::exit::Exit;
use serde_json::Value;
use shared::model::InstallKey;
use simulator::{EMAIL, SECOND_CALENDAR};

use super::bench::{Bench, HOME, Ran, event, is_there};
use super::output::fields;

const DATA: &str = "data = \"./state\"";
const ALL: [&str; 3] = [EMAIL, SECOND_CALENDAR, HOME];

async fn purge(bench: &Bench, args: &[&str]) -> Ran {
    bench
        .run(&bench.config(DATA), &[&["purge"], args].concat())
        .await
}

async fn synced() -> Bench {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench
}

/// Blocks on each calendar, as Google has them.
fn counts(bench: &Bench) -> [usize; 3] {
    ALL.map(|calendar| bench.blocks(calendar).len())
}

fn calendar<'v>(report: &'v Value, name: &str) -> &'v Value {
    let mut calendars = report["calendars"].as_array().unwrap().iter();
    calendars.find(|one| one["name"] == name).unwrap()
}

#[tokio::test]
async fn a_dry_run_shows_what_would_go_and_changes_nothing() {
    let bench = synced().await;
    let writes = bench.google_writes();
    let ran = purge(&bench, &["--user", "ann"]).await;
    for text in [
        format!("would delete 1 block on {EMAIL}"),
        "would delete 5 blocks on Two".to_owned(),
        format!("would delete 4 blocks on {HOME}"),
        "--apply".to_owned(),
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(&text),
            "{text}: {ran:?}"
        );
    }
    assert_eq!(bench.google_writes(), writes);
    let status = bench.run(&bench.config(DATA), &["status"]).await;
    assert!(!status.ends(Exit::Fine).out.contains(" off "), "{status:?}");
}

#[tokio::test]
async fn a_person_s_blocks_all_go_and_nothing_else_does() {
    let bench = synced().await;
    let ran = purge(&bench, &["--user", "ann", "--apply"]).await;
    for name in [EMAIL, "Two", HOME] {
        let text = format!("0 blocks left on {name}");
        assert!(ran.ends(Exit::Fine).out.contains(&text), "{text}: {ran:?}");
    }
    assert!(ran.out.contains("tidelock sync"), "{ran:?}");
    assert_eq!(counts(&bench), [0, 0, 0]);
    let google = bench.google();
    assert!(google.event_json(EMAIL, "work1").unwrap()["status"] != "cancelled");
    assert_eq!(local::check::faults(&google, &[]), []);
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_says_the_same() {
    let bench = synced().await;
    purge(&bench, &["--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    let writes = bench.google_writes();
    let again = purge(&bench, &["--user", "ann", "--apply", "--json"]).await;
    let report = again.ends(Exit::Fine).json();
    assert_eq!(report["clean"], true);
    assert_eq!(bench.google_writes(), writes);
    let dry = purge(&bench, &["--user", "ann"]).await;
    assert!(
        dry.ends(Exit::Fine)
            .out
            .contains("nothing is to be deleted"),
        "{dry:?}"
    );
}

#[tokio::test]
async fn of_one_calendar_its_blocks_go_and_those_of_its_events_and_no_others() {
    let bench = synced().await;
    let ran = purge(&bench, &["--calendar", HOME, "--apply"]).await;
    ran.ends(Exit::Fine);
    // What the work calendar holds on the second one stays.
    assert_eq!(counts(&bench), [0, 4, 0]);
    let status = bench.run(&bench.config(DATA), &["status", "--json"]).await;
    let status = status.ends(Exit::Fine).json();
    let parts = status["people"][0]["calendars"].as_array().unwrap();
    let home = parts.iter().find(|one| one["name"] == HOME).unwrap();
    assert_eq!(
        (&home["part"], &home["wake"]),
        (&"off".into(), &Value::Null)
    );
}

#[tokio::test]
async fn a_sync_with_the_same_config_switches_it_on_again() {
    let bench = synced().await;
    purge(&bench, &["--calendar", HOME, "--apply"])
        .await
        .ends(Exit::Fine);
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench.in_step();
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = synced().await;
    let dry = purge(&bench, &["--user", "ann", "--json"]).await;
    let report = dry.ends(Exit::NotInStep).json();
    fields(
        &report,
        &["user", "calendar", "mode", "calendars", "refused", "clean"],
    );
    let all = [
        "calendar", "name", "named", "found", "left", "foreign", "copies", "failed",
    ];
    fields(calendar(&report, "Two"), &all);
    assert_eq!(
        (&report["mode"], &report["clean"]),
        (&"dry_run".into(), &false.into())
    );
    assert_eq!(calendar(&report, "Two")["found"], 5);
    let report = purge(&bench, &["--user", "ann", "--json", "--apply"]).await;
    let report = report.ends(Exit::Fine).json();
    assert_eq!(report["mode"], "apply");
    assert_eq!(
        (
            &calendar(&report, "Two")["found"],
            &calendar(&report, "Two")["left"]
        ),
        (&5.into(), &0.into())
    );
}

#[tokio::test]
async fn with_the_table_lost_the_blocks_alone_are_enough() {
    let bench = synced().await;
    std::fs::remove_file(bench.path("state").join("tidelock.db")).unwrap();
    let dry = purge(&bench, &["--user", "ann"]).await;
    assert!(
        dry.ends(Exit::NotInStep)
            .out
            .contains("would delete 5 blocks on Two"),
        "{dry:?}"
    );
    purge(&bench, &["--calendar", HOME, "--apply"])
        .await
        .ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 4, 0]);
    purge(&bench, &["--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 0, 0]);
}

#[tokio::test]
async fn with_the_whole_folder_lost_the_key_of_the_config_is_enough_and_without_one_nothing_is_begun()
 {
    let bench = Bench::new().await;
    let key = "5a".repeat(InstallKey::BYTES);
    let keyed = bench.config(&format!("{DATA}\nkey = \"{key}\""));
    bench.sync(&keyed).await.ends(Exit::Fine);
    std::fs::remove_dir_all(bench.path("state")).unwrap();
    let ran = purge(&bench, &["--user", "ann", "--apply"]).await;
    assert!(ran.ends(Exit::Usage).err.contains("store.key"), "{ran:?}");
    assert!(!is_there(&bench.path("state")));
    let dry = bench.run(&keyed, &["purge", "--user", "ann"]).await;
    let text = "would delete 5 blocks on Two";
    assert!(dry.ends(Exit::NotInStep).out.contains(text), "{dry:?}");
    assert!(!is_there(&bench.path("state")));
    let ran = bench
        .run(&keyed, &["purge", "--user", "ann", "--apply"])
        .await;
    ran.ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 0, 0]);
}

#[tokio::test]
async fn a_copy_that_a_person_made_of_a_block_is_told_apart_and_stays() {
    let bench = synced().await;
    let block = bench.blocks(HOME).remove(0);
    bench.google().copy_event(HOME, &block, HOME).unwrap();
    let dry = purge(&bench, &["--user", "ann"]).await;
    let text = format!("1 copy of a block, made by a person on {HOME}: not ours to delete");
    assert!(dry.out.contains(&text), "{dry:?}");
    assert!(!dry.out.contains("another installation"), "{dry:?}");
    purge(&bench, &["--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 0, 0]);
}

#[tokio::test]
async fn cut_short_anywhere_it_goes_on_when_it_is_run_again() {
    for cut in [1, 4, 7] {
        let bench = synced().await;
        let before = bench.google_writes();
        let done = async {
            while bench.google_writes() < before + cut {
                tokio::task::yield_now().await;
            }
        };
        // Dropped in the middle of whatever it does, as by a crash.
        tokio::select! {
            biased;
            () = done => {}
            ran = purge(&bench, &["--user", "ann", "--apply"]) => panic!("{ran:?}"),
        }
        let ran = purge(&bench, &["--user", "ann", "--apply"]).await;
        ran.ends(Exit::Fine);
        assert_eq!(counts(&bench), [0, 0, 0]);
        let status = bench.run(&bench.config(DATA), &["status"]).await;
        status.ends(Exit::Fine);
    }
}

#[tokio::test]
async fn blocks_that_no_row_knows_go_too_and_strangers_stay() {
    let bench = synced().await;
    let other = Bench::new().await;
    other.sync(&other.config(DATA)).await.ends(Exit::Fine);
    let stranger = other.blocks(HOME).remove(0);
    bench
        .google()
        .insert_event(HOME, event(&stranger, 3, 12))
        .unwrap();
    // A copy of its own that a person moved to where no row looks for it.
    let there = bench.blocks(EMAIL);
    let mut own = bench.blocks(SECOND_CALENDAR).into_iter();
    let own = own.find(|block| !there.contains(block)).unwrap();
    bench
        .google()
        .insert_event(EMAIL, event(&own, 4, 12))
        .unwrap();
    let ran = purge(&bench, &["--user", "ann", "--apply"]).await;
    let text = format!("1 block of another installation or user on {HOME}: not touched");
    assert!(ran.ends(Exit::Fine).out.contains(&text), "{ran:?}");
    assert_eq!(counts(&bench), [0, 0, 1]);
}

#[tokio::test]
async fn blocks_of_events_over_long_ago_go_too() {
    let bench = synced().await;
    let object = bench
        .run(&bench.config(DATA), &["explain", "work1", "--json"])
        .await
        .json();
    let targets = object["sources"][0]["targets"].as_array().unwrap();
    let block = targets.iter().find(|one| one["calendar"] == HOME).unwrap()["block"].clone();
    let moved = event("any", -200, 9);
    bench
        .google()
        .replace_event(HOME, block.as_str().unwrap(), moved)
        .unwrap();
    std::fs::remove_file(bench.path("state").join("tidelock.db")).unwrap();
    purge(&bench, &["--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 0, 0]);
}

#[tokio::test]
async fn what_google_refuses_to_delete_is_told_and_left_to_the_next_run() {
    let bench = synced().await;
    bench.refuse("events.delete", HOME, 403, "forbidden");
    let ran = purge(&bench, &["--user", "ann", "--apply"]).await;
    for text in [
        format!("4 blocks left on {HOME}"),
        "FAILED".to_owned(),
        "NOT done".to_owned(),
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(&text),
            "{text}: {ran:?}"
        );
    }
    assert_eq!(counts(&bench), [0, 0, 4]);
    bench.google().clear_faults();
    purge(&bench, &["--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 0, 0]);
    let status = bench.run(&bench.config(DATA), &["status"]).await;
    status.ends(Exit::Fine);
}

#[tokio::test]
async fn a_calendar_that_cannot_be_listed_is_never_called_empty() {
    let bench = synced().await;
    bench.refuse("events.list", HOME, 403, "forbidden");
    let ran = purge(&bench, &["--user", "ann", "--apply"]).await;
    let text = format!("{HOME} could not be listed");
    assert!(ran.ends(Exit::NotInStep).out.contains(&text), "{ran:?}");
    assert!(
        !ran.out.contains(&format!("0 blocks left on {HOME}")),
        "{ran:?}"
    );
}

#[tokio::test]
async fn asked_to_stop_it_ends_soon_and_says_what_is_left() {
    let bench = synced().await;
    let (stopper, stop) = local::host::Stop::new();
    stopper.stop();
    let path = bench.write(&bench.config(DATA));
    let args = ["purge", "--config", &path, "--user", "ann", "--apply"];
    let ran = tokio::time::timeout(
        Duration::from_secs(30),
        super::bench::tidelock_until(&args, stop),
    )
    .await
    .unwrap();
    assert!(
        ran.ends(Exit::NotInStep)
            .out
            .contains("5 blocks left on Two"),
        "{ran:?}"
    );
    purge(&bench, &["--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_and_nothing_is_done() {
    let bench = synced().await;
    let writes = bench.google_writes();
    let check = async |args: &[&str], text: &str| {
        let ran = purge(&bench, args).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
    };
    check(&["--apply"], "--user").await;
    check(&["--user", "eve", "--apply"], "no user eve").await;
    check(&["--calendar", "nowhere", "--apply"], "no calendar nowhere").await;
    assert_eq!(bench.google_writes(), writes);
}
