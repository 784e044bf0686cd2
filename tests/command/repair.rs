//! `tidelock repair`.

use local::exit::Exit;
use simulator::{Effect, Fault, Matcher, SECOND_CALENDAR, Times};

use super::bench::{Bench, HOME, Ran, event, is_there};
use super::output::fields;
use super::validate::{lose_a_block, synced};

const DATA: &str = "data = \"./state\"";

async fn repair(bench: &Bench, args: &[&str]) -> Ran {
    bench
        .run(&bench.config(DATA), &[&["repair"], args].concat())
        .await
}

/// Moves a block on the home calendar, behind a lost token.
fn move_a_block(bench: &Bench) {
    let block = bench.blocks(HOME).remove(1);
    let mut google = bench.google();
    google
        .replace_event(HOME, &block, event("any", 9, 3))
        .unwrap();
    google.expire_sync_tokens(HOME);
}

const MANY: i64 = 20;

/// In step, with so many events on the second calendar that the brake holds their deletion.
async fn with_many() -> Bench {
    let bench = Bench::new().await;
    for n in 0..MANY {
        let body = event(&format!("many{n:02}"), 5 + n % 5, 8 + n / 5);
        bench.google().insert_event(SECOND_CALENDAR, body).unwrap();
    }
    for _ in 0..2 {
        bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    }
    bench
}

fn delete_many(bench: &Bench) {
    for n in 0..MANY {
        let id = format!("many{n:02}");
        bench.google().delete_event(SECOND_CALENDAR, &id).unwrap();
    }
}

