//! `tidelock disconnect`.

use local::exit::Exit;
use serde_json::{Value, json};
use simulator::{EMAIL, Role, SECOND_CALENDAR};

use super::bench::{Bench, HOME, HOME_REFRESH, Ran};
use super::output::fields;

const DATA: &str = "data = \"./state\"";
const ALL: [&str; 3] = [EMAIL, SECOND_CALENDAR, HOME];
const ITS_HOME: [&str; 4] = ["--user", "ann", "--account", "home"];

async fn disconnect(bench: &Bench, config: &str, args: &[&str]) -> Ran {
    bench.run(config, &[&["disconnect"], args].concat()).await
}

async fn of_home(bench: &Bench, args: &[&str]) -> Ran {
    disconnect(bench, &bench.config(DATA), &[&ITS_HOME, args].concat()).await
}

/// The config without the second account.
fn without_home(config: &str) -> String {
    config.rsplit_once("[[user.account]]").unwrap().0.to_owned()
}

fn counts(bench: &Bench) -> [usize; 3] {
    ALL.map(|calendar| bench.blocks(calendar).len())
}

async fn synced() -> Bench {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench
}

/// Our id of a calendar.
async fn id(bench: &Bench, name: &str) -> String {
    let status = bench.run(&bench.config(DATA), &["status", "--json"]).await;
    let status = status.json();
    let mut all = status["people"][0]["calendars"].as_array().unwrap().iter();
    let one = all.find(|one| one["name"] == name).unwrap();
    one["calendar"].as_str().unwrap().to_owned()
}

/// The keys of all items that are about a calendar.
fn about(bench: &Bench, id: &str) -> Vec<String> {
    let keys = bench.items().into_iter();
    let keys = keys.map(|item| format!("{} / {}", item["pk"]["S"], item["sk"]["S"]));
    keys.filter(|key| key.contains(id)).collect()
}

#[tokio::test]
async fn a_dry_run_shows_what_would_go_and_changes_nothing() {
    let bench = synced().await;
    let (writes, items) = (bench.google_writes(), bench.items().len());
    let ran = of_home(&bench, &[]).await;
    for text in [
        format!("would delete 4 blocks on {HOME}"),
        format!("would delete 1 block on {EMAIL}"),
        "would delete 1 block on Two".to_owned(),
        format!("would forget ann/home with what is stored of {HOME}, and its credentials"),
        "--apply".to_owned(),
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(&text),
            "{text}: {ran:?}"
        );
    }
    assert_eq!(
        (bench.google_writes(), bench.items().len()),
        (writes, items)
    );
    let status = bench.run(&bench.config(DATA), &["status"]).await;
    status.ends(Exit::Fine);
}

#[tokio::test]
async fn applied_nothing_of_the_account_is_left_and_connected_again_it_is_as_the_first_time() {
    let bench = synced().await;
    let config = bench.config(DATA);
    // Also its credentials, its place on the wheel and a wake.
    bench.run(&config, &["connect"]).await.ends(Exit::Fine);
    let home = id(&bench, HOME).await;
    assert!(about(&bench, &home).len() > 5);
    assert!(
        bench
            .items()
            .iter()
            .any(|item| item["sk"]["S"] == "ACCOUNT#ann/home")
    );
    let ran = of_home(&bench, &["--apply"]).await;
    for text in [
        format!("0 blocks left on {HOME} (4 deleted)"),
        format!("0 blocks left on {EMAIL} (1 deleted)"),
        "ann/home is forgotten: 1 calendar with".to_owned(),
        "connects it anew".to_owned(),
    ] {
        assert!(ran.ends(Exit::Fine).out.contains(&text), "{text}: {ran:?}");
    }
    assert_eq!(counts(&bench), [0, 4, 0]);
    assert_eq!(about(&bench, &home), [""; 0]);
    let accounts: Vec<_> = bench
        .items()
        .into_iter()
        .map(|item| item["sk"]["S"].as_str().unwrap().to_owned())
        .filter(|sk| sk.contains("ann/"))
        .collect();
    assert_eq!(accounts, ["ACCOUNT#ann/work"]);
    let rest = without_home(&config);
    bench.run(&rest, &["status"]).await.ends(Exit::Fine);
    bench
        .run(&rest, &["validate", "--deep"])
        .await
        .ends(Exit::Fine);
    bench.run(&rest, &["health"]).await.ends(Exit::Fine);
    bench.sync(&rest).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [0, 4, 0]);
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench.in_step();
    bench
        .run(&config, &["validate", "--deep"])
        .await
        .ends(Exit::Fine);
    let writes = bench.google_writes();
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(bench.google_writes(), writes);
}

