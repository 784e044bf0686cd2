//! A folder that a second run goes on from.

use std::fs;
use std::path::Path;

use local::demo::Options;
use serde_json::{Value, json};

use super::{Ran, ran};

async fn run_in(folder: &Path) -> Ran {
    let options = Options {
        data: Some(folder.join("data")),
        ..Options::default()
    };
    ran(options).await.unwrap()
}

fn edit(folder: &Path, change: impl FnOnce(&mut Value, &mut Value)) {
    let path = folder.join("data/google.json");
    let mut saved: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut google: Value = serde_json::from_str(saved["google"].as_str().unwrap()).unwrap();
    change(&mut saved, &mut google);
    saved["google"] = google.to_string().into();
    fs::write(path, saved.to_string()).unwrap();
}

fn writes(ran: &Ran) -> Vec<&str> {
    let kinds = ran.object["google"]["requests_by_kind"]
        .as_object()
        .unwrap();
    let reads = ["events.list", "calendarList.list", "events.get"];
    kinds
        .keys()
        .map(String::as_str)
        .filter(|kind| !reads.contains(kind))
        .collect()
}

#[tokio::test]
async fn a_second_run_goes_on_and_finds_everything_in_step() {
    let folder = tempfile::tempdir().unwrap();
    let first = run_in(folder.path()).await;
    assert!(first.in_step, "{}", first.shown);
    let second = run_in(folder.path()).await;
    assert!(second.in_step, "{}", second.shown);
    assert_eq!(writes(&second), [""; 0]);
    assert_eq!(second.object["calendars"], first.object["calendars"]);
    assert!(
        second.object["google"]["units"].as_u64().unwrap() < 20,
        "{}",
        second.shown
    );
    assert!(
        second.shown.contains("The edits were played before"),
        "{}",
        second.shown
    );
}

#[tokio::test]
async fn a_run_that_did_not_end_is_made_good_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path()).await;
    let early = fs::read(folder.path().join("data/google.json")).unwrap();
    edit(folder.path(), |saved, _| {
        saved["played"] = json!(false);
    });
    let second = run_in(folder.path()).await;
    assert!(second.in_step, "{}", second.shown);
    // The tables are ahead by a dozen edits; Google is where it was before them, and says that it is.
    fs::write(folder.path().join("data/google.json"), early).unwrap();
    edit(folder.path(), |saved, _| saved["finished"] = json!(false));
    let third = run_in(folder.path()).await;
    assert!(third.in_step, "{}", third.shown);
}

#[tokio::test]
async fn a_block_that_vanishes_behind_the_back_of_everyone_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path()).await;
    edit(folder.path(), |_, google| {
        let calendars = google["calendars"].as_array_mut().unwrap();
        let events = calendars
            .iter_mut()
            .map(|calendar| calendar["events"].as_array_mut().unwrap());
        for events in events {
            let live = |event: &Value| {
                event["id"].as_str().unwrap().starts_with("tidelock")
                    && event["body"]["status"] == "confirmed"
            };
            if let Some(at) = events.iter().position(live) {
                events.remove(at);
            }
        }
    });
    let second = run_in(folder.path()).await;
    assert!(
        !second.in_step && second.object["in_step"] == false,
        "{}",
        second.shown
    );
    assert!(second.shown.contains("NOT IN STEP"), "{}", second.shown);
}

#[tokio::test]
async fn a_folder_that_is_not_one_of_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("google.json"), "{}").unwrap();
    let options = Options {
        data: Some(data),
        ..Options::default()
    };
    let error = ran(options).await.err().unwrap();
    assert!(
        error.is_usage() && error.to_string().contains("google.json"),
        "{error}"
    );
}

/// The first thing that a run leaves is the simulated Google; the tables come after it.
#[tokio::test]
async fn a_run_that_died_before_it_made_its_tables_is_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path()).await;
    edit(folder.path(), |saved, _| saved["finished"] = json!(false));
    for file in ["tables.db", "tables.db-wal", "tables.db-shm"] {
        let _ = fs::remove_file(folder.path().join("data").join(file));
    }
    let second = run_in(folder.path()).await;
    assert!(second.in_step, "{}", second.shown);
}

#[tokio::test]
async fn a_folder_serves_one_run_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let (one, two) = tokio::join!(ran(options()), ran(options()));
    assert!(one.unwrap().in_step);
    let error = two.err().unwrap();
    assert!(
        error.is_usage() && error.to_string().contains("another tidelock"),
        "{error}"
    );
}

#[tokio::test]
async fn tables_that_are_none_are_refused_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path()).await;
    for file in ["tables.db-wal", "tables.db-shm"] {
        let _ = fs::remove_file(folder.path().join("data").join(file));
    }
    let tables = folder.path().join("data/tables.db");
    fs::write(&tables, "no database at all".repeat(100)).unwrap();
    let options = Options {
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let error = ran(options).await.err().unwrap();
    let text = shared::engine::chain(&error);
    assert!(error.is_usage() && text.contains("tables.db"), "{text}");
    assert!(!text.contains("ncrypt"), "{text}");
}
