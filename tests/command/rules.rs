//! `tidelock rules`, `calendar`, `undo` and `plan`, and rules in the config file.

use std::collections::BTreeMap;

use local::exit::Exit;
use serde_json::Value;
use simulator::{EMAIL, SECOND_CALENDAR};

use super::bench::{Bench, HOME, Ran, tidelock};
use super::output::fields;

const DATA: &str = "data = \"./state\"";
const ALL: [&str; 3] = [EMAIL, SECOND_CALENDAR, HOME];
const TITLED: &str = "[[pairs]]\ntitle = \"Taken\"\n";

async fn run(bench: &Bench, args: &[&str]) -> Ran {
    bench.run(&bench.config(DATA), args).await
}

/// In step, with nothing in Google's log.
async fn synced() -> Bench {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench.google().clear_log();
    bench
}

fn counts(bench: &Bench) -> [usize; 3] {
    ALL.map(|calendar| bench.blocks(calendar).len())
}

fn titles(bench: &Bench, calendar: &str) -> Vec<String> {
    let blocks = bench.blocks(calendar).into_iter();
    let google = bench.google();
    let shown = blocks.map(|id| google.event_json(calendar, &id).unwrap());
    let mut titles: Vec<_> = shown
        .map(|event| event["summary"].as_str().unwrap().to_owned())
        .collect();
    titles.dedup();
    titles
}

fn writes(bench: &Bench) -> BTreeMap<&'static str, u64> {
    let mut kinds = bench.google().requests_by_kind();
    kinds.retain(|kind, _| {
        [
            "events.insert",
            "events.update",
            "events.delete",
            "events.patch",
        ]
        .contains(kind)
    });
    kinds
}

