//! An account that does not let us in any more: which it is, what that means and what to do is told wherever it shows.

use local::exit::Exit;
use serde_json::json;
use simulator::{EMAIL, SECOND_CALENDAR};

use super::bench::{Bench, HOME, HOME_REFRESH, Ran, event};
use super::output::fields;

const DATA: &str = "data = \"./state\"";

/// What has to be told, whoever tells it.
#[track_caller]
fn is_told(ran: &Ran, told: &str) {
    for text in [
        "ann/home",
        "the blocks of its events elsewhere stay as they are",
        "get a new token for the account",
        "tidelock disconnect --user ann --account home",
    ] {
        assert!(told.contains(text), "{text}: {ran:?}");
    }
    for never in [HOME_REFRESH, "shh", "tok_", "secret"] {
        assert!(!format!("{ran:?}").contains(never), "{never}: {ran:?}");
    }
}

async fn withdrawn() -> (Bench, String) {
    let bench = Bench::new().await;
    let config = bench.config_with_consent(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    bench.google().revoke_refresh_token(HOME_REFRESH);
    (bench, config)
}

#[tokio::test]
async fn a_sync_says_which_account_it_is_and_what_to_do_and_goes_on_with_the_others() {
    let (bench, config) = withdrawn().await;
    bench
        .google()
        .insert_event(EMAIL, event("fresh", 3, 12))
        .unwrap();
    let ran = bench.sync(&config).await;
    is_told(&ran, &ran.ends(Exit::NotInStep).err);
    assert!(ran.err.contains("invalid_grant"), "{ran:?}");
    // The block of its event stays, and the others are in step.
    assert_eq!(bench.blocks(SECOND_CALENDAR).len(), 6);
    assert_eq!(bench.blocks(EMAIL).len(), 1);
    let ran = bench.sync_json(&config).await;
    let failed = ran.ends(Exit::NotInStep).json()["failed"].to_string();
    is_told(&ran, &failed);
}

#[tokio::test]
async fn status_and_health_say_it_once_for_all_of_its_calendars() {
    let (bench, config) = withdrawn().await;
    bench.sync(&config).await.ends(Exit::NotInStep);
    for command in ["status", "health"] {
        let ran = bench.run(&config, &[command]).await;
        is_told(&ran, &ran.ends(Exit::NotInStep).out);
        assert_eq!(ran.out.matches("tidelock disconnect").count(), 1, "{ran:?}");
        assert!(ran.out.contains(HOME), "{ran:?}");
    }
    let status = bench.run(&config, &["status", "--json"]).await.json();
    let health = bench.run(&config, &["health", "--json"]).await.json();
    for told in [&status["people"][0]["withdrawn"], &health["withdrawn"]] {
        assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
        fields(&told[0], &["account", "since", "calendars"]);
        assert_eq!(
            (&told[0]["account"], &told[0]["calendars"]),
            (&json!("ann/home"), &json!([HOME]))
        );
    }
}

#[tokio::test]
async fn a_refused_access_token_is_told_alike_and_one_calendar_s_refusal_is_not() {
    let bench = Bench::new().await;
    let config = bench.config(DATA);
    bench.sync(&config).await.ends(Exit::Fine);
    bench.refuse("events.list", HOME, 403, "forbidden");
    bench.sync(&config).await.ends(Exit::NotInStep);
    let ran = bench.run(&config, &["status"]).await;
    assert!(
        !ran.ends(Exit::NotInStep).out.contains("disconnect"),
        "{ran:?}"
    );
    bench.google().clear_faults();
    bench.google().expire_access_tokens_of(HOME);
    bench.sync(&config).await.ends(Exit::NotInStep);
    let ran = bench.run(&config, &["status"]).await;
    is_told(&ran, &ran.ends(Exit::NotInStep).out);
}

#[tokio::test]
async fn with_a_new_consent_all_is_well_again() {
    let (bench, config) = withdrawn().await;
    bench.sync(&config).await.ends(Exit::NotInStep);
    bench.google().add_refresh_token(HOME, HOME_REFRESH);
    bench.sync(&config).await.ends(Exit::Fine);
    for command in ["status", "health"] {
        let ran = bench.run(&config, &[command]).await;
        assert!(!ran.ends(Exit::Fine).out.contains("disconnect"), "{ran:?}");
    }
    bench.in_step();
}
