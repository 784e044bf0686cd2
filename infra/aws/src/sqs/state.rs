//! The state of all queues, and which request does what to it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::{Code, Refusal};
use super::fate::Fates;
use super::message::Millis;
use super::moves::Task;
use super::queue::{Depth, Queue};
use crate::reply::Reply;
use crate::site::Site;

/// All queues of an account.
#[derive(Debug)]
pub(super) struct State {
    pub(super) site: Site,
    /// What queue URLs begin with.
    pub(super) base: String,
    pub(super) queues: BTreeMap<String, Queue>,
    pub(super) tasks: Vec<Task>,
    pub(super) random: fastrand::Rng,
    pub(super) fates: Fates,
    /// The number that the next message gets. Starts in the middle: one that overtakes gets a smaller one.
    pub(super) next: u64,
    pub(super) first: u64,
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// This is the answer.
    Done(Reply),
    /// Nothing can be received yet.
    Nothing {
        /// How long the caller wants to wait for a message.
        patience: Duration,
        /// When it is worth looking again, at the latest.
        look_again: Option<Millis>,
        /// What to answer when nothing came.
        reply: Reply,
    },
}

const MIDDLE: u64 = 1 << 62;

impl State {
    pub(super) fn new(site: Site, base: String, seed: u64) -> Self {
        Self {
            site,
            base,
            queues: BTreeMap::new(),
            tasks: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
            fates: Fates::default(),
            next: MIDDLE,
            first: MIDDLE,
        }
    }

    /// Does what a request asks for, at the time `now`.
    pub(super) fn handle(&mut self, operation: &str, body: &[u8], now: Millis) -> Step {
        for queue in self.queues.values_mut() {
            queue.expire(now);
        }
        self.advance_tasks(now);
        if operation == "ReceiveMessage" {
            return self.receive_message(body, now);
        }
        let done = self.do_one(operation, body, now);
        Step::Done(done.map_or_else(|refusal| refusal.reply(), Reply::ok))
    }

    fn do_one(&mut self, operation: &str, body: &[u8], now: Millis) -> Result<Value, Refusal> {
        match operation {
            "CreateQueue" => self.create_queue(read(body)?, now),
            "GetQueueUrl" => self.get_queue_url(&read(body)?),
            "ListQueues" => self.list_queues(&read(body)?),
            "DeleteQueue" => self.delete_queue(&read(body)?),
            "PurgeQueue" => self.purge_queue(&read(body)?, now),
            "GetQueueAttributes" => self.get_queue_attributes(&read(body)?, now),
            "SetQueueAttributes" => self.set_queue_attributes(&read(body)?, now),
            "TagQueue" => self.tag_queue(read(body)?),
            "UntagQueue" => self.untag_queue(&read(body)?),
            "ListQueueTags" => self.list_queue_tags(&read(body)?),
            "ListDeadLetterSourceQueues" => self.list_sources(&read(body)?),
            "SendMessage" => self.send_message(read(body)?, now),
            "SendMessageBatch" => self.send_message_batch(read(body)?, now),
            "DeleteMessage" => self.delete_message(&read(body)?, now),
            "DeleteMessageBatch" => self.delete_message_batch(read(body)?, now),
            "ChangeMessageVisibility" => self.change_visibility(&read(body)?, now),
            "ChangeMessageVisibilityBatch" => self.change_visibility_batch(read(body)?, now),
            "StartMessageMoveTask" => self.start_move(read(body)?, now),
            "CancelMessageMoveTask" => self.cancel_move(&read(body)?),
            "ListMessageMoveTasks" => self.list_moves(&read(body)?),
            _ => Err(Code::NoAction.says(format!("The action {operation} is not valid here."))),
        }
    }

    /// The queue that a URL names.
    pub(super) fn queue_mut(&mut self, url: &str) -> Result<&mut Queue, Refusal> {
        let name = url.rsplit('/').next().unwrap_or_default();
        self.queues.get_mut(name).ok_or_else(no_queue)
    }

    /// The queue with this ARN.
    pub(super) fn by_arn(&self, arn: &str) -> Option<&Queue> {
        let mut queues = self.queues.values();
        queues.find(|queue| self.site.queue_arn(&queue.name) == arn)
    }

    pub(super) fn url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.base, self.site.account)
    }

    pub(super) fn depth(&mut self, name: &str, now: Millis) -> Option<Depth> {
        self.advance_tasks(now);
        let queue = self.queues.get_mut(name)?;
        queue.expire(now);
        Some(queue.depth(now))
    }

    /// The number of a message that comes behind all others.
    pub(super) fn behind_all(&mut self) -> u64 {
        self.next = self.next.saturating_add(1);
        self.next
    }

    /// The number of a message that goes ahead of all others.
    pub(super) fn ahead_of_all(&mut self) -> u64 {
        self.first = self.first.saturating_sub(1);
        self.first
    }
}

pub(super) fn no_queue() -> Refusal {
    Code::NoQueue.says("The specified queue does not exist.")
}

/// A request that is about one queue and nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfQueue {
    pub(super) queue_url: String,
}

/// Reads a request.
pub(super) fn read<R: DeserializeOwned>(body: &[u8]) -> Result<R, Refusal> {
    // A request without fields may come without a body.
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let code = match error.to_string().contains("missing field") {
            true => Code::MissingParameter,
            false => Code::BadParameter,
        };
        code.says(error.to_string())
    })
}

/// The entries of a batch and their results, as every batch answers.
pub(super) fn batch_answer(
    results: impl IntoIterator<Item = (String, Result<Value, Refusal>)>,
) -> Value {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in results {
        match result {
            Ok(mut value) => {
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("Id".to_owned(), json!(id));
                }
                done.push(value);
            }
            Err(refusal) => failed.push(json!({
                "Id": id,
                "Code": refusal.entry_code(),
                "Message": refusal.message,
                "SenderFault": true,
            })),
        }
    }
    json!({ "Successful": done, "Failed": failed })
}

/// What is wrong with a batch as a whole.
pub(super) fn check_batch<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<(), Refusal> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let is_id = |id: &&str| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        (1..=80).contains(&id.len()) && id.chars().all(allowed)
    };
    match ids.len() {
        0 => Err(Code::EmptyBatch.says("There should be at least one entry in the request.")),
        count @ 11.. => Err(Code::TooManyEntries.says(format!(
            "Maximum number of entries per request are 10. You have sent {count}."
        ))),
        count if distinct.len() < count => {
            Err(Code::IdsNotDistinct.says("Two or more batch entries have the same Id."))
        }
        _ if !ids.iter().all(is_id) => {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                           It can be at most 80 letters long.";
            Err(Code::BadEntryId.says(message))
        }
        _ => Ok(()),
    }
}