/// A file beside the config.
fn file(bench: &Bench, name: &str, text: &str) -> String {
    let path = bench.path(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The config with rules for its person.
fn with_rules(bench: &Bench, rules: &str) -> String {
    bench
        .config(DATA)
        .replacen("[[user.account]]", &format!("{rules}\n[[user.account]]"), 1)
}

#[track_caller]
fn tells(ran: &Ran, exit: Exit, texts: &[&str]) {
    for text in texts {
        assert!(ran.ends(exit).out.contains(text), "{text}: {ran:?}");
    }
}

#[tokio::test]
async fn what_is_in_force_is_shown_in_words() {
    let bench = synced().await;
    let shown = run(&bench, &["rules", "show"]).await;
    let pair = format!("{EMAIL} → Two: \"Busy\", private");
    tells(
        &shown,
        Exit::Fine,
        &["ann: no rules, so the defaults hold", &pair],
    );
    let path = file(
        &bench,
        "rules.toml",
        "zone = \"Europe/Berlin\"\n[[pairs]]\nto = \"Two\"\ntitle = \"Taken\"\ncolour = \"sage\"\nbefore = 10\n\
         all_day = false\nhours = { days = [\"mon\"], from = \"09:00\", to = \"17:00\" }\n[[pairs]]\nfrom = \"Two\"\nmirror = false\n",
    );
    let set = run(&bench, &["rules", "set", &path, "--user", "ann", "--apply"]).await;
    set.ends(Exit::Fine);
    let shown = run(&bench, &["rules", "show"]).await;
    let pair = format!(
        "{EMAIL} → Two: \"Taken\", sage, private, 10 min before, Mon 09:00–17:00 in Europe/Berlin, not: all-day"
    );
    let none = format!("Two → {HOME}: nothing: the rules mirror nothing here");
    tells(
        &shown,
        Exit::Fine,
        &[
            "ann: rules of version 2",
            &pair,
            &none,
            "version 2: ",
            ", command",
        ],
    );
    let json = run(&bench, &["rules", "show", "--json"]).await;
    let person = &json.ends(Exit::Fine).json()["people"][0];
    fields(
        person,
        &[
            "user",
            "version",
            "rules",
            "from_file",
            "calendars",
            "pairs",
            "changes",
            "failed",
        ],
    );
    assert_eq!(person["rules"]["pairs"][0]["to"], SECOND_CALENDAR);
}

#[tokio::test]
async fn a_file_of_rules_is_checked_without_an_installation() {
    let bench = Bench::new().await;
    let good = file(
        &bench,
        "good.json",
        r#"{"pairs": [{"to": "Two", "title": "Taken"}]}"#,
    );
    tells(
        &tidelock(&["rules", "check", &good]).await,
        Exit::Fine,
        &["can be used"],
    );
    let bad = file(
        &bench,
        "bad.toml",
        "zone = 7\n[[pairs]]\ntitel = \"x\"\nbefore = 1000\n",
    );
    let expected = [
        "line 1: zone",
        "line 3: pairs[0].titel is not known",
        "line 4: pairs[0].before",
        "cannot be used",
    ];
    tells(
        &tidelock(&["rules", "check", &bad]).await,
        Exit::NotInStep,
        &expected,
    );
    let json = tidelock(&["rules", "check", &bad, "--json"]).await.json();
    fields(&json, &["file", "problems", "people", "valid"]);
    assert_eq!(json["problems"].as_array().unwrap().len(), 3);
    let broken = file(&bench, "broken.json", "{\"pairs\": [");
    tells(
        &tidelock(&["rules", "check", &broken]).await,
        Exit::NotInStep,
        &["is not JSON"],
    );
    let other = file(&bench, "rules.yaml", "");
    tidelock(&["rules", "check", &other])
        .await
        .ends(Exit::Usage);
    tidelock(&["rules", "check", "/nowhere.toml"])
        .await
        .ends(Exit::Usage);
    assert!(bench.google().log().is_empty());
}

#[tokio::test]
async fn with_a_config_the_calendars_are_looked_for_too() {
    let bench = synced().await;
    let path = file(
        &bench,
        "rules.toml",
        "calendars = { Gym = \"off\", Two = \"off\" }\n",
    );
    let ran = run(&bench, &["rules", "check", &path]).await;
    tells(
        &ran,
        Exit::NotInStep,
        &["ann: calendars.Gym: no calendar has this name"],
    );
    let set = run(&bench, &["rules", "set", &path, "--user", "ann", "--apply"]).await;
    assert!(
        set.ends(Exit::Usage).err.contains("calendars.Gym"),
        "{set:?}"
    );
}

#[tokio::test]
async fn a_dry_run_shows_what_the_next_sync_does_and_writes_nothing() {
    let bench = synced().await;
    let path = file(&bench, "rules.toml", TITLED);
    let dry = run(&bench, &["rules", "set", &path, "--user", "ann"]).await;
    let expected = [
        "the next syncs would insert 0, update 10, delete 0",
        &format!("Two: update 4 blocks of {EMAIL}: the rules change its title"),
        "nothing was changed; --apply does it",
    ];
    tells(&dry, Exit::NotInStep, &expected);
    let plan = run(&bench, &["plan", "--rules", &path]).await;
    tells(
        &plan,
        Exit::NotInStep,
        &["ann: would insert 0, update 10, delete 0", expected[1]],
    );
    let nothing = run(&bench, &["plan"]).await;
    tells(&nothing, Exit::Fine, &["ann: nothing is to be done"]);
    assert!(bench.google().log().is_empty());

    let done = run(&bench, &["rules", "set", &path, "--user", "ann", "--apply"]).await;
    tells(
        &done,
        Exit::Fine,
        &[
            "in force as version 2",
            "update 10",
            "all calendars are woken",
        ],
    );
    assert!(bench.google().log().is_empty());
    let plan = run(&bench, &["plan"]).await;
    tells(
        &plan,
        Exit::NotInStep,
        &["ann: would insert 0, update 10, delete 0", expected[1]],
    );
    let again = run(&bench, &["rules", "set", &path, "--user", "ann", "--apply"]).await;
    tells(
        &again,
        Exit::Fine,
        &["they are in force already", "nothing was changed"],
    );

    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(writes(&bench), BTreeMap::from([("events.update", 10)]));
    assert!(
        ALL.iter()
            .all(|calendar| titles(&bench, calendar) == ["Taken"])
    );
}

#[tokio::test]
async fn a_calendar_goes_off_and_comes_back_by_an_undo() {
    let bench = synced().await;
    let dry = run(&bench, &["calendar", "off", "Two"]).await;
    let expected = [
        "would put in force: Two off",
        "would insert 0, update 0, delete 5",
        &format!("Two: delete 4 blocks of {EMAIL}: this calendar takes no part"),
    ];
    tells(&dry, Exit::NotInStep, &expected);
    run(&bench, &["calendar", "off", "Two", "--apply"])
        .await
        .ends(Exit::Fine);
    let status = run(&bench, &["status", "--json"]).await.json();
    let calendars = status["people"][0]["calendars"].as_array().unwrap();
    let two = calendars.iter().find(|one| one["name"] == "Two").unwrap();
    assert_eq!(two["part"], "off");
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench)[1], 0);

    let dry = run(&bench, &["undo", "--user", "ann"]).await;
    let expected = [
        "would put in force: the rules before version 2",
        "insert 0, update 5, delete 0",
        "the rules mirror it now",
    ];
    tells(&dry, Exit::NotInStep, &expected);
    run(&bench, &["undo", "--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    bench.in_step();
    run(&bench, &["undo", "--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench)[1], 0);
}

#[tokio::test]
async fn a_calendar_is_paused_and_on_again() {
    let bench = synced().await;
    run(&bench, &["calendar", "pause", HOME, "--apply"])
        .await
        .ends(Exit::Fine);
    let shown = run(&bench, &["rules", "show"]).await;
    tells(
        &shown,
        Exit::Fine,
        &[
            &format!("{HOME} is paused"),
            "paused: blocks stay as they are",
        ],
    );
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(counts(&bench), [1, 5, 4]);
    run(&bench, &["calendar", "on", HOME, "--apply"])
        .await
        .ends(Exit::Fine);
    let same = run(&bench, &["calendar", "on", HOME]).await;
    tells(&same, Exit::Fine, &["in force already"]);
    assert_eq!(writes(&bench), BTreeMap::new());
}

#[tokio::test]
async fn what_was_not_kept_of_titles_is_told_to_need_a_whole_read() {
    let bench = synced().await;
    let path = file(&bench, "rules.json", r#"{"pairs": [{"title": "{title}"}]}"#);
    let plan = run(&bench, &["plan", "--rules", &path]).await;
    tells(
        &plan,
        Exit::NotInStep,
        &["at least", "Two is read as a whole first"],
    );
    let json = run(&bench, &["plan", "--rules", &path, "--json"]).await;
    let json = json.ends(Exit::NotInStep).json();
    fields(&json, &["people", "nothing"]);
    let person = &json["people"][0];
    fields(
        person,
        &[
            "user",
            "inserts",
            "updates",
            "deletes",
            "calendars",
            "unread",
            "to_be_read",
            "paused",
            "aside",
        ],
    );
    assert_eq!(person["to_be_read"].as_array().unwrap().len(), 3);
    run(&bench, &["rules", "set", &path, "--user", "ann", "--apply"])
        .await
        .ends(Exit::Fine);
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let mut shown = titles(&bench, HOME);
    shown.sort();
    let expected = [
        "secret work1",
        "secret work2",
        "secret work3",
        "secret work4",
    ];
    assert_eq!(shown, expected);
    let plan = run(&bench, &["plan"]).await;
    tells(&plan, Exit::Fine, &["nothing is to be done"]);
}

#[tokio::test]
async fn rules_of_the_config_file_hold_and_are_changed_there() {
    let bench = synced().await;
    let config = with_rules(
        &bench,
        "[[user.rules.pairs]]\nto = \"Two\"\ntitle = \"Taken\"\n",
    );
    let plan = bench.run(&config, &["plan"]).await;
    tells(
        &plan,
        Exit::NotInStep,
        &["would insert 0, update 5, delete 0"],
    );
    bench.sync(&config).await.ends(Exit::Fine);
    assert_eq!(writes(&bench), BTreeMap::from([("events.update", 5)]));
    assert_eq!(titles(&bench, SECOND_CALENDAR), ["Taken"]);
    let path = file(&bench, "rules.toml", TITLED);
    for args in [
        &["rules", "set", path.as_str(), "--user", "ann", "--apply"][..],
        &["calendar", "off", "Two", "--apply"],
        &["undo", "--user", "ann", "--apply"],
    ] {
        let refused = bench.run(&config, args).await;
        assert!(
            refused.ends(Exit::Usage).err.contains("change them there"),
            "{refused:?}"
        );
    }
    let shown = bench.run(&config, &["rules", "show"]).await;
    tells(
        &shown,
        Exit::Fine,
        &["the config file has rules", ", config file"],
    );
    // Without them in the file, what is stored stays.
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    assert_eq!(titles(&bench, SECOND_CALENDAR), ["Taken"]);
}

#[tokio::test]
async fn rules_for_a_calendar_that_is_not_there_stop_nothing_that_held_before() {
    let bench = synced().await;
    let config = with_rules(&bench, "[user.rules.calendars]\nGym = \"off\"\n");
    bench
        .google()
        .insert_event(HOME, super::bench::event("more", 3, 7))
        .unwrap();
    let ran = bench.sync(&config).await;
    let told = &ran.ends(Exit::NotInStep).err;
    assert!(
        told.contains("calendars.Gym: no calendar has this name"),
        "{told}"
    );
    assert_eq!(counts(&bench), [2, 6, 4]);
}

#[tokio::test]
async fn rules_for_a_calendar_that_is_not_there_connect_nobody_new() {
    let bench = Bench::new().await;
    let config = with_rules(
        &bench,
        "[[user.rules.pairs]]\nfrom = \"Gym\"\nmirror = false\n",
    );
    let ran = bench.sync_json(&config).await;
    let failed: Value = ran.ends(Exit::NotInStep).json()["failed"].clone();
    assert!(
        failed.as_str().unwrap().contains("pairs[0].from"),
        "{failed}"
    );
    assert_eq!(counts(&bench), [0, 0, 0]);
    assert_eq!(writes(&bench), BTreeMap::new());
}

#[tokio::test]
async fn what_cannot_be_changed_ends_with_2() {
    let bench = synced().await;
    let undo = run(&bench, &["undo", "--user", "ann"]).await;
    assert!(
        undo.ends(Exit::Usage)
            .err
            .contains("no change of the rules"),
        "{undo:?}"
    );
    run(&bench, &["undo"]).await.ends(Exit::Usage);
    run(&bench, &["calendar", "off", "Gym"])
        .await
        .ends(Exit::Usage);
    run(&bench, &["calendar", "away", "Two"])
        .await
        .ends(Exit::Usage);
    let path = file(&bench, "rules.toml", TITLED);
    run(&bench, &["rules", "set", &path])
        .await
        .ends(Exit::Usage);
    run(&bench, &["plan", "--user", "bob"])
        .await
        .ends(Exit::Usage);
}
