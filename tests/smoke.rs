//! Does the main job run at all?

use serde_json::json;

use crate::bench::{Bench, name, timed, weekly};

#[tokio::test(start_paused = true)]
async fn events_of_three_calendars_hold_their_time_on_the_others() {
    let bench = Bench::with(3, |google| {
        for (n, hour) in (0..3).zip(9..) {
            for event in 0..4 {
                let id = format!("event{n}x{event}");
                google.insert_event(&name(n), timed(&id, 3 + event, hour)).unwrap();
            }
        }
        google.insert_event(&name(0), weekly("weekly", 4, 15, 10)).unwrap();
        google
            .insert_event(&name(1), json!({"id": "allday", "start": {"date": "2026-03-09"}, "end": {"date": "2026-03-11"}}))
            .unwrap();
    })
    .await;
    bench.settle().await;
    let before = bench.world.google().units();
    bench.settle().await;
    assert_eq!(bench.world.google().units() - before, 3);
}
