//! No token, key or text of an event is ever printed.

use super::bench::Bench;

const SECRETS: [&str; 6] = [
    "tok_",
    "1//",
    "hush",
    "secret work",
    "secret home",
    "5a5a5a",
];

#[tokio::test]
async fn a_run_that_works_tells_none() {
    let bench = Bench::new().await;
    let key = "5a".repeat(64);
    let config = bench.config(&format!("data = \"./state\"\nkey = \"{key}\""));
    told_none(&bench.sync(&config).await);
    told_none(&bench.sync_json(&config).await);
}

#[tokio::test]
async fn a_run_that_fails_tells_none() {
    let bench = Bench::new().await;
    let config = bench.config("data = \"./state\"").replace(
        "access_token = \"tok_test\"",
        "refresh_token = \"1//bad\"\nclient_id = \"cid\"\nclient_secret = \"hush\"",
    );
    told_none(&bench.sync(&config).await);
    told_none(&bench.sync(&config.replace("hush", "hush hush")).await);
    told_none(&bench.sync(&config.replace("\"hush\"", "\"hush")).await);
    told_none(&bench.sync(&config.replace("\"hush\"", "[\"hush\"]")).await);
    told_none(
        &bench
            .sync(&bench.config("data = \"./other\"\nkey = \"5a5a5a\""))
            .await,
    );
}

#[track_caller]
fn told_none(ran: &super::bench::Ran) {
    for secret in SECRETS {
        assert!(
            !ran.out.contains(secret) && !ran.err.contains(secret),
            "{secret}: {ran:?}"
        );
    }
}
