//! A change of rules is applied to what is there, by writes to exactly the blocks that it concerns.

use shared::engine::{RulesError, RulesSet};
use shared::model::{ChangedBy, RuleSet};

use super::{switched, titled};
use crate::bench::Bench;

/// Three calendars in step, with nothing in Google's log.
async fn in_step() -> Bench {
    let bench = Bench::of_three().await;
    bench.settle().await;
    bench.world.google().clear_log();
    bench
}

#[tokio::test(start_paused = true)]
async fn a_new_title_is_an_update_of_every_block_and_nothing_else() {
    let bench = in_step().await;
    let before = bench.counts();
    bench.set_rules(&titled("Taken")).await;
    bench.quiet().await;
    assert_eq!(bench.counts(), before);
    for n in 0..3 {
        assert_eq!(bench.titles(n), ["Taken"]);
    }
    let writes = bench.google_writes();
    assert_eq!(writes.len(), before.iter().sum::<usize>());
    assert!(writes.iter().all(|write| write.kind == "events.update"));
}

#[tokio::test(start_paused = true)]
async fn the_same_rules_again_write_nothing() {
    let bench = in_step().await;
    bench.set_rules(&titled("Taken")).await;
    bench.quiet().await;
    let used = bench.world.meter.usage();
    let set = bench.set_rules(&titled("Taken")).await;
    assert!(matches!(set, RulesSet::Same(_)));
    assert_eq!(bench.world.meter.usage().since(&used).write_units, 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_is_off_loses_its_blocks_on_both_sides_and_gets_them_back() {
    let bench = in_step().await;
    let before = bench.counts();
    let set = bench.set_rules(&switched(2, "off")).await;
    assert!(!set.config().takes_part(bench.id(2)));
    let woken = bench.worker().store().wake(bench.id(2)).await.unwrap();
    assert!(woken > 0, "no schedule comes by");
    bench.quiet().await;
    assert_eq!(bench.blocks(2), []);
    assert!(bench.counts()[0] < before[0] && bench.counts()[1] < before[1]);
    bench.set_rules(&RuleSet::default()).await;
    bench.settle().await;
    assert_eq!(bench.counts(), before);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_is_paused_keeps_what_it_has() {
    let bench = in_step().await;
    let before = bench.counts();
    let set = bench.set_rules(&switched(2, "paused")).await;
    assert!(set.config().takes_part(bench.id(2)));
    bench.quiet().await;
    assert_eq!(bench.counts(), before);
    assert_eq!(bench.google_writes(), []);
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_is_taken_back_and_that_as_well() {
    let bench = in_step().await;
    let (worker, user) = (bench.worker(), bench.config.user);
    let nothing = worker.undo_rules(user).await;
    assert!(matches!(nothing, Err(RulesError::NothingToUndo)));
    let first = bench.set_rules(&titled("One")).await.config().version;
    let second = bench.set_rules(&titled("Two")).await.config().version;
    assert_eq!((first, second), (2, 3));
    for (title, of) in [("One", 3), ("Two", 4), ("One", 5)] {
        let set = worker.undo_rules(user).await.unwrap();
        assert_eq!(set.config().rules, titled(title));
        let last = worker.last_change(user).await.unwrap();
        assert_eq!(last.by, ChangedBy::Undo(of));
    }
    bench.quiet().await;
    assert_eq!(bench.titles(0), ["One"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_at_once_none_is_lost() {
    let bench = in_step().await;
    let user = bench.config.user;
    let off = |n: usize| {
        let worker = bench.world.worker(&wire::Schedule::none(), 20 + n as u64);
        let named = crate::bench::name(n);
        async move {
            let change = worker.change_rules(user, ChangedBy::Command, |config| {
                let mut rules = config.rules.clone();
                rules
                    .calendars
                    .insert(named.clone(), shared::model::Switch::Off);
                rules
            });
            change.await.unwrap();
        }
    };
    tokio::join!(off(0), off(1), off(2));
    assert_eq!(bench.rules().await.calendars.len(), 3);
    let history = bench.worker().store().rules_history(user).await.unwrap();
    let versions: Vec<_> = history
        .changes
        .iter()
        .map(|change| change.version)
        .collect();
    assert_eq!(versions, [2, 3, 4]);
}
