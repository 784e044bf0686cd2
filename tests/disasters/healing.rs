//! What was cut short, lost or taken away heals by the ordinary sync.

use std::time::Duration;

use serde_json::json;
use shared::engine::{Engine, Wish};
use shared::model::{AccountId, SyncToken};
use shared::store::Put;
use simulator::{Effect, Fault, Matcher, Role, Times};
use wire::Schedule;
use wire::faults::Side;

use crate::bench::{Bench, name, timed, weekly};
use crate::wiretap::refusal;

impl Bench {
    /// The table is gone, with everything in it; the user is connected again to an empty one.
    pub(crate) async fn lose_the_table(&self) {
        let drop = json!({"TableName": local::world::TABLE}).to_string();
        let dropped = self.world.table().answer("DeleteTable", drop.as_bytes());
        assert_eq!(dropped.status, 200);
        // Seeds repeat here, and with them request tokens, which the engine remembers beyond the table.
        let worker = self.world.worker(&Schedule::none(), 77);
        worker.store().create_table().await.unwrap();
        let wish = Wish {
            account: AccountId("work".into()),
            calendars: None,
        };
        worker
            .connect(self.world.key(), self.config.user, &[wish])
            .await
            .unwrap();
        self.world.google().clear_log();
        let driven = self.drive_with(&worker).await;
        assert!(driven.quiet, "{driven:?}");
    }
}

/// Five events on each of three calendars, of every shape.
async fn mixed() -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..3 {
            let id = |what: &str| format!("{what}{n}");
            google
                .insert_event(&name(n), timed(&id("single"), 3, 9 + n as u32))
                .unwrap();
            google
                .insert_event(&name(n), timed(&id("another"), 4, 9 + n as u32))
                .unwrap();
            google
                .insert_event(
                    &name(n),
                    super::days(&id("days"), "2026-03-09", "2026-03-11"),
                )
                .unwrap();
            google
                .insert_event(&name(n), weekly(&id("weekly"), 5, 15 + n as u32, 8))
                .unwrap();
        }
        google
            .cancel_occurrence(&name(0), "weekly0", "2026-03-12T15:00:00+01:00")
            .unwrap();
        google
            .move_occurrence(
                &name(1),
                "weekly1",
                "2026-03-19T16:00:00+01:00",
                json!({"dateTime": "2026-03-20T10:00:00Z"}),
                json!({"dateTime": "2026-03-20T11:00:00Z"}),
            )
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench
}

#[tokio::test(start_paused = true)]
async fn a_killed_sync_leaves_no_duplicate() {
    // Where a first sync of four events to two targets has its writes, whatever the exact calls are.
    for index in (4..40).step_by(3) {
        for side in [Side::Before, Side::After] {
            let bench = Bench::with(3, |google| {
                for n in 0..4 {
                    google
                        .insert_event(&name(0), timed(&format!("event{n}"), 3 + n, 9))
                        .unwrap();
                }
            })
            .await;
            let schedule = Schedule::crash_at(index, side);
            let worker = bench.world.worker(&schedule, 2);
            tokio::select! {
                biased;
                () = schedule.crashed() => {}
                _ = bench.drive_with(&worker) => {}
            }
            drop(worker);
            bench.world.clock().advance(Duration::from_secs(700));
            bench.settle_for_good().await;
            for n in 1..3 {
                assert_eq!(bench.blocks(n).len(), 4, "killed {side:?} call {index}");
            }
        }
    }
}

