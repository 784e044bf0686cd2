//! Alerts through an Amazon SNS topic.

use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;

use super::{Sink, SinkError};
use crate::health::Alert;
use crate::limits::ALERT_ATTEMPT;

/// A topic to publish to.
#[derive(Debug, Clone)]
pub struct Sns {
    client: Client,
    topic: String,
}

impl Sns {
    /// The topic of this ARN. The client's own retries are switched off: what is not taken stays in the outbox.
    #[must_use]
    pub fn new(client: &Client, topic: impl Into<String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ALERT_ATTEMPT)
            .operation_timeout(ALERT_ATTEMPT)
            .build();
        let config = client.config().to_builder();
        let config = config
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        Self {
            client: Client::from_conf(config.build()),
            topic: topic.into(),
        }
    }
}

impl Sink for Sns {
    async fn send(&self, alert: &Alert) -> Result<(), SinkError> {
        let request = self
            .client
            .publish()
            .topic_arn(&self.topic)
            .subject(alert.headline())
            .message(alert.message())
            .send();
        // Boxed: the SDK's futures are large.
        match Box::pin(request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(of(&error)),
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the SDK's enum is open: what it does not know may pass"
)]
fn of(error: &SdkError<PublishError>) -> SinkError {
    let code = || error.code().unwrap_or("no answer").to_owned();
    match error {
        SdkError::TimeoutError(_) => SinkError::Late,
        SdkError::ServiceError(answer) if is_refusal(answer.raw().status().as_u16(), error) => {
            SinkError::Refused { code: code() }
        }
        _ => SinkError::Unavailable { code: code() },
    }
}

fn is_refusal(status: u16, error: &SdkError<PublishError>) -> bool {
    let throttled = error.code().is_some_and(|code| code.contains("Thrott"));
    (400..500).contains(&status) && status != 429 && !throttled
}
