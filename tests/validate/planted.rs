//! Each class of damage, planted: exactly it is found, repair puts it right or says who must, and a second repair does
//! nothing.

use std::time::Duration;

use serde_json::{Value, json};
use shared::engine::Repairing;
use shared::model::{CalendarId, SyncToken};
use shared::validate::Kind;
use simulator::Role;

use super::damage::partition;
use super::{in_step, kinds};
use crate::bench::{Bench, name};

/// What a repair comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Nothing is found any more, and Google shows what it should.
    Healed,
    /// It is left, visibly, for a person.
    Told,
    /// This is left for a person.
    Left(Kind),
}

/// Plants, finds, repairs, and repairs again.
async fn check(kind: Kind, after: After, plant: impl AsyncFnOnce(&Bench)) {
    check_all(&[kind], after, plant).await;
}

async fn check_all(expected: &[Kind], after: After, plant: impl AsyncFnOnce(&Bench)) {
    let bench = in_step().await;
    plant(&bench).await;
    let report = bench.validated(true).await;
    assert_eq!(kinds(&report), expected, "{report:#?}");
    let dry = bench.repaired(Repairing::DryRun).await;
    assert_eq!(dry.actions_taken, 0);
    let writes = applied(&bench);
    let repaired = bench.repaired(Repairing::Apply).await;
    let left: Vec<Kind> = repaired.left.iter().map(|finding| finding.kind).collect();
    match after {
        After::Healed => {
            assert_eq!(left, [], "{repaired:#?}");
            assert!(repaired.success);
            assert_eq!(bench.faults(), [], "{repaired:#?}");
            let would = dry.would;
            let did = applied(&bench) - writes;
            let foreseen = would.inserts + would.updates + would.deletes;
            assert_eq!(
                did as u64,
                foreseen,
                "{would:?}: {:#?}",
                bench.google_writes()
            );
        }
        After::Told => assert_eq!(left, expected, "{repaired:#?}"),
        After::Left(kind) => assert_eq!(left, [kind], "{repaired:#?}"),
    }
    let writes = bench.google_writes().len();
    let again = bench.repaired(Repairing::Apply).await;
    assert_eq!(again.actions_taken, 0, "{again:#?}");
    assert_eq!(bench.google_writes().len(), writes);
}

/// Writes that changed something: an insert that meets its own block, and a delete that finds none, do not.
fn applied(bench: &Bench) -> usize {
    let writes = bench.google_writes();
    writes.iter().filter(|write| write.applied).count()
}

/// The only block of an event on a target.
fn block_at(bench: &Bench, target: usize, start: &str) -> String {
    let blocks = bench.blocks(target);
    let mut found = blocks
        .into_iter()
        .filter(|block| block.start.as_deref() == Some(start));
    found.next().unwrap().id
}

const FIRST: &str = "2026-03-04T08:00:00Z";

