//! `tidelock explain`.

use local::exit::Exit;
use serde_json::{Value, json};
use simulator::{EMAIL, SECOND_CALENDAR};

use super::bench::{Bench, HOME, Ran, event};
use super::output::fields;

const DATA: &str = "data = \"./state\"";

async fn explain(bench: &Bench, args: &[&str]) -> Ran {
    bench
        .run(&bench.config(DATA), &[&["explain"], args].concat())
        .await
}

async fn explained(bench: &Bench, args: &[&str]) -> Value {
    explain(bench, &[args, &["--json"]].concat()).await.json()
}

async fn synced() -> Bench {
    let bench = Bench::new().await;
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    bench
}

fn target<'v>(object: &'v Value, name: &str) -> &'v Value {
    let mut targets = object["sources"][0]["targets"].as_array().unwrap().iter();
    targets.find(|one| one["calendar"] == name).unwrap()
}

/// A weekly series from the third day on.
fn series(id: &str) -> Value {
    let mut body = event(id, 3, 7);
    body["recurrence"] = json!(["RRULE:FREQ=WEEKLY"]);
    for when in ["start", "end"] {
        body[when]["timeZone"] = json!("UTC");
    }
    body
}

#[tokio::test]
async fn an_event_that_is_blocked_is_told_where_and_by_which_block() {
    let bench = synced().await;
    let ran = explain(&bench, &["work1"]).await;
    for text in [
        "ann: work1 on",
        "single",
        "confirmed, busy",
        "blocked",
        "generation 0",
    ] {
        assert!(ran.ends(Exit::Fine).out.contains(text), "{text}: {ran:?}");
    }
    let object = explained(&bench, &["work1"]).await;
    let block = target(&object, HOME)["block"].as_str().unwrap();
    assert!(bench.blocks(HOME).iter().any(|id| id == block));
    assert_eq!(target(&object, HOME)["standing"], "blocked");
    assert!(!ran.out.contains("secret"), "{ran:?}");
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = synced().await;
    let object = explained(&bench, &["work1", "--live"]).await;
    let whole = [
        "event", "at", "block_of", "foreign", "sources", "damaged", "found", "in_order",
    ];
    fields(&object, &whole);
    let source = [
        "user",
        "calendar",
        "calendar_id",
        "takes_part",
        "key",
        "follows_series",
        "source",
        "parked",
        "pending",
        "now",
        "targets",
    ];
    fields(&object["sources"][0], &source);
    let on_target = [
        "calendar",
        "calendar_id",
        "access",
        "standing",
        "why_not",
        "want",
        "have",
        "twin",
        "alone",
        "parked",
        "retry",
        "rewrites",
        "generation",
        "block",
        "strays",
        "now",
    ];
    fields(target(&object, HOME), &on_target);
    assert_eq!(object["sources"][0]["now"], json!({"state": "same"}));
    assert_eq!(target(&object, HOME)["now"]["state"], "there");
    assert_eq!(target(&object, HOME)["now"]["differs"], Value::Null);
}

