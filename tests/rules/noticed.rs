//! What changes about the calendars themselves, in Google: names, rights, zones, and an account that withdraws.

use serde_json::json;
use shared::model::{Access, Interval, Switch};
use shared::schedule::Asked;
use simulator::Role;

use crate::bench::{Bench, name, timed};

async fn with_two() -> Bench {
    let bench = Bench::with(2, |google| {
        google.insert_event(&name(0), timed("one", 4, 9)).unwrap();
        google.insert_event(&name(1), timed("two", 5, 9)).unwrap();
    })
    .await;
    bench.settle().await;
    bench
}

impl Bench {
    async fn access(&self, n: usize) -> Access {
        let store = self.world.store(&wire::Schedule::none(), 5);
        let config = store.user_config(self.config.user).await.unwrap().unwrap();
        config.calendars[&self.id(n)].access
    }
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_may_no_longer_be_written_is_noticed_and_so_is_its_return() {
    let bench = with_two().await;
    let worker = bench.worker();
    for (role, access) in [(Role::Reader, Access::Read), (Role::Owner, Access::Write)] {
        bench.edit(|google| google.set_role(&name(1), &name(0), Some(role)));
        worker.review_calendars(bench.config.user).await.unwrap();
        assert_eq!(bench.access(1).await, access);
        let driven = bench.drive().await;
        assert!(driven.failed.is_empty(), "{driven:?}");
    }
    bench.settle_by(&json!({})).await;
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_vanished_from_the_list_keeps_its_part_until_a_person_decides() {
    let bench = with_two().await;
    bench.edit(|google| google.set_role(&name(1), &name(0), None));
    bench
        .worker()
        .review_calendars(bench.config.user)
        .await
        .unwrap();
    let store = bench.world.store(&wire::Schedule::none(), 5);
    let config = store.user_config(bench.config.user).await.unwrap().unwrap();
    assert_eq!(config.switch(bench.id(1)), Some(Switch::On));
    let driven = bench.drive().await;
    assert!(
        driven.failed.contains_key(&bench.id(1)),
        "it is told as failing: {driven:?}"
    );
    assert_eq!(bench.blocks(0).len(), 1, "its blocks elsewhere stay");
}

/// A calendar's turn comes each five minutes; some time within six hours one of them looks.
#[tokio::test(start_paused = true)]
async fn a_turn_now_and_then_is_enough_to_notice() {
    let bench = with_two().await;
    let worker = bench.worker();
    bench.edit(|google| google.set_role(&name(1), &name(0), Some(Role::Reader)));
    bench.world.google().clear_log();
    for _ in 0..72 {
        for n in 0..2 {
            let asked = Asked {
                calendar: bench.id(n),
                every: Some(Interval::Minutes5),
            };
            worker.turn(asked).await;
        }
        bench
            .world
            .clock()
            .advance(std::time::Duration::from_secs(300));
    }
    assert_eq!(bench.access(1).await, Access::Read);
    let google = bench.world.google();
    let lists = google
        .log()
        .iter()
        .filter(|one| one.kind == "calendarList.list");
    assert_eq!(lists.count(), 1, "one look in six hours");
}

#[tokio::test(start_paused = true)]
async fn blocks_of_an_account_that_withdrew_its_consent_stay_until_a_person_decides() {
    let bench = with_two().await;
    bench.edit(|google| google.expire_access_tokens_of(&name(0)));
    let driven = bench.drive().await;
    assert_eq!(driven.failed.len(), 2);
    let told = format!("{:?}", driven.failed);
    assert!(
        told.contains("AccountDenied") || told.contains("Unauthor"),
        "{told}"
    );
    assert_eq!((bench.blocks(0).len(), bench.blocks(1).len()), (1, 1));
}