fn edit_block(bench: &Bench, patch: Value) {
    let block = block_at(bench, 1, FIRST);
    bench
        .world
        .google()
        .patch_event(&name(1), &block, patch)
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_missing() {
    for hidden in [false, true] {
        check(Kind::BlockMissing, After::Healed, async |bench| {
            let block = block_at(bench, 1, FIRST);
            bench.world.google().delete_event(&name(1), &block).unwrap();
            if hidden {
                bench.hide(1);
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_block_that_was_moved() {
    for hidden in [false, true] {
        check(Kind::BlockChanged, After::Healed, async |bench| {
            let at = |hour: u32| json!({"dateTime": format!("2026-03-05T{hour:02}:30:00Z")});
            edit_block(bench, json!({"start": at(11), "end": at(12)}));
            if hidden {
                bench.hide(1);
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_block_with_another_title() {
    check(Kind::BlockChanged, After::Healed, async |bench| {
        edit_block(bench, json!({"summary": "Lunch"}));
        bench.hide(1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_occurrence_of_a_block_that_was_cancelled() {
    check(Kind::BlockChanged, After::Healed, async |bench| {
        let series = bench
            .blocks(1)
            .into_iter()
            .find(|block| !block.recurrence.is_empty());
        let id = series.unwrap().id;
        let start = "2026-03-11T15:00:00+01:00";
        bench
            .world
            .google()
            .cancel_occurrence(&name(1), &id, start)
            .unwrap();
        bench.hide(1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_block_too_many() {
    check(Kind::BlockDuplicate, After::Healed, async |bench| {
        // The row counts one generation more than Google shows, and a block of each is there.
        let block = block_at(bench, 1, FIRST);
        bench.world.google().delete_event(&name(1), &block).unwrap();
        bench.damage_mirror(0, "event0x0", 1, |mirror| {
            mirror["g"] = json!({"N": "1"});
            mirror["h"] = json!({"S": "-"});
        });
        bench.damage_row(0, "event0x0", |row| row["pending"] = pending_since(bench));
        bench.worker().wake(bench.id(0)).await.unwrap();
        bench.drive().await;
        bench.restore(1, &block);
        bench.hide(1);
    })
    .await;
}

fn pending_since(bench: &Bench) -> Value {
    let now = bench.world.clock().now();
    json!({"S": format!("{now:.9}")})
}

#[tokio::test(start_paused = true)]
async fn a_block_of_no_event() {
    for hidden in [false, true] {
        check(Kind::BlockOrphaned, After::Healed, async |bench| {
            // The event is deleted, then its tombstone lost, before its block on one target was removed.
            let block = block_at(bench, 1, FIRST);
            bench
                .world
                .google()
                .delete_event(&name(0), "event0x0")
                .unwrap();
            bench.drive().await;
            bench.delete_raw(&partition(bench.id(0)), "EVENT#event0x0");
            bench.restore(1, &block);
            if hidden {
                bench.hide(1);
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_missing() {
    check(Kind::RowMissing, After::Healed, async |bench| {
        bench.delete_raw(&partition(bench.id(0)), "EVENT#event0x0");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_wants_something_else() {
    for want in ["-", "h", "o0123456789abcdefghijklmn"] {
        check(Kind::WrongWant, After::Healed, async |bench| {
            bench.damage_mirror(0, "event0x0", 1, |mirror| {
                mirror["w"] = json!({"S": want});
                // So that the row looks in step.
                mirror["h"] = json!({"S": want});
            });
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_wrongly_takes_a_block_for_there() {
    check(Kind::BlockMissing, After::Healed, async |bench| {
        let block = block_at(bench, 1, FIRST);
        bench.world.google().delete_event(&name(1), &block).unwrap();
        bench.hide(1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_wrongly_takes_a_block_for_missing() {
    check(Kind::WrongMark, After::Healed, async |bench| {
        bench.damage_mirror(0, "event0x0", 1, |mirror| mirror["h"] = json!({"S": "-"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_out_of_step_that_nothing_tells_of() {
    check(Kind::SilentlyPending, After::Healed, async |bench| {
        bench.damage_mirror(0, "event0x0", 1, |mirror| mirror["h"] = json!({"S": "-"}));
        bench.damage_row(0, "event0x0", |row| row["pending"] = pending_since(bench));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_lost_what_it_wants() {
    check(Kind::WrongWant, After::Healed, async |bench| {
        bench.damage_mirror(0, "event0x0", 1, |mirror| {
            mirror.as_object_mut().unwrap().remove("w");
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_lost_what_it_has_of_a_block_that_is_there() {
    check(Kind::WrongMark, After::Healed, async |bench| {
        bench.damage_mirror(0, "event0x0", 1, |mirror| {
            mirror.as_object_mut().unwrap().remove("h");
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_with_a_block_on_its_own_calendar_that_never_was() {
    check(Kind::DeadTarget, After::Healed, async |bench| {
        a_mirror_on(bench, bench.id(0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_want_says_what_differs() {
    let bench = in_step().await;
    let other = "o0123456789abcdefghijklmn";
    bench.damage_mirror(0, "event0x0", 1, |mirror| {
        mirror["w"] = json!({"S": other});
        mirror["h"] = json!({"S": other});
    });
    let report = bench.validated(false).await;
    let detail = &report.errors[0].detail;
    assert!(detail.contains("expected a block that reads o"), "{detail}");
    assert!(
        detail.contains(&format!("found one that reads {other}")),
        "{detail}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_config_item_that_cannot_be_read() {
    let profile = |bench: &Bench| {
        let user = format!("USER#{}", bench.config.user);
        bench.damage(&user, "PROFILE", |item| {
            item["version"] = json!({"S": "many"})
        });
    };
    let stamp = |bench: &Bench| {
        let user = format!("USER#{}", bench.config.user);
        bench.damage(&user, "PROFILE", |item| {
            item["stamp"] = json!({"S": "other"})
        });
    };
    let calendar = |bench: &Bench| {
        let user = format!("USER#{}", bench.config.user);
        let item = format!("CALENDAR#{}", bench.id(1));
        bench.damage(&user, &item, |item| {
            item["config"] = json!({"S": "nonsense"})
        });
    };
    check_all(&[Kind::ConfigUnreadable; 3], After::Healed, async |bench| {
        profile(bench)
    })
    .await;
    check_all(&[Kind::ConfigUnreadable; 3], After::Healed, async |bench| {
        stamp(bench)
    })
    .await;
    check(Kind::ConfigUnreadable, After::Healed, async |bench| {
        calendar(bench)
    })
    .await;
    // Both at once: one finding for each item and calendar.
    check_all(&[Kind::ConfigUnreadable; 4], After::Healed, async |bench| {
        profile(bench);
        calendar(bench);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_config_item_that_is_gone_is_made_anew_by_what_the_others_have_on_its_calendar() {
    // The profile no longer fits, which is told of each calendar that is left.
    check_all(&[Kind::ConfigUnreadable; 2], After::Healed, async |bench| {
        let user = format!("USER#{}", bench.config.user);
        let item = format!("CALENDAR#{}", bench.id(1));
        bench.remove(user, &item).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_config_that_nothing_tells_of_any_more_costs_no_block() {
    let bench = in_step().await;
    let user = format!("USER#{}", bench.config.user);
    let item = format!("CALENDAR#{}", bench.id(1));
    bench.damage(&user, &item, |item| {
        item["config"] = json!({"S": "nonsense"})
    });
    bench.delete_raw(&partition(bench.id(1)), "STATE");
    let repaired = bench
        .worker()
        .repair(
            bench.config.user,
            &shared::engine::Extent::User,
            true,
            Repairing::Apply,
        )
        .await;
    assert!(repaired.is_err());
    assert_eq!(applied(&bench), 0);
    // With what the person asks for at hand its account tells.
    let wishes = [shared::engine::Wish {
        account: shared::model::AccountId("work".into()),
        calendars: None,
    }];
    let wishes = shared::engine::Wishes {
        key: bench.world.key(),
        wishes: &wishes,
    };
    let all = shared::engine::Extent::User;
    let repaired = bench
        .worker()
        .repair_with(
            bench.config.user,
            &all,
            true,
            Repairing::Apply,
            Some(wishes),
        )
        .await
        .unwrap();
    assert!(repaired.success, "{repaired:#?}");
    assert_eq!(applied(&bench), 0);
    assert_eq!(bench.faults(), []);
    assert!(bench.validated(true).await.clean());
}

#[tokio::test(start_paused = true)]
async fn a_config_of_a_newer_version_is_left_alone() {
    check_all(&[Kind::ConfigNewer; 3], After::Told, async |bench| {
        let user = format!("USER#{}", bench.config.user);
        bench.damage(&user, "PROFILE", |item| item["v"] = json!({"N": "99"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_was_switched_off_stays_off_when_its_config_is_made_anew() {
    let mut bench = in_step().await;
    let third = bench.id(2);
    let version = bench.config.version;
    bench.config.version += 1;
    bench.config.calendars.get_mut(&third).unwrap().enabled = false;
    let store = bench.worker().store().clone();
    let put = store.put_user_config(&bench.config, Some(version)).await;
    assert_eq!(put.unwrap(), shared::store::Put::Written);
    assert!(bench.drive().await.quiet);
    let (user, item) = (
        format!("USER#{}", bench.config.user),
        format!("CALENDAR#{third}"),
    );
    bench.damage(&user, &item, |item| {
        item["config"] = json!({"S": "nonsense"})
    });
    let writes = applied(&bench);
    assert!(bench.repaired(Repairing::Apply).await.success);
    let config = store.user_config(bench.config.user).await.unwrap().unwrap();
    assert!(!config.calendars[&third].enabled);
    assert_eq!(applied(&bench), writes);
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_a_person_made_of_a_block_is_told_for_what_it_is() {
    let bench = in_step().await;
    let block = block_at(&bench, 1, FIRST);
    bench
        .world
        .google()
        .copy_event(&name(1), &block, &name(1))
        .unwrap();
    assert!(bench.drive().await.quiet);
    let report = bench.validated(true).await;
    assert_eq!((report.copies, report.foreign), (1, 0));
    assert!(report.clean());
}

fn a_mirror_on(bench: &Bench, target: CalendarId) {
    bench.damage_row(0, "event0x0", |row| {
        let known = bench.id(1).to_string();
        let mirror = row["mirrors"]["M"][&known].clone();
        row["mirrors"]["M"][target.to_string()] = mirror;
    });
}

#[tokio::test(start_paused = true)]
async fn a_row_with_a_target_that_is_gone() {
    // What lies on it cannot be reached: that is told.
    check(
        Kind::DeadTarget,
        After::Left(Kind::NoAccess),
        async |bench| {
            let mut id = *bench.id(1).bytes();
            id[CalendarId::BYTES - 1] ^= 1;
            a_mirror_on(bench, CalendarId::from_bytes(id));
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_with_a_target_of_another_user() {
    check(Kind::OtherUsersTarget, After::Healed, async |bench| {
        let mut id = *bench.id(1).bytes();
        id[0] ^= 1;
        a_mirror_on(bench, CalendarId::from_bytes(id));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read() {
    check(Kind::RowUnreadable, After::Healed, async |bench| {
        bench.damage_row(0, "event0x0", |row| row["facts"] = json!({"S": "nonsense"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_of_a_newer_version_is_left_alone() {
    check(Kind::RowNewer, After::Told, async |bench| {
        bench.damage_row(0, "event0x0", |row| row["v"] = json!({"N": "99"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_under_another_name() {
    check(Kind::RowMisfiled, After::Healed, async |bench| {
        bench.damage_row(0, "event0x0", |row| {
            row["facts"]["M"]["live"]["M"]["id"] = json!({"S": "someother"});
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_of_an_epoch_to_come() {
    check(Kind::EpochAhead, After::Healed, async |bench| {
        bench.damage_row(0, "event0x0", |row| row["epoch"] = json!({"N": "4000"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_expires_too_early() {
    check(Kind::ExpiresEarly, After::Healed, async |bench| {
        let soon = bench.world.clock().now().as_second() + 60;
        bench.damage_row(0, "event0x0", |row| {
            row["expires"] = json!({"N": soon.to_string()})
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_row_with_wrong_facts_is_asked_for_before_its_blocks_are_touched() {
    check(Kind::SourceChanged, After::Healed, async |bench| {
        bench.damage_row(0, "event0x0", |row| {
            row["facts"]["M"]["live"]["M"]["free"] = json!({"BOOL": true});
        });
    })
    .await;
    // By what is stored alone nobody can tell facts from wants; still nothing is deleted.
    let bench = in_step().await;
    bench.damage_row(0, "event0x0", |row| {
        row["facts"]["M"]["live"]["M"]["free"] = json!({"BOOL": true});
    });
    let worker = bench.worker();
    let (user, extent) = (bench.config.user, shared::engine::Extent::User);
    let repaired = worker.repair(user, &extent, false, Repairing::Apply).await;
    let repaired = repaired.unwrap();
    assert!(
        repaired.success && repaired.left.is_empty(),
        "{repaired:#?}"
    );
    assert_eq!(bench.google_writes(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_still_to_be_pushed_is_pushed_by_a_repair() {
    let bench = in_step().await;
    let block = block_at(&bench, 1, FIRST);
    bench.world.google().delete_event(&name(1), &block).unwrap();
    bench.damage_mirror(0, "event0x0", 1, |mirror| mirror["h"] = json!({"S": "d"}));
    bench.damage_row(0, "event0x0", |row| row["pending"] = pending_since(&bench));
    bench.worker().wake(bench.id(0)).await.unwrap();
    bench.hide(1);
    let report = bench.validated(true).await;
    assert!(report.clean() && report.pending.count == 1, "{report:#?}");
    let dry = bench.repaired(Repairing::DryRun).await;
    assert!(!dry.success && dry.would.updates == 1, "{dry:#?}");
    let repaired = bench.repaired(Repairing::Apply).await;
    assert!(repaired.success, "{repaired:#?}");
    assert_eq!(bench.faults(), []);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_changed_behind_the_token() {
    check(Kind::SourceChanged, After::Healed, async |bench| {
        let at = |hour: u32| json!({"dateTime": format!("2026-03-05T{hour:02}:30:00Z")});
        let times = json!({"start": at(11), "end": at(12)});
        bench
            .world
            .google()
            .patch_event(&name(0), "event0x0", times)
            .unwrap();
        bench.hide(0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_went_behind_the_token() {
    check(Kind::SourceGone, After::Healed, async |bench| {
        bench
            .world
            .google()
            .delete_event(&name(0), "event0x0")
            .unwrap();
        bench.hide(0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stale_token() {
    check(Kind::TokenRefused, After::Healed, async |bench| {
        bench.world.google().expire_sync_tokens(&name(0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_changed_behind_a_stale_token() {
    let expected = [Kind::TokenRefused, Kind::SourceChanged, Kind::BlockMissing];
    check_all(&expected, After::Healed, async |bench| {
        let block = block_at(bench, 1, FIRST);
        let mut google = bench.world.google();
        google.delete_event(&name(1), &block).unwrap();
        let at = |hour: u32| json!({"dateTime": format!("2026-03-05T{hour:02}:30:00Z")});
        let times = json!({"start": at(11), "end": at(12)});
        google.patch_event(&name(1), "event1x0", times).unwrap();
        google.expire_sync_tokens(&name(1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_token() {
    check(Kind::TokenRefused, After::Healed, async |bench| {
        let token = SyncToken::parse("damaged").unwrap();
        bench.damage_state(0, |state| state["token"] = json!({"S": token.as_str()}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_token_without_its_time() {
    check(Kind::TokenWithoutTime, After::Healed, async |bench| {
        bench.damage_state(0, |state| {
            drop(state.as_object_mut().unwrap().remove("last_synced_at"))
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_future() {
    check(Kind::TimeAhead, After::Healed, async |bench| {
        bench.damage_state(0, |state| {
            state["last_synced_at"] = json!({"S": "2030-01-01T00:00:00.000000000Z"});
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_missing() {
    check(Kind::StateMissing, After::Healed, async |bench| {
        bench.delete_raw(&partition(bench.id(0)), "STATE");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_read() {
    check(Kind::StateUnreadable, After::Healed, async |bench| {
        bench.damage_state(0, |state| state["epoch"] = json!({"S": "many"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_of_a_dead_worker() {
    check(Kind::LeaseOver, After::Healed, async |bench| {
        let now = bench.world.clock().now();
        lease(
            bench,
            now - Duration::from_secs(1200),
            now - Duration::from_secs(600),
        );
    })
    .await;
}

fn lease(bench: &Bench, since: jiff::Timestamp, until: jiff::Timestamp) {
    bench.damage_state(0, |state| {
        state["lease"] = json!({"M": {
            "owner": {"S": "dead"},
            "since": {"S": format!("{since:.9}")},
            "until": {"S": format!("{until:.9}")},
        }});
    });
}

#[tokio::test(start_paused = true)]
async fn a_wake_that_was_never_served() {
    check(Kind::WakeUnserved, After::Healed, async |bench| {
        bench.worker().wake(bench.id(0)).await.unwrap();
        bench.world.clock().advance(Duration::from_secs(1800));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_staged_in_vain() {
    check(Kind::StagedLeft, After::Healed, async |bench| {
        let store = bench.worker().store().clone();
        let commit = shared::model::CommitId::new(shared::model::Epoch(9), 9);
        let expires = bench.world.clock().now() + Duration::from_secs(86_400);
        store
            .stage(bench.id(0), &commit, b"facts", expires)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read() {
    check(Kind::JournalUnreadable, After::Healed, async |bench| {
        bench.damage_state(0, |state| {
            state["journal"] = json!({"M": {
                "commit": {"S": "00000001000000000000000000000001"[..24].to_owned()},
                "chunks": {"N": "2"},
                "digest": {"S": "d"},
            }});
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_measure_of_the_brake_that_is_far_off() {
    check(Kind::Miscounted, After::Healed, async |bench| {
        bench.damage_state(0, |state| state["mirrored"] = json!({"N": "5000"}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_refused() {
    check_all(
        &[Kind::AccessRefused, Kind::NotCompared],
        After::Told,
        async |bench| {
            bench.edit(|google| google.set_role(&name(2), &name(0), None));
            bench.drive().await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_became_read_only() {
    check(Kind::Overdue, After::Told, async |bench| {
        bench.edit(|google| {
            google.set_role(&name(2), &name(0), Some(Role::Reader));
            google
                .insert_event(&name(0), crate::bench::timed("later", 16, 9))
                .unwrap();
        });
        bench
            .drive_for(&bench.worker(), Duration::from_secs(60))
            .await;
        bench.world.clock().advance(Duration::from_secs(1800));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_event_set_aside() {
    check(Kind::Parked, After::Told, async |bench| {
        bench.damage_row(0, "event0x0", |row| {
            row["parked"] = json!({"M": {
                "kind": {"S": "unreadable"},
                "reason": {"S": "its end is missing"},
                "since": {"S": "2026-03-01T00:00:00Z"},
            }});
            row.as_object_mut().unwrap().remove("expires");
        });
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_block_that_somebody_keeps_changing() {
    check(Kind::Frozen, After::Told, async |bench| {
        for n in 0..8 {
            edit_if_there(bench, json!({"summary": format!("mine {n}")}));
            bench.drive().await;
        }
    })
    .await;
}

fn edit_if_there(bench: &Bench, patch: Value) {
    let block = block_at(bench, 1, FIRST);
    let _ = bench.world.google().patch_event(&name(1), &block, patch);
}
