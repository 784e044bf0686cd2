//! Commands that write, and die at any call: run again, they end as if nothing had been.

use serde_json::json;
use shared::engine::{Engine, Extent, Pace, Repairing, Wish, Wishes};
use shared::model::{AccountId, ChangedBy};
use shared::plan::Purge;

use super::sweep::sweep_of;
use crate::bench::{Bench, name, timed};
use crate::rules::switched;

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