#[tokio::test]
async fn the_other_way_round_it_is_the_same() {
    let bench = synced().await;
    let config = bench.config(DATA);
    let its_work = ["--user", "ann", "--account", "work", "--apply"];
    let ran = disconnect(&bench, &config, &its_work).await;
    let text = "ann/work is forgotten: 2 calendars with";
    assert!(ran.ends(Exit::Fine).out.contains(text), "{ran:?}");
    assert_eq!(counts(&bench), [0, 0, 0]);
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench.in_step();
}

#[tokio::test]
async fn again_and_again_it_ends_the_same_way() {
    let bench = synced().await;
    for _ in 0..2 {
        of_home(&bench, &["--apply"]).await.ends(Exit::Fine);
        assert_eq!(counts(&bench), [0, 4, 0]);
        bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
        assert_eq!(counts(&bench), [1, 5, 4]);
        bench.in_step();
    }
}

#[tokio::test]
async fn a_second_run_finds_nothing_and_does_nothing() {
    let bench = synced().await;
    of_home(&bench, &["--apply"]).await.ends(Exit::Fine);
    let (writes, items) = (bench.google_writes(), bench.items());
    for args in [&["--apply"][..], &[]] {
        let ran = of_home(&bench, args).await;
        let text = "ann/home: nothing is stored of it";
        assert!(ran.ends(Exit::Fine).out.contains(text), "{ran:?}");
    }
    assert_eq!(bench.google_writes(), writes);
    assert_eq!(bench.items().len(), items.len());
}

#[tokio::test]
async fn what_could_not_be_removed_keeps_all_of_it_from_being_forgotten() {
    let bench = synced().await;
    let home = id(&bench, HOME).await;
    bench.refuse("events.delete", HOME, 400, "invalid");
    let ran = of_home(&bench, &["--apply"]).await;
    for text in [
        format!("4 blocks left on {HOME}"),
        "FAILED".to_owned(),
        "NOT done: nothing of ann/home is forgotten".to_owned(),
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(&text),
            "{text}: {ran:?}"
        );
    }
    // Another try may help, so nothing is given up.
    let ran = of_home(&bench, &["--apply", "--leave-blocks"]).await;
    ran.ends(Exit::NotInStep);
    assert!(about(&bench, &home).len() > 3);
    bench.google().clear_faults();
    of_home(&bench, &["--apply"]).await.ends(Exit::Fine);
    assert_eq!((counts(&bench), about(&bench, &home).len()), ([0, 4, 0], 0));
}

