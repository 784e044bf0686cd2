//! The worlds in which a worker dies.

use serde_json::{Value, json};
use shared::model::UserConfig;
use shared::store::Put;
use simulator::{Effect, Fault, Matcher, Revive, Simulator, Times};
use wire::Schedule;
use wire::faults::{Side, Verdict};

use super::sweep::sweep;
use crate::bench::{Bench, name, timed, weekly};

/// As many calendars in step, filled by `fill`, and then edited by `edit`.
async fn edited(
    count: usize,
    fill: impl FnOnce(&mut Simulator),
    edit: impl FnOnce(&mut Simulator),
) -> Bench {
    let bench = Bench::with(count, fill).await;
    bench.settle().await;
    edit(&mut bench.world.google());
    bench
}

/// An event on each of two calendars.
fn one_each(google: &mut Simulator) {
    google
        .insert_event(&name(0), timed("event0", 4, 9))
        .unwrap();
    google
        .insert_event(&name(1), timed("event1", 4, 11))
        .unwrap();
}

/// The id of the only block on the n-th calendar.
fn block(google: &Simulator, n: usize) -> String {
    let mut blocks = google.events(&name(n)).into_iter();
    let block = blocks.find(|event| event.id.starts_with("tidelock"));
    block.unwrap().id
}

