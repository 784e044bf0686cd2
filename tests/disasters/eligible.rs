//! What holds no time gets no block, and gets one as soon as it does.

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed};

/// An event that gets no block, and what makes it hold time after all.
async fn check(label: &str, event: Value, then: Option<Value>) {
    let bench = Bench::with(3, |google| {
        let mut whole = timed("event", 3, 9);
        for (key, value) in event.as_object().unwrap() {
            whole[key] = value.clone();
        }
        google.insert_event(&name(0), whole).unwrap();
    })
    .await;
    bench.settle().await;
    assert_eq!(
        (bench.blocks(1).len(), bench.blocks(2).len()),
        (0, 0),
        "{label}"
    );
    let Some(then) = then else { return };
    for _ in 0..3 {
        bench.edit(|google| google.patch_event(&name(0), "event", then.clone()).unwrap());
        bench.settle().await;
        assert_eq!(
            (bench.blocks(1).len(), bench.blocks(2).len()),
            (1, 1),
            "{label}"
        );
        bench.edit(|google| {
            google
                .patch_event(&name(0), "event", event.clone())
                .unwrap()
        });
        bench.settle().await;
        assert_eq!(
            (bench.blocks(1).len(), bench.blocks(2).len()),
            (0, 0),
            "{label}"
        );
    }
}

fn answered(response: &str) -> Value {
    json!({"attendees": [
        {"email": "boss@example.com", "responseStatus": "accepted", "organizer": true},
        {"email": name(0), "self": true, "responseStatus": response},
    ]})
}

#[tokio::test(start_paused = true)]
async fn declined_events_get_no_block_until_they_are_accepted() {
    for yes in ["accepted", "tentative", "needsAction"] {
        check("declined", answered("declined"), Some(answered(yes))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn free_events_get_no_block_until_they_are_busy() {
    let busy = json!({"transparency": "opaque"});
    check("free", json!({"transparency": "transparent"}), Some(busy)).await;
}

#[tokio::test(start_paused = true)]
async fn free_and_declined_series_get_no_block_until_they_hold_time() {
    let series = |extra: Value| {
        let mut event = json!({
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
            "start": {"dateTime": "2026-03-03T09:00:00+01:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-03-03T10:00:00+01:00", "timeZone": "Europe/Berlin"},
        });
        for (key, value) in extra.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    let busy = json!({"transparency": "opaque"});
    check(
        "free series",
        series(json!({"transparency": "transparent"})),
        Some(busy),
    )
    .await;
    check(
        "declined series",
        series(answered("declined")),
        Some(answered("accepted")),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn kinds_of_events_that_hold_no_time_get_no_block() {
    let home = json!({"type": "homeOffice", "homeOffice": {}});
    check(
        "working location",
        json!({"eventType": "workingLocation", "visibility": "public", "transparency": "transparent", "workingLocationProperties": home}),
        None,
    )
    .await;
    check(
        "birthday",
        json!({"eventType": "birthday", "start": {"date": "2026-03-09"}, "end": {"date": "2026-03-10"}, "recurrence": ["RRULE:FREQ=YEARLY"], "visibility": "private", "transparency": "transparent"}),
        None,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn tentative_events_and_time_out_of_office_hold_their_time() {
    for kind in [
        json!({"status": "tentative"}),
        json!({"eventType": "outOfOffice"}),
        json!({"eventType": "focusTime"}),
        answered("tentative"),
        answered("needsAction"),
    ] {
        let bench = Bench::with(2, |google| {
            let mut event = timed("event", 3, 9);
            for (key, value) in kind.as_object().unwrap() {
                event[key] = value.clone();
            }
            google.insert_event(&name(0), event).unwrap();
        })
        .await;
        bench.settle().await;
        assert_eq!(bench.blocks(1).len(), 1, "{kind}");
    }
}

/// One occurrence of a series is declined, or made free, and then not.
#[tokio::test(start_paused = true)]
async fn an_occurrence_that_holds_no_time_leaves_a_gap_until_it_does() {
    for (gap, back) in [
        (
            json!({"transparency": "transparent"}),
            json!({"transparency": "opaque"}),
        ),
        (answered("declined"), answered("accepted")),
    ] {
        let bench = Bench::with(2, |google| {
            google
                .insert_event(&name(0), crate::bench::weekly("weekly", 3, 9, 6))
                .unwrap();
        })
        .await;
        bench.settle().await;
        let occurrence = bench.edit(|google| {
            google
                .occurrence_id(&name(0), "weekly", "2026-03-17T09:00:00+01:00")
                .unwrap()
        });
        for _ in 0..2 {
            bench.edit(|google| {
                google
                    .patch_event(&name(0), &occurrence, gap.clone())
                    .unwrap()
            });
            bench.settle().await;
            bench.edit(|google| {
                google
                    .patch_event(&name(0), &occurrence, back.clone())
                    .unwrap()
            });
            bench.settle().await;
        }
        bench.settle_for_good().await;
    }
}
