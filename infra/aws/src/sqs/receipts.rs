//! What is done with a message that was received: deleted, or hidden longer or shorter.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Code, Refusal};
use super::message::Millis;
use super::queue::millis;
use super::receive::within;
use super::state::{State, batch_answer, check_batch};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Change {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

impl State {
    pub(super) fn delete_message(&mut self, asked: &Delete, now: Millis) -> Result<Value, Refusal> {
        self.delete(&asked.queue_url, &asked.receipt_handle, now)
    }

    pub(super) fn delete_message_batch(
        &mut self,
        asked: Batch,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let Batch { queue_url, entries } = asked;
        self.queue_mut(&queue_url)?;
        check_batch(entries.iter().map(|entry| entry.id.as_str()))?;
        let results = entries.into_iter().map(|entry| {
            let deleted = self.delete(&queue_url, &entry.receipt_handle, now);
            (entry.id, deleted)
        });
        Ok(batch_answer(results))
    }

    /// An older handle deletes nothing and is no error; in a FIFO queue it has to be one whose time has not run out.
    fn delete(&mut self, url: &str, handle: &str, now: Millis) -> Result<Value, Refusal> {
        let queue = self.queue_mut(url)?;
        let fifo = queue.is_fifo();
        let Some((number, message)) = queue.received(handle)? else {
            return Ok(json!({}));
        };
        if fifo && !message.is_in_flight(now) {
            let message = "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";
            return Err(Code::BadParameter.says(message));
        }
        queue.messages.remove(&number);
        Ok(json!({}))
    }

    pub(super) fn change_visibility(
        &mut self,
        asked: &Change,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let Change {
            queue_url,
            receipt_handle,
            visibility_timeout,
        } = asked;
        self.change(queue_url, receipt_handle, *visibility_timeout, now)
    }

    pub(super) fn change_visibility_batch(
        &mut self,
        asked: Batch,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let Batch { queue_url, entries } = asked;
        self.queue_mut(&queue_url)?;
        check_batch(entries.iter().map(|entry| entry.id.as_str()))?;
        let results = entries.into_iter().map(|entry| {
            let Entry {
                id,
                receipt_handle,
                visibility_timeout,
            } = entry;
            (
                id,
                self.change(&queue_url, &receipt_handle, visibility_timeout, now),
            )
        });
        Ok(batch_answer(results))
    }

    fn change(
        &mut self,
        url: &str,
        handle: &str,
        seconds: Option<i64>,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let queue = self.queue_mut(url)?;
        let missing = || Code::MissingParameter.says("VisibilityTimeout is missing.");
        let hide = within("VisibilityTimeout", seconds, 0, 43_200)?.ok_or_else(missing)?;
        let message = queue.received(handle)?.map(|(_, message)| message);
        match message.filter(|message| message.is_in_flight(now)) {
            Some(message) => {
                message.visible = now.saturating_add(millis(Duration::from_secs(hide)));
                Ok(json!({}))
            }
            None => Err(Code::NotInFlight.says(format!(
                "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for \
                 visibility timeout change."
            ))),
        }
    }
}
