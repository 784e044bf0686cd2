//! What `--json` prints.

use std::collections::BTreeSet;

use local::exit::Exit;
use serde_json::Value;

use super::bench::Bench;

#[track_caller]
pub(super) fn fields(value: &Value, expected: &[&str]) {
    let found: BTreeSet<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, expected.iter().copied().collect());
}

#[tokio::test]
async fn it_is_one_object_with_these_fields_and_no_others() {
    let bench = Bench::new().await;
    let ran = bench.sync_json(&bench.config("data = \"./state\"")).await;
    let report = ran.ends(Exit::Fine).json();
    fields(
        &report,
        &[
            "calendars",
            "google",
            "dynamodb",
            "damaged",
            "failed",
            "in_step",
            "elapsed_ms",
        ],
    );
    let calendar = [
        "name",
        "events",
        "mirrored",
        "skipped",
        "parked",
        "blocks_wanted",
        "blocks_in_step",
        "pending",
    ];
    for one in report["calendars"].as_array().unwrap() {
        fields(one, &calendar);
    }
    fields(&report["google"], &["units", "requests_by_kind"]);
    fields(
        &report["dynamodb"],
        &["requests_by_kind", "write_units", "read_units"],
    );
    assert_eq!(report["in_step"], true);
    assert!(report["elapsed_ms"].is_u64());
    assert!(ran.err.contains("blocks brought in step"), "{ran:?}");
}

#[tokio::test]
async fn it_counts_what_was_done() {
    let bench = Bench::new().await;
    let report = bench
        .sync_json(&bench.config("data = \"./state\""))
        .await
        .json();
    let work = report["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == simulator::EMAIL)
        .unwrap();
    let count = |name: &str| work[name].as_u64().unwrap();
    assert_eq!(
        (
            count("events"),
            count("mirrored"),
            count("skipped"),
            count("parked")
        ),
        (4, 4, 0, 0)
    );
    assert_eq!(
        (
            count("blocks_wanted"),
            count("blocks_in_step"),
            count("pending")
        ),
        (8, 8, 0)
    );
    assert_eq!(report["google"]["requests_by_kind"]["events.insert"], 10);
}
