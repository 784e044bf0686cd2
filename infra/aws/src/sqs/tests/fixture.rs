//! A service, a client of it, and the few requests that the tests make.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use tokio::time::Instant;
use wire::{Clock, Schedule};

use crate::site::Site;
use crate::sqs::Sqs;

pub(super) struct World {
    pub(super) sqs: Sqs,
    pub(super) client: Client,
}

/// A clock that goes with the runtime's.
fn clock() -> Clock {
    let began = Instant::now();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    Clock::from_fn(move || start + began.elapsed())
}

pub(super) fn world() -> World {
    behind(&Schedule::none())
}

pub(super) fn behind(schedule: &Schedule) -> World {
    let sqs = Sqs::new(&Site::default(), "http://sqs.local", &clock(), 1);
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(sqs.behind(schedule))
        .retry_config(RetryConfig::disabled())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::from_keys("local", "local", None))
        .endpoint_url("http://sqs.local")
        .build();
    World {
        sqs,
        client: Client::from_conf(config),
    }
}

pub(super) async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// The code of a refusal, as the SDK reads it.
#[track_caller]
pub(super) fn code<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> String {
    match answer {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.code().unwrap_or("no code").to_owned(),
    }
}

impl World {
    pub(super) async fn make(&self, name: &str, attributes: &[(&str, &str)]) -> String {
        let mut create = self.client.create_queue().queue_name(name);
        for (name, value) in attributes {
            create = create.attributes(QueueAttributeName::from(*name), *value);
        }
        create.send().await.unwrap().queue_url.unwrap()
    }

    /// A queue that hides what is received for so many seconds.
    pub(super) async fn queue(&self, visibility: u32) -> String {
        self.make("q", &[("VisibilityTimeout", &visibility.to_string())])
            .await
    }

    /// A dead-letter queue and a queue with it, whose messages are never hidden.
    pub(super) async fn with_dead(&self, most: &str) -> (String, String) {
        let dead = self.make("dead", &[]).await;
        let policy = format!(
            r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{most}}}"#,
            self.arn(&dead).await
        );
        let attributes = [
            ("VisibilityTimeout", "0"),
            ("RedrivePolicy", policy.as_str()),
        ];
        (self.make("q", &attributes).await, dead)
    }

    pub(super) async fn arn(&self, url: &str) -> String {
        self.attributes(url).await["QueueArn"].clone()
    }

    pub(super) async fn attributes(&self, url: &str) -> HashMap<String, String> {
        let asked = self.client.get_queue_attributes().queue_url(url);
        let asked = asked.attribute_names(QueueAttributeName::All);
        let given = asked.send().await.unwrap().attributes.unwrap();
        let given = given.into_iter();
        given
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect()
    }

    pub(super) async fn send(&self, url: &str, body: &str) -> String {
        let sent = self.client.send_message().queue_url(url).message_body(body);
        sent.send().await.unwrap().message_id.unwrap()
    }

    pub(super) async fn send_fifo(
        &self,
        url: &str,
        group: &str,
        body: &str,
        dedup: &str,
    ) -> String {
        let sent = self.client.send_message().queue_url(url).message_body(body);
        let sent = sent.message_group_id(group).message_deduplication_id(dedup);
        sent.send().await.unwrap().message_id.unwrap()
    }

    pub(super) async fn receive(&self, url: &str, most: i32, wait: i32) -> Vec<Message> {
        let asked = self.client.receive_message().queue_url(url);
        let asked = asked
            .max_number_of_messages(most)
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All");
        asked.send().await.unwrap().messages.unwrap_or_default()
    }

    pub(super) async fn one(&self, url: &str) -> Message {
        let mut messages = self.receive(url, 1, 0).await;
        assert_eq!(messages.len(), 1);
        messages.remove(0)
    }

    pub(super) async fn is_empty(&self, url: &str) -> bool {
        self.receive(url, 10, 0).await.is_empty()
    }

    pub(super) async fn bodies(&self, url: &str, most: i32) -> Vec<String> {
        let messages = self.receive(url, most, 0).await;
        messages
            .into_iter()
            .map(|message| message.body.unwrap())
            .collect()
    }

    pub(super) async fn delete(&self, url: &str, message: &Message) {
        let receipt = message.receipt_handle.clone().unwrap();
        let asked = self.client.delete_message().queue_url(url);
        asked.receipt_handle(receipt).send().await.unwrap();
    }
}

pub(super) fn system(message: &Message, name: MessageSystemAttributeName) -> Option<&str> {
    message.attributes.as_ref()?.get(&name).map(String::as_str)
}
