//! Blocks: written once, kept recognisable, put back a bounded number of times, never under a burnt id.

use std::time::Duration;

use serde_json::json;
use shared::limits::REWRITES_UNTIL_FROZEN;
use shared::model::{Generation, ParkKind};
use simulator::Revive;

use super::BLOCK;
use crate::bench::{Bench, name, timed};
use crate::wiretap::{answer, refusal};

fn at(day: u32, hour: u32) -> serde_json::Value {
    let event = timed("any", day, hour);
    json!({"start": event["start"], "end": event["end"]})
}

#[tokio::test(start_paused = true)]
async fn an_update_never_strips_the_marker() {
    let bench = Bench::with(4, |google| {
        google
            .insert_event(&name(0), timed("meeting", 3, 9))
            .unwrap();
    })
    .await;
    bench.settle().await;
    for day in 4..10 {
        bench.edit(|google| {
            google
                .patch_event(&name(0), "meeting", at(day, 10))
                .unwrap()
        });
        bench.settle().await;
    }
    let events: usize = (0..4)
        .map(|n| bench.world.google().events(&name(n)).len())
        .sum();
    assert_eq!(events, 4);
    for n in 1..4 {
        let block = bench.block(n);
        assert_eq!(block.private.get(BLOCK).map(String::as_str), Some("block"));
        assert_eq!(block.start.as_deref(), Some("2026-03-09T10:00:00Z"));
    }
    // Three blocks, and six moves of each.
    let writes = bench.google_writes();
    let moves = writes
        .iter()
        .filter(|asked| asked.kind == "events.update")
        .count();
    assert_eq!((writes.len(), moves), (21, 18));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_title_guests_or_text_writes_no_block() {
    let bench = Bench::with(3, |google| {
        google
            .insert_event(&name(0), timed("meeting", 3, 9))
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench.world.google().clear_log();
    for change in [
        json!({"summary": "another secret"}),
        json!({"description": "long text", "location": "there"}),
        json!({"attendees": [{"email": "guest@example.com"}]}),
        json!({"colorId": "5", "reminders": {"useDefault": false}}),
        json!({"visibility": "public"}),
    ] {
        bench.edit(|google| google.patch_event(&name(0), "meeting", change).unwrap());
        bench.settle().await;
    }
    assert_eq!(bench.google_writes(), []);
}

/// What becomes of a block whose id is taken by a deleted event, when a person or the program deleted it.
async fn check_revival(revive: Revive, by_person: bool, expected: Generation) {
    let bench = Bench::with(2, |google| {
        google.knobs_mut().revive = revive;
        google
            .insert_event(&name(0), timed("meeting", 3, 9))
            .unwrap();
    })
    .await;
    bench.settle().await;
    let block = bench.block(1).id;
    match by_person {
        true => bench.edit(|google| google.delete_event(&name(1), &block).unwrap()),
        false => {
            let free = json!({"transparency": "transparent"});
            bench.edit(|google| google.patch_event(&name(0), "meeting", free).unwrap());
            bench.settle().await;
            assert_eq!(bench.blocks(1), []);
            let busy = json!({"transparency": "opaque"});
            bench.edit(|google| google.patch_event(&name(0), "meeting", busy).unwrap());
        }
    }
    bench.settle().await;
    let label = format!("{revive:?}, by a person {by_person}");
    assert_eq!(
        bench.block(1).id == block,
        expected == Generation(0),
        "{label}"
    );
    assert_eq!(
        bench.mirror(0, "meeting", 1).await.generation,
        expected,
        "{label}"
    );
    bench.settle_for_good().await;
    // The new one moves and goes like any other.
    bench.edit(|google| google.patch_event(&name(0), "meeting", at(5, 12)).unwrap());
    bench.settle().await;
    bench.edit(|google| google.delete_event(&name(0), "meeting").unwrap());
    bench.settle_for_good().await;
    assert_eq!(bench.blocks(1), [], "{label}");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_block_revives_or_takes_a_new_generation() {
    for (revive, by_person, generation) in [
        (Revive::Allowed, false, 0),
        (Revive::Allowed, true, 0),
        (Revive::UnlessDeletedByPerson, false, 0),
        (Revive::UnlessDeletedByPerson, true, 1),
        (Revive::Forbidden, false, 1),
        (Revive::Forbidden, true, 1),
    ] {
        check_revival(revive, by_person, Generation(generation)).await;
    }
}

/// The table is lost and the blocks were deleted: every id is taken, and nobody remembers it.
#[tokio::test(start_paused = true)]
async fn a_409_on_a_deleted_id_revives_or_takes_a_new_generation() {
    for revive in [
        Revive::Allowed,
        Revive::UnlessDeletedByPerson,
        Revive::Forbidden,
    ] {
        let bench = Bench::with(2, |google| {
            google.knobs_mut().revive = revive;
            google
                .insert_event(&name(0), timed("meeting", 3, 9))
                .unwrap();
        })
        .await;
        bench.settle().await;
        let block = bench.block(1).id;
        bench.edit(|google| google.delete_event(&name(1), &block).unwrap());
        bench.lose_the_table().await;
        bench.settle().await;
        assert_eq!(
            bench.block(1).id == block,
            revive == Revive::Allowed,
            "{revive:?}"
        );
        bench.settle_for_good().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_refused_in_every_generation_is_parked() {
    let bench = Bench::with(3, |google| {
        google.insert_event(&name(0), timed("burnt", 3, 9)).unwrap();
        google.insert_event(&name(0), timed("fine", 4, 9)).unwrap();
    })
    .await;
    let tap = bench.tap();
    // Every block that is inserted on the second calendar at nine on the third was there already, and is gone.
    tap.set(move |asked, perform| {
        if asked.calendar != name(1) {
            return perform();
        }
        let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        let burnt = body["start"]["dateTime"]
            .as_str()
            .is_some_and(|at| at.starts_with("2026-03-03"));
        match asked.operation.as_str() {
            "events.insert" if burnt => refusal(409, "duplicate"),
            "events.get" => match perform() {
                Ok(response) if response.status() == 404 => {
                    let id = asked
                        .target
                        .rsplit('/')
                        .next()
                        .unwrap()
                        .split('?')
                        .next()
                        .unwrap();
                    answer(
                        200,
                        &json!({"id": id, "status": "cancelled", "etag": "\"1\""}),
                    )
                }
                other => other,
            },
            "events.update" if burnt => refusal(403, "forbidden"),
            _ => perform(),
        }
    });
    let driven = bench
        .drive_for(&tap.worker(), Duration::from_secs(7200))
        .await;
    let mirror = bench.mirror(0, "burnt", 1).await;
    assert_eq!(mirror.parked.unwrap().kind, ParkKind::Refused, "{driven:?}");
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.blocks(1).len(), 1);
    assert_eq!(bench.blocks(2).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_dragged_again_and_again_is_frozen_and_reported() {
    let bench = Bench::with(3, |google| {
        google
            .insert_event(&name(0), timed("meeting", 3, 9))
            .unwrap();
    })
    .await;
    bench.settle().await;
    let block = bench.block(1).id;
    let mut put_back = 0;
    for n in 0..REWRITES_UNTIL_FROZEN + 4 {
        bench.edit(|google| {
            google
                .patch_event(&name(1), &block, at(10 + n, 20))
                .unwrap()
        });
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        put_back += u32::from(bench.block(1).start.as_deref() == Some("2026-03-03T09:00:00Z"));
    }
    assert!(
        (REWRITES_UNTIL_FROZEN..=REWRITES_UNTIL_FROZEN + 1).contains(&put_back),
        "{put_back}"
    );
    let park = bench.mirror(0, "meeting", 1).await.parked.unwrap();
    assert_eq!(park.kind, ParkKind::Frozen);
    assert!(park.reason.contains("time"), "{}", park.reason);
    assert_eq!(
        bench.block(2).start.as_deref(),
        Some("2026-03-03T09:00:00Z")
    );
    // A change of the source is a new start.
    bench.edit(|google| google.patch_event(&name(0), "meeting", at(6, 14)).unwrap());
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_deleted_again_and_again_is_frozen_and_reported() {
    for revive in [Revive::Allowed, Revive::Forbidden] {
        let bench = Bench::with(2, |google| {
            google.knobs_mut().revive = revive;
            google
                .insert_event(&name(0), timed("meeting", 3, 9))
                .unwrap();
        })
        .await;
        bench.settle().await;
        let mut put_back = 0;
        for _ in 0..REWRITES_UNTIL_FROZEN + 4 {
            let Some(block) = bench.blocks(1).pop() else {
                break;
            };
            bench.edit(|google| google.delete_event(&name(1), &block.id).unwrap());
            let driven = bench.drive().await;
            assert!(driven.quiet, "{driven:?}");
            put_back += bench.blocks(1).len();
        }
        let expected = REWRITES_UNTIL_FROZEN as usize;
        assert!(
            (expected..=expected + 1).contains(&put_back),
            "{revive:?}: {put_back}"
        );
        let park = bench.mirror(0, "meeting", 1).await.parked.unwrap();
        assert_eq!(park.kind, ParkKind::Frozen, "{revive:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_google_stores_differently_is_accepted_once() {
    for change in [
        json!({"summary": "Busy (stored otherwise)"}),
        json!({"visibility": "default"}),
        json!({"start": {"dateTime": "2026-03-03T09:00:30Z"}}),
    ] {
        let bench = Bench::with(2, |google| {
            google
                .insert_event(&name(0), timed("meeting", 3, 9))
                .unwrap();
        })
        .await;
        let tap = bench.tap();
        let world = bench.world.clone();
        let change_made = change.clone();
        tap.set(move |asked, perform| {
            let write = matches!(asked.operation.as_str(), "events.insert" | "events.update");
            let answered = perform();
            if !write {
                return answered;
            }
            let mut google = world.google();
            let block = super::live_blocks(&google, &name(1)).pop().unwrap().id;
            google
                .patch_event(&name(1), &block, change_made.clone())
                .unwrap();
            answer(200, &google.event_json(&name(1), &block).unwrap())
        });
        let worker = tap.worker();
        let driven = bench.drive_with(&worker).await;
        assert!(driven.quiet, "{change}: {driven:?}");
        assert_eq!(bench.google_writes().len(), 1, "{change}");
        let driven = bench.drive_with(&worker).await;
        assert!(driven.quiet, "{change}: {driven:?}");
        assert_eq!(bench.google_writes().len(), 1, "{change}");
        // What a person changes afterwards is put back, and accepted once more as Google stores it.
        let block = bench.block(1).id;
        bench.edit(|google| google.patch_event(&name(1), &block, at(8, 8)).unwrap());
        let driven = bench.drive_with(&worker).await;
        assert!(driven.quiet, "{change}: {driven:?}");
        assert_eq!(bench.google_writes().len(), 2, "{change}");
        assert!(
            bench
                .block(1)
                .start
                .unwrap()
                .starts_with("2026-03-03T09:00"),
            "{change}"
        );
    }
}

/// The answer shows what was sent, and only the next list what Google made of it.
#[tokio::test(start_paused = true)]
async fn a_block_that_another_program_changes_after_every_write_ends_frozen() {
    let bench = Bench::with(2, |google| {
        google
            .insert_event(&name(0), timed("meeting", 3, 9))
            .unwrap();
    })
    .await;
    let tap = bench.tap();
    let world = bench.world.clone();
    tap.set(move |asked, perform| {
        let write = matches!(asked.operation.as_str(), "events.insert" | "events.update");
        let answered = perform();
        if write {
            let mut google = world.google();
            let block = super::live_blocks(&google, &name(1)).pop().unwrap().id;
            google
                .patch_event(&name(1), &block, json!({"summary": "mine"}))
                .unwrap();
        }
        answered
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    let writes = bench.google_writes().len();
    assert!(
        writes <= 2 + REWRITES_UNTIL_FROZEN as usize,
        "{writes} writes"
    );
    let park = bench.mirror(0, "meeting", 1).await.parked.unwrap();
    assert_eq!(
        (park.kind, park.reason.contains("title")),
        (ParkKind::Frozen, true),
        "{}",
        park.reason
    );
    assert!(!park.reason.contains("mine"));
}
