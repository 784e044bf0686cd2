//! A user's config changes as a whole, and is never seen half changed.

use shared::model::{Access, AccountId, CalendarConfig, UserConfig};
use shared::store::{Class, Put};

use super::bench::{Bench, calendar_named, google, lost_after, user};

fn config(version: u64, names: &[&str]) -> UserConfig {
    let calendars = names.iter().map(|name| {
        let config = CalendarConfig {
            google: google(name),
            account: AccountId("work".into()),
            name: (*name).into(),
            access: Access::Write,
            enabled: true,
        };
        (calendar_named(name), config)
    });
    UserConfig {
        user: user(),
        version,
        calendars: calendars.collect(),
        rules: shared::model::RuleSet::default(),
    }
}

async fn put_first(bench: &Bench, config: &UserConfig) {
    let put = bench.store.put_user_config(config, None).await;
    assert_eq!(put, Ok(Put::Written));
}

#[tokio::test]
async fn a_config_is_read_as_it_was_put() {
    let bench = Bench::new().await;
    assert_eq!(bench.store.user_config(user()).await, Ok(None));
    let first = config(1, &["a", "b", "c"]);
    let put = bench.store.put_user_config(&first, None).await;
    assert_eq!(put, Ok(Put::Written));
    assert_eq!(bench.store.user_config(user()).await, Ok(Some(first)));
}

#[tokio::test]
async fn a_calendar_that_is_no_longer_in_it_goes() {
    let bench = Bench::new().await;
    put_first(&bench, &config(1, &["a", "b"])).await;
    let mut second = config(2, &["b", "c"]);
    for calendar in second.calendars.values_mut() {
        calendar.enabled = calendar.name == "c";
    }
    let put = bench.store.put_user_config(&second, Some(1)).await;
    assert_eq!(put, Ok(Put::Written));
    assert_eq!(bench.store.user_config(user()).await, Ok(Some(second)));
}

#[tokio::test]
async fn only_the_expected_version_is_replaced() {
    let bench = Bench::new().await;
    let first = config(1, &["a"]);
    let early = bench.store.put_user_config(&first, Some(1)).await;
    assert_eq!(early, Ok(Put::Conflict));
    put_first(&bench, &first).await;
    for expected in [None, Some(0), Some(2)] {
        let put = bench
            .store
            .put_user_config(&config(2, &["b"]), expected)
            .await;
        assert_eq!(put, Ok(Put::Conflict), "{expected:?}");
    }
    assert_eq!(bench.store.user_config(user()).await, Ok(Some(first)));
}

#[tokio::test]
async fn a_change_that_came_between_reading_and_writing_wins() {
    let bench = Bench::new().await;
    put_first(&bench, &config(1, &["a"])).await;
    let (other, _) = bench.worker(9).await;
    let mine = config(2, &["a", "b"]);
    let theirs = config(2, &["c"]);
    let (store, expected) = (bench.store.clone(), mine.clone());
    let gate = wire::faults::Gate::new();
    let held = gate.clone();
    bench.taps.schedule.set(move |call| {
        if call.operation == "TransactWriteItems" {
            wire::faults::Verdict::hold(&held)
        } else {
            wire::faults::Verdict::Pass
        }
    });
    let put = tokio::spawn(async move { store.put_user_config(&expected, Some(1)).await });
    gate.reached().await;
    let won = other.put_user_config(&theirs, Some(1)).await;
    gate.open();
    assert_eq!(won, Ok(Put::Written));
    assert_eq!(put.await.unwrap(), Ok(Put::Conflict));
    assert_eq!(bench.store.user_config(user()).await, Ok(Some(theirs)));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_counts_as_written() {
    let bench = Bench::new().await;
    bench.disturb("TransactWriteItems", 1, lost_after());
    let put = bench.store.put_user_config(&config(1, &["a"]), None).await;
    assert_eq!(put, Ok(Put::Written));
}

#[tokio::test]
async fn calendars_that_do_not_belong_to_the_profile_are_never_returned() {
    let bench = Bench::new().await;
    put_first(&bench, &config(1, &["a", "b"])).await;
    let delete = bench
        .raw
        .delete_item()
        .table_name(&bench.table)
        .key("pk", string(format!("USER#{}", user())))
        .key("sk", string(format!("CALENDAR#{}", calendar_named("a"))));
    let _ = delete.send().await.unwrap();
    let error = bench.store.user_config(user()).await.unwrap_err();
    assert_eq!(error.class(), Class::Corrupt);
}

fn string(text: String) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text)
}
