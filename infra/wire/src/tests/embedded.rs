//! The stock SDK against the engine in the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveSpecification};

use super::fixture::{TABLE, create, create_table, engine, exists, plain, put, text};
use crate::{Answer, Clock, Engine};

#[tokio::test]
async fn what_is_put_is_got_and_queried() {
    let client = plain(&engine().await);
    for sk in ["b", "a", "c"] {
        put(&client, sk).await.unwrap();
    }
    assert!(exists(&client, "a").await.unwrap());
    assert!(!exists(&client, "d").await.unwrap());
    let found = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text("p"))
        .send()
        .await
        .unwrap();
    let order: Vec<_> = found
        .items()
        .iter()
        .map(|item| item["sk"].clone())
        .collect();
    assert_eq!(order, [text("a"), text("b"), text("c")]);
}

#[tokio::test]
async fn a_long_partition_of_small_items_comes_in_pages_without_gap_or_repeat() {
    let engine = engine().await;
    for n in 0..3_501 {
        let item = serde_json::json!({"pk": {"S": "p"}, "sk": {"S": format!("{n:04}")}});
        let request = serde_json::json!({"TableName": TABLE, "Item": item}).to_string();
        assert_eq!(engine.answer("PutItem", request.as_bytes()).status, 200);
    }
    let page = |after: Option<serde_json::Value>| {
        let mut request = serde_json::json!({
            "TableName": TABLE, "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "p"}},
        });
        request["ExclusiveStartKey"] = after.unwrap_or_default();
        let answer = engine.answer("Query", request.to_string().as_bytes());
        serde_json::from_str::<serde_json::Value>(&answer.body).unwrap()
    };
    let first = page(None);
    assert_eq!(first["Count"], 3_500);
    let second = page(Some(first["LastEvaluatedKey"].clone()));
    assert_eq!(second["Count"], 1);
    assert_eq!(second["Items"][0]["sk"]["S"], "3500");
    assert!(second.get("LastEvaluatedKey").is_none());
}

#[tokio::test]
async fn a_transaction_is_applied_whole_or_refused_with_reasons() {
    let client = plain(&engine().await);
    create(&client, &["a", "b"], "first").await.unwrap();
    let refusal = create(&client, &["c", "b"], "second").await.unwrap_err();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) =
        refusal.into_service_error()
    else {
        panic!("not cancelled");
    };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().filter_map(|reason| reason.code()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(reasons[1].item().unwrap()["sk"], text("b"));
    assert!(!exists(&client, "c").await.unwrap());
}

#[tokio::test]
async fn a_repeated_token_applies_once() {
    let client = plain(&engine().await);
    create(&client, &["a"], "token").await.unwrap();
    create(&client, &["a"], "token").await.unwrap();
    let other = create(&client, &["b"], "token").await.unwrap_err();
    assert!(
        other
            .into_service_error()
            .is_idempotent_parameter_mismatch_exception()
    );
    assert!(!exists(&client, "b").await.unwrap());
}

#[tokio::test]
async fn a_refused_condition_is_a_typed_error() {
    let client = plain(&engine().await);
    put(&client, "a").await.unwrap();
    let refusal = client
        .put_item()
        .table_name(TABLE)
        .item("pk", text("p"))
        .item("sk", text("a"))
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await
        .unwrap_err();
    assert!(
        refusal
            .into_service_error()
            .is_conditional_check_failed_exception()
    );
}

#[tokio::test]
async fn a_missing_table_is_a_typed_error() {
    let client = plain(&Engine::memory(&Clock::system()).unwrap());
    let refusal = put(&client, "a").await.unwrap_err();
    assert!(
        refusal
            .into_service_error()
            .is_resource_not_found_exception()
    );
}

#[tokio::test]
async fn a_file_keeps_its_items_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.db");
    {
        let client = plain(&Engine::open(&file).unwrap());
        create_table(&client).await;
        put(&client, "a").await.unwrap();
    }
    let client = plain(&Engine::open(&file).unwrap());
    assert!(exists(&client, "a").await.unwrap());
    let tables = client.list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), [TABLE]);
}

#[tokio::test]
async fn a_table_whose_making_was_cut_short_can_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.db");
    create_table(&plain(&Engine::open(&file).unwrap())).await;
    // What a process leaves that dies between the engine's two writes.
    let storage = dynoxide::storage::Storage::new(file.to_str().unwrap()).unwrap();
    storage.drop_data_table(TABLE).unwrap();
    drop(storage);
    let client = plain(&Engine::open(&file).unwrap());
    let tables = client.list_tables().send().await.unwrap();
    assert!(tables.table_names().is_empty(), "{tables:?}");
    create_table(&client).await;
    put(&client, "a").await.unwrap();
    assert!(exists(&client, "a").await.unwrap());
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.db");
    std::fs::write(
        &file,
        "this is not a database, but long enough to be read as one",
    )
    .unwrap();
    let error = Engine::open(&file).unwrap_err();
    assert!(error.to_string().contains("table.db"));
}

#[test]
fn an_operation_that_does_not_exist_is_unknown() {
    let engine = Engine::memory(&Clock::system()).unwrap();
    assert_eq!(
        engine.answer("PutItems", b"{}"),
        Answer::unknown_operation()
    );
    let body = engine.answer("PutItems", b"{}").body;
    assert!(body.contains("UnknownOperationException"));
}

#[test]
fn a_body_that_cannot_be_read_is_refused() {
    let engine = Engine::memory(&Clock::system()).unwrap();
    let answer = engine.answer("PutItem", b"{");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("SerializationException"));
}

#[tokio::test]
async fn items_expire_by_the_given_clock_and_only_by_a_sweep() {
    let now = Arc::new(AtomicU64::new(1_000_000));
    let clock = Clock::from_fn({
        let now = Arc::clone(&now);
        move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst))
    });
    let engine = Engine::memory(&clock).unwrap();
    let client = plain(&engine);
    create_table(&client).await;
    let lifetime = TimeToLiveSpecification::builder()
        .attribute_name("expires")
        .enabled(true)
        .build()
        .unwrap();
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(lifetime)
        .send()
        .await
        .unwrap();
    client
        .put_item()
        .table_name(TABLE)
        .item("pk", text("p"))
        .item("sk", text("a"))
        .item("expires", AttributeValue::N("1000100".to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(engine.sweep_ttl().unwrap(), 0);
    now.store(1_000_200, Ordering::SeqCst);
    assert!(exists(&client, "a").await.unwrap());
    assert_eq!(engine.sweep_ttl().unwrap(), 1);
    assert!(!exists(&client, "a").await.unwrap());
}
