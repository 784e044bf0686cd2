//! The object that programs read.

use std::collections::BTreeSet;

use local::demo::Options;
use serde_json::Value;

use super::ran;

fn keys(of: &Value) -> BTreeSet<&str> {
    let map = of.as_object().unwrap();
    map.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_object_has_the_promised_parts_and_no_other() {
    let object = ran(Options::default()).await.unwrap().object;
    let all = [
        "calendars",
        "google",
        "dynamodb",
        "damaged",
        "failed",
        "in_step",
        "elapsed_ms",
    ];
    assert_eq!(keys(&object), all.into());
    assert_eq!(
        keys(&object["google"]),
        ["units", "requests_by_kind"].into()
    );
    let table = ["requests_by_kind", "write_units", "read_units"];
    assert_eq!(keys(&object["dynamodb"]), table.into());
    let calendars = object["calendars"].as_array().unwrap();
    assert_eq!(calendars.len(), 3);
    for calendar in calendars {
        let parts = [
            "name",
            "events",
            "mirrored",
            "skipped",
            "parked",
            "blocks_wanted",
            "blocks_in_step",
            "pending",
        ];
        assert_eq!(keys(calendar), parts.into());
        assert_eq!(calendar["blocks_wanted"], calendar["blocks_in_step"]);
        let number = |key: &str| calendar[key].as_u64().unwrap();
        assert_eq!(number("events"), number("mirrored") + number("skipped"));
        assert_eq!(number("parked") + number("pending"), 0);
    }
    assert_eq!(object["in_step"], true);
    assert!(object["google"]["units"].as_u64().unwrap() > 100);
    assert!(object["dynamodb"]["write_units"].as_f64().unwrap() > 100.0);
}