#[tokio::test]
async fn a_block_leads_to_its_source() {
    let bench = synced().await;
    let object = explained(&bench, &["work1"]).await;
    let block = target(&object, HOME)["block"].as_str().unwrap().to_owned();
    let object = explained(&bench, &[&block]).await;
    assert_eq!(object["block_of"][0]["event"], "work1");
    assert_eq!(object["block_of"][0]["calendar"], EMAIL);
    assert_eq!(object["sources"][0]["key"], "work1");
    let ran = explain(&bench, &[&block]).await;
    assert!(
        ran.ends(Exit::Fine)
            .out
            .contains("this is a block of work1 on"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn an_event_that_is_not_blocked_is_told_why() {
    let bench = Bench::new().await;
    let mut free = event("freeone", 3, 7);
    free["transparency"] = json!("transparent");
    bench.google().insert_event(EMAIL, free).unwrap();
    bench
        .google()
        .insert_event(EMAIL, event("twinone", 3, 9))
        .unwrap();
    bench
        .google()
        .insert_event(HOME, event("twinone", 3, 9))
        .unwrap();
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let object = explained(&bench, &["freeone"]).await;
    assert_eq!(target(&object, HOME)["standing"], "not_blocked");
    assert_eq!(target(&object, HOME)["why_not"], "shown as free");
    let object = explained(&bench, &["twinone", "--calendar", EMAIL]).await;
    assert_eq!(object["sources"].as_array().unwrap().len(), 1);
    assert_eq!(
        target(&object, HOME)["why_not"],
        "the same meeting is there already"
    );
    let other = explained(&bench, &["twinone", "--calendar", HOME]).await;
    let both = explained(&bench, &["twinone"]).await;
    assert_eq!(both["sources"].as_array().unwrap().len(), 2);
    // On a third calendar it is held once.
    let mut standings = [&object, &other].map(|of| {
        let third = target(of, SECOND_CALENDAR_NAME);
        third["standing"].as_str().unwrap().to_owned()
    });
    standings.sort();
    assert_eq!(standings, ["blocked", "not_blocked"]);
}

const SECOND_CALENDAR_NAME: &str = "Two";

#[tokio::test]
async fn what_failed_is_told_with_the_last_answer() {
    let bench = Bench::new().await;
    bench.refuse("events.insert", HOME, 400, "invalid");
    bench.refuse("events.insert", SECOND_CALENDAR, 403, "forbidden");
    bench.sync(&bench.config(DATA)).await.ends(Exit::NotInStep);
    let ran = explain(&bench, &["work1"]).await;
    for text in [
        "SET ASIDE",
        "answered 400 (invalid)",
        "failed 1 times",
        "answered 403 (forbidden)",
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
    let object = explained(&bench, &["work1"]).await;
    let retry = &target(&object, SECOND_CALENDAR_NAME)["retry"];
    fields(retry, &["failures", "at", "why"]);
    assert_eq!(target(&object, HOME)["standing"], "parked");
}

#[tokio::test]
async fn occurrences_lead_to_their_row_or_to_their_series() {
    let bench = Bench::new().await;
    bench
        .google()
        .insert_event(EMAIL, series("weekly"))
        .unwrap();
    let moved = bench.google().occurrences(
        EMAIL,
        super::bench::now(),
        super::bench::now() + chrono::Duration::days(30),
    );
    let mut weekly = moved
        .into_iter()
        .filter(|one| one.master_id.as_deref() == Some("weekly"));
    let (first, second) = (
        weekly.next().unwrap().event_id,
        weekly.next().unwrap().event_id,
    );
    bench
        .google()
        .patch_event(EMAIL, &second, json!({"transparency": "transparent"}))
        .unwrap();
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let object = explained(&bench, &[&first]).await;
    assert_eq!(object["sources"][0]["key"], "weekly");
    assert_eq!(object["sources"][0]["follows_series"], true);
    let object = explained(&bench, &[&second]).await;
    assert_eq!(object["sources"][0]["key"], second.as_str());
    assert_eq!(target(&object, HOME)["why_not"], "shown as free");
}

#[tokio::test]
async fn an_unknown_event_is_told_as_such() {
    let bench = synced().await;
    let ran = explain(&bench, &["nothing"]).await;
    assert!(
        ran.ends(Exit::NotInStep).out.contains("not known"),
        "{ran:?}"
    );
    let object = explained(&bench, &["nothing"]).await;
    assert_eq!(
        (&object["found"], &object["foreign"]),
        (&json!(false), &json!(false))
    );
    let ran = explain(&bench, &["tidelock1stranger"]).await;
    assert!(
        ran.ends(Exit::NotInStep)
            .out
            .contains("another installation"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn asked_live_google_tells_what_changed() {
    let bench = synced().await;
    let object = explained(&bench, &["work1"]).await;
    let block = target(&object, HOME)["block"].as_str().unwrap().to_owned();
    bench.google().delete_event(HOME, &block).unwrap();
    bench
        .google()
        .replace_event(EMAIL, "work1", event("work1", 1, 11))
        .unwrap();
    let writes = bench.google_writes();
    let object = explained(&bench, &["work1", "--live"]).await;
    assert_eq!(object["sources"][0]["now"]["state"], "changed");
    assert_eq!(target(&object, HOME)["now"]["state"], "deleted");
    assert_eq!(bench.google_writes(), writes);
    let ran = explain(&bench, &["work1", "--live"]).await;
    for text in ["at Google now: changed", "at Google now: deleted"] {
        assert!(ran.out.contains(text), "{text}: {ran:?}");
    }
    assert!(!ran.out.contains("secret"), "{ran:?}");
}

#[tokio::test]
async fn without_live_google_is_not_asked() {
    let bench = synced().await;
    let asked = bench.google().log().len();
    explain(&bench, &["work1"]).await.ends(Exit::Fine);
    assert_eq!(bench.google().log().len(), asked);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let bench = synced().await;
    let check = async |args: &[&str], text: &str| {
        let ran = explain(&bench, args).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
    };
    check(&[], "EVENT").await;
    check(&["a\nb"], "no id").await;
    check(&["work1", "--calendar", "nowhere"], "no calendar nowhere").await;
    check(&["work1", "--user", "eve"], "no user eve").await;
}