#[tokio::test]
async fn a_clean_system_needs_nothing() {
    let bench = synced().await;
    let ran = repair(&bench, &[]).await;
    for text in ["ann: nothing found", "nothing is to be done"] {
        assert!(ran.ends(Exit::Fine).out.contains(text), "{text}: {ran:?}");
    }
    let ran = repair(&bench, &["--apply"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("done; nothing is left"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn a_dry_run_shows_the_difference_and_writes_nothing() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    move_a_block(&bench);
    let writes = bench.google_writes();
    for _ in 0..2 {
        let ran = repair(&bench, &[]).await;
        for text in [
            "block_missing",
            "block_changed",
            "would insert 0, update 2, delete 0",
            &format!("{HOME}: would list it as a whole"),
            "nothing was changed; --apply does it",
        ] {
            assert!(
                ran.ends(Exit::NotInStep).out.contains(text),
                "{text}: {ran:?}"
            );
        }
    }
    assert_eq!(bench.google_writes(), writes);
}

#[tokio::test]
async fn applied_it_heals_and_a_second_time_does_nothing() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    move_a_block(&bench);
    let writes = bench.google_writes();
    let ran = repair(&bench, &["--apply"]).await;
    for text in [
        "as planned: insert 0, update 2, delete 0",
        "1 action taken, 3 errors fixed, 0 warnings resolved",
        "done; nothing is left",
    ] {
        assert!(ran.ends(Exit::Fine).out.contains(text), "{text}: {ran:?}");
    }
    assert!(bench.google_writes() > writes);
    bench.in_step();
    let writes = bench.google_writes();
    let ran = repair(&bench, &["--apply"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("nothing found"),
        "{ran:?}"
    );
    assert_eq!(bench.google_writes(), writes);
}

#[tokio::test]
async fn without_google_it_sees_what_is_stored_alone() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    let asked = bench.google().log().len();
    let ran = repair(&bench, &["--apply", "--plain"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("nothing found"),
        "{ran:?}"
    );
    assert_eq!(bench.google().log().len(), asked);
}

#[tokio::test]
async fn one_calendar_is_repaired_alone() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    let ran = repair(&bench, &["--apply", "--calendar", "Two"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("nothing found"),
        "{ran:?}"
    );
    repair(&bench, &["--apply", "--calendar", HOME])
        .await
        .ends(Exit::Fine);
    bench.in_step();
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = synced().await;
    lose_a_block(&bench, HOME);
    let object = repair(&bench, &["--json"])
        .await
        .ends(Exit::NotInStep)
        .json();
    fields(&object, &["mode", "people", "done"]);
    assert_eq!(
        (&object["mode"], &object["done"]),
        (&"dry_run".into(), &false.into())
    );
    let person = &object["people"][0];
    fields(person, &["user", "looked_again", "result", "failed"]);
    let result = &person["result"];
    fields(
        result,
        &[
            "before",
            "would",
            "held_back",
            "actions",
            "actions_taken",
            "errors_fixed",
            "warnings_resolved",
            "success",
            "left",
        ],
    );
    fields(&result["would"], &["inserts", "updates", "deletes"]);
    let object = repair(&bench, &["--json", "--apply"])
        .await
        .ends(Exit::Fine)
        .json();
    let result = &object["people"][0]["result"];
    assert_eq!(
        (&result["errors_fixed"], &result["warnings_resolved"]),
        (&2.into(), &0.into())
    );
    assert_eq!(
        (&object["mode"], &object["done"]),
        (&"apply".into(), &true.into())
    );
}

#[tokio::test]
async fn more_deletions_than_the_brake_lets_through_are_held_back_until_they_are_forced() {
    let bench = with_many().await;
    delete_many(&bench);
    bench.google().expire_sync_tokens(SECOND_CALENDAR);
    let writes = bench.google_writes();
    let ran = repair(&bench, &["--apply"]).await;
    for text in [
        "HELD BACK: it would insert 0, update 0, delete 40",
        "--force",
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
    assert_eq!(bench.google_writes(), writes);
    repair(&bench, &["--apply", "--force"])
        .await
        .ends(Exit::Fine);
    assert_eq!(bench.google_writes(), writes + 40);
    bench.in_step();
}

#[tokio::test]
async fn a_mass_deletion_that_a_sync_holds_is_looked_at_again_when_asked() {
    let bench = with_many().await;
    delete_many(&bench);
    let writes = bench.google_writes();
    // What changed since the last sync is the sync's to bring, and the sync's to hold.
    let ran = repair(&bench, &["--apply"]).await;
    assert!(ran.ends(Exit::NotInStep).out.contains("held"), "{ran:?}");
    assert_eq!(bench.google_writes(), writes);
    let dry = repair(&bench, &["--plain", "--look-again"]).await;
    let text = "would look again at the held deletions of Two";
    assert!(dry.ends(Exit::NotInStep).out.contains(text), "{dry:?}");
    let ran = repair(&bench, &["--apply", "--look-again"]).await;
    let text = "looked again at the held deletions of Two";
    assert!(ran.ends(Exit::Fine).out.contains(text), "{ran:?}");
    bench.in_step();
    for args in [&["--look-again"][..], &["--apply", "--look-again"]] {
        let ran = repair(&bench, args).await;
        assert!(ran.err.contains("ann: no deletion is held"), "{ran:?}");
    }
}

#[tokio::test]
async fn one_account_that_google_refuses_keeps_no_other_waiting() {
    let bench = synced().await;
    // Of an event of the account that answers: the other one's rows are pushed by its own sync.
    let explained = bench
        .run(&bench.config(DATA), &["explain", "work1", "--json"])
        .await
        .json();
    let targets = explained["sources"][0]["targets"].as_array().unwrap();
    let block = targets.iter().find(|one| one["calendar"] == "Two").unwrap()["block"].clone();
    let block = block.as_str().unwrap();
    bench.google().delete_event(SECOND_CALENDAR, block).unwrap();
    bench.google().expire_sync_tokens(SECOND_CALENDAR);
    bench.google().inject(Fault {
        on: Matcher::kind("events.list").on_calendar(HOME),
        times: Times::Always,
        effect: Effect::Status {
            code: 403,
            reason: "forbidden".into(),
            retry_after: None,
        },
    });
    let ran = repair(&bench, &["--apply"]).await;
    for text in ["left:", "not_compared", "NOT done"] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
    bench.in_step();
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_and_nothing_is_done() {
    let bench = Bench::new().await;
    for args in [&["--apply"][..], &[]] {
        let ran = repair(&bench, args).await;
        assert!(
            ran.ends(Exit::Usage).err.contains("tidelock sync"),
            "{ran:?}"
        );
        assert!(!is_there(&bench.path("state")));
    }
    bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
    let check = async |args: &[&str], text: &str| {
        let ran = repair(&bench, args).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
    };
    check(&["--force"], "--apply").await;
    check(&["--user", "eve", "--apply"], "no user eve").await;
    check(&["--calendar", "nowhere", "--apply"], "no calendar nowhere").await;
}
