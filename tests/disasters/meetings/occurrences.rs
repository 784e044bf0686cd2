//! Single occurrences of a series that is on several calendars.

use serde_json::json;
use shared::engine::Repairing;
use shared::validate::Kind;
use simulator::Simulator;

use super::orders;
use crate::bench::{Bench, name, timed, weekly};

/// The second of [`weekly`]'s occurrences.
const SECOND: &str = "2026-03-10T09:00:00+01:00";
/// The third.
const THIRD: &str = "2026-03-17T09:00:00+01:00";
/// Google's id of the second.
const SECOND_ID: &str = "shared_20260310T080000Z";

fn on(calendars: &[usize]) -> impl FnOnce(&mut Simulator) {
    move |google| {
        for n in calendars {
            google
                .insert_event(&name(*n), weekly("shared", 3, 9, 5))
                .unwrap();
        }
    }
}

/// Starts of the blocks on a calendar, series counting once.
fn starts(bench: &Bench, n: usize) -> Vec<String> {
    let blocks = bench.blocks(n).into_iter();
    // Changed occurrences belong to their series.
    let whole = blocks.filter(|block| block.recurring_event_id.is_none());
    let mut starts: Vec<String> = whole.filter_map(|block| block.start).collect();
    starts.sort();
    starts
}