/// A write fails, before or after it took effect; the next sync makes it good.
async fn check_failed_write(kind: &str, effect: &Effect) {
    let bench = Bench::with(3, |google| {
        google.insert_event(&name(0), timed("moves", 3, 9)).unwrap();
        google.insert_event(&name(0), timed("goes", 4, 9)).unwrap();
    })
    .await;
    bench.settle().await;
    bench.edit(|google| {
        let moved = timed("moves", 5, 9);
        google.replace_event(&name(0), "moves", moved).unwrap();
        google.delete_event(&name(0), "goes").unwrap();
        google.insert_event(&name(0), timed("comes", 6, 9)).unwrap();
        google.inject(Fault {
            on: Matcher::kind(kind).on_calendar(&name(1)),
            times: Times::Always,
            effect: effect.clone(),
        });
    });
    let driven = bench
        .drive_for(&bench.worker(), Duration::from_secs(1))
        .await;
    let label = format!("{kind}: {effect:?}");
    assert!(driven.waits_until.is_some(), "{label}: {driven:?}");
    // The other target is not held up.
    assert_eq!(bench.blocks(2).len(), 2, "{label}");
    bench.edit(simulator::Simulator::clear_faults);
    bench.settle().await;
    bench.settle_for_good().await;
    assert_eq!(bench.blocks(1).len(), 2, "{label}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_insert_update_or_delete_heals_at_the_next_sync() {
    let status = |code, reason: &str| Effect::Status {
        code,
        reason: reason.into(),
        retry_after: None,
    };
    let after = |code, reason: &str| Effect::StatusAfter {
        code,
        reason: reason.into(),
        retry_after: None,
    };
    for kind in ["events.insert", "events.update", "events.delete"] {
        for effect in [
            status(500, "backendError"),
            after(503, "backendError"),
            Effect::LostBefore,
            Effect::LostAfter,
            Effect::EmptyBody,
            Effect::TruncatedBody,
            Effect::WrongShape,
            Effect::HtmlBody(502),
            status(403, "rateLimitExceeded"),
            status(403, "quotaExceeded"),
        ] {
            // A delete has no answer that could be spoiled.
            let body = matches!(
                effect,
                Effect::EmptyBody | Effect::TruncatedBody | Effect::WrongShape
            );
            if !(body && kind == "events.delete") {
                check_failed_write(kind, &effect).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_table_is_rebuilt_from_google_without_a_write_to_it() {
    let bench = mixed().await;
    bench.lose_the_table().await;
    bench.settle().await;
    assert_eq!(bench.google_writes(), []);
    // And it is a full table: the next edits are followed as before.
    bench.edit(|google| {
        google.delete_event(&name(0), "single0").unwrap();
        google
            .replace_event(&name(1), "another1", timed("another1", 12, 12))
            .unwrap();
        google
            .cancel_occurrence(&name(2), "weekly2", "2026-03-26T17:00:00+01:00")
            .unwrap();
    });
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_table_takes_away_the_blocks_of_events_that_went_meanwhile() {
    let bench = mixed().await;
    bench.edit(|google| {
        google.delete_event(&name(0), "single0").unwrap();
        google.delete_event(&name(1), "weekly1").unwrap();
        google
            .replace_event(&name(2), "another2", timed("another2", 13, 12))
            .unwrap();
    });
    bench.lose_the_table().await;
    bench.settle_for_good().await;
}

/// What a person did to the blocks just before the table was lost, and nobody had seen yet.
#[tokio::test(start_paused = true)]
async fn a_lost_table_puts_back_what_was_done_to_blocks_meanwhile() {
    let bench = mixed().await;
    bench.edit(|google| {
        let series = |n: usize| {
            let blocks = super::live_blocks(google, &name(n)).into_iter();
            blocks
                .filter(|block| !block.recurrence.is_empty())
                .map(|block| block.id)
                .collect::<Vec<_>>()
        };
        for (n, series) in [(0, series(0)), (1, series(1))] {
            for id in series {
                let start = google.event(&name(n), &id).unwrap().start.unwrap();
                let later = start.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
                    + chrono::Duration::days(14);
                let (from, to) = (
                    timed("any", 27, 18)["start"].clone(),
                    timed("any", 27, 18)["end"].clone(),
                );
                google
                    .move_occurrence(&name(n), &id, &later.to_rfc3339(), from, to)
                    .unwrap();
                google.cancel_occurrence(&name(n), &id, &start).unwrap();
            }
        }
        let single = super::live_blocks(google, &name(2))
            .into_iter()
            .find(|block| block.recurrence.is_empty())
            .unwrap();
        google.delete_event(&name(2), &single.id).unwrap();
    });
    bench.lose_the_table().await;
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_sync_token_leads_to_a_full_read_and_nothing_else() {
    for garbage in ["garbage", "1garbage==", "!", "token from another calendar"] {
        let bench = mixed().await;
        let state = bench.state(0).await;
        let token = match garbage {
            "token from another calendar" => bench.state(1).await.token.unwrap(),
            garbage => SyncToken::parse(garbage).unwrap(),
        };
        let touched = bench
            .worker()
            .store()
            .touch(&state, &token, bench.world.clock().now())
            .await;
        let _ = touched.unwrap();
        bench.world.google().clear_log();
        bench.settle().await;
        assert_eq!(bench.google_writes(), [], "{garbage}");
        bench.edit(|google| google.delete_event(&name(0), "single0").unwrap());
        bench.settle_for_good().await;
    }
}

impl Bench {
    /// Connects these calendars of the account and no others, and drives what has to be driven then.
    async fn take_part(&self, names: &[String]) -> shared::engine::Driven {
        let worker = self.worker();
        let wish = Wish {
            account: AccountId("work".into()),
            calendars: Some(names.to_vec()),
        };
        let (key, user) = (self.world.key(), self.config.user);
        let config = worker.connect(key, user, &[wish]).await.unwrap();
        let mut calendars = Engine::enabled(&config);
        calendars.extend(worker.leaving(&config).await.unwrap());
        let patience = Duration::from_secs(3 * 3600);
        worker.drive(&calendars, patience, |_| {}).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_is_taken_out_of_the_config_loses_its_part_in_everything() {
    let bench = mixed().await;
    let rest = [name(0), name(1)];
    let driven = bench.take_part(&rest).await;
    assert!(driven.quiet, "{driven:?}");
    // The two that are left hold each other's events and none of the third's, and the third holds nothing.
    assert_eq!(local::check::faults(&bench.world.google(), &rest), []);
    assert_eq!(bench.blocks(2), []);
    bench.world.google().clear_log();
    let again = bench.take_part(&rest).await;
    assert_eq!((again.rounds, again.quiet), (1, true));
    assert_eq!(bench.google_writes(), []);
    // It comes back.
    bench.take_part(&[name(0), name(1), name(2)]).await;
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_without_calendars_loses_all_its_blocks() {
    let bench = mixed().await;
    let driven = bench.take_part(&[]).await;
    assert!(driven.quiet, "{driven:?}");
    for n in 0..3 {
        assert_eq!(bench.blocks(n), [], "calendar {n}");
    }
}

/// The process dies between the change of the config and the wake that it gives.
#[tokio::test(start_paused = true)]
async fn a_calendar_that_left_unnoticed_is_driven_all_the_same() {
    let bench = mixed().await;
    let store = bench.worker().store().clone();
    let mut config = bench.config.clone();
    let version = Some(config.version);
    config.version += 1;
    config.calendars.get_mut(&bench.id(2)).unwrap().enabled = false;
    assert_eq!(
        store.put_user_config(&config, version).await.unwrap(),
        Put::Written
    );
    let driven = bench.take_part(&[name(0), name(1)]).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.blocks(2), []);
    assert_eq!(
        local::check::faults(&bench.world.google(), &[name(0), name(1)]),
        []
    );
}

#[tokio::test(start_paused = true)]
async fn a_target_that_becomes_read_only_is_paused_and_caught_up_later() {
    let bench = mixed().await;
    bench.edit(|google| {
        google.set_role(&name(2), &name(0), Some(Role::Reader));
        for n in 0..12 {
            google
                .insert_event(&name(0), timed(&format!("later{n}"), 10 + n, 6))
                .unwrap();
        }
    });
    bench.world.google().clear_log();
    let driven = bench
        .drive_for(&bench.worker(), Duration::from_secs(600))
        .await;
    assert!(driven.waits_until.is_some(), "{driven:?}");
    // Refused once a source calendar, not once an event.
    let refused = bench
        .google_writes()
        .iter()
        .filter(|asked| asked.calendar == Some(name(2)))
        .count();
    assert!(refused <= 3, "{refused} refused writes");
    assert_eq!(
        bench
            .blocks(1)
            .iter()
            .filter(|block| block.start.as_deref().unwrap().contains("T06:"))
            .count(),
        12
    );
    let mirror = bench.mirror(0, "later0", 2).await;
    assert!(mirror.pending());
    bench.edit(|google| google.set_role(&name(2), &name(0), Some(Role::Owner)));
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_locked_out_stops_at_once_and_goes_on_when_it_is_back() {
    let bench = mixed().await;
    bench.edit(|google| {
        google
            .insert_event(&name(0), timed("later", 12, 6))
            .map(drop)
            .unwrap()
    });
    let tap = bench.tap();
    tap.set(|_, _| refusal(401, "authError"));
    let driven = bench
        .drive_for(&tap.worker(), Duration::from_secs(600))
        .await;
    assert_eq!(driven.failed.len(), 3, "{driven:?}");
    assert!(tap.asked().len() <= 12, "{} requests", tap.asked().len());
    bench.settle_for_good().await;
}
