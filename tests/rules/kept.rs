//! The history of the rules: bounded, and what stands in for them should the profile be lost.

use serde_json::json;
use shared::engine::Repairing;
use shared::limits::RULES_KEPT;

use super::{switched, titled};
use crate::bench::Bench;

fn partition(bench: &Bench) -> String {
    format!("RULES#{}", bench.config.user)
}

fn config_partition(bench: &Bench) -> String {
    format!("USER#{}", bench.config.user)
}

#[tokio::test(start_paused = true)]
async fn so_many_changes_are_kept_and_all_but_the_newest_expire() {
    let bench = Bench::with(1, |_| {}).await;
    for n in 0..RULES_KEPT + 3 {
        bench.set_rules(&titled(&format!("Title {n}"))).await;
    }
    let items = bench.items().into_iter();
    let mut kept: Vec<_> = items
        .filter(|item| item.key().0 == partition(&bench))
        .collect();
    kept.sort_by_key(|item| item.key());
    assert_eq!(kept.len(), RULES_KEPT);
    let newest = kept.pop().unwrap();
    assert!(newest.0.get("expires").is_none());
    assert!(kept.iter().all(|item| item.0.get("expires").is_some()));
}

#[tokio::test(start_paused = true)]
async fn with_the_profile_damaged_the_rules_come_from_their_history() {
    let bench = Bench::of_three().await;
    bench.set_rules(&switched(2, "off")).await;
    bench.quiet().await;
    let before = bench.counts();
    bench.damage(&config_partition(&bench), "PROFILE", |profile| {
        profile["rules"] = json!({"S": "damaged"});
    });
    bench.repaired(Repairing::Apply).await;
    assert_eq!(bench.rules().await, switched(2, "off"));
    bench.quiet().await;
    assert_eq!(bench.counts(), before);
}

#[tokio::test(start_paused = true)]
async fn with_the_config_lost_the_rules_come_from_their_history() {
    let bench = Bench::of_three().await;
    bench.set_rules(&switched(2, "off")).await;
    bench.quiet().await;
    for item in bench.items() {
        let (pk, sk) = item.key();
        if pk == config_partition(&bench) {
            bench.delete_raw(&pk, &sk);
        }
    }
    let config = bench.world.set_up("ann").await.unwrap();
    assert_eq!(config.rules, switched(2, "off"));
    bench.quiet().await;
    assert_eq!(bench.blocks(2), []);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_change_is_told_and_not_taken_back() {
    let bench = Bench::with(1, |_| {}).await;
    bench.set_rules(&titled("One")).await;
    bench.set_rules(&titled("Two")).await;
    bench.damage(&partition(&bench), "000000000003", |change| {
        change["rules"] = json!({"S": "damaged"});
    });
    let user = bench.config.user;
    assert!(bench.worker().undo_rules(user).await.is_err());
    let history = bench.worker().store().rules_history(user).await.unwrap();
    assert_eq!((history.changes.len(), history.damaged.len()), (1, 1));
}