fn at(time: &str) -> Value {
    json!({"dateTime": format!("2026-03-{time}:00"), "timeZone": "Europe/Berlin"})
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_survives_every_crash() {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), timed("one", 4, 9)).unwrap();
        google.insert_event(&name(0), timed("two", 5, 9)).unwrap();
        let days =
            json!({"id": "days", "start": {"date": "2026-03-09"}, "end": {"date": "2026-03-11"}});
        google.insert_event(&name(1), days).unwrap();
    })
    .await;
    sweep("first sync, small", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_by_journal_survives_every_crash() {
    let bench = Bench::with(2, |google| {
        for n in 0..100 {
            let mut event = timed(&format!("event{n:03}"), 3 + n % 20, 8 + n / 20);
            if n % 20 != 0 {
                event["transparency"] = "transparent".into();
            }
            google.insert_event(&name(0), event).unwrap();
        }
    })
    .await;
    sweep("first sync, by journal", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn an_incremental_sync_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        google.insert_event(&name(0), timed("fresh", 6, 9)).unwrap();
        google
            .patch_event(&name(0), "event0", json!({"summary": "another"}))
            .unwrap();
        google
            .patch_event(&name(1), "event1", json!({"transparency": "transparent"}))
            .unwrap();
    })
    .await;
    sweep("incremental", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_deletion_survives_every_crash() {
    let bench = edited(3, one_each, |google| {
        google.delete_event(&name(0), "event0").unwrap()
    })
    .await;
    sweep("delete", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_move_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        let times = json!({"start": at("05T13:00"), "end": at("05T14:00")});
        google.patch_event(&name(0), "event0", times).unwrap();
        google.move_event_to(&name(1), "event1", &name(0)).unwrap();
    })
    .await;
    sweep("move, and move to another calendar", &bench).await;
}

fn series_with_overrides(google: &mut Simulator) {
    google
        .insert_event(&name(0), weekly("weekly", 4, 15, 6))
        .unwrap();
    let (start, end) = (at("11T17:00"), at("11T17:30"));
    google
        .move_occurrence(&name(0), "weekly", "2026-03-11T15:00:00+01:00", start, end)
        .unwrap();
    google
        .cancel_occurrence(&name(0), "weekly", "2026-03-18T15:00:00+01:00")
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_new_series_with_overrides_survives_every_crash() {
    let bench = Bench::with(2, series_with_overrides).await;
    sweep("series with overrides, first sync", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_changed_series_with_overrides_survives_every_crash() {
    let bench = edited(2, series_with_overrides, |google| {
        google
            .patch_event(
                &name(0),
                "weekly",
                json!({"start": at("04T14:00"), "end": at("04T14:30")}),
            )
            .unwrap();
        let (start, end) = (at("25T18:00"), at("25T18:30"));
        google
            .move_occurrence(&name(0), "weekly", "2026-03-25T14:00:00+01:00", start, end)
            .unwrap();
    })
    .await;
    sweep("series with overrides, changed", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn overrides_that_come_and_go_survive_every_crash() {
    let bench = edited(2, series_with_overrides, |google| {
        let series = google.event_json(&name(0), "weekly").unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-11T15:00:00+01:00")
            .unwrap();
        let (start, end) = (at("25T18:00"), at("25T18:30"));
        google
            .move_occurrence(&name(0), "weekly", "2026-03-25T15:00:00+01:00", start, end)
            .unwrap();
        assert_eq!(series["id"], "weekly");
    })
    .await;
    sweep("overrides come and go", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn the_echo_of_own_blocks_survives_every_crash() {
    let bench = edited(3, one_each, |google| {
        google.insert_event(&name(0), timed("fresh", 6, 9)).unwrap();
    })
    .await;
    bench.worker().sync(bench.id(0)).await.unwrap();
    sweep("echo of own blocks", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_deleted_by_its_owner_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        let id = block(google, 1);
        google.delete_event(&name(1), &id).unwrap();
    })
    .await;
    sweep("block deleted by the user", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_dragged_by_its_owner_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        let id = block(google, 1);
        let times = json!({"start": at("07T13:00"), "end": at("07T14:00")});
        google.patch_event(&name(1), &id, times).unwrap();
    })
    .await;
    sweep("block dragged by the user", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_of_a_block_dragged_by_its_owner_survives_every_crash() {
    let bench = edited(2, series_with_overrides, |google| {
        let id = block(google, 1);
        let (start, end) = (at("27T18:00"), at("27T18:30"));
        google
            .move_occurrence(&name(1), &id, "2026-03-25T15:00:00+01:00", start, end)
            .unwrap();
    })
    .await;
    sweep("occurrence of a block dragged by the user", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        google.insert_event(&name(0), timed("fresh", 6, 9)).unwrap();
        google.expire_sync_tokens(&name(0));
    })
    .await;
    sweep("410", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn deletions_before_a_full_read_survive_every_crash() {
    let fill = |google: &mut Simulator| {
        one_each(google);
        google
            .insert_event(&name(0), timed("second", 5, 9))
            .unwrap();
        google
            .insert_event(&name(0), weekly("weekly", 4, 15, 4))
            .unwrap();
    };
    let bench = edited(2, fill, |google| {
        google.delete_event(&name(0), "event0").unwrap();
        google.delete_event(&name(0), "weekly").unwrap();
        let id = block(google, 0);
        google.delete_event(&name(0), &id).unwrap();
        google.expire_sync_tokens(&name(0));
    })
    .await;
    sweep("full read with deletions in the gap", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_resumed_push_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        for n in 0..4 {
            google
                .insert_event(&name(0), timed(&format!("fresh{n}"), 6, 9 + n))
                .unwrap();
        }
    })
    .await;
    let mut inserts = 0;
    let schedule = Schedule::new(move |call| {
        inserts += usize::from(call.operation == "events.insert");
        match inserts {
            2 => Verdict::Crash(Side::After),
            _ => Verdict::Pass,
        }
    });
    let worker = bench.world.worker(&schedule, 9);
    tokio::select! {
        () = schedule.crashed() => {}
        driven = bench.drive_with(&worker) => panic!("{driven:?}"),
    }
    bench
        .world
        .clock()
        .advance(std::time::Duration::from_secs(700));
    sweep("push resumed", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn one_failing_target_of_two_survives_every_crash() {
    let bench = edited(3, one_each, |google| {
        google.insert_event(&name(0), timed("fresh", 6, 9)).unwrap();
        google.delete_event(&name(1), "event1").unwrap();
        let effect = Effect::Status {
            code: 503,
            reason: "backendError".into(),
            retry_after: None,
        };
        for kind in ["events.insert", "events.delete"] {
            google.inject(Fault {
                on: Matcher::kind(kind).on_calendar(&name(2)),
                times: Times::N(4),
                effect: effect.clone(),
            });
        }
    })
    .await;
    sweep("two targets, one failing", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_refuses_for_a_while_survives_every_crash() {
    let bench = edited(3, one_each, |google| {
        google.insert_event(&name(0), timed("fresh", 6, 9)).unwrap();
        google.inject(Fault {
            on: Matcher::kind("events.insert").on_calendar(&name(2)),
            times: Times::Once,
            effect: Effect::Status {
                code: 403,
                reason: "requiredAccessLevel".into(),
                retry_after: None,
            },
        });
    })
    .await;
    sweep("two targets, one refusing", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_wake_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        google.insert_event(&name(0), timed("fresh", 6, 9)).unwrap();
    })
    .await;
    for calendar in bench.ids() {
        bench.worker().wake(calendar).await.unwrap();
    }
    sweep("wake served", &bench).await;
}

/// Puts a config in place as a person's settings page would.
async fn reconfigure(bench: &mut Bench, change: impl FnOnce(&mut UserConfig)) {
    let expected = bench.config.version;
    bench.config.version += 1;
    change(&mut bench.config);
    let worker = bench.worker();
    let put = worker
        .store()
        .put_user_config(&bench.config, Some(expected))
        .await;
    assert_eq!(put.unwrap(), Put::Written);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_switched_on_survives_every_crash() {
    let mut bench = Bench::with(3, |google| {
        one_each(google);
        google
            .insert_event(&name(2), timed("event2", 4, 13))
            .unwrap();
    })
    .await;
    let third = bench.id(2);
    reconfigure(&mut bench, |config| {
        config.calendars.get_mut(&third).unwrap().enabled = false
    })
    .await;
    let driven = bench.drive().await;
    assert!(driven.quiet, "{driven:?}");
    reconfigure(&mut bench, |config| {
        config.calendars.get_mut(&third).unwrap().enabled = true
    })
    .await;
    sweep("calendar switched on", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_calendar_switched_off_survives_every_crash() {
    let mut bench = edited(
        3,
        |google| {
            one_each(google);
            google
                .insert_event(&name(2), timed("event2", 4, 13))
                .unwrap();
        },
        |_| {},
    )
    .await;
    let third = bench.id(2);
    reconfigure(&mut bench, |config| {
        config.calendars.get_mut(&third).unwrap().enabled = false
    })
    .await;
    sweep("calendar switched off", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn the_brake_survives_every_crash() {
    let fill = |google: &mut Simulator| {
        for n in 0..14 {
            let event = timed(&format!("event{n:02}"), 4 + n, 9);
            google.insert_event(&name(0), event).unwrap();
        }
    };
    let bench = edited(2, fill, |google| {
        for n in 0..11 {
            google
                .delete_event(&name(0), &format!("event{n:02}"))
                .unwrap();
        }
    })
    .await;
    let calls = sweep("brake", &bench).await;
    // The first look, and then both reads of the second one: the sweep goes through the whole hold.
    let lists = calls.iter().filter(|call| call.operation == "events.list");
    assert!(lists.count() >= 4, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_block_whose_id_is_used_up_survives_every_crash() {
    let bench = edited(2, one_each, |google| {
        google.knobs_mut().revive = Revive::Forbidden;
        let id = block(google, 1);
        google.delete_event(&name(1), &id).unwrap();
    })
    .await;
    sweep("block id used up", &bench).await;
}

#[tokio::test(start_paused = true)]
async fn this_and_following_survives_every_crash() {
    let bench = edited(2, series_with_overrides, |google| {
        let times = json!({"start": at("25T10:00"), "end": at("25T10:30")});
        google
            .ui_split(&name(0), "weekly", "2026-03-25T15:00:00+01:00", times)
            .unwrap();
    })
    .await;
    sweep("this and following", &bench).await;
}

/// A series on two of three calendars: one declines an occurrence, and the other takes another one back.
#[tokio::test(start_paused = true)]
async fn a_declined_occurrence_of_a_shared_series_survives_every_crash() {
    let fill = |google: &mut Simulator| {
        for n in 0..2 {
            let series = weekly("shared", 4, 15, 4);
            google.insert_event(&name(n), series).unwrap();
        }
        let second = "shared_20260311T140000Z";
        google.respond(&name(0), second, "declined").unwrap();
    };
    let bench = edited(3, fill, |google| {
        let [second, third] = ["shared_20260311T140000Z", "shared_20260318T140000Z"];
        google.respond(&name(0), second, "accepted").unwrap();
        google.respond(&name(1), third, "declined").unwrap();
    })
    .await;
    sweep("declined occurrence of a shared series", &bench).await;
}
