//! Each fault arrives at the caller as the SDK's own typed error.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};

use super::fixture::{TABLE, create, engine, exists, on, plain, put, text};
use crate::Schedule;
use crate::faults::{Cancellation, DynamoFailure, Failure, Verdict};

async fn put_under(
    failure: impl Into<Failure>,
) -> SdkError<aws_sdk_dynamodb::operation::put_item::PutItemError> {
    let engine = engine().await;
    let schedule = Schedule::at(0, Verdict::fail_before(failure));
    let error = put(&on(&engine, &schedule), "a").await.unwrap_err();
    assert!(!exists(&plain(&engine), "a").await.unwrap());
    error
}

#[tokio::test]
async fn each_error_of_a_write_has_its_code_and_status() {
    let expected = [
        (DynamoFailure::Throttling, "ThrottlingException", 400),
        (
            DynamoFailure::ProvisionedThroughputExceeded,
            "ProvisionedThroughputExceededException",
            400,
        ),
        (
            DynamoFailure::RequestLimitExceeded,
            "RequestLimitExceeded",
            400,
        ),
        (
            DynamoFailure::InternalServerError,
            "InternalServerError",
            500,
        ),
        (DynamoFailure::ServiceUnavailable, "ServiceUnavailable", 503),
        (
            DynamoFailure::TransactionConflict,
            "TransactionConflictException",
            400,
        ),
        (
            DynamoFailure::ItemCollectionSizeLimitExceeded,
            "ItemCollectionSizeLimitExceededException",
            400,
        ),
        (
            DynamoFailure::Validation("too big".to_owned()),
            "ValidationException",
            400,
        ),
    ];
    for (failure, code, status) in expected {
        let error = put_under(failure).await;
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.raw_response().unwrap().status().as_u16(), status);
    }
}

#[tokio::test]
async fn errors_that_the_sdk_models_are_typed() {
    let error = put_under(DynamoFailure::ProvisionedThroughputExceeded).await;
    assert!(
        error
            .into_service_error()
            .is_provisioned_throughput_exceeded_exception()
    );
    let error = put_under(DynamoFailure::Throttling).await;
    assert!(error.into_service_error().is_throttling_exception());
    let error = put_under(DynamoFailure::InternalServerError).await;
    assert!(error.into_service_error().is_internal_server_error());
    let error = put_under(DynamoFailure::TransactionConflict).await;
    assert!(
        error
            .into_service_error()
            .is_transaction_conflict_exception()
    );
    let error = put_under(DynamoFailure::ItemCollectionSizeLimitExceeded).await;
    assert!(
        error
            .into_service_error()
            .is_item_collection_size_limit_exceeded_exception()
    );
}

#[tokio::test]
async fn errors_that_are_transactions_own_are_typed() {
    let engine = engine().await;
    let schedule = Schedule::none();
    let client = on(&engine, &schedule);
    schedule.set(|_| Verdict::fail_before(DynamoFailure::TransactionInProgress));
    let error = create(&client, &["a"], "t").await.unwrap_err();
    assert!(
        error
            .into_service_error()
            .is_transaction_in_progress_exception()
    );
    schedule.set(|_| Verdict::fail_before(DynamoFailure::IdempotentParameterMismatch));
    let error = create(&client, &["a"], "t").await.unwrap_err();
    assert!(
        error
            .into_service_error()
            .is_idempotent_parameter_mismatch_exception()
    );
}

#[tokio::test]
async fn a_cancelled_transaction_names_the_action_that_conflicted() {
    let engine = engine().await;
    for (cause, code) in [
        (Cancellation::TransactionConflict, "TransactionConflict"),
        (Cancellation::ThrottlingError, "ThrottlingError"),
        (
            Cancellation::ProvisionedThroughputExceeded,
            "ProvisionedThroughputExceeded",
        ),
    ] {
        let failure = DynamoFailure::Cancelled { action: 1, cause };
        let schedule = Schedule::at(0, Verdict::fail_before(failure));
        let error = create(&on(&engine, &schedule), &["a", "b", "c"], "t")
            .await
            .unwrap_err();
        let TransactWriteItemsError::TransactionCanceledException(cancelled) =
            error.into_service_error()
        else {
            panic!("not cancelled");
        };
        let codes: Vec<_> = cancelled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| reason.code())
            .collect();
        assert_eq!(codes, ["None", code, "None"]);
        assert!(
            cancelled
                .message()
                .unwrap()
                .ends_with(&format!("[None, {code}, None]"))
        );
    }
}

