//! The client over the engine in the process.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region, SharedHttpClient};

use super::{Taps, settings};
use crate::embedded::Engine;

/// A client of `engine`. Several clients of one engine see the same tables.
#[must_use]
pub fn embedded(engine: &Engine, taps: &Taps) -> Client {
    let config = settings(taps, SharedHttpClient::new(engine.clone()))
        .region(Region::from_static("us-east-1"))
        .credentials_provider(dummy_credentials())
        .endpoint_url("http://embedded.invalid")
        .build();
    Client::from_conf(config)
}

/// Credentials for a service that asks for a signature and does not check it.
pub(super) fn dummy_credentials() -> Credentials {
    Credentials::from_keys("local", "local", None)
}
