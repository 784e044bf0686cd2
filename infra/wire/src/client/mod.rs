//! Clients of DynamoDB: the stock SDK over the embedded engine, or over the network; and one of SNS and of SQS each.
//!
//! Owns endpoint, region, credentials, time limits and TLS, and puts the meter and the schedule of
//! faults in between. It never retries: the store owns that policy. It reads the environment only
//! through the SDK's own providers, and only for a remote endpoint.

mod embedded;
mod queues;
mod remote;
mod topic;

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, SharedHttpClient, StalledStreamProtectionConfig};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use crate::embedded::Engine;
use crate::faults::Schedule;
use crate::layer::layered_connector;
use crate::meter::Meter;

pub use embedded::embedded;
pub use queues::queues;
pub use remote::{Remote, remote};
pub use topic::topic;

/// What stands between a client and its service.
#[derive(Debug, Clone, Default)]
pub struct Taps {
    /// Counts every request that the client makes, also those that a fault keeps from the service.
    pub meter: Meter,
    /// Decides about every request.
    pub schedule: Schedule,
    /// How long to wait.
    pub limits: TimeLimits,
}

/// How long a client waits before it gives a request up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer, connection included.
    pub attempt: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            attempt: Duration::from_secs(5),
        }
    }
}

impl Taps {
    fn over(&self, inner: SharedHttpClient) -> SharedHttpClient {
        self.meter.wrap(self.schedule.wrap(inner))
    }

    /// These taps in front of the embedded engine itself, for whoever serves it to clients elsewhere. Their time limits
    /// are their own.
    #[must_use]
    pub fn before(&self, engine: &Engine) -> SharedHttpConnector {
        let engine = SharedHttpConnector::new(engine.clone());
        let scheduled = layered_connector(engine, self.schedule.clone());
        layered_connector(scheduled, self.meter.clone())
    }

    fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.limits.connect)
            .read_timeout(self.limits.attempt)
            .operation_attempt_timeout(self.limits.attempt)
            .operation_timeout(self.limits.attempt)
            .build()
    }
}

/// The settings that all clients share: no retry of the SDK's own, explicit time limits.
fn settings(taps: &Taps, inner: SharedHttpClient) -> aws_sdk_dynamodb::config::Builder {
    aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(taps.over(inner))
        .retry_config(RetryConfig::disabled())
        .timeout_config(taps.timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}
