//! `tidelock status`.

use local::exit::Exit;
use local::host::Stop;
use serde_json::Value;
use simulator::{EMAIL, SECOND_CALENDAR};

use super::bench::{Bench, HOME, Ran, event, is_there, tidelock, tidelock_until};
use super::output::fields;

const DATA: &str = "data = \"./state\"";

fn calendar<'v>(status: &'v Value, name: &str) -> &'v Value {
    let calendars = status["people"][0]["calendars"].as_array().unwrap();
    let mut calendars = calendars.iter();
    calendars.find(|one| one["name"] == name).unwrap()
}

fn issues(status: &Value, name: &str) -> Vec<String> {
    let issues = calendar(status, name)["issues"].as_array().unwrap();
    let text = |issue: &Value| issue.as_str().unwrap().to_owned();
    issues.iter().map(text).collect()
}

async fn status(bench: &Bench) -> Ran {
    bench.run(&bench.config(DATA), &["status"]).await
}

async fn status_json(bench: &Bench) -> Ran {
    bench.run(&bench.config(DATA), &["status", "--json"]).await
}

#[tokio::test]
async fn what_is_in_step_is_in_order_and_google_is_not_asked() {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let asked = bench.google().log().len();
    let shown = status(&bench).await;
    for text in ["ann\n", EMAIL, HOME, "write", "8/8", "in order"] {
        assert!(
            shown.ends(Exit::Fine).out.contains(text),
            "{text}: {shown:?}"
        );
    }
    assert!(!shown.out.contains("NOT"), "{shown:?}");
    let object = status_json(&bench).await.ends(Exit::Fine).json();
    assert_eq!(object["in_order"], true);
    assert_eq!(bench.google().log().len(), asked);
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let status = status_json(&bench).await.ends(Exit::Fine).json();
    fields(&status, &["at", "people", "in_order"]);
    let person = [
        "user",
        "connected",
        "calendars",
        "withdrawn",
        "damaged",
        "failed",
    ];
    fields(&status["people"][0], &person);
    let all = [
        "calendar",
        "name",
        "access",
        "part",
        "checked",
        "events",
        "mirrored",
        "blocks_wanted",
        "blocks_in_step",
        "pending",
        "parked",
        "lease",
        "failing",
        "held",
        "journal_left",
        "wake",
        "damaged",
        "issues",
    ];
    let work = calendar(&status, EMAIL);
    fields(work, &all);
    fields(&work["checked"], &["since", "seconds"]);
    assert_eq!(
        (&work["part"], &work["access"]),
        (&"on".into(), &"write".into())
    );
    assert_eq!(work["events"], 4);
    assert_eq!(
        (&work["blocks_wanted"], &work["blocks_in_step"]),
        (&8.into(), &8.into())
    );
}

#[tokio::test]
async fn what_waits_or_is_set_aside_is_told_with_its_reason_and_age() {
    let bench = Bench::new().await;
    bench.refuse("events.insert", HOME, 400, "invalid");
    bench.refuse("events.insert", SECOND_CALENDAR, 403, "forbidden");
    bench.sync(&bench.config(DATA)).await.ends(Exit::NotInStep);
    let object = status_json(&bench).await.ends(Exit::NotInStep).json();
    assert_eq!(object["in_order"], false);
    assert_eq!(issues(&object, EMAIL), ["pending", "parked"]);
    let work = calendar(&object, EMAIL);
    assert_eq!(work["pending"]["events"], 4);
    assert!(work["pending"]["oldest"]["seconds"].is_u64());
    let parked = &work["parked"][0];
    fields(parked, &["kind", "target", "reason", "events", "oldest"]);
    assert_eq!(
        (&parked["kind"], &parked["events"]),
        (&"refused".into(), &4.into())
    );
    assert_eq!(parked["target"], HOME);
    let shown = status(&bench).await;
    for text in [
        "4 events to push, the oldest for",
        "4 set aside for",
        "refused",
        "NOT in order",
    ] {
        assert!(
            shown.ends(Exit::NotInStep).out.contains(text),
            "{text}: {shown:?}"
        );
    }
}