fn answer(bench: &Bench, n: usize, event: &str, answer: &str) {
    bench.edit(|google| google.respond(&name(n), event, answer).unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_declined_on_one_side_is_held_there_for_the_other() {
    for order in orders(2) {
        let bench = Bench::with(2, on(&[0, 1])).await;
        bench.settle_in(&order).await;
        for side in [1, 0, 1] {
            answer(&bench, side, SECOND_ID, "declined");
            bench.settle_in(&order).await;
            assert_eq!(starts(&bench, side), ["2026-03-10T08:00:00Z"], "{order:?}");
            assert_eq!(starts(&bench, 1 - side), [""; 0], "{order:?}");
            answer(&bench, side, SECOND_ID, "accepted");
            bench.settle_in(&order).await;
            assert_eq!((starts(&bench, 0), starts(&bench, 1)), (vec![], vec![]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_removed_on_one_side_is_held_there_for_the_other() {
    for order in orders(2) {
        let bench = Bench::with(2, on(&[0, 1])).await;
        bench.settle_in(&order).await;
        for _ in 0..2 {
            bench.edit(|google| {
                google
                    .cancel_occurrence(&name(1), "shared", SECOND)
                    .unwrap()
            });
            bench.settle_in(&order).await;
            assert_eq!(starts(&bench, 1), ["2026-03-10T08:00:00Z"], "{order:?}");
            assert_eq!(starts(&bench, 0), [""; 0]);
            let back = json!({"status": "confirmed"});
            bench.edit(|google| google.patch_event(&name(1), SECOND_ID, back).unwrap());
            bench.settle_in(&order).await;
            assert_eq!((starts(&bench, 0), starts(&bench, 1)), (vec![], vec![]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_moved_occurrence_declined_on_one_side_is_held_where_it_moved_to() {
    for order in orders(2) {
        let bench = Bench::with(2, |google| {
            on(&[0, 1])(google);
            for n in 0..2 {
                let at = |time: &str| json!({"dateTime": format!("2026-03-11T{time}:00+01:00")});
                let (start, end) = (at("14:00"), at("14:30"));
                google
                    .move_occurrence(&name(n), "shared", SECOND, start, end)
                    .unwrap();
            }
        })
        .await;
        bench.settle_in(&order).await;
        for _ in 0..2 {
            answer(&bench, 1, SECOND_ID, "declined");
            bench.settle_in(&order).await;
            assert_eq!(starts(&bench, 1), ["2026-03-11T13:00:00Z"], "{order:?}");
            answer(&bench, 1, SECOND_ID, "accepted");
            bench.settle_in(&order).await;
            assert_eq!(starts(&bench, 1), [""; 0], "{order:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_accepted_of_a_declined_series_is_left_out_of_the_series_block() {
    for order in orders(2) {
        let bench = Bench::with(2, on(&[0, 1])).await;
        answer(&bench, 1, "shared", "declined");
        bench.settle_in(&order).await;
        assert_eq!(starts(&bench, 1), ["2026-03-03T08:00:00Z"]);
        for _ in 0..2 {
            answer(&bench, 1, SECOND_ID, "accepted");
            bench.settle_in(&order).await;
            answer(&bench, 1, SECOND_ID, "declined");
            bench.settle_in(&order).await;
        }
        answer(&bench, 1, SECOND_ID, "accepted");
        answer(&bench, 1, "shared", "accepted");
        bench.settle_in(&order).await;
        assert_eq!((starts(&bench, 0), starts(&bench, 1)), (vec![], vec![]));
    }
}

/// The series goes and comes back while one of its occurrences is declined.
#[tokio::test(start_paused = true)]
async fn a_series_answered_as_a_whole_takes_the_place_of_its_single_blocks() {
    for order in orders(2) {
        let bench = Bench::with(2, on(&[0, 1])).await;
        answer(&bench, 1, SECOND_ID, "declined");
        bench.settle_in(&order).await;
        assert_eq!(starts(&bench, 1), ["2026-03-10T08:00:00Z"]);
        for _ in 0..2 {
            answer(&bench, 1, "shared", "declined");
            bench.settle_in(&order).await;
            assert_eq!(starts(&bench, 1), ["2026-03-03T08:00:00Z"], "{order:?}");
            answer(&bench, 1, "shared", "accepted");
            answer(&bench, 1, SECOND_ID, "declined");
            bench.settle_in(&order).await;
            assert_eq!(starts(&bench, 1), ["2026-03-10T08:00:00Z"], "{order:?}");
        }
        bench.edit(|google| google.delete_event(&name(1), "shared").unwrap());
        bench.settle_in(&order).await;
        assert_eq!(starts(&bench, 1), ["2026-03-03T08:00:00Z"], "{order:?}");
        bench.edit(|google| google.delete_event(&name(0), "shared").unwrap());
        bench.settle_in(&order).await;
        assert_eq!((starts(&bench, 0), starts(&bench, 1)), (vec![], vec![]));
    }
}

/// Three calendars of one person are asked to the same series, and answer an occurrence each in its own way.
#[tokio::test(start_paused = true)]
async fn each_calendar_answers_an_occurrence_for_itself() {
    for order in orders(3) {
        let bench = Bench::with(3, on(&[0, 1, 2])).await;
        bench.settle_in(&order).await;
        for side in 0..3 {
            answer(&bench, side, SECOND_ID, "declined");
            bench.settle_in(&order).await;
            for n in 0..3 {
                // Once all have declined, nobody goes.
                let held = n <= side && side < 2;
                assert_eq!(starts(&bench, n).len(), usize::from(held), "{side} {n}");
            }
        }
        for side in 0..3 {
            answer(&bench, side, SECOND_ID, "accepted");
            bench.settle_in(&order).await;
            for n in 0..3 {
                assert_eq!(starts(&bench, n).len(), usize::from(n > side), "{side} {n}");
            }
        }
    }
}

/// Two calendars have the series; a third, which has not, holds it once, whoever of the two declines what.
#[tokio::test(start_paused = true)]
async fn a_third_calendar_holds_an_occurrence_once_as_long_as_one_goes() {
    for order in orders(3) {
        let bench = Bench::with(3, on(&[0, 1])).await;
        bench.settle_in(&order).await;
        for _ in 0..2 {
            for (n, original) in [(0, SECOND), (1, THIRD), (1, SECOND)] {
                let id = bench
                    .edit(|google| google.occurrence_id(&name(n), "shared", original).unwrap());
                answer(&bench, n, &id, "declined");
                bench.settle_in(&order).await;
            }
            for (n, original) in [(1, SECOND), (0, SECOND), (1, THIRD)] {
                let id = bench
                    .edit(|google| google.occurrence_id(&name(n), "shared", original).unwrap());
                answer(&bench, n, &id, "accepted");
                bench.settle_in(&order).await;
            }
        }
        for n in [0, 1] {
            answer(&bench, n, "shared", "declined");
            bench.settle_in(&order).await;
            answer(&bench, n, "shared", "accepted");
            bench.settle_in(&order).await;
        }
        assert_eq!(starts(&bench, 2), ["2026-03-03T08:00:00Z"]);
    }
}

/// "This and following" reaches every copy.
#[tokio::test(start_paused = true)]
async fn a_series_split_on_both_sides_stays_one_meeting() {
    for order in orders(2) {
        let bench = Bench::with(2, on(&[0, 1])).await;
        answer(&bench, 1, SECOND_ID, "declined");
        bench.settle_in(&order).await;
        for n in 0..2 {
            let at = |time: &str| json!({"dateTime": format!("2026-03-17T{time}:00"), "timeZone": "Europe/Berlin"});
            let times = json!({"start": at("11:00"), "end": at("11:30")});
            bench.edit(|google| google.ui_split(&name(n), "shared", THIRD, times).unwrap());
            if n == 0 {
                bench.worker().sync(bench.id(order[0])).await.unwrap();
            }
        }
        bench.settle_in(&order).await;
        assert_eq!(starts(&bench, 0), [""; 0], "{order:?}");
        let new = bench.edit(|google| {
            let events = google.events(&name(1)).into_iter();
            let mut new = events.filter(|event| event.id.starts_with("shared_R"));
            new.next().unwrap().id
        });
        answer(&bench, 1, &format!("{new}_20260324T100000Z"), "declined");
        bench.settle_in(&order).await;
        assert!(starts(&bench, 1).contains(&"2026-03-24T10:00:00Z".to_owned()));
    }
}

/// A first look finds a world in which everything has been answered already.
#[tokio::test(start_paused = true)]
async fn a_first_sync_finds_answers_of_old() {
    for order in orders(3) {
        let bench = Bench::with(3, |google| {
            on(&[0, 1])(google);
            google.insert_event(&name(2), timed("other", 3, 9)).unwrap();
            google.respond(&name(1), SECOND_ID, "declined").unwrap();
            google.cancel_occurrence(&name(0), "shared", THIRD).unwrap();
        })
        .await;
        bench.settle_in(&order).await;
        assert!(starts(&bench, 0).contains(&"2026-03-17T08:00:00Z".to_owned()));
        assert!(starts(&bench, 1).contains(&"2026-03-10T08:00:00Z".to_owned()));
        assert!(starts(&bench, 2).contains(&"2026-03-03T08:00:00Z".to_owned()));
    }
}

/// Nothing else tells of it: no list shows it, and neither event changed.
#[tokio::test(start_paused = true)]
async fn a_lost_row_of_an_occurrence_that_follows_is_found_and_made_again() {
    let bench = Bench::with(2, on(&[0, 1])).await;
    answer(&bench, 1, SECOND_ID, "declined");
    bench.settle_in(&[0, 1]).await;
    let lost = (format!("CAL#{}", bench.id(0)), format!("EVENT#{SECOND_ID}"));
    let mut items = bench.items().into_iter();
    assert!(items.any(|item| item.key() == lost));
    bench.delete_raw(&lost.0, &lost.1);
    let found = bench.validated(false).await;
    let kinds: Vec<Kind> = found.findings().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::WrongTwin]);
    bench.repaired(Repairing::Apply).await;
    bench.settle_in(&[0, 1]).await;
    assert_eq!(starts(&bench, 1), ["2026-03-10T08:00:00Z"]);
}

/// All that is known is lost, and read again from Google.
#[tokio::test(start_paused = true)]
async fn single_blocks_of_occurrences_are_known_again_after_the_table_is_lost() {
    let bench = Bench::with(2, on(&[0, 1])).await;
    answer(&bench, 1, SECOND_ID, "declined");
    bench.settle_for_good().await;
    let before = bench.blocks(1);
    bench.lose_the_table().await;
    assert_eq!(bench.google_writes(), []);
    assert_eq!(bench.blocks(1), before);
    answer(&bench, 1, SECOND_ID, "accepted");
    bench.settle_in(&[1, 0]).await;
    assert_eq!(starts(&bench, 1), [""; 0]);
}
