//! The client of SNS, for alerts: AWS, or any server that speaks its protocol.

use aws_sdk_sns::Client;

use super::remote::{Remote, config};

/// A client of `target`, for alerts. A plain `http://` endpoint needs no account, as for the table.
pub async fn topic(target: &Remote) -> Client {
    Client::new(&config(target).await)
}
