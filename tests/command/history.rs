//! `tidelock history`.

use local::exit::Exit;
use serde_json::{Value, json};
use shared::limits::CHANGES_KEPT;
use simulator::EMAIL;

use super::bench::{Bench, HOME, Ran, event};
use super::output::fields;

const DATA: &str = "data = \"./state\"";
const SECOND_NAME: &str = "Two";

async fn history(bench: &Bench, args: &[&str]) -> Ran {
    let ran = bench
        .run(&bench.config(DATA), &[&["history"], args].concat())
        .await;
    let told = format!("{}{}", ran.out, ran.err);
    assert!(!told.contains("secret"), "{ran:?}");
    ran
}

async fn told(bench: &Bench, event: &str) -> Value {
    history(bench, &[event, "--json"]).await.json()
}

async fn sync(bench: &Bench) {
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
}

async fn synced() -> Bench {
    let bench = Bench::new().await;
    sync(&bench).await;
    bench
}

fn target<'v>(object: &'v Value, name: &str) -> &'v Value {
    let mut targets = object["sources"][0]["targets"].as_array().unwrap().iter();
    targets.find(|one| one["calendar"] == name).unwrap()
}

/// What was done and why, oldest first.
fn deeds(object: &Value, name: &str) -> Vec<(String, String)> {
    let changes = target(object, name)["changes"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .iter()
        .map(|change| (text(&change["did"]), text(&change["why"])))
        .collect()
}

#[track_caller]
fn are(object: &Value, name: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(did, why)| ((*did).to_owned(), (*why).to_owned()))
        .collect();
    assert_eq!(deeds(object, name), expected, "{object}");
}

const EVENT: &str = "the event changed";
const RULES: &str = "the rules changed";
const PERSON: &str = "a person changed the block";

#[tokio::test]
async fn an_event_that_comes_moves_and_goes_leaves_its_trail() {
    let bench = synced().await;
    are(&told(&bench, "work1").await, HOME, &[("inserted", EVENT)]);
    bench
        .google()
        .replace_event(EMAIL, "work1", event("work1", 1, 11))
        .unwrap();
    sync(&bench).await;
    bench.google().delete_event(EMAIL, "work1").unwrap();
    sync(&bench).await;
    let object = told(&bench, "work1").await;
    let expected = [("inserted", EVENT), ("updated", EVENT), ("removed", EVENT)];
    are(&object, HOME, &expected);
    are(&object, SECOND_NAME, &expected);
    let changes = target(&object, HOME)["changes"].as_array().unwrap();
    for (one, next) in changes.iter().zip(&changes[1..]) {
        assert_eq!(one["after"], next["before"]);
        assert!(one["epoch"].as_u64().unwrap() < next["epoch"].as_u64().unwrap());
        assert_eq!(one["commits"].as_array().unwrap().len(), 1, "{one}");
    }
    assert_eq!(
        (&changes[0]["before"], &changes[2]["after"]),
        (&json!("-"), &json!("d"))
    );
    let ran = history(&bench, &["work1"]).await;
    for text in [
        "inserted (the event changed); - to o",
        ", commit 0",
        "not blocked, nothing is due",
    ] {
        assert!(ran.ends(Exit::Fine).out.contains(text), "{text}: {ran:?}");
    }
    let order = ["inserted", "updated", "removed"].map(|did| ran.out.find(did).unwrap());
    assert!(order.is_sorted(), "{ran:?}");
}

