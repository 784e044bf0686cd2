//! What does a sync cost? Requests and units, counted on both wires and asserted exactly where nothing varies.
//!
//! Google: units are what its quota counts. DynamoDB: write units as the engine in the process reports them.

mod scene;

use std::time::Duration;

use serde_json::{Value, json};
use shared::engine::Outcome;

use crate::bench::{name, timed};
use scene::{Scene, Used, google, table};

/// The lease and its end: one write each.
const LEASE: f64 = 2.0;
/// The items of a commit beside the rows: STATE and the sync record.
const BESIDE_ROWS: f64 = 2.0;
/// Write units of an item in a transaction, below 1 KB.
const IN_TRANSACTION: f64 = 2.0;

#[tokio::test(start_paused = true)]
async fn an_idle_sync_of_ten_thousand_events_is_one_request_and_no_write() {
    // Every tenth event has a block: that keeps the preparation short, and an idle sync looks at none of them.
    let scene = Scene::mostly_free(2, 10_000).await;
    scene.bench.settle().await;
    let used = scene.sync(0).await;
    assert_eq!(used.google, google(&[("events.list", 1)]));
    assert_eq!(used.units, 1);
    assert_eq!(used.table.write_units, 0.0);
    assert_eq!(used.written(), table(&[]));
    assert!(used.table.read_units <= 4.0, "{:?}", used.table);
}

#[tokio::test(start_paused = true)]
async fn one_edit_on_four_calendars_is_one_page_and_three_units() {
    let scene = Scene::of(4, 5).await;
    scene.bench.settle().await;
    scene.edit(0, "event00002", moved(2));
    let used = scene.sync(0).await;
    assert_eq!(
        used.google,
        google(&[("events.list", 1), ("events.update", 3)])
    );
    assert_eq!(used.units, 4);
    // The lease, one transaction, one acknowledgement for all three targets, the lease's end.
    assert_eq!(
        used.written(),
        table(&[("PutItem", 1), ("TransactWriteItems", 1), ("UpdateItem", 2)])
    );
    assert_eq!(
        used.table.write_units,
        LEASE + IN_TRANSACTION * (1.0 + BESIDE_ROWS) + 1.0
    );
}

#[tokio::test(start_paused = true)]
async fn one_edit_reads_the_rows_concerned_and_no_others() {
    let scene = Scene::mostly_free(2, 500).await;
    scene.bench.settle().await;
    scene.edit(0, "event00010", moved(10));
    let used = scene.sync(0).await;
    assert_eq!(used.units, 2);
    assert!(used.table.read_units <= 12.0, "{:?}", used.table);
}

