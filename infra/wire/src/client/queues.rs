//! The client of SQS, for whoever looks after the queues: AWS, or any server that speaks its protocol.

use aws_sdk_sqs::Client;

use super::remote::{Remote, config};

/// A client of `target`'s queues. A plain `http://` endpoint needs no account, as for the table.
pub async fn queues(target: &Remote) -> Client {
    Client::new(&config(target).await)
}
