//! Sending.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Code, Refusal};
use super::fate::{Fate, Taken};
use super::message::{AttributeMap, Content, Message, Millis, md5, md5_of};
use super::queue::{Queue, millis};
use super::state::{State, batch_answer, check_batch};
use crate::random::uuid;

/// Bytes of all messages of a batch together (API reference, `SendMessageBatch`).
const LARGEST_BATCH: usize = 1024 * 1024;
/// Seconds that a message can be delayed.
const LONGEST_DELAY: i64 = 900;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send {
    queue_url: String,
    #[serde(flatten)]
    entry: Entry,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendBatch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: AttributeMap,
    #[serde(default)]
    message_system_attributes: AttributeMap,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

/// A message that may be sent.
struct Accepted {
    content: Content,
    delay: Duration,
    system: AttributeMap,
}

impl State {
    pub(super) fn send_message(&mut self, asked: Send, now: Millis) -> Result<Value, Refusal> {
        let accepted = accept(self.queue_mut(&asked.queue_url)?, asked.entry)?;
        self.put(&asked.queue_url, accepted, now)
    }

    pub(super) fn send_message_batch(
        &mut self,
        asked: SendBatch,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let SendBatch { queue_url, entries } = asked;
        self.queue_mut(&queue_url)?;
        check_batch(entries.iter().map(|entry| entry.id.as_str()))?;
        let entries: Vec<(String, Entry)> = entries
            .into_iter()
            .map(|entry| (entry.id.clone(), entry))
            .collect();
        let size: usize = entries.iter().map(|(_, entry)| entry.size()).sum();
        if size > LARGEST_BATCH {
            return Err(Code::BatchTooLong.says(format!(
                "Batch requests cannot be longer than {LARGEST_BATCH} bytes. You have sent {size} bytes."
            )));
        }
        let results = entries.into_iter().map(|(id, entry)| {
            let accepted = accept(self.queue_mut(&queue_url)?, entry);
            Ok((
                id,
                accepted.and_then(|accepted| self.put(&queue_url, accepted, now)),
            ))
        });
        let results: Vec<_> = results.collect::<Result<_, Refusal>>()?;
        Ok(batch_answer(results))
    }

    fn put(&mut self, url: &str, accepted: Accepted, now: Millis) -> Result<Value, Refusal> {
        let Accepted {
            content,
            delay,
            system,
        } = accepted;
        let id = uuid(&mut self.random);
        let queue = self.queue_mut(url)?;
        let (name, fifo) = (queue.name.clone(), queue.is_fifo());
        let dedup = content.dedup.clone().filter(|_| fifo);
        let before = queue.sent_before(dedup.as_ref()).cloned();
        if let (Some(dedup), None) = (&dedup, &before) {
            queue.remember(dedup, &id, now);
        }
        let mut answer = answer_of(before.as_deref().unwrap_or(&id), &content, &system);
        let number = self.behind_all();
        if fifo && let Some(fields) = answer.as_object_mut() {
            fields.insert("SequenceNumber".to_owned(), json!(number.to_string()));
        }
        if before.is_none() {
            let message = new_message(id, content, now, delay);
            self.arrive(&name, number, message);
        }
        Ok(answer)
    }

    /// The message is taken; what becomes of it is for its fate to say.
    fn arrive(&mut self, name: &str, number: u64, mut message: Message) {
        let fate = self.fates.of(&Taken {
            queue: name,
            body: &message.content.body,
        });
        let (again, ahead) = (self.behind_all(), self.ahead_of_all());
        let Some(queue) = self.queues.get_mut(name) else {
            return;
        };
        match fate {
            Fate::Lose => return,
            Fate::Keep => {}
            Fate::Delay(by) => message.visible = message.visible.saturating_add(millis(by)),
            Fate::Double => {
                queue.messages.insert(again, message.clone());
            }
            Fate::Overtake => {
                queue.messages.insert(ahead, message);
                return;
            }
        }
        queue.messages.insert(number, message);
    }
}

impl Entry {
    fn size(&self) -> usize {
        let content = Content {
            body: self.message_body.clone(),
            attributes: self.message_attributes.clone(),
            group: None,
            dedup: None,
        };
        content.size()
    }
}

pub(super) fn new_message(id: String, content: Content, now: Millis, delay: Duration) -> Message {
    Message {
        id,
        content,
        sent: now,
        visible: now.saturating_add(millis(delay)),
        receipt: None,
        first_received: None,
        receives: 0,
        receives_here: 0,
        source: None,
    }
}

fn accept(queue: &Queue, entry: Entry) -> Result<Accepted, Refusal> {
    let delay = delay(queue, entry.delay_seconds)?;
    let content = Content {
        dedup: dedup(queue, &entry)?,
        body: entry.message_body,
        attributes: entry.message_attributes,
        group: entry.message_group_id,
    };
    content.check()?;
    let largest = queue.attributes.largest();
    if content.size() > largest {
        return Err(Code::BadParameter.says(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
        )));
    }
    Ok(Accepted {
        content,
        delay,
        system: entry.message_system_attributes,
    })
}

fn delay(queue: &Queue, asked: Option<i64>) -> Result<Duration, Refusal> {
    let Some(seconds) = asked else {
        return Ok(queue.attributes.delay());
    };
    let allowed = (0..=LONGEST_DELAY).contains(&seconds) && (!queue.is_fifo() || seconds == 0);
    match u64::try_from(seconds) {
        Ok(seconds) if allowed => Ok(Duration::from_secs(seconds)),
        Ok(_) | Err(_) => Err(Code::BadParameter.says(format!(
            "Value {seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900, and 0 for a \
             message of a FIFO queue."
        ))),
    }
}

/// The id by which a FIFO queue tells a message sent again; a standard queue takes a group and no such id.
fn dedup(queue: &Queue, entry: &Entry) -> Result<Option<String>, Refusal> {
    let given = entry.message_deduplication_id.clone();
    if !queue.is_fifo() {
        return match given {
            None => Ok(None),
            Some(_) => Err(Code::BadParameter.says(
                "Value for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not \
                 valid for this queue type.",
            )),
        };
    }
    if entry.message_group_id.is_none() {
        let message = "The request must contain the parameter MessageGroupId.";
        return Err(Code::MissingParameter.says(message));
    }
    let by_content = || {
        let dedups = queue.attributes.dedups_by_content();
        dedups.then(|| md5(entry.message_body.as_bytes()))
    };
    match given.or_else(by_content) {
        Some(id) => Ok(Some(id)),
        None => Err(Code::BadParameter.says(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )),
    }
}

fn answer_of(id: &str, content: &Content, system: &AttributeMap) -> Value {
    let mut answer = json!({
        "MessageId": id,
        "MD5OfMessageBody": md5(content.body.as_bytes()),
    });
    let digests = [
        ("MD5OfMessageAttributes", md5_of(&content.attributes)),
        ("MD5OfMessageSystemAttributes", md5_of(system)),
    ];
    if let Some(fields) = answer.as_object_mut() {
        for (name, digest) in digests {
            fields.extend(digest.map(|digest| (name.to_owned(), json!(digest))));
        }
    }
    answer
}
