//! Rules that come with the config file.

use serde_json::json;
use shared::engine::{Connected, Connection, Wish};
use shared::model::{AccountId, ChangedBy, RuleSet, UserId};

use super::{rules, titled};
use crate::bench::Bench;

impl Bench {
    async fn connect(
        &self,
        user: UserId,
        rules: Option<&RuleSet>,
    ) -> Result<Connected, Connection> {
        let wish = Wish {
            account: AccountId("work".into()),
            calendars: None,
        };
        let key = self.world.key();
        self.worker()
            .connect_those_that_answer(key, user, &[wish], rules)
            .await
    }
}

fn by_name() -> RuleSet {
    rules(json!({"pairs": [{"to": "Calendar 1", "title": "Taken"}]}))
}

#[tokio::test(start_paused = true)]
async fn names_are_resolved_and_the_version_grows_only_with_a_change() {
    let bench = Bench::of_three().await;
    let user = bench.config.user;
    for _ in 0..2 {
        let connected = bench.connect(user, Some(&by_name())).await.unwrap();
        assert_eq!(connected.config.version, 2);
        let to = connected.config.rules.pairs[0].to.clone();
        assert_eq!(to, Some(crate::bench::name(1)));
    }
    let last = bench.worker().last_change(user).await.unwrap();
    assert_eq!((last.by, last.version), (ChangedBy::ConfigFile, 2));
    bench.quiet().await;
    assert_eq!(bench.titles(1), ["Taken"]);
    assert_eq!(bench.titles(2), ["Busy"]);
}

#[tokio::test(start_paused = true)]
async fn without_rules_in_the_file_the_stored_ones_stay() {
    let bench = Bench::of_three().await;
    bench.set_rules(&titled("Taken")).await;
    let connected = bench.connect(bench.config.user, None).await.unwrap();
    assert_eq!(connected.config.rules, titled("Taken"));
    assert_eq!(connected.config.version, 2);
}

#[tokio::test(start_paused = true)]
async fn rules_that_fit_no_calendar_leave_what_was_stored_in_force() {
    let bench = Bench::of_three().await;
    bench.set_rules(&titled("Taken")).await;
    let unknown = rules(json!({"pairs": [{"to": "Gym", "mirror": false}]}));
    let connected = bench.connect(bench.config.user, Some(&unknown)).await;
    let connected = connected.unwrap();
    assert_eq!(connected.config.rules, titled("Taken"));
    let told = connected.refused[0].to_string();
    assert!(
        told.contains("pairs[0].to: no calendar has this name"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn rules_that_fit_no_calendar_connect_nobody_new() {
    let bench = Bench::of_three().await;
    let user = UserId::derive(bench.world.key(), "bob");
    let unknown = rules(json!({"calendars": {"Gym": "off"}}));
    let refused = bench.connect(user, Some(&unknown)).await;
    assert!(
        matches!(refused, Err(Connection::Rules { .. })),
        "{refused:?}"
    );
    let stored = bench.worker().store().user_config(user).await;
    assert_eq!(stored.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_the_rules_switch_off_is_never_read() {
    let bench = Bench::of_three().await;
    let off = rules(json!({"calendars": {"Calendar 2": "off"}}));
    bench.connect(bench.config.user, Some(&off)).await.unwrap();
    bench.quiet().await;
    assert_eq!(bench.blocks(2), []);
    let google = bench.world.google();
    let mut log = google.log().iter();
    assert!(!log.any(|request| request.calendar.as_deref() == Some(&bench.names[2])));
}
