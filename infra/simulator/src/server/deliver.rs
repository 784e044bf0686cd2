//! Delivery of push notifications: one after the other, an empty POST each; what to do about failures is the simulator's to say.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use crate::{
    Notification,
    server::{Shared, lock},
};

/// How Google's sender calls itself.
const USER_AGENT: &str =
    "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)";
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends notifications.
#[derive(Debug, Clone)]
pub(crate) struct Courier(Arc<reqwest::Client>);

impl Courier {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // Another part of the process may have chosen a provider before; then that one serves.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .timeout(PATIENCE)
            .no_proxy()
            .build()?;
        Ok(Self(Arc::new(client)))
    }

    /// Sends one notification and reports how it ended.
    pub(crate) async fn deliver(&self, simulator: &Shared, message: Notification) {
        let mut request = self.0.post(&message.address).header("Content-Length", "0");
        for (name, value) in &message.headers {
            request = request.header(name, value);
        }
        let status = match request.send().await {
            Ok(response) => Some(response.status().as_u16()),
            Err(error) => {
                tracing::debug!(channel = message.channel, %error, "notification not delivered");
                None
            }
        };
        lock(simulator).report_delivery(message, status);
    }
}

/// Delivers until the senders are gone.
pub(crate) async fn run(
    courier: Courier,
    simulator: Shared,
    mut waiting: mpsc::UnboundedReceiver<Notification>,
) {
    while let Some(message) = waiting.recv().await {
        courier.deliver(&simulator, message).await;
    }
}
