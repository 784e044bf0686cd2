//! One event that always fails does not stop the others, and is set aside where it can be seen.

use std::time::Duration;

use serde_json::json;
use shared::model::ParkKind;
use simulator::{Effect, Fault, Matcher, Times};

use crate::bench::{Bench, name, timed};
use crate::wiretap::{refusal, rewritten};

#[tokio::test(start_paused = true)]
async fn a_source_event_that_cannot_be_read_is_parked_and_the_others_go_on() {
    let bench = Bench::with(3, |google| {
        for n in 0..6 {
            google
                .insert_event(&name(0), timed(&format!("event{n}"), 3 + n, 9))
                .unwrap();
        }
    })
    .await;
    let tap = bench.tap();
    tap.set(|asked, perform| match asked.operation.as_str() {
        "events.list" if asked.calendar == name(0) => rewritten(perform(), |page| {
            for item in page["items"].as_array_mut().into_iter().flatten() {
                if item["id"] == "event3" {
                    item["start"] = json!({"dateTime": "the day after tomorrow"});
                }
            }
        }),
        _ => perform(),
    });
    let worker = tap.worker();
    let driven = bench.drive_with(&worker).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!((bench.blocks(1).len(), bench.blocks(2).len()), (5, 5));
    let park = bench.row(0, "event3").await.parked.unwrap();
    assert_eq!(park.kind, ParkKind::Unreadable);
    assert!(!park.reason.contains("tomorrow"), "{}", park.reason);
    // It stays parked without a write, and the others are followed.
    bench.world.google().clear_log();
    bench.edit(|google| google.delete_event(&name(0), "event1").unwrap());
    let driven = bench.drive_with(&worker).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!((bench.blocks(1).len(), bench.google_writes().len()), (4, 2));
    // Mended by its owner, it gets its blocks.
    tap.clear();
    bench.edit(|google| {
        google
            .replace_event(&name(0), "event3", timed("event3", 20, 9))
            .unwrap()
    });
    bench.settle_for_good().await;
    assert_eq!(bench.row(0, "event3").await.parked, None);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_becomes_unreadable_keeps_its_block_until_it_goes() {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), timed("event", 3, 9)).unwrap();
    })
    .await;
    bench.settle().await;
    bench.edit(|google| {
        google
            .patch_event(&name(0), "event", json!({"summary": "news"}))
            .unwrap()
    });
    let tap = bench.tap();
    tap.set(|asked, perform| match asked.operation.as_str() {
        "events.list" if asked.calendar == name(0) => rewritten(perform(), |page| {
            for item in page["items"].as_array_mut().into_iter().flatten() {
                item["end"] = json!({"date": "2026-03-09"});
            }
        }),
        _ => perform(),
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert!(bench.row(0, "event").await.parked.is_some());
    assert_eq!(bench.blocks(1).len(), 1);
    bench.edit(|google| google.delete_event(&name(0), "event").unwrap());
    bench.settle_for_good().await;
    assert_eq!(bench.blocks(1), []);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_google_refuses_for_good_is_parked_and_the_others_go_on() {
    let bench = Bench::with(3, |google| {
        for n in 0..6 {
            google
                .insert_event(&name(0), timed(&format!("event{n}"), 3 + n, 9))
                .unwrap();
        }
    })
    .await;
    let tap = bench.tap();
    tap.set(|asked, perform| {
        let refused = asked.operation == "events.insert" && asked.calendar == name(1);
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        if refused && body.contains("2026-03-06T") {
            return refusal(400, "invalid");
        }
        perform()
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!((bench.blocks(1).len(), bench.blocks(2).len()), (5, 6));
    let park = bench.mirror(0, "event3", 1).await.parked.unwrap();
    assert_eq!(park.kind, ParkKind::Refused);
    let tries = tap
        .asked()
        .iter()
        .filter(|asked| asked.calendar == name(1) && asked.operation == "events.insert")
        .count();
    assert_eq!(tries, 6, "never sent again as it is");
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    let tries = tap
        .asked()
        .iter()
        .filter(|asked| asked.calendar == name(1) && asked.operation == "events.insert")
        .count();
    assert_eq!(tries, 6, "never sent again as it is");
    // A change of the source is a new try.
    bench.edit(|google| {
        google
            .replace_event(&name(0), "event3", timed("event3", 20, 9))
            .unwrap()
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn a_block_that_fails_for_ever_waits_longer_and_longer_and_the_others_go_on() {
    let bench = Bench::with(2, |google| {
        for n in 0..6 {
            google
                .insert_event(&name(0), timed(&format!("event{n}"), 3 + n, 9))
                .unwrap();
        }
    })
    .await;
    bench.settle().await;
    let block = bench
        .blocks(1)
        .into_iter()
        .find(|block| block.start.as_deref() == Some("2026-03-06T09:00:00Z"))
        .unwrap();
    bench.edit(|google| {
        google.inject(Fault {
            on: Matcher::kind("events.update").on_event(&block.id),
            times: Times::Always,
            effect: Effect::Status {
                code: 500,
                reason: "backendError".into(),
                retry_after: None,
            },
        });
        for n in 0..6 {
            google
                .replace_event(&name(0), &format!("event{n}"), timed("any", 3 + n, 15))
                .unwrap();
        }
    });
    bench.world.google().clear_log();
    let driven = bench
        .drive_for(&bench.worker(), Duration::from_secs(6 * 3600))
        .await;
    assert!(driven.waits_until.is_some(), "{driven:?}");
    let later = bench
        .blocks(1)
        .iter()
        .filter(|block| block.start.as_deref().unwrap().contains("T15:"))
        .count();
    assert_eq!(later, 5);
    let retry = bench.mirror(0, "event3", 1).await.retry.unwrap();
    assert!(retry.failures >= 8, "{retry:?}");
    let writes = bench.google_writes().len();
    assert!(writes < 5 + 3 * 20, "{writes} writes in six hours");
    bench.edit(simulator::Simulator::clear_faults);
    bench.settle_for_good().await;
}
