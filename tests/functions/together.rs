//! All functions together, driven by the schedule alone.

use aws::shape::Queue;
use serde_json::{Value, json};
use simulator::Simulator;
use wire::Schedule;

use super::cloud::{Cloud, calendar};
use super::drive::Minute;

/// Minutes after connecting in which everybody is in step.
const FIRST: u32 = 3;

fn event(id: &str, day: u32, hour: u32) -> Value {
    crate::bench::timed(id, day, hour)
}

/// A few events on each calendar, and a series.
fn filled(google: &mut Simulator, person: usize) {
    for number in 0..3 {
        let id = |n: u32| format!("e{n}of{person}at{number}");
        let name = calendar(person, number);
        for n in 0..3 {
            google
                .insert_event(&name, event(&id(n), 4 + n, 8 + number as u32))
                .unwrap();
        }
    }
    let series = crate::bench::weekly(&format!("series{person}"), 5, 15, 6);
    google.insert_event(&calendar(person, 0), series).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_schedule_alone_brings_everybody_in_step() {
    let cloud = Cloud::of(200, 3, filled).await;
    cloud.connect().await;
    let functions = cloud.functions(&Schedule::none(), 1).await;
    for _ in 0..FIRST {
        cloud.minute(&functions).await;
    }
    assert_eq!(cloud.faults(), []);
    assert_eq!(cloud.held(Queue::Sync), 0);
    assert_eq!(cloud.held(Queue::SyncDeadLetters), 0);
    // Echoes are read in everybody's next turn; then every calendar has one turn in five minutes, and writes nothing.
    for _ in 0..5 {
        cloud.minute(&functions).await;
    }
    cloud.world.google().clear_log();
    let before = cloud.world.meter.usage();
    let mut sent = 0;
    for _ in 0..5 {
        sent += cloud.minute(&functions).await.sent;
    }
    assert_eq!(sent, 600);
    // The one run of health in these minutes keeps its report, and has a few calendars compared, which is noted. Nothing else is
    // written.
    let used = cloud.world.meter.usage().since(&before);
    for write in [
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
    ] {
        assert_eq!(used.requests_by_kind.get(write), None, "{used:?}");
    }
    assert!(
        used.requests_by_kind
            .get("PutItem")
            .is_none_or(|puts| *puts <= 10),
        "{used:?}"
    );
    // A poll of each calendar, and a list of the few that were compared.
    let units = cloud.world.google().units();
    assert!((600..=612).contains(&units), "{units}");
}

#[tokio::test(start_paused = true)]
async fn a_change_is_blocked_in_the_calendars_next_turn() {
    let cloud = Cloud::of(1, 3, filled).await;
    cloud.connect().await;
    let functions = cloud.functions(&Schedule::none(), 1).await;
    for _ in 0..10 {
        cloud.minute(&functions).await;
    }
    let moved = json!({
        "start": { "dateTime": "2026-03-09T09:00:00Z" }, "end": { "dateTime": "2026-03-09T10:00:00Z" },
    });
    cloud
        .world
        .google()
        .patch_event(&calendar(0, 1), "e0of0at1", moved)
        .unwrap();
    assert_ne!(cloud.faults(), []);
    let mut minutes = 0;
    while !cloud.faults().is_empty() {
        let minute: Minute = cloud.minute(&functions).await;
        assert_eq!((minute.failed, minute.again), (0, 0));
        minutes += 1;
        assert!(minutes <= 5);
    }
}
