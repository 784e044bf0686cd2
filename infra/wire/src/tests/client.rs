//! The network client, as far as it goes without a server.

use aws_sdk_dynamodb::error::SdkError;

use super::fixture::put;
use crate::client::{Remote, Taps, remote};

#[tokio::test]
async fn an_endpoint_without_a_server_is_a_dispatch_failure_and_is_counted() {
    let taps = Taps::default();
    // Port 1 of this machine: nothing listens there.
    let target = Remote {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        region: None,
    };
    let client = remote(&target, &taps).await;
    let error = put(&client, "a").await.unwrap_err();
    assert!(matches!(error, SdkError::DispatchFailure(_)));
    assert_eq!(taps.meter.usage().requests("PutItem"), 1);
    assert_eq!(taps.schedule.count(), 1);
}

#[tokio::test]
async fn an_http_endpoint_needs_no_account() {
    let target = Remote {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        region: Some("eu-central-1".to_owned()),
    };
    let client = remote(&target, &Taps::default()).await;
    let region = client.config().region().map(ToString::to_string);
    assert_eq!(region.as_deref(), Some("eu-central-1"));
}
