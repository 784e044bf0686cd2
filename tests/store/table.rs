//! The table itself, and items of a newer program.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use shared::store::{Class, StoreError};

use super::bench::{Bench, at, calendar, lost_after, state};

#[tokio::test]
async fn a_table_is_made_once_and_taken_as_it_is_after_that() {
    let bench = Bench::without_table().await;
    bench.disturb("CreateTable", 1, lost_after());
    assert_eq!(bench.store.create_table().await, Ok(()));
    assert_eq!(bench.store.create_table().await, Ok(()));
    let ttl = bench.raw.describe_time_to_live().table_name(&bench.table);
    let ttl = ttl.send().await.unwrap().time_to_live_description.unwrap();
    assert_eq!(ttl.attribute_name.as_deref(), Some("expires"));
}

#[tokio::test]
async fn a_table_with_other_keys_is_refused() {
    let bench = Bench::without_table().await;
    let attribute = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let other = bench
        .raw
        .create_table()
        .table_name(&bench.table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute.build().unwrap())
        .key_schema(key.build().unwrap());
    let _ = other.send().await.unwrap();
    let error = bench.store.create_table().await.unwrap_err();
    assert_eq!(error.class(), Class::Denied);
}

#[tokio::test]
async fn without_the_table_nothing_is_taken_for_empty() {
    let bench = Bench::without_table().await;
    let error = bench.store.state(calendar()).await.unwrap_err();
    assert_eq!(error.class(), Class::Denied);
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_left_alone() {
    let bench = Bench::new().await;
    let _ = bench.store.create_state(&state()).await.unwrap();
    let update = bench
        .raw
        .update_item()
        .table_name(&bench.table)
        .key("pk", AttributeValue::S(format!("CAL#{}", calendar())))
        .key("sk", AttributeValue::S("STATE".into()))
        .update_expression("SET v = :v")
        .expression_attribute_values(":v", AttributeValue::N("2".into()));
    let _ = update.send().await.unwrap();
    let newer = |error: StoreError| assert_eq!(error.class(), Class::Newer);
    newer(bench.store.state(calendar()).await.unwrap_err());
    let acquired = bench.store.acquire(&state(), "worker", at(0), at(9)).await;
    newer(acquired.unwrap_err());
}
