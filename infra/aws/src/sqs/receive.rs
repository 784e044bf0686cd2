//! Receiving, and moving aside what was received too often.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{Code, Refusal};
use super::message::{AttributeMap, Message, Millis, md5, md5_of};
use super::queue::{Queue, handle, millis};
use super::state::{State, Step, read};
use crate::reply::Reply;

/// Who sends, as far as receivers are told.
const SENDER: &str = "AROAEXAMPLEEXAMPLE000:local";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// A request whose numbers are in range.
struct Asked {
    queue: String,
    most: usize,
    hide: Duration,
    patience: Duration,
    system_names: Vec<String>,
    names: Vec<String>,
}

impl State {
    pub(super) fn receive_message(&mut self, body: &[u8], now: Millis) -> Step {
        let asked = read(body).and_then(|asked| self.check_receive(asked));
        let asked = match asked {
            Ok(asked) => asked,
            Err(refusal) => return Step::Done(refusal.reply()),
        };
        let messages = self.take(&asked, now);
        if messages.is_empty() && !asked.patience.is_zero() {
            return Step::Nothing {
                patience: asked.patience,
                look_again: self.look_again(&asked.queue, now),
                reply: Reply::ok(json!({})),
            };
        }
        let answer = match messages.is_empty() {
            true => json!({}),
            false => json!({ "Messages": messages }),
        };
        Step::Done(Reply::ok(answer))
    }

    fn check_receive(&mut self, asked: Receive) -> Result<Asked, Refusal> {
        let queue = self.queue_mut(&asked.queue_url)?;
        let most = within("MaxNumberOfMessages", asked.max_number_of_messages, 1, 10)?;
        let hide = within("VisibilityTimeout", asked.visibility_timeout, 0, 43_200)?;
        let wait = within("WaitTimeSeconds", asked.wait_time_seconds, 0, 20)?;
        let mut system_names = asked.message_system_attribute_names;
        system_names.extend(asked.attribute_names);
        Ok(Asked {
            queue: queue.name.clone(),
            most: most
                .and_then(|most| usize::try_from(most).ok())
                .unwrap_or(1),
            hide: hide.map_or_else(|| queue.attributes.visibility(), Duration::from_secs),
            patience: wait.map_or_else(|| queue.attributes.wait(), Duration::from_secs),
            system_names,
            names: asked.message_attribute_names,
        })
    }

    /// When a waiting receiver has to look again though nothing was sent.
    fn look_again(&self, queue: &str, now: Millis) -> Option<Millis> {
        let visible = self
            .queues
            .get(queue)
            .and_then(|queue| queue.next_visible(now));
        let moved = self.next_move(now);
        visible.into_iter().chain(moved).min()
    }

    fn take(&mut self, asked: &Asked, now: Millis) -> Vec<Value> {
        let mut taken = Vec::new();
        let mut given = Vec::new();
        while given.len() < asked.most {
            let Some(queue) = self.queues.get_mut(&asked.queue) else {
                break;
            };
            let Some(number) = queue.next_due(&taken, now) else {
                break;
            };
            if is_exhausted(queue, number) {
                self.bury(&asked.queue, number);
                continue;
            }
            taken.push(number);
            given.extend(give(queue, number, asked, now, &mut self.random));
        }
        given
    }

    /// Moves a message to the dead-letter queue; drops it if that is gone, as nobody could ever receive it again.
    fn bury(&mut self, name: &str, number: u64) {
        let source = self.site.queue_arn(name);
        let Some(queue) = self.queues.get_mut(name) else {
            return;
        };
        let target = queue
            .attributes
            .redrive()
            .map(|redrive| redrive.target.clone());
        let Some(message) = queue.messages.remove(&number) else {
            return;
        };
        let target = target.and_then(|arn| self.by_arn(&arn));
        let Some(target) = target.map(|queue| queue.name.clone()) else {
            return;
        };
        let number = self.behind_all();
        if let Some(target) = self.queues.get_mut(&target) {
            let buried = Message {
                receipt: None,
                first_received: None,
                receives_here: 0,
                source: Some(source),
                ..message
            };
            target.messages.insert(number, buried);
        }
    }
}

/// Whether a message was received as often as it may be.
fn is_exhausted(queue: &Queue, number: u64) -> bool {
    let (redrive, message) = (queue.attributes.redrive(), queue.messages.get(&number));
    redrive
        .zip(message)
        .is_some_and(|(redrive, message)| message.receives_here >= redrive.most)
}

fn give(
    queue: &mut Queue,
    number: u64,
    asked: &Asked,
    now: Millis,
    random: &mut fastrand::Rng,
) -> Option<Value> {
    let fifo = queue.is_fifo();
    let receipt = handle(number, &queue.name, random);
    let message = queue.messages.get_mut(&number)?;
    message.visible = now.saturating_add(millis(asked.hide));
    message.receipt = Some(receipt.clone());
    message.receives = message.receives.saturating_add(1);
    message.receives_here = message.receives_here.saturating_add(1);
    message.first_received = message.first_received.or(Some(now));
    let mut shown = json!({
        "MessageId": message.id,
        "ReceiptHandle": receipt,
        "Body": message.content.body,
        "MD5OfBody": md5(message.content.body.as_bytes()),
    });
    let fields = shown.as_object_mut()?;
    let system = system_attributes(message, fifo.then_some(number), &asked.system_names);
    if !system.is_empty() {
        fields.insert("Attributes".to_owned(), Value::Object(system));
    }
    let attributes = chosen(&message.content.attributes, &asked.names);
    if let Some(digest) = md5_of(&attributes) {
        fields.insert("MessageAttributes".to_owned(), json!(attributes));
        fields.insert("MD5OfMessageAttributes".to_owned(), json!(digest));
    }
    Some(shown)
}

fn system_attributes(
    message: &Message,
    sequence: Option<u64>,
    names: &[String],
) -> Map<String, Value> {
    let all = names.iter().any(|name| name == "All");
    let known = [
        ("SenderId", Some(SENDER.to_owned())),
        ("SentTimestamp", Some(message.sent.to_string())),
        (
            "ApproximateReceiveCount",
            Some(message.receives.to_string()),
        ),
        (
            "ApproximateFirstReceiveTimestamp",
            message.first_received.map(|at| at.to_string()),
        ),
        ("MessageGroupId", message.content.group.clone()),
        ("MessageDeduplicationId", message.content.dedup.clone()),
        ("SequenceNumber", sequence.map(|number| number.to_string())),
        ("DeadLetterQueueSourceArn", message.source.clone()),
    ];
    let known = known.into_iter();
    known
        .filter(|(name, _)| all || names.iter().any(|asked| asked == name))
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
        .collect()
}

/// The attributes that are asked for, by name, by `prefix.*`, or all.
fn chosen(attributes: &AttributeMap, names: &[String]) -> AttributeMap {
    let is_asked = |name: &str| {
        names.iter().any(|asked| match asked.strip_suffix(".*") {
            Some(prefix) => name.starts_with(prefix),
            None => asked == "All" || asked == name,
        })
    };
    let chosen = attributes.iter().filter(|(name, _)| is_asked(name));
    chosen
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A number of the request, if given.
pub(super) fn within(
    name: &str,
    given: Option<i64>,
    least: i64,
    most: i64,
) -> Result<Option<u64>, Refusal> {
    match given {
        Some(number) if !(least..=most).contains(&number) => Err(Code::BadParameter.says(format!(
            "Value {number} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
        ))),
        Some(number) => Ok(u64::try_from(number).ok()),
        None => Ok(None),
    }
}