#[tokio::test]
async fn a_broken_connection_is_a_dispatch_failure() {
    for failure in [Failure::Interrupted, Failure::Refused] {
        let SdkError::DispatchFailure(failure) = put_under(failure).await else {
            panic!("answered");
        };
        assert!(failure.is_io());
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_time_limit() {
    let start = tokio::time::Instant::now();
    let error = put_under(Failure::Timeout).await;
    assert!(matches!(error, SdkError::TimeoutError(_)));
    assert!(start.elapsed() <= Duration::from_secs(6));
}

#[tokio::test]
async fn a_given_answer_is_sent_as_it_is() {
    let error = put_under(Failure::Answer {
        status: 403,
        body: r#"{"__type":"x#AccessDeniedException","message":"no"}"#.to_owned(),
    })
    .await;
    assert_eq!(error.code(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn a_failure_after_the_effect_leaves_the_effect() {
    let engine = engine().await;
    let schedule = Schedule::at(0, Verdict::fail_after(Failure::Interrupted));
    put(&on(&engine, &schedule), "a").await.unwrap_err();
    assert!(exists(&plain(&engine), "a").await.unwrap());
}

#[tokio::test]
async fn a_lost_commit_repeated_with_its_token_applies_once() {
    let engine = engine().await;
    let schedule = Schedule::at(0, Verdict::fail_after(DynamoFailure::InternalServerError));
    let client = on(&engine, &schedule);
    create(&client, &["a"], "token").await.unwrap_err();
    create(&client, &["a"], "token").await.unwrap();
}

#[tokio::test]
async fn a_batch_write_leaves_the_asked_number_unprocessed() {
    let engine = engine().await;
    for (left, done) in [(1, 2), (3, 0)] {
        let schedule = Schedule::at(0, Verdict::Leave(left));
        let prefix = left.to_string();
        let writes: Vec<_> = (0..3).map(|n| write(&format!("{prefix}-{n}"))).collect();
        let answer = on(&engine, &schedule)
            .batch_write_item()
            .request_items(TABLE, writes)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.unprocessed_items().unwrap()[TABLE].len(), left);
        let mut found = 0;
        for n in 0..3 {
            found += usize::from(
                exists(&plain(&engine), &format!("{prefix}-{n}"))
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(found, done);
    }
}

fn write(sk: &str) -> WriteRequest {
    let put = PutRequest::builder()
        .item("pk", text("p"))
        .item("sk", text(sk))
        .build()
        .unwrap();
    WriteRequest::builder().put_request(put).build()
}

#[tokio::test]
async fn a_batch_read_leaves_the_asked_number_unprocessed() {
    let engine = engine().await;
    let mut keys = KeysAndAttributes::builder();
    for sk in ["a", "b", "c"] {
        put(&plain(&engine), sk).await.unwrap();
        keys = keys.keys([("pk".to_owned(), text("p")), ("sk".to_owned(), text(sk))].into());
    }
    let keys = keys.build().unwrap();
    for (left, got) in [(2, 1), (9, 0)] {
        let schedule = Schedule::at(0, Verdict::Leave(left));
        let answer = on(&engine, &schedule)
            .batch_get_item()
            .request_items(TABLE, keys.clone())
            .send()
            .await
            .unwrap();
        let items = answer.responses().unwrap().get(TABLE).map_or(0, Vec::len);
        assert_eq!(items, got);
        let rest = &answer.unprocessed_keys().unwrap()[TABLE];
        assert_eq!(rest.keys().len(), 3 - got);
    }
}

#[tokio::test]
async fn a_short_page_says_where_to_go_on() {
    let engine = engine().await;
    for sk in ["a", "b", "c"] {
        put(&plain(&engine), sk).await.unwrap();
    }
    let schedule = Schedule::at(0, Verdict::Limit(1));
    let page = on(&engine, &schedule)
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text("p"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.count(), 1);
    assert_eq!(page.last_evaluated_key().unwrap()["sk"], text("a"));
}