#[tokio::test(start_paused = true)]
async fn the_echo_of_a_push_costs_each_target_one_page_and_one_token() {
    let scene = Scene::of(4, 5).await;
    scene.bench.settle().await;
    scene.edit(0, "event00002", moved(2));
    scene.sync(0).await;
    for target in 1..4 {
        let echo = scene.sync(target).await;
        assert_eq!(echo.google, google(&[("events.list", 1)]));
        assert_eq!(echo.written(), table(&[("UpdateItem", 1)]));
        assert_eq!(echo.table.write_units, 1.0);
    }
    for calendar in 0..4 {
        let quiet = scene.sync(calendar).await;
        assert_eq!(quiet.google, google(&[("events.list", 1)]));
        assert_eq!(quiet.written(), table(&[]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_of_a_thousand_events_to_three_targets_is_one_page_and_three_thousand_units() {
    let scene = Scene::of(4, 1_000).await;
    scene.sync_targets().await;
    let used = scene.sync(0).await;
    assert_eq!(
        used.google,
        google(&[("events.list", 1), ("events.insert", 3_000)])
    );
    assert_eq!(used.units, 3_001);
    scene.bench.settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_costs_about_one_unit_and_a_fifth_for_each_row() {
    let scene = Scene::of(4, 1_000).await;
    scene.sync_targets().await;
    let used = scene.sync(0).await;
    let Outcome::Synced(synced) = &used.outcome else {
        panic!("{:?}", used.outcome)
    };
    assert!(synced.by_journal);
    let acknowledgements = 1_000.0;
    let beside = LEASE + IN_TRANSACTION * BESIDE_ROWS;
    let for_each_row = (used.table.write_units - acknowledgements - beside) / 1_000.0;
    assert!((1.0..1.2).contains(&for_each_row), "{for_each_row}");
    assert_eq!(used.written().get("PutItem"), Some(&2_000));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_costs_two_units_for_each_row_and_acknowledgements_one() {
    for changed in [1, 10, 97, 98] {
        let scene = Scene::of(3, 120).await;
        scene.bench.settle().await;
        for event in 0..changed {
            scene.edit(0, &event_id(event), moved(event));
        }
        let used = scene.sync(0).await;
        let rows = f64::from(changed);
        assert_eq!(
            used.table.write_units,
            LEASE + IN_TRANSACTION * (rows + BESIDE_ROWS) + rows,
            "{changed} changed events"
        );
        assert_eq!(used.units, 1 + 2 * u64::from(changed));
    }
}

#[tokio::test(start_paused = true)]
async fn one_event_more_than_a_transaction_holds_goes_by_journal() {
    let scene = Scene::of(2, 120).await;
    scene.bench.settle().await;
    for event in 0..99 {
        scene.edit(0, &event_id(event), moved(event));
    }
    let used = scene.sync(0).await;
    let Outcome::Synced(synced) = used.outcome else {
        panic!("{:?}", used.outcome)
    };
    assert!(synced.by_journal);
    assert_eq!(used.units, 1 + 99);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_leaves_want_as_it_was_pushes_nothing() {
    let guests = json!([
        {"email": name(0), "self": true, "responseStatus": "accepted"},
        {"email": "bob@example.com", "responseStatus": "needsAction"},
    ]);
    for (what, change) in [
        ("title", json!({"summary": "another secret"})),
        ("description", json!({"description": "minutes"})),
        ("place", json!({"location": "room 5"})),
        ("reminders", json!({"reminders": {"useDefault": false}})),
        ("guests", json!({"attendees": guests})),
    ] {
        let scene = Scene::of(3, 5).await;
        scene.bench.settle().await;
        scene.edit(0, "event00002", change);
        let used = scene.sync(0).await;
        assert_eq!(used.google, google(&[("events.list", 1)]), "{what}");
        assert!(used.table.write_units <= 10.0, "{what}: {:?}", used.table);
        let again = scene.sync(0).await;
        assert_eq!(again.written(), table(&[]), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_way_a_block_can_change_costs_one_unit_and_is_never_a_patch() {
    let scene = Scene::of(2, 5).await;
    scene.bench.settle().await;
    scene.edit(0, "event00001", moved(1));
    assert_pushed(&scene.sync(0).await, "events.update");
    scene.edit(0, "event00001", json!({"transparency": "transparent"}));
    assert_pushed(&scene.sync(0).await, "events.delete");
    // Google's answer to a delete has no etag, so reviving a block takes a look first.
    scene.edit(0, "event00001", json!({"transparency": "opaque"}));
    let revived = scene.sync(0).await;
    let look = [("events.get", 1), ("events.list", 1), ("events.update", 1)];
    assert_eq!(revived.google, google(&look));
    scene
        .bench
        .world
        .google()
        .delete_event(&name(0), "event00001")
        .unwrap();
    assert_pushed(&scene.sync(0).await, "events.delete");
    scene
        .bench
        .world
        .google()
        .insert_event(&name(0), timed("onemore", 9, 9))
        .unwrap();
    assert_pushed(&scene.sync(0).await, "events.insert");
    scene.bench.settle().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_calendar_is_written_once_an_hour_and_no_more() {
    let scene = Scene::of(2, 5).await;
    scene.bench.settle().await;
    let mut writes = 0.0;
    for _ in 0..120 {
        scene.bench.world.clock().advance(Duration::from_secs(60));
        writes += scene.sync(0).await.table.write_units;
    }
    assert!((1.0..=2.0).contains(&writes), "{writes}");
}

/// Rules are checked on what is stored: no event is asked for, and where the same blocks follow nothing is written but the state.
#[tokio::test(start_paused = true)]
async fn other_rules_for_ten_thousand_events_that_come_to_the_same_cost_google_nothing() {
    let scene = Scene::mostly_free(2, 10_000).await;
    scene.bench.settle().await;
    let rules = json!({"zone": "Europe/Berlin", "pairs": [
        {"all_day": false, "multi_day": false, "tentative": false, "unanswered": false, "focus_time": false},
        {"from": name(0), "hours": {"from": "00:00", "to": "24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}},
    ]});
    scene.bench.rule(&rules).await;
    let used = scene.sync(0).await;
    assert_eq!(
        used.google,
        google(&[("events.list", 1)]),
        "the poll that comes anyway"
    );
    // The lease and its end, the state and its record; the wake that asked for it goes.
    let expected = [
        ("DeleteItem", 1),
        ("TransactWriteItems", 1),
        ("UpdateItem", 2),
    ];
    assert_eq!(used.written(), table(&expected));
    assert_eq!(
        used.table.write_units,
        LEASE + IN_TRANSACTION * BESIDE_ROWS + 1.0
    );
}

/// One unit of Google's for each block that looks different, and not one more.
#[tokio::test(start_paused = true)]
async fn a_new_title_costs_one_update_for_each_block() {
    let scene = Scene::of(3, 50).await;
    scene.bench.settle().await;
    scene
        .bench
        .rule(&json!({"pairs": [{"title": "Taken"}]}))
        .await;
    let used = scene.sync(0).await;
    assert_eq!(
        used.google,
        google(&[("events.list", 1), ("events.update", 100)])
    );
    assert_eq!(used.units, 101);
    // A row is written once when it is planned, and once when both targets answered.
    let rows = 2.0 * 50.0;
    let around = LEASE + IN_TRANSACTION * BESIDE_ROWS + 1.0;
    assert_eq!(used.table.write_units, rows + around);
}

#[track_caller]
fn assert_pushed(used: &Used, kind: &'static str) {
    assert_eq!(used.google, google(&[("events.list", 1), (kind, 1)]));
    assert_eq!(used.units, 2);
}

fn event_id(number: u32) -> String {
    format!("event{number:05}")
}

/// The event a little later than [`Scene`] put it.
fn moved(number: u32) -> Value {
    let start = scene::start(number).replace(":00:00Z", ":20:00Z");
    let end = scene::start(number).replace(":00:00Z", ":50:00Z");
    json!({"start": {"dateTime": start}, "end": {"dateTime": end}})
}