#[tokio::test]
async fn a_calendar_that_fails_is_told_since_when_and_why() {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    bench.refuse("events.list", HOME, 403, "forbidden");
    bench.sync(&bench.config(DATA)).await.ends(Exit::NotInStep);
    let object = status_json(&bench).await.ends(Exit::NotInStep).json();
    assert_eq!(issues(&object, HOME), ["failing"]);
    let failing = &calendar(&object, HOME)["failing"];
    fields(failing, &["first", "count", "class", "error"]);
    assert_eq!(
        (&failing["count"], &failing["class"]),
        (&1.into(), &"denied".into())
    );
    assert!(issues(&object, EMAIL).is_empty());
}

#[tokio::test]
async fn before_the_first_sync_there_is_nothing_to_show_and_nothing_is_made() {
    let bench = Bench::new().await;
    let ran = status(&bench).await;
    assert!(
        ran.ends(Exit::Usage).err.contains("tidelock sync"),
        "{ran:?}"
    );
    assert!(!is_there(&bench.path("state")));
}

#[tokio::test]
async fn a_person_who_was_never_connected_is_told() {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let two = format!(
        "{}[[user]]\nname = \"bob\"\n[[user.account]]\nname = \"gone\"\naccess_token = \"tok_gone\"\n",
        bench.config(DATA)
    );
    let ran = bench.run(&two, &["status"]).await;
    assert!(
        ran.ends(Exit::NotInStep)
            .out
            .contains("nothing is connected yet"),
        "{ran:?}"
    );
    bench
        .run(&two, &["status", "--user", "ann"])
        .await
        .ends(Exit::Fine);
    let ran = bench.run(&two, &["status", "--user", "eve"]).await;
    assert!(ran.ends(Exit::Usage).err.contains("no user eve"), "{ran:?}");
    assert!(ran.err.contains("ann, bob"), "{ran:?}");
}

#[tokio::test]
async fn a_folder_that_another_process_holds_is_told() {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let lock = std::fs::File::open(bench.path("state").join("lock")).unwrap();
    lock.lock().unwrap();
    let ran = status(&bench).await;
    assert!(
        ran.ends(Exit::Usage).err.contains("another tidelock"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn any_dynamodb_shows_how_things_stand_while_a_sync_runs() {
    let Some(url) = super::sync::endpoint() else {
        return;
    };
    let bench = Bench::new().await;
    let store = format!(
        "endpoint = \"{url}\"\ntable = \"status-{}\"",
        std::process::id()
    );
    let config = bench.config(&store);
    let ran = bench.run(&config, &["status"]).await;
    assert!(ran.ends(Exit::Usage).err.contains("no table"), "{ran:?}");
    bench.sync(&config).await.ends(Exit::Fine);
    bench
        .google()
        .insert_event(HOME, event("later", 3, 12))
        .unwrap();
    let (stopper, stop) = Stop::new();
    let path = bench.write(&config);
    let sync = ["sync", "--config", &path, "--interval", "1s"];
    let look = async {
        let ran = tidelock(&["status", "--config", &path, "--json"]).await;
        stopper.stop();
        ran
    };
    let (_, ran) = tokio::join!(tidelock_until(&sync, stop), look);
    assert_eq!(calendar(&ran.json(), EMAIL)["events"], 4);
}

#[tokio::test]
async fn a_calendar_that_was_switched_off_or_left_is_still_shown() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    let (rest, _) = config.rsplit_once("[[user.account]]").unwrap();
    bench.sync(rest).await.ends(Exit::NotInStep);
    let object = bench.run(rest, &["status", "--json"]).await.json();
    let issues = issues(&object, EMAIL);
    assert_eq!(issues, ["parked"], "{object}");
}

#[tokio::test]
async fn it_shows_no_text_of_an_event() {
    let bench = Bench::new().await;
    bench.refuse("events.insert", HOME, 400, "invalid");
    bench
        .google()
        .insert_event(EMAIL, event("other", 3, 12))
        .unwrap();
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    for ran in [status(&bench).await, status_json(&bench).await] {
        assert!(
            !ran.out.contains("secret") && !ran.err.contains("secret"),
            "{ran:?}"
        );
    }
}

#[tokio::test]
async fn status_without_a_config_is_no_command() {
    let ran = tidelock(&["status"]).await;
    assert!(ran.ends(Exit::Usage).err.contains("--config"), "{ran:?}");
}
