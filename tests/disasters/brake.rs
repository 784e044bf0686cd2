//! A read that makes most of a calendar disappear is not believed until a second one agrees.

use serde_json::{Value, json};
use simulator::Simulator;

use crate::bench::{Bench, name, timed};
use crate::wiretap::{Wiretap, rewritten};

const EVENTS: u32 = 30;

/// Every event of the first calendar changes in a way that no block shows.
fn touch_all(google: &mut Simulator) {
    for n in 0..EVENTS {
        let (event, change) = (format!("event{n:02}"), json!({"description": "x"}));
        google.patch_event(&name(0), &event, change).unwrap();
    }
}

async fn filled() -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..EVENTS {
            google
                .insert_event(
                    &name(0),
                    timed(&format!("event{n:02}"), 3 + n % 25, 9 + n / 25),
                )
                .unwrap();
        }
        google
            .insert_event(&name(1), timed("other", 9, 15))
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench.world.google().clear_log();
    bench
}

/// After a 410 the first so many full lists of the first calendar show only its first events.
async fn check(lies: u32, shown: usize) -> (Bench, u32) {
    let bench = filled().await;
    bench.edit(|google| google.expire_sync_tokens(&name(0)));
    let tap = bench.tap();
    let mut left = lies;
    tap.set(move |asked, perform| {
        let answered = perform();
        if !asked.is_full_list() || asked.calendar != name(0) || left == 0 {
            return answered;
        }
        left -= 1;
        rewritten(answered, |page| {
            let items = page["items"].as_array().cloned().unwrap_or_default();
            page["items"] = json!(items.into_iter().take(shown).collect::<Vec<_>>());
        })
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    let full = tap
        .asked()
        .iter()
        .filter(|asked| asked.is_full_list())
        .count();
    (bench, u32::try_from(full).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_nearly_empty_full_read_that_the_next_does_not_confirm_deletes_nothing() {
    for shown in [0, 1, 5] {
        let (bench, full) = check(1, shown).await;
        assert_eq!(bench.google_writes(), [], "{shown} shown");
        assert_eq!(full, 2, "{shown} shown");
        assert_eq!(bench.faults(), []);
        bench.settle_for_good().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_nearly_empty_calendar_that_two_reads_agree_on_is_believed() {
    let bench = filled().await;
    bench.edit(|google| {
        for n in 2..EVENTS {
            google
                .delete_event(&name(0), &format!("event{n:02}"))
                .unwrap();
        }
        google.expire_sync_tokens(&name(0));
    });
    bench.settle_for_good().await;
    assert_eq!(bench.blocks(1).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn forty_percent_that_go_wait_for_a_later_read_and_few_do_not() {
    let bench = filled().await;
    bench.edit(|google| {
        for n in 0..12 {
            google
                .delete_event(&name(0), &format!("event{n:02}"))
                .unwrap();
        }
    });
    // No patience: the first look only.
    bench
        .drive_for(&bench.worker(), std::time::Duration::ZERO)
        .await;
    assert_eq!(bench.google_writes(), []);
    let report = bench.validated(false).await;
    let held: Vec<_> = report.findings().map(|finding| finding.kind).collect();
    assert_eq!(held, [shared::validate::Kind::Held]);
    // A person who knows about it need not wait.
    assert!(bench.worker().look_again_now(bench.id(0)).await.unwrap());
    bench
        .drive_for(&bench.worker(), std::time::Duration::ZERO)
        .await;
    assert_eq!(bench.blocks(1).len(), EVENTS as usize - 12);
    assert!(bench.validated(true).await.clean());
    bench.edit(|google| {
        for n in 12..15 {
            google
                .delete_event(&name(0), &format!("event{n:02}"))
                .unwrap();
        }
    });
    bench
        .drive_for(&bench.worker(), std::time::Duration::ZERO)
        .await;
    assert_eq!(bench.blocks(1).len(), EVENTS as usize - 15);
    assert!(!bench.worker().look_again_now(bench.id(0)).await.unwrap());
}

/// One look, without waiting for the second.
async fn look_without_patience(bench: &Bench, tap: &Wiretap) {
    bench
        .drive_for(&tap.worker(), std::time::Duration::ZERO)
        .await;
}

/// How many lists of what is held are in the table, whether something names them or not.
fn staged(bench: &Bench) -> usize {
    let items = crate::crash::snapshot::scan(bench.world.table());
    let staged = |item: &&Value| item["sk"]["S"].as_str().unwrap().starts_with("JOURNAL#");
    items.iter().filter(staged).count()
}

#[tokio::test(start_paused = true)]
async fn a_lie_that_is_taken_back_leaves_nothing_staged() {
    let bench = filled().await;
    let tap = bench.tap();
    // Once the list of changes claims that all are gone; after that it says that nothing changed.
    bench.edit(touch_all);
    let mut left = 1;
    tap.set(move |asked, perform| {
        let answered = perform();
        let lists = asked.operation == "events.list" && asked.calendar == name(0);
        if !lists || asked.is_full_list() {
            return answered;
        }
        let lies = left > 0;
        left -= i32::from(lies);
        rewritten(answered, |page| {
            for item in page["items"].as_array_mut().into_iter().flatten() {
                if lies {
                    *item = json!({"id": item["id"], "status": "cancelled"});
                }
            }
        })
    });
    look_without_patience(&bench, &tap).await;
    assert_eq!(staged(&bench), 1);
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.state(0).await.held, None);
    assert_eq!(staged(&bench), 0);
    assert!(bench.validated(true).await.clean());
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_is_held_again_keeps_the_newer_list_only() {
    let bench = filled().await;
    let tap = bench.tap();
    for batch in [0..15, 15..EVENTS] {
        bench.edit(|google| {
            for n in batch {
                google
                    .delete_event(&name(0), &format!("event{n:02}"))
                    .unwrap();
            }
        });
        bench.worker().look_again_now(bench.id(0)).await.unwrap();
        look_without_patience(&bench, &tap).await;
        assert!(bench.state(0).await.held.is_some());
        assert_eq!(staged(&bench), 1);
        let report = bench.validated(false).await;
        let kinds: Vec<_> = report.findings().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [shared::validate::Kind::Held]);
    }
    bench.settle_for_good().await;
    assert_eq!(staged(&bench), 0);
    assert!(bench.validated(true).await.clean());
}

#[tokio::test(start_paused = true)]
async fn a_mass_deletion_in_a_list_of_changes_is_checked_by_a_full_read() {
    let bench = filled().await;
    let tap = bench.tap();
    // The list of changes claims twice that everything is gone; the full read shows all of it.
    bench.edit(touch_all);
    let mut left = 2;
    tap.set(move |asked, perform| {
        let answered = perform();
        if asked.operation != "events.list"
            || asked.is_full_list()
            || asked.calendar != name(0)
            || left == 0
        {
            return answered;
        }
        left -= 1;
        rewritten(answered, |page| {
            for item in page["items"].as_array_mut().into_iter().flatten() {
                *item = json!({"id": item["id"], "status": "cancelled"});
            }
        })
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.google_writes(), []);
    assert_eq!(
        tap.asked()
            .iter()
            .filter(|asked| asked.is_full_list())
            .count(),
        1
    );
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn a_person_who_deletes_most_of_a_calendar_is_believed_after_a_second_look() {
    let bench = filled().await;
    bench.edit(|google| {
        for n in 0..EVENTS {
            google
                .delete_event(&name(0), &format!("event{n:02}"))
                .unwrap();
        }
    });
    bench.settle_for_good().await;
    assert_eq!(bench.blocks(1), []);
}

/// Blocks that a full read of their target does not list were deleted there: they come back, at most once each.
#[tokio::test(start_paused = true)]
async fn a_target_whose_full_read_is_nearly_empty_gets_no_second_blocks() {
    let bench = filled().await;
    bench.edit(|google| google.expire_sync_tokens(&name(1)));
    let tap = bench.tap();
    let mut left = 1;
    tap.set(move |asked, perform| {
        let answered = perform();
        if !asked.is_full_list() || asked.calendar != name(1) || left == 0 {
            return answered;
        }
        left -= 1;
        rewritten(answered, |page| {
            let items = page["items"].as_array().cloned().unwrap_or_default();
            let own = items.into_iter().filter(|item| item["id"] == "other");
            page["items"] = json!(own.collect::<Vec<_>>());
        })
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.faults(), []);
    assert_eq!(bench.blocks(1).len(), EVENTS as usize);
    let inserted = bench
        .google_writes()
        .iter()
        .filter(|asked| asked.kind == "events.insert" && asked.applied)
        .count();
    assert_eq!(inserted, 0);
    bench.settle_for_good().await;
}
