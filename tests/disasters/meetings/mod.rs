//! The same meeting on several calendars of one person.

mod occurrences;
mod storm;

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed, weekly};

/// Some orders in which `count` calendars can be looked at.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let up: Vec<usize> = (0..count).collect();
    let down = up.iter().rev().copied().collect();
    match count {
        0..=2 => vec![up, down],
        _ => vec![up, down, (0..count).map(|n| (n + 1) % count).collect()],
    }
}

impl Bench {
    /// Looks at the calendars one after the other, then settles: nothing is wrong then, and nothing left to do.
    async fn settle_in(&self, order: &[usize]) {
        for n in order {
            self.worker().sync(self.id(*n)).await.unwrap();
        }
        self.settle_for_good().await;
        let report = self.validated(true).await;
        let found: Vec<_> = report.findings().collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

async fn check(series: bool) {
    let bench = Bench::with(3, |google| {
        for n in 0..2 {
            let event = if series {
                weekly("shared", 3, 9, 5)
            } else {
                timed("shared", 3, 9)
            };
            google.insert_event(&name(n), event).unwrap();
        }
    })
    .await;
    bench.settle_for_good().await;
    assert_eq!(
        (bench.blocks(0).len(), bench.blocks(1).len()),
        (0, 0),
        "no block beside the meeting itself"
    );
    // The third holds it once, for both of them.
    assert_eq!(bench.blocks(2).len(), 1);
    for _ in 0..2 {
        bench.edit(|google| google.respond(&name(1), "shared", "declined").unwrap());
        bench.settle_for_good().await;
        assert_eq!(
            (
                bench.blocks(0).len(),
                bench.blocks(1).len(),
                bench.blocks(2).len()
            ),
            (0, 1, 1)
        );
        bench.edit(|google| google.respond(&name(1), "shared", "accepted").unwrap());
        bench.settle_for_good().await;
    }
    bench.edit(|google| google.delete_event(&name(1), "shared").unwrap());
    bench.settle_for_good().await;
    assert_eq!(
        (
            bench.blocks(0).len(),
            bench.blocks(1).len(),
            bench.blocks(2).len()
        ),
        (0, 1, 1)
    );
    // It comes back: the person restores it from the bin.
    bench.edit(|google| {
        google
            .patch_event(&name(1), "shared", json!({"status": "confirmed"}))
            .unwrap()
    });
    bench.settle_for_good().await;
    assert_eq!(
        (
            bench.blocks(0).len(),
            bench.blocks(1).len(),
            bench.blocks(2).len()
        ),
        (0, 0, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_meeting_on_two_calendars_gets_no_block_beside_itself() {
    check(false).await;
}

#[tokio::test(start_paused = true)]
async fn the_same_series_on_two_calendars_gets_no_block_beside_itself() {
    check(true).await;
}

/// One copy is declined: there the time is held for the other copy.
#[tokio::test(start_paused = true)]
async fn a_declined_copy_is_held_for_the_accepted_one() {
    for series in [false, true] {
        let bench = Bench::with(2, |google| {
            let event = || {
                if series {
                    weekly("shared", 3, 9, 5)
                } else {
                    timed("shared", 3, 9)
                }
            };
            google.insert_event(&name(0), event()).unwrap();
            google.insert_event(&name(1), event()).unwrap();
        })
        .await;
        bench.settle_for_good().await;
        for _ in 0..3 {
            bench.edit(|google| google.respond(&name(1), "shared", "declined").unwrap());
            bench.settle_for_good().await;
            assert_eq!(
                (bench.blocks(0).len(), bench.blocks(1).len()),
                (0, 1),
                "series {series}"
            );
            bench.edit(|google| google.respond(&name(1), "shared", "accepted").unwrap());
            bench.settle_for_good().await;
            assert_eq!(
                (bench.blocks(0).len(), bench.blocks(1).len()),
                (0, 0),
                "series {series}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_comes_later_takes_the_blocks_place() {
    let bench = Bench::with(2, |google| {
        google
            .insert_event(&name(0), timed("shared", 3, 9))
            .unwrap();
    })
    .await;
    bench.settle_for_good().await;
    assert_eq!(bench.blocks(1).len(), 1);
    bench.edit(|google| {
        google
            .insert_event(&name(1), timed("shared", 3, 9))
            .unwrap()
    });
    bench.settle_for_good().await;
    assert_eq!((bench.blocks(0).len(), bench.blocks(1).len()), (0, 0));
    // A copy at another time is still the same meeting.
    bench.edit(|google| {
        google
            .replace_event(&name(1), "shared", timed("shared", 4, 9))
            .unwrap()
    });
    bench.settle_for_good().await;
    bench.edit(|google| google.delete_event(&name(1), "shared").unwrap());
    bench.settle_for_good().await;
    assert_eq!((bench.blocks(0).len(), bench.blocks(1).len()), (0, 1));
}

/// An event that a person moves from one of their calendars to the other keeps its id.
#[tokio::test(start_paused = true)]
async fn an_event_moved_between_calendars_is_held_on_the_one_it_left() {
    for event in [timed("moves", 3, 9), weekly("moves", 3, 9, 5)] {
        let bench = Bench::with(3, |google| {
            google.insert_event(&name(0), event.clone()).unwrap();
        })
        .await;
        bench.settle_for_good().await;
        for (from, to) in [(0, 1), (1, 0), (0, 2)] {
            bench.edit(|google| {
                google
                    .move_event_to(&name(from), "moves", &name(to))
                    .unwrap()
            });
            bench.settle_for_good().await;
            for n in 0..3 {
                assert_eq!(
                    bench.blocks(n).len(),
                    usize::from(n != to),
                    "from {from} to {to}, on {n}"
                );
            }
        }
    }
}

/// Two syncs that learn of one meeting at the same time do not see each other's rows: what follows from that is as if one of
/// them had never been told of the other.
async fn learned_at_once(body: Value, third: bool) {
    let calendars = if third { 3 } else { 2 };
    let bench = Bench::with(calendars, |google| {
        for n in 0..2 {
            let mut event = body.clone();
            event["attendees"] = json!([
                {"email": "ann@example.com", "self": n == 0, "responseStatus": "accepted"},
                {"email": "bob@example.com", "responseStatus": "accepted"},
            ]);
            google.insert_event(&name(n), event).unwrap();
        }
    })
    .await;
    bench.settle_for_good().await;
    let before: Vec<_> = (0..calendars).map(|n| bench.blocks(n).len()).collect();
    for n in 0..2 {
        let partition = crate::validate::damage::partition(bench.id(n));
        bench.damage(&partition, "EVENT#shared", |row| {
            for (_, mirror) in row["mirrors"]["M"].as_object_mut().unwrap() {
                mirror["M"].as_object_mut().unwrap().remove("t");
            }
            row["pending"] = json!({"S": "2026-03-02T08:00:00.000000000Z"});
        });
        bench.damage(&partition, "STATE", |state| {
            state["unpushed"] = json!({"BOOL": true});
        });
    }
    bench.drive().await;
    let came = {
        let google = bench.world.google();
        google
            .log()
            .iter()
            .any(|one| one.kind == "events.insert" || one.kind == "events.update")
    };
    assert!(came, "a block too many comes first");
    bench.settle_for_good().await;
    let after: Vec<_> = (0..calendars).map(|n| bench.blocks(n).len()).collect();
    assert_eq!(after, before);
    let report = bench.validated(true).await;
    assert_eq!(report.findings().count(), 0, "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_meeting_that_two_calendars_learn_of_at_once_is_held_once_all_the_same() {
    for third in [false, true] {
        learned_at_once(timed("shared", 3, 9), third).await;
    }
}