#[tokio::test]
async fn a_calendar_that_is_reached_through_another_account_stays() {
    let bench = Bench::new().await;
    bench.google().set_role(HOME, EMAIL, Some(Role::Writer));
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    bench.run(&config, &["connect"]).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    let writes = bench.google_writes();
    let ran = of_home(&bench, &["--apply"]).await;
    let text = "ann/home is forgotten: 0 calendars";
    assert!(ran.ends(Exit::Fine).out.contains(text), "{ran:?}");
    assert_eq!((counts(&bench), bench.google_writes()), ([1, 5, 4], writes));
    let kept = bench.items();
    assert!(
        kept.iter()
            .all(|item| item["sk"]["S"] != "ACCOUNT#ann/home")
    );
    bench.sync(&without_home(&config)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
}

#[tokio::test]
async fn an_account_that_left_the_config_is_known_still() {
    let bench = synced().await;
    let rest = without_home(&bench.config(DATA));
    // It was not synced without the account: the stored config has it.
    let ran = disconnect(&bench, &rest, &[&ITS_HOME[..], &["--apply"]].concat()).await;
    let text = "credentials";
    assert!(ran.ends(Exit::NotInStep).out.contains(text), "{ran:?}");
    let leave = [&ITS_HOME[..], &["--apply", "--leave-blocks"]].concat();
    let ran = disconnect(&bench, &rest, &leave).await;
    let text = "4 blocks that the table knows of could not be looked for";
    assert!(ran.ends(Exit::Fine).out.contains(text), "{ran:?}");
    assert_eq!(counts(&bench), [0, 4, 4]);
    bench.run(&rest, &["status"]).await.ends(Exit::Fine);
    // Its blocks are found again, and none is written twice.
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench.in_step();
}

#[tokio::test]
async fn an_account_that_lets_nobody_in_is_forgotten_when_its_blocks_may_stay() {
    let bench = Bench::new().await;
    let config = bench.config_with_consent(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    let home = id(&bench, HOME).await;
    bench.google().revoke_refresh_token(HOME_REFRESH);
    let apply = [&ITS_HOME[..], &["--apply"]].concat();
    let ran = disconnect(&bench, &config, &apply).await;
    for text in [
        format!("{HOME} could not be listed: what is left there is not known"),
        format!("4 blocks that the table knows of could not be looked for on {HOME}"),
        "nothing of ann/home is forgotten".to_owned(),
        "--leave-blocks".to_owned(),
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(&text),
            "{text}: {ran:?}"
        );
    }
    // What could be removed is gone by then.
    assert_eq!(counts(&bench), [0, 4, 4]);
    assert!(about(&bench, &home).len() > 3);
    let leave = [&apply[..], &["--leave-blocks"]].concat();
    let ran = disconnect(&bench, &config, &leave).await;
    for text in [
        format!("4 blocks that the table knows of could not be looked for on {HOME}"),
        "blocks are left where nobody is let in: ann/home is forgotten".to_owned(),
    ] {
        assert!(ran.ends(Exit::Fine).out.contains(&text), "{text}: {ran:?}");
    }
    assert_eq!((counts(&bench), about(&bench, &home).len()), ([0, 4, 4], 0));
    let rest = without_home(&config);
    for command in [&["status"][..], &["validate"], &["health"]] {
        bench.run(&rest, command).await.ends(Exit::Fine);
    }
    bench.sync(&rest).await.ends(Exit::Fine);
    // With a new consent it is as the first time, and what was left there is taken over.
    bench.google().add_refresh_token(HOME, HOME_REFRESH);
    let writes = bench.google_writes();
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    assert_eq!(bench.google_writes(), writes + 2);
    bench.in_step();
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = synced().await;
    let all = [
        "user",
        "account",
        "mode",
        "going",
        "calendars",
        "refused",
        "clean",
        "unseen",
        "known",
        "forgotten",
        "failed",
    ];
    let report = of_home(&bench, &["--json"]).await;
    let report = report.ends(Exit::NotInStep).json();
    fields(&report, &all);
    assert_eq!(
        (&report["mode"], &report["forgotten"], &report["going"]),
        (&json!("dry_run"), &Value::Null, &json!([HOME]))
    );
    let report = of_home(&bench, &["--json", "--apply"]).await;
    let report = report.ends(Exit::Fine).json();
    fields(&report, &all);
    let forgotten = &report["forgotten"];
    fields(forgotten, &["calendars", "items"]);
    assert_eq!(
        (&report["clean"], &forgotten["calendars"]),
        (&json!(true), &json!(1))
    );
    assert!(forgotten["items"].as_u64().unwrap() > 2);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_and_nothing_is_done() {
    let bench = synced().await;
    let (writes, items) = (bench.google_writes(), bench.items().len());
    let config = bench.config(DATA);
    let check = async |args: &[&str], text: &str| {
        let ran = disconnect(&bench, &config, args).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
    };
    check(&["--account", "home", "--apply"], "--user").await;
    check(&["--user", "ann", "--apply"], "--account").await;
    check(&["--user", "eve", "--account", "home"], "no user eve").await;
    let unknown = ["--user", "ann", "--account", "old", "--apply"];
    check(&unknown, "ann has no account old; known are: home, work").await;
    check(&[&ITS_HOME[..], &["--leave-blocks"]].concat(), "--apply").await;
    assert_eq!(
        (bench.google_writes(), bench.items().len()),
        (writes, items)
    );
}