#[tokio::test]
async fn a_block_that_a_person_moved_or_deleted_was_put_back() {
    let bench = synced().await;
    let object = told(&bench, "work1").await;
    let block = target(&object, HOME)["block"].as_str().unwrap().to_owned();
    bench
        .google()
        .replace_event(HOME, &block, event("any", 2, 15))
        .unwrap();
    sync(&bench).await;
    are(
        &told(&bench, "work1").await,
        HOME,
        &[("inserted", EVENT), ("updated", PERSON)],
    );
    bench.google().delete_event(HOME, &block).unwrap();
    sync(&bench).await;
    // The block leads to the same trail.
    let object = told(&bench, &block).await;
    let expected = [
        ("inserted", EVENT),
        ("updated", PERSON),
        ("put_back", PERSON),
    ];
    are(&object, HOME, &expected);
    are(&object, SECOND_NAME, &[("inserted", EVENT)]);
    assert_eq!(object["block_of"][0]["event"], "work1");
    let ran = history(&bench, &[&block]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("put back (a person"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn rules_that_changed_are_the_reason() {
    let bench = synced().await;
    let without = bench
        .config(DATA)
        .replace("env:HOME_TOKEN\"", "env:HOME_TOKEN\"\ncalendars = []");
    bench.sync(&without).await.ends(Exit::Fine);
    let expected = [("inserted", EVENT), ("removed", RULES)];
    are(&told(&bench, "work1").await, HOME, &expected);
    sync(&bench).await;
    let expected = [("inserted", EVENT), ("removed", RULES), ("put_back", RULES)];
    are(&told(&bench, "work1").await, HOME, &expected);
}

#[tokio::test]
async fn only_the_last_changes_are_kept_and_it_says_so() {
    let bench = synced().await;
    for hour in 10..15 {
        bench
            .google()
            .replace_event(EMAIL, "work1", event("work1", 1, hour))
            .unwrap();
        sync(&bench).await;
    }
    let object = told(&bench, "work1").await;
    assert_eq!(object["kept"], CHANGES_KEPT);
    are(&object, HOME, &[("updated", EVENT); CHANGES_KEPT]);
    let ran = history(&bench, &["work1"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("older ones are not kept"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn what_is_due_stands_at_the_end_with_its_reason() {
    let bench = synced().await;
    bench.refuse("events.update", HOME, 403, "forbidden");
    bench
        .google()
        .replace_event(EMAIL, "work1", event("work1", 1, 11))
        .unwrap();
    bench.sync(&bench.config(DATA)).await.ends(Exit::NotInStep);
    let object = told(&bench, "work1").await;
    let now = &target(&object, HOME)["now"];
    assert_eq!(
        (&now["standing"], &now["due"], &now["why"]),
        (&json!("pending"), &json!("updated"), &json!(EVENT))
    );
    are(&object, HOME, &[("inserted", EVENT)]);
    let ran = history(&bench, &["work1"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("now: to be updated; o"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn an_occurrence_has_a_trail_of_its_own_or_its_series() {
    let bench = Bench::new().await;
    let mut weekly = event("weekly", 3, 7);
    weekly["recurrence"] = json!(["RRULE:FREQ=WEEKLY"]);
    for when in ["start", "end"] {
        weekly[when]["timeZone"] = json!("UTC");
    }
    bench.google().insert_event(EMAIL, weekly).unwrap();
    sync(&bench).await;
    let month = super::bench::now() + chrono::Duration::days(30);
    let all = bench
        .google()
        .occurrences(EMAIL, super::bench::now(), month);
    let ids: Vec<_> = all
        .into_iter()
        .filter(|one| one.master_id.as_deref() == Some("weekly"))
        .map(|one| one.event_id)
        .collect();
    bench.google().delete_event(EMAIL, &ids[1]).unwrap();
    sync(&bench).await;
    let object = told(&bench, &ids[0]).await;
    assert_eq!(object["sources"][0]["follows_series"], true);
    are(&object, HOME, &[("inserted", EVENT)]);
    let object = told(&bench, &ids[1]).await;
    assert_eq!(object["sources"][0]["follows_series"], false);
    are(&object, HOME, &[("occurrence_hidden", EVENT)]);
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = synced().await;
    let object = told(&bench, "work1").await;
    let whole = [
        "event", "at", "kept", "block_of", "foreign", "sources", "damaged", "found",
    ];
    fields(&object, &whole);
    let source = [
        "user",
        "calendar",
        "calendar_id",
        "key",
        "follows_series",
        "targets",
    ];
    fields(&object["sources"][0], &source);
    let on = target(&object, HOME);
    fields(on, &["calendar", "calendar_id", "block", "changes", "now"]);
    let change = ["at", "did", "why", "before", "after", "epoch", "commits"];
    fields(&on["changes"][0], &change);
    fields(
        &on["now"],
        &["standing", "due", "why", "want", "have", "strays"],
    );
    assert_eq!(
        (&on["now"]["standing"], &on["now"]["due"]),
        (&json!("blocked"), &Value::Null)
    );
}

#[tokio::test]
async fn what_is_not_known_ends_with_1_and_google_is_not_asked() {
    let bench = synced().await;
    let asked = bench.google().log().len();
    let ran = history(&bench, &["nothing"]).await;
    assert!(
        ran.ends(Exit::NotInStep).out.contains("not known"),
        "{ran:?}"
    );
    let ran = history(&bench, &["tidelock1stranger"]).await;
    assert!(
        ran.ends(Exit::NotInStep)
            .out
            .contains("another installation"),
        "{ran:?}"
    );
    let object = history(&bench, &["nothing", "--json"]).await;
    assert_eq!(object.ends(Exit::NotInStep).json()["found"], false);
    let object = history(&bench, &["work1", "--calendar", HOME, "--json"]).await;
    assert_eq!(object.ends(Exit::NotInStep).json()["found"], false);
    history(&bench, &["work1", "--calendar", EMAIL])
        .await
        .ends(Exit::Fine);
    assert_eq!(bench.google().log().len(), asked);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let bench = synced().await;
    let check = async |args: &[&str], text: &str| {
        let ran = history(&bench, args).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
    };
    check(&[], "EVENT").await;
    check(&["a\nb"], "no id").await;
    check(&["work1", "--calendar", "nowhere"], "no calendar nowhere").await;
    check(&["work1", "--user", "eve"], "no user eve").await;
}
