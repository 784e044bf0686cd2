//! A table, and the few requests that the tests make of it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put,
    ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
    TransactWriteItem,
};

use crate::client::{Taps, embedded};
use crate::{Clock, Engine, Schedule};

pub(super) const TABLE: &str = "tidelock";

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// An engine in memory that has the table.
pub(super) async fn engine() -> Engine {
    let engine = Engine::memory(&Clock::system()).unwrap();
    create_table(&plain(&engine)).await;
    engine
}

/// A client without taps.
pub(super) fn plain(engine: &Engine) -> Client {
    embedded(engine, &Taps::default())
}

/// A client on a schedule.
pub(super) fn on(engine: &Engine, schedule: &Schedule) -> Client {
    let taps = Taps {
        schedule: schedule.clone(),
        ..Taps::default()
    };
    embedded(engine, &taps)
}

pub(super) async fn create_table(client: &Client) {
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    client
        .create_table()
        .table_name(TABLE)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

pub(super) async fn put(
    client: &Client,
    sk: &str,
) -> Result<PutItemOutput, SdkError<PutItemError>> {
    client
        .put_item()
        .table_name(TABLE)
        .item("pk", text("p"))
        .item("sk", text(sk))
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
}

pub(super) async fn exists(client: &Client, sk: &str) -> Result<bool, SdkError<GetItemError>> {
    let answer = client
        .get_item()
        .table_name(TABLE)
        .key("pk", text("p"))
        .key("sk", text(sk))
        .consistent_read(true)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await?;
    Ok(answer.item.is_some())
}

/// Puts items that must not be there yet, all or none.
pub(super) async fn create(
    client: &Client,
    sks: &[&str],
    token: &str,
) -> Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>> {
    client
        .transact_write_items()
        .set_transact_items(Some(sks.iter().map(|sk| creation(sk)).collect()))
        .client_request_token(token)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
}

fn creation(sk: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .item("pk", text("p"))
        .item("sk", text(sk))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap();
    TransactWriteItem::builder().put(put).build()
}
