//! Commands that write, and die at any call: run again, they end as if nothing had been.

use serde_json::json;
use shared::engine::{Engine, Extent, Pace, Repairing, Wish, Wishes};
use shared::model::{AccountId, ChangedBy};
use shared::plan::Purge;

use super::snapshot::{Snapshot, scan};
use super::sweep::sweep_of;
use crate::bench::{Bench, HOME, name, timed};
use crate::disasters::live_blocks;
use crate::rules::switched;
use wire::Schedule;
use wire::faults::Side;

/// Two calendars in step, with a few events.
async fn in_step() -> Bench {
    let bench = Bench::with(2, |google| {
        for (n, day) in [(0, 4), (0, 5), (1, 6)] {
            let event = timed(&format!("event{n}x{day}"), day, 9);
            google.insert_event(&name(n), event).unwrap();
        }
    })
    .await;
    bench.settle().await;
    bench
}

fn wishes() -> Vec<Wish> {
    vec![Wish {
        account: AccountId("work".into()),
        calendars: None,
    }]
}

async fn repair(bench: &Bench, worker: Engine) {
    let wishes = wishes();
    let wishes = Wishes {
        key: bench.world.key(),
        wishes: &wishes,
    };
    let user = bench.config.user;
    let repaired = worker
        .repair_with(user, &Extent::User, true, Repairing::Apply, Some(wishes))
        .await;
    repaired.unwrap();
}

/// Nothing is found, Google shows what it should, and a second repair does nothing.
async fn healed(point: &str, bench: &Bench) {
    assert_eq!(bench.faults(), [], "{point}");
    let report = bench.validated(true).await;
    // What was staged in vain is the sweep of the next repair.
    assert!(report.clean(), "{point}: {report:#?}");
    let again = bench.repaired(Repairing::Apply).await;
    assert_eq!(again.actions_taken, 0, "{point}");
}

#[tokio::test(start_paused = true)]
async fn a_repair_of_rows_and_states_survives_every_crash() {
    let bench = in_step().await;
    bench.damage_row(0, "event0x4", |row| row["facts"] = json!({"S": "nonsense"}));
    bench.damage_mirror(0, "event0x5", 1, |mirror| {
        mirror["w"] = json!({"S": "-"});
        mirror["h"] = json!({"S": "-"});
    });
    bench.damage_state(1, |state| state["epoch"] = json!({"S": "many"}));
    sweep_of("repair of rows and states", &bench, repair, healed).await;
}

#[tokio::test(start_paused = true)]
async fn a_repair_of_the_config_survives_every_crash() {
    let bench = in_step().await;
    let user = format!("USER#{}", bench.config.user);
    let item = format!("CALENDAR#{}", bench.id(1));
    bench.damage(&user, &item, |item| {
        item["config"] = json!({"S": "nonsense"})
    });
    bench.damage(&user, "PROFILE", |item| {
        item["version"] = json!({"S": "many"})
    });
    sweep_of("repair of the config", &bench, repair, healed).await;
}

#[tokio::test(start_paused = true)]
async fn a_repair_of_blocks_survives_every_crash() {
    let bench = in_step().await;
    let block = bench.blocks(1).remove(0).id;
    bench.edit(|google| {
        google.delete_event(&name(1), &block).unwrap();
        google.expire_sync_tokens(&name(1));
    });
    let moved = bench.blocks(0).remove(0).id;
    let summary = json!({"summary": "mine"});
    bench.edit(|google| {
        google.patch_event(&name(0), &moved, summary).unwrap();
    });
    bench.hide(0);
    sweep_of("repair of blocks", &bench, repair, healed).await;
}

async fn purge(bench: &Bench, worker: Engine) {
    let (key, user) = (bench.world.key(), bench.config.user);
    let wishes = wishes();
    let known = worker.known_calendars(key, user, &wishes).await.unwrap();
    let all = Purge::User(user);
    worker.switch_off(all, &known).await.unwrap();
    let pace = Pace {
        patience: std::time::Duration::from_secs(3600),
        go_on: || true,
    };
    worker.drive_purged(&known, pace, |_| {}).await.unwrap();
    for (_, cleared) in worker.purge_listed(all, &known, || true).await {
        assert_eq!(cleared.unwrap().found.count(), 0);
    }
}

