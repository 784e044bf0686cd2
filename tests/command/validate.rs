//! `tidelock validate`.

use local::exit::Exit;
use serde_json::{Value, json};
use simulator::{EMAIL, SECOND_CALENDAR};

use super::bench::{Bench, HOME, Ran, event, is_there};
use super::output::fields;

const DATA: &str = "data = \"./state\"";

/// In step, and looked at once more so that Google has no news.
pub(super) async fn synced() -> Bench {
    let bench = Bench::new().await;
    for _ in 0..2 {
        bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    }
    bench
}

/// A block is gone and the token with which Google would tell of it is refused.
pub(super) fn lose_a_block(bench: &Bench, calendar: &str) -> String {
    let block = bench.blocks(calendar).remove(0);
    let mut google = bench.google();
    google.delete_event(calendar, &block).unwrap();
    google.expire_sync_tokens(calendar);
    block
}

async fn validate(bench: &Bench, args: &[&str]) -> Ran {
    bench
        .run(&bench.config(DATA), &[&["validate"], args].concat())
        .await
}

fn kinds(object: &Value) -> Vec<String> {
    let report = &object["reports"][0];
    let all = [&report["errors"], &report["warnings"]];
    let all = all.into_iter().flat_map(|list| list.as_array().unwrap());
    all.map(|one| one["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_clean_system_has_no_finding_and_a_plain_look_asks_google_nothing() {
    let bench = synced().await;
    let asked = bench.google().log().len();
    let ran = validate(&bench, &[]).await;
    for text in [
        "ann: valid; 3 calendars checked, 5 events, 10 blocks",
        "nothing found",
    ] {
        assert!(ran.ends(Exit::Fine).out.contains(text), "{text}: {ran:?}");
    }
    assert_eq!(bench.google().log().len(), asked);
    let writes = bench.google_writes();
    let ran = validate(&bench, &["--deep"]).await;
    let text = "3 calendars compared with Google";
    assert!(ran.ends(Exit::Fine).out.contains(text), "{ran:?}");
    assert_eq!(bench.google_writes(), writes);
}

#[tokio::test]
async fn the_object_is_the_reports_as_they_are_and_nothing_else() {
    let bench = synced().await;
    let object = validate(&bench, &["--json"]).await.ends(Exit::Fine).json();
    fields(&object, &["reports", "failed", "known"]);
    let report = &object["reports"][0];
    fields(
        report,
        &[
            "user",
            "at",
            "deep",
            "valid",
            "errors",
            "warnings",
            "consistency_issues",
            "not_named",
            "calendars_checked",
            "total_events",
            "stats",
            "pending",
            "parked",
            "paused",
            "frozen",
            "foreign",
            "copies",
        ],
    );
    assert_eq!(
        report["stats"],
        json!({"total": 15, "blocks": 10, "regular": 5})
    );
    fields(&report["pending"], &["count", "oldest", "reasons"]);
}

#[tokio::test]
async fn a_block_that_is_gone_is_found_named_and_explained() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    validate(&bench, &[]).await.ends(Exit::Fine);
    let ran = validate(&bench, &["--deep"]).await;
    for text in [
        "ann: NOT valid",
        "ERROR block_missing (1): a block is not there",
        "ERROR token_refused (1)",
        &format!("{HOME}: event work"),
        "helps: `tidelock repair --apply`",
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
    let object = validate(&bench, &["--deep", "--json"]).await;
    let object = object.ends(Exit::NotInStep).json();
    assert_eq!(object["reports"][0]["valid"], false);
    assert_eq!(kinds(&object).len(), 2, "{object}");
}

#[tokio::test]
async fn what_the_next_sync_brings_is_a_warning() {
    let bench = synced().await;
    let block = bench.blocks(HOME).remove(0);
    bench.google().delete_event(HOME, &block).unwrap();
    let ran = validate(&bench, &["--deep"]).await;
    for text in [
        "ann: valid",
        "warning block_missing (1)",
        "the next sync brings it",
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
}

#[tokio::test]
async fn one_calendar_or_one_event_is_looked_at_alone() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    let ran = validate(&bench, &["--deep", "--calendar", "Two"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("1 calendar compared"),
        "{ran:?}"
    );
    let ran = validate(&bench, &["--deep", "--calendar", HOME]).await;
    assert!(
        ran.ends(Exit::NotInStep).out.contains("block_missing"),
        "{ran:?}"
    );
    let found: Vec<_> = ["work1", "work2", "work3", "work4"].into();
    let mut missing = 0;
    for event in found {
        let object = validate(&bench, &["--deep", "--json", "--event", event])
            .await
            .json();
        missing += kinds(&object).len();
    }
    assert_eq!(missing, 1);
    let ran = validate(&bench, &["--event", "homeone"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("1 event, 2 blocks"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn what_waits_and_is_set_aside_is_told_with_reason_and_age() {
    let bench = Bench::new().await;
    bench.refuse("events.insert", HOME, 400, "invalid");
    bench.refuse("events.insert", SECOND_CALENDAR, 403, "forbidden");
    bench.sync(&bench.config(DATA)).await.ends(Exit::NotInStep);
    let ran = validate(&bench, &[]).await;
    for text in [
        "  pending: 5, the oldest for ",
        "  parked: 4, the oldest for ",
        "refused",
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
    assert!(!ran.out.contains("secret"), "{ran:?}");
}

#[tokio::test]
async fn one_account_that_google_refuses_is_a_finding_and_hides_no_other() {
    let bench = synced().await;
    lose_a_block(&bench, SECOND_CALENDAR);
    bench.refuse("events.list", HOME, 403, "forbidden");
    let object = validate(&bench, &["--deep", "--json"]).await;
    let kinds = kinds(&object.ends(Exit::NotInStep).json());
    for kind in ["not_compared", "block_missing"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_person_who_was_never_connected_hides_no_other() {
    let bench = synced().await;
    let two = format!(
        "{}[[user]]\nname = \"bob\"\n[[user.account]]\nname = \"gone\"\naccess_token = \"tok_gone\"\n",
        bench.config(DATA)
    );
    let ran = bench.run(&two, &["validate", "--json"]).await;
    let object = ran.ends(Exit::NotInStep).json();
    assert_eq!(object["reports"].as_array().unwrap().len(), 1);
    assert!(ran.err.contains("bob: FAILED"), "{ran:?}");
    bench
        .run(&two, &["validate", "--user", "ann"])
        .await
        .ends(Exit::Fine);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let bench = Bench::new().await;
    let ran = validate(&bench, &[]).await;
    assert!(
        ran.ends(Exit::Usage).err.contains("tidelock sync"),
        "{ran:?}"
    );
    assert!(!is_there(&bench.path("state")));
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let check = async |args: &[&str], exit: Exit, text: &str| {
        let ran = validate(&bench, args).await;
        assert!(ran.ends(exit).err.contains(text), "{text}: {ran:?}");
        assert_eq!(ran.out, "");
    };
    check(&["--user", "eve"], Exit::Usage, "no user eve").await;
    check(
        &["--calendar", "nowhere"],
        Exit::Usage,
        "no calendar nowhere",
    )
    .await;
    check(
        &["--event", "a", "--calendar", EMAIL],
        Exit::Usage,
        "--calendar",
    )
    .await;
    check(&["--event", "nowhere"], Exit::NotInStep, "is not known").await;
}

#[tokio::test]
async fn a_later_event_is_found_as_missing_until_it_is_synced() {
    let bench = synced().await;
    bench
        .google()
        .insert_event(HOME, event("later", 3, 12))
        .unwrap();
    let object = validate(&bench, &["--deep", "--json"]).await;
    assert_eq!(kinds(&object.ends(Exit::NotInStep).json()), ["row_missing"]);
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    validate(&bench, &["--deep"]).await.ends(Exit::Fine);
}
