//! What health finds is mended by the others, and told: damage, alert, repair, and that it is gone.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use simulator::Simulator;
use wire::Schedule;
use wire::client::{Taps, embedded};

use super::cloud::{Cloud, Functions, calendar};
use super::drive::{Minute, scheduled};
use crate::bench::timed;

fn filled(google: &mut Simulator, person: usize) {
    for number in 0..3 {
        let id = format!("e{person}x{number}");
        let event = timed(&id, 9, 8 + number as u32);
        google
            .insert_event(&calendar(person, number), event)
            .unwrap();
    }
}

async fn quiet() -> (Cloud, Functions) {
    let cloud = Cloud::of(2, 3, filled).await;
    cloud.connect().await;
    let functions = cloud.functions(&Schedule::none(), 1).await;
    for _ in 0..75 {
        cloud.minute(&functions).await;
    }
    assert_eq!(cloud.faults(), []);
    (cloud, functions)
}

/// The subjects of what was published since the last time.
fn alerts(cloud: &Cloud, told: &mut usize) -> Vec<String> {
    let all = cloud.topic.published();
    let new = all.iter().skip(*told).filter_map(|one| one.subject.clone());
    let new = new.collect();
    *told = all.len();
    new
}

#[tokio::test(start_paused = true)]
async fn blocks_that_vanish_behind_a_stolen_echo_come_back_within_a_day() {
    let (cloud, functions) = quiet().await;
    // A block is deleted, and the table is told that this was read already: no sync will ever hear of it.
    let block = {
        let mut google = cloud.world.google();
        let events = google.events(&calendar(0, 1));
        let block = events
            .iter()
            .find(|event| event.id.starts_with("tidelock"))
            .unwrap()
            .id
            .clone();
        google.delete_event(&calendar(0, 1), &block).unwrap();
        block
    };
    assert_ne!(cloud.faults(), [], "{block}");
    cloud.skip_echo(0, 1).await;
    let mut hours = 0;
    while !cloud.faults().is_empty() {
        for _ in 0..60 {
            cloud.minute(&functions).await;
        }
        hours += 1;
        assert!(hours <= 25);
    }
}

#[tokio::test(start_paused = true)]
async fn damage_is_told_mended_and_told_to_be_gone() {
    let (cloud, functions) = quiet().await;
    let mut told = 0;
    alerts(&cloud, &mut told);
    let ids = cloud.ids(0);
    // The rota stood still and the last comparison was bad: it is made again, and finds nothing wrong.
    let store = cloud.world.store(&Schedule::none(), 9);
    let audited = shared::health::Audited {
        at: cloud.now() - Duration::from_secs(2 * 3600),
        errors: 2,
        warnings: 0,
    };
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let raw = embedded(cloud.world.table(), &Taps::default());
    let gone = raw.delete_item().table_name(local::world::TABLE);
    let gone = gone
        .key("pk", text(&format!("CAL#{}", ids[0])))
        .key("sk", text("AUDIT"));
    gone.send().await.unwrap();
    let _ = store.note_audit(ids[0], audited).await.unwrap();
    let event = scheduled(cloud.now());
    let judged = cloud.invoke(&functions.health, &event).await.unwrap();
    assert_eq!(
        (&judged["critical_issues"], &judged["fixes"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(alerts(&cloud, &mut told).len(), 1);
    cloud.drain(&functions, &mut Minute::default()).await;
    let judged = cloud.invoke(&functions.health, &event).await.unwrap();
    assert_eq!(
        (&judged["critical_issues"], &judged["fixes"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(alerts(&cloud, &mut told).len(), 1);
    let judged = cloud.invoke(&functions.health, &event).await.unwrap();
    assert_eq!(judged["fixes"], 0);
    assert_eq!(alerts(&cloud, &mut told), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_damaged_wake_keeps_nobody_from_being_looked_at_and_is_replaced() {
    let (cloud, functions) = quiet().await;
    let id = cloud.ids(0)[1];
    let store = cloud.world.store(&Schedule::none(), 9);
    store.bump(id, cloud.now()).await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let raw = embedded(cloud.world.table(), &Taps::default());
    let wakes = raw.scan().table_name(local::world::TABLE);
    let wakes = wakes.filter_expression("begins_with(pk, :wake)");
    let wakes = wakes.expression_attribute_values(":wake", text("WAKE#"));
    let mut wake = wakes.send().await.unwrap().items()[0].clone();
    wake.insert("wanted".to_owned(), text("many"));
    let put = raw.put_item().table_name(local::world::TABLE);
    put.set_item(Some(wake)).send().await.unwrap();
    let moved = json!({
        "start": { "dateTime": "2026-03-11T09:00:00Z" }, "end": { "dateTime": "2026-03-11T10:00:00Z" },
    });
    cloud
        .world
        .google()
        .patch_event(&calendar(0, 1), "e0x1", moved)
        .unwrap();
    let mut minutes = 0;
    while !cloud.faults().is_empty() {
        assert_eq!(cloud.minute(&functions).await.failed, 0);
        minutes += 1;
        assert!(minutes <= 6);
    }
    assert_eq!(store.woken(id).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_fell_off_the_wheel_is_put_back() {
    let (cloud, functions) = quiet().await;
    let id = cloud.ids(1)[2];
    let store = cloud.world.store(&Schedule::none(), 9);
    let spoke = shared::model::Spoke::of(id, shared::model::Interval::Minutes5);
    store.take_off_wheel(id, spoke).await.unwrap();
    let moved = json!({
        "start": { "dateTime": "2026-03-10T09:00:00Z" }, "end": { "dateTime": "2026-03-10T10:00:00Z" },
    });
    cloud
        .world
        .google()
        .patch_event(&calendar(1, 2), "e1x2", moved)
        .unwrap();
    let mut minutes = 0;
    while !cloud.faults().is_empty() {
        cloud.minute(&functions).await;
        minutes += 1;
        // Nobody checked it for two hours: then health wakes it.
        assert!(minutes <= 3 * 60 + 10);
    }
    for _ in 0..5 {
        cloud.minute(&functions).await;
    }
    let due = store
        .due(shared::schedule::minute_of(cloud.now()) / 5 * 5 + u64::from(spoke.phase()))
        .await
        .unwrap();
    assert!(due.contains_key(&id));
}

#[tokio::test(start_paused = true)]
async fn the_lag_from_a_change_to_its_blocks_is_measured_also_where_a_poll_finds_it() {
    let (cloud, functions) = quiet().await;
    cloud.take_lines();
    let moved = json!({
        "start": { "dateTime": "2026-03-12T09:00:00Z" }, "end": { "dateTime": "2026-03-12T10:00:00Z" },
    });
    cloud
        .world
        .google()
        .patch_event(&calendar(0, 1), "e0x1", moved)
        .unwrap();
    let changed = cloud.now();
    let mut blocked = changed;
    while !cloud.faults().is_empty() {
        blocked = cloud.now();
        cloud.minute(&functions).await;
    }
    let lag = |line: &shared::metrics::Line| {
        line.values()
            .find(|(metric, _)| *metric == shared::metrics::Metric::Lag)
    };
    let lags: Vec<f64> = cloud
        .take_lines()
        .iter()
        .filter_map(lag)
        .map(|(_, lag)| lag)
        .collect();
    assert_eq!(lags.len(), 1, "{lags:?}");
    let expected = changed.duration_until(blocked).as_secs_f64();
    assert!((lags[0] - expected).abs() < 2.0, "{lags:?}, {expected}");
}