/// No block is left, no event of a person's is touched, and nothing is left to do.
async fn purged(point: &str, bench: &Bench) {
    for n in 0..2 {
        assert_eq!(bench.blocks(n), [], "{point}");
    }
    for (n, event) in [(0, "event0x4"), (0, "event0x5"), (1, "event1x6")] {
        let there = bench.edit(|google| google.event_json(&name(n), event));
        assert_eq!(there.unwrap()["status"], "confirmed", "{point}");
    }
    let writes = bench.google_writes().len();
    assert!(bench.drive().await.quiet, "{point}");
    assert_eq!(bench.google_writes().len(), writes, "{point}");
}

#[tokio::test(start_paused = true)]
async fn a_purge_survives_every_crash() {
    let bench = in_step().await;
    sweep_of("purge", &bench, purge, purged).await;
}

/// The second calendar is off by the one change that there is, and everything is about to be looked at.
async fn is_off(point: &str, bench: &Bench) {
    let (worker, user) = (bench.worker(), bench.config.user);
    assert_eq!(bench.rules().await, switched(1, "off"), "{point}");
    let history = worker.store().rules_history(user).await.unwrap();
    assert_eq!(
        (history.changes.len(), history.damaged.len()),
        (1, 0),
        "{point}"
    );
    for calendar in bench.ids() {
        assert!(worker.store().wake(calendar).await.unwrap() > 0, "{point}");
    }
    bench.quiet().await;
    assert_eq!(bench.counts(), [0, 0], "{point}");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_rules_survives_every_crash() {
    let bench = in_step().await;
    let change = async |bench: &Bench, worker: Engine| {
        let (user, rules) = (bench.config.user, switched(1, "off"));
        let set = worker.set_rules(user, &rules, ChangedBy::Command);
        set.await.unwrap();
    };
    sweep_of("change of rules", &bench, change, is_off).await;
}

/// Two accounts in step: two calendars of `work`, one of `home`, an event or two on each.
async fn two_accounts() -> Bench {
    let bench = Bench::of_two_accounts(|google| {
        for (calendar, event, day) in [
            (name(0), "one", 4),
            (name(0), "two", 5),
            (name(1), "three", 6),
            (HOME.to_owned(), "four", 9),
        ] {
            let event = timed(event, day, 9);
            google.insert_event(&calendar, event).unwrap();
        }
    })
    .await;
    bench.settle().await;
    assert_eq!(blocks(&bench), [2, 3, 3]);
    bench
}

fn blocks(bench: &Bench) -> [usize; 3] {
    let google = bench.world.google();
    let calendars = [name(0), name(1), HOME.to_owned()];
    calendars.map(|calendar| live_blocks(&google, &calendar).len())
}

fn home() -> AccountId {
    AccountId("home".into())
}

fn both() -> Vec<Wish> {
    [AccountId("work".into()), home()]
        .map(|account| Wish {
            account,
            calendars: None,
        })
        .into()
}

async fn disconnect(bench: &Bench, worker: Engine) {
    let (key, user) = (bench.world.key(), bench.config.user);
    let known = worker.known_calendars(key, user, &both()).await.unwrap();
    let kept = worker.account_kept(user, &home(), &known).await.unwrap();
    if !kept.calendars.is_empty() {
        let purge = Purge::Calendars(user, &kept.calendars);
        worker.switch_off(purge, &known).await.unwrap();
        let pace = Pace {
            patience: std::time::Duration::from_secs(3600),
            go_on: || true,
        };
        worker.drive_purged(&known, pace, |_| {}).await.unwrap();
        for (_, cleared) in worker.purge_listed(purge, &known, || true).await {
            assert_eq!(cleared.unwrap().found.count(), 0);
        }
    }
    let forgotten = worker
        .forget_account(user, &home(), &kept.all(), || true)
        .await;
    forgotten.unwrap();
}

/// Nothing of the account is left, in the table or at Google, and connected again it is as the first time.
async fn disconnected(point: &str, bench: &Bench) {
    assert_eq!(blocks(bench), [1, 2, 0], "{point}");
    let gone = bench.id(2).to_string();
    for item in scan(bench.world.table()) {
        let key = format!("{} {}", item["pk"], item["sk"]);
        for word in [gone.as_str(), "FORGETTING", "ACCOUNT#home"] {
            assert!(!key.contains(word), "{point}: {key}");
        }
    }
    let worker = bench.worker();
    let stay = [bench.id(0), bench.id(1)];
    let hour = std::time::Duration::from_secs(3600);
    let driven = worker.drive(&stay, hour, |_| {}).await;
    assert!(driven.quiet, "{point}: {driven:?}");
    let report = bench.validated(true).await;
    assert!(report.clean(), "{point}: {report:#?}");
    let user = bench.config.user;
    worker
        .connect(bench.world.key(), user, &both())
        .await
        .unwrap();
    let driven = bench.drive().await;
    assert!(driven.quiet, "{point}: {driven:?}");
    assert_eq!(bench.faults(), [], "{point}");
    assert_eq!(blocks(bench), [2, 3, 3], "{point}");
}

#[tokio::test(start_paused = true)]
async fn a_disconnection_survives_every_crash() {
    let bench = two_accounts().await;
    sweep_of("disconnect", &bench, disconnect, disconnected).await;
}

/// As [`two_accounts`], with the blocks of `home` taken back: a page and more of rows, and everything else that a calendar
/// has, a wake, a place on the wheel and sealed credentials.
async fn ready_to_forget() -> Bench {
    let bench = two_accounts().await;
    bench.edit(|google| {
        for n in 0..120 {
            let mut event = timed(&format!("free{n:03}"), 3 + n % 20, 8 + n / 20);
            event["transparency"] = "transparent".into();
            google.insert_event(HOME, event).unwrap();
        }
    });
    bench.settle().await;
    let worker = bench.worker();
    let (store, now) = (worker.store(), worker.now());
    store.give_turn(bench.id(2), now).await.unwrap();
    let sealed = shared::model::Vaulted::from_bytes(vec![1, 2, 3]);
    let (key, user, home) = (bench.world.key(), bench.config.user, home());
    let put = store.put_account(user, &home, &sealed, None).await;
    assert_eq!(put.unwrap(), shared::store::Put::Written);
    let known = worker.known_calendars(key, user, &both()).await.unwrap();
    let kept = worker.account_kept(user, &home, &known).await.unwrap();
    let purge = Purge::Calendars(user, &kept.calendars);
    worker.switch_off(purge, &known).await.unwrap();
    assert!(bench.drive().await.quiet);
    worker.wake(bench.id(2)).await.unwrap();
    bench
}

async fn forget(bench: &Bench, worker: Engine) {
    let (key, user) = (bench.world.key(), bench.config.user);
    let known = worker.known_calendars(key, user, &both()).await.unwrap();
    let kept = worker.account_kept(user, &home(), &known).await.unwrap();
    let forgotten = worker
        .forget_account(user, &home(), &kept.all(), || true)
        .await;
    forgotten.unwrap();
}

#[tokio::test(start_paused = true)]
async fn forgetting_a_full_calendar_survives_every_crash() {
    let bench = ready_to_forget().await;
    sweep_of("forget", &bench, forget, disconnected).await;
}

/// Whoever connects the account anew instead of going on with forgetting it finds nothing half there.
#[tokio::test(start_paused = true)]
async fn an_account_half_forgotten_can_be_connected_anew_at_every_crash() {
    let bench = ready_to_forget().await;
    let snapshot = Snapshot::of(&bench);
    let schedule = Schedule::none();
    let undisturbed = snapshot.begin();
    forget(&undisturbed, undisturbed.world.worker(&schedule, 1)).await;
    for index in 0..schedule.calls().len() {
        for side in [Side::Before, Side::After] {
            let bench = snapshot.begin();
            let schedule = Schedule::crash_at(index, side);
            tokio::select! {
                biased;
                () = schedule.crashed() => {}
                () = forget(&bench, bench.world.worker(&schedule, 1)) => panic!("{index}: not reached"),
            }
            let point = format!("{side:?} call {index}");
            let worker = bench.worker();
            let (key, user) = (bench.world.key(), bench.config.user);
            worker.connect(key, user, &both()).await.unwrap();
            let driven = bench.drive().await;
            assert!(driven.quiet, "{point}: {driven:?}");
            assert_eq!(bench.faults(), [], "{point}");
            assert_eq!(blocks(&bench), [2, 3, 3], "{point}");
            let report = bench.validated(true).await;
            assert!(report.clean(), "{point}: {report:#?}");
        }
    }
}
