//! What a person does to a block: put back, or left so until the event changes.

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed, weekly};

fn dismiss() -> Value {
    json!({"pairs": [{"on_change": "dismiss"}]})
}

async fn with_one() -> Bench {
    let bench = Bench::with(3, |google| {
        google.insert_event(&name(0), timed("one", 4, 9)).unwrap();
    })
    .await;
    bench.rule(&dismiss()).await;
    bench.settle_by(&dismiss()).await;
    bench
}

impl Bench {
    /// Drives until quiet, and demands that a second drive writes nothing and that nothing is found.
    async fn rest(&self) {
        let driven = self.drive().await;
        assert!(driven.quiet && driven.failed.is_empty(), "{driven:?}");
        self.writes_no_more().await;
        let report = self.validated(true).await;
        assert_eq!(report.findings().count(), 0, "{report:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_removed_block_stays_away_until_its_event_changes() {
    let bench = with_one().await;
    let block = bench.block(1);
    bench.edit(|google| google.delete_event(&name(1), &block.id).unwrap());
    bench.rest().await;
    assert_eq!((bench.blocks(1).len(), bench.blocks(2).len()), (0, 1));
    // Another look, a lost token, or another title do not bring it back.
    bench.edit(|google| {
        google.expire_sync_tokens(&name(1));
        google
            .patch_event(&name(0), "one", json!({"summary": "other"}))
            .unwrap();
    });
    bench
        .rule(&json!({"pairs": [{"on_change": "dismiss", "title": "Taken"}]}))
        .await;
    bench.rest().await;
    assert_eq!((bench.blocks(1).len(), bench.blocks(2).len()), (0, 1));
    bench.edit(|google| {
        let moved = timed("one", 5, 14);
        google
            .patch_event(
                &name(0),
                "one",
                json!({"start": moved["start"], "end": moved["end"]}),
            )
            .unwrap();
    });
    bench.rest().await;
    assert_eq!((bench.blocks(1).len(), bench.blocks(2).len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_moved_block_stays_where_it_was_put_until_its_event_changes_or_goes() {
    for goes in [false, true] {
        let bench = with_one().await;
        let block = bench.block(1);
        let elsewhere = timed("x", 9, 20);
        bench.edit(|google| {
            let patch = json!({"start": elsewhere["start"], "end": elsewhere["end"]});
            google.patch_event(&name(1), &block.id, patch).unwrap();
        });
        bench.rest().await;
        assert_eq!(bench.seen(1)[0].1, "03-09T20:00");
        bench.edit(|google| match goes {
            true => google.delete_event(&name(0), "one").unwrap(),
            false => {
                let moved = timed("one", 5, 14);
                let patch = json!({"start": moved["start"], "end": moved["end"]});
                google.patch_event(&name(0), "one", patch).unwrap();
            }
        });
        bench.rest().await;
        match goes {
            true => assert_eq!(bench.blocks(1).len(), 0),
            false => assert_eq!(bench.seen(1)[0].1, "03-05T14:00"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn to_restore_is_the_default_and_takes_back_what_was_dismissed() {
    let bench = with_one().await;
    let block = bench.block(1);
    bench.edit(|google| google.delete_event(&name(1), &block.id).unwrap());
    bench.rest().await;
    assert_eq!(bench.blocks(1).len(), 0);
    bench.rule(&json!({})).await;
    bench.settle_by(&json!({})).await;
    assert_eq!(bench.blocks(1).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_puts_a_dismissed_block_back_by_hand_has_it_back() {
    let bench = with_one().await;
    let block = bench.block(1);
    bench.edit(|google| google.delete_event(&name(1), &block.id).unwrap());
    bench.rest().await;
    bench.edit(|google| {
        google
            .patch_event(&name(1), &block.id, json!({"status": "confirmed"}))
            .unwrap()
    });
    bench.rest().await;
    bench.settle_by(&dismiss()).await;
}

#[tokio::test(start_paused = true)]
async fn one_occurrence_of_a_series_block_is_dismissed_by_itself() {
    let bench = Bench::with(2, |google| {
        google
            .insert_event(&name(0), weekly("weekly", 4, 15, 5))
            .unwrap();
    })
    .await;
    bench.rule(&dismiss()).await;
    bench.settle_by(&dismiss()).await;
    let block = bench.block(1);
    bench.edit(|google| {
        google.cancel_occurrence(&name(1), &block.id, "2026-03-11T15:00:00+01:00").unwrap();
        let at = |hour: u32| json!({"dateTime": format!("2026-03-18T{hour}:00:00"), "timeZone": "Europe/Berlin"});
        google.move_occurrence(&name(1), &block.id, "2026-03-18T15:00:00+01:00", at(6), at(7)).unwrap();
    });
    bench.rest().await;
    let starts = |bench: &Bench| {
        bench
            .seen(1)
            .into_iter()
            .map(|one| one.1)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        starts(&bench),
        ["03-04T14:00", "03-18T05:00", "03-25T14:00", "04-01T13:00"]
    );
    bench.edit(|google| google.delete_event(&name(0), "weekly").unwrap());
    bench.rest().await;
    assert_eq!(bench.blocks(1).len(), 0);
}

/// A block that a person only moved shows what it showed; when that must not be shown any more, their word is over.
#[tokio::test(start_paused = true)]
async fn what_was_left_standing_shows_no_more_than_it_may() {
    for private in [false, true] {
        let copied = json!({"pairs": [{"on_change": "dismiss", "title": "{title}"}]});
        let bench = Bench::with(2, |google| {
            google.insert_event(&name(0), timed("one", 4, 9)).unwrap();
        })
        .await;
        bench.rule(&copied).await;
        bench.settle_by(&copied).await;
        let block = bench.block(1);
        bench.edit(|google| {
            google
                .patch_event(&name(1), &block.id, json!({"colorId": "5"}))
                .unwrap()
        });
        bench.rest().await;
        assert!(bench.block(1).summary.unwrap().contains("secret"));
        match private {
            true => bench.edit(|google| {
                google
                    .patch_event(&name(0), "one", json!({"visibility": "private"}))
                    .unwrap();
            }),
            false => bench.rule(&dismiss()).await,
        }
        bench.rest().await;
        assert_eq!(bench.block(1).summary.as_deref(), Some("Busy"));
    }
}
