//! What fails for one stops no other, and is told with its reason and its remedy.

use local::exit::Exit;

use super::bench::Bench;

const DATA: &str = "data = \"./state\"";

#[tokio::test]
async fn a_refused_account_stops_neither_its_users_others_nor_other_users() {
    let bench = Bench::new().await;
    let config = format!(
        "{}[[user.account]]\nname = \"old\"\naccess_token = \"tok_revoked\"\n\
         [[user]]\nname = \"bob\"\n[[user.account]]\nname = \"gone\"\naccess_token = \"tok_gone\"\n",
        bench.config(DATA)
    );
    let ran = bench.sync_json(&config).await;
    let report = ran.ends(Exit::NotInStep).json();
    assert_eq!(report["in_step"], false);
    assert_eq!(report["calendars"].as_array().unwrap().len(), 3);
    bench.in_step();
    for text in [
        "ann: FAILED: account ann/old",
        "bob: FAILED: account bob/gone",
        "get a new token",
    ] {
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
}

#[tokio::test]
async fn an_account_that_is_refused_for_a_while_keeps_its_calendars() {
    let bench = Bench::new().await;
    let good = bench.config(DATA);
    bench.sync(&good).await.ends(Exit::Fine);
    let bad = good.replace("tok_test", "tok_expired");
    let report = bench.sync_json(&bad).await.ends(Exit::NotInStep).json();
    assert_eq!(report["calendars"].as_array().unwrap().len(), 3);
    assert_eq!(bench.google_writes(), 10);
    bench.sync(&good).await.ends(Exit::Fine);
    assert_eq!(bench.google_writes(), 10);
    bench.in_step();
}

#[tokio::test]
async fn a_calendar_that_the_account_does_not_see_is_named() {
    let bench = Bench::new().await;
    let config = bench.config(DATA).replace(
        "tok_test\"",
        "tok_test\"\ncalendars = [\"nowhere@example.com\"]",
    );
    let ran = bench.sync(&config).await;
    ran.ends(Exit::NotInStep);
    for text in [
        "ann/work",
        "nowhere@example.com",
        "share the calendar",
        "tidelock.toml, field user.account.calendars",
    ] {
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
}

#[tokio::test]
async fn a_calendar_that_is_not_seen_stops_none_of_its_accounts_others() {
    let bench = Bench::new().await;
    let config = bench.config(DATA).replace(
        "tok_test\"",
        "tok_test\"\ncalendars = [\"nowhere@example.com\", \"primary\"]",
    );
    for _ in 0..2 {
        let report = bench.sync_json(&config).await.ends(Exit::NotInStep).json();
        assert_eq!(report["calendars"].as_array().unwrap().len(), 2);
        assert_eq!(bench.google_writes(), 5);
    }
}

#[tokio::test]
async fn a_login_that_two_users_name_is_told() {
    let bench = Bench::new().await;
    let config = format!(
        "{}[[user]]\nname = \"bob\"\n[[user.account]]\nname = \"mine\"\naccess_token = \"tok_test\"\n",
        bench.config(DATA)
    );
    let ran = bench.sync(&config).await;
    let told = &ran.ends(Exit::NotInStep).err;
    assert!(told.contains("the Google login"), "{told}");
    let quiet = config.replace("mine\"", "mine\"\ncalendars = []");
    bench.sync(&quiet).await.ends(Exit::Fine);
    bench.in_step();
}

#[tokio::test]
async fn a_table_that_cannot_be_reached_is_told_and_google_is_left_alone() {
    let bench = Bench::new().await;
    let ran = bench
        .sync(&bench.config("endpoint = \"http://127.0.0.1:9\""))
        .await;
    assert!(ran.ends(Exit::NotInStep).err.contains("[store]"), "{ran:?}");
    assert_eq!(bench.google().log().len(), 0);
}
