//! A config with anything wrong in it: told by line and field, and nothing is begun.

use local::exit::Exit;

use super::bench::Bench;

/// A good config with `from` replaced by `to`: where, and which field.
async fn check(from: &str, to: &str, expected: &[&str]) {
    let bench = Bench::new().await;
    let good = bench.config("data = \"./state\"");
    assert!(good.contains(from), "{from}");
    let ran = bench.sync_json(&good.replacen(from, to, 1)).await;
    ran.ends(Exit::Usage);
    for text in ["tidelock.toml"].iter().chain(expected) {
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
    assert!(ran.json()["failed"].is_string());
    assert!(bench.files().is_empty());
    assert!(bench.google().log().is_empty());
}

#[tokio::test]
async fn everything_wrong_is_told_by_line_and_field() {
    check("data = \"./state\"", "", &["line 4: store.data is missing"]).await;
    check(
        "data = \"./state\"",
        "data = \"\"",
        &["line 5: store.data is empty"],
    )
    .await;
    check(
        "data = \"./state\"",
        "data = \"x\"\nendpoint = \"http://x\"",
        &["line 6: store.endpoint"],
    )
    .await;
    check(
        "data = \"./state\"",
        "path = \"x\"",
        &["line 4: store.data", "line 5: store.path"],
    )
    .await;
    check(
        "data = \"./state\"",
        "data = \"x\"\nkey = \"beef\"",
        &["line 6: store.key", "128"],
    )
    .await;
    check("[store]", "[shop]", &["line 4: shop", "store is missing"]).await;
    check(
        "name = \"ann\"",
        "name = \"\"",
        &["line 7: user.name is empty"],
    )
    .await;
    check(
        "name = \"ann\"",
        "nmae = \"ann\"",
        &["line 6: user.name is missing", "line 7: user.nmae"],
    )
    .await;
    check(
        "name = \"home\"",
        "name = \"work\"",
        &["line 12: user.account.name is taken", "line 9"],
    )
    .await;
    check(
        "access_token = \"tok_test\"",
        "",
        &["line 8: user.account.access_token is missing"],
    )
    .await;
    check(
        "access_token = \"tok_test\"",
        "access_token = \"env:NOWHERE\"",
        &["line 10", "NOWHERE", "set it"],
    )
    .await;
    check(
        "access_token = \"tok_test\"",
        "access_token = \"x\"\nclient_id = \"y\"",
        &["line 10: user.account.access_token"],
    )
    .await;
    check(
        "access_token = \"tok_test\"",
        "refresh_token = \"x\"",
        &["client_id is missing", "client_secret is missing"],
    )
    .await;
    check("api = \"http:", "api = \"htp:", &["line 2: google.api"]).await;
    check("[google]", "[google", &["line 1", "TOML"]).await;
}

#[tokio::test]
async fn all_of_it_is_told_at_once() {
    let bench = Bench::new().await;
    let bad = bench
        .config("data = 5")
        .replace("name = \"ann\"", "")
        .replace("tok_test", "");
    let ran = bench.sync(&bad).await;
    ran.ends(Exit::Usage);
    let told = ran
        .err
        .lines()
        .filter(|line| line.starts_with("  line "))
        .count();
    assert_eq!(told, 3, "{ran:?}");
}

#[tokio::test]
async fn a_config_that_is_not_there_is_named() {
    let ran =
        super::bench::tidelock(&["sync", "--config", "/nowhere/tidelock.toml", "--once"]).await;
    let told = &ran.ends(Exit::Usage).err;
    assert!(
        told.contains("/nowhere/tidelock.toml is not there; check the name"),
        "{told}"
    );
}
