//! Requests about queues as wholes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::attributes::Attributes;
use super::error::{Code, Refusal};
use super::message::Millis;
use super::queue::Queue;
use super::state::{OfQueue, State, no_queue};

/// Between two purges, in milliseconds (API reference, `PurgeQueue`).
const BETWEEN_PURGES: Millis = 60_000;

type Texts = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    queue_name: String,
    #[serde(default)]
    attributes: Texts,
    #[serde(default, rename = "tags")]
    tags: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByName {
    queue_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    #[serde(default)]
    queue_name_prefix: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ask {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Set {
    queue_url: String,
    attributes: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    queue_url: String,
    tags: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Untag {
    queue_url: String,
    tag_keys: Vec<String>,
}

impl State {
    pub(super) fn create_queue(&mut self, asked: Create, now: Millis) -> Result<Value, Refusal> {
        let Create {
            queue_name: name,
            attributes: given,
            tags,
        } = asked;
        check_name(&name, given.get("FifoQueue"))?;
        if let Some(there) = self.queues.get(&name) {
            if !there.attributes.agree_with(&given) {
                let message = "A queue already exists with the same name and a different value for an attribute.";
                return Err(Code::QueueExists.says(message));
            }
            return Ok(json!({ "QueueUrl": self.url(&name) }));
        }
        let mut attributes = Attributes::default();
        attributes.set(&given)?;
        self.check_redrive(&name, &attributes)?;
        let url = self.url(&name);
        let queue = Queue {
            name: name.clone(),
            attributes,
            created: now,
            modified: now,
            purged: None,
            tags,
            messages: BTreeMap::new(),
            seen: BTreeMap::new(),
        };
        self.queues.insert(name, queue);
        Ok(json!({ "QueueUrl": url }))
    }

    /// A dead-letter queue has to be there, of the same kind, and to let itself be used as one.
    fn check_redrive(&self, name: &str, attributes: &Attributes) -> Result<(), Refusal> {
        let Some(redrive) = attributes.redrive() else {
            return Ok(());
        };
        let why = match self.by_arn(&redrive.target) {
            None => "Dead letter target does not exist.",
            Some(target) if target.is_fifo() != name.ends_with(".fifo") => {
                "Dead letter target is a queue of another kind."
            }
            Some(target) if !target.attributes.admits(&self.site.queue_arn(name)) => {
                "Dead letter target does not allow this source queue."
            }
            Some(_) => return Ok(()),
        };
        let message = format!("Value for parameter RedrivePolicy is invalid. Reason: {why}");
        Err(Code::BadParameter.says(message))
    }

    pub(super) fn get_queue_url(&self, asked: &ByName) -> Result<Value, Refusal> {
        match self.queues.contains_key(&asked.queue_name) {
            true => Ok(json!({ "QueueUrl": self.url(&asked.queue_name) })),
            false => Err(no_queue()),
        }
    }

    pub(super) fn list_queues(&self, asked: &List) -> Result<Value, Refusal> {
        let names = self.queues.keys();
        let urls: Vec<String> = names
            .filter(|name| name.starts_with(&asked.queue_name_prefix))
            .map(|name| self.url(name))
            .collect();
        Ok(json!({ "QueueUrls": urls }))
    }

    pub(super) fn delete_queue(&mut self, asked: &OfQueue) -> Result<Value, Refusal> {
        let name = self.queue_mut(&asked.queue_url)?.name.clone();
        self.queues.remove(&name);
        Ok(json!({}))
    }

    pub(super) fn purge_queue(&mut self, asked: &OfQueue, now: Millis) -> Result<Value, Refusal> {
        let queue = self.queue_mut(&asked.queue_url)?;
        let recent = queue
            .purged
            .is_some_and(|at| at.saturating_add(BETWEEN_PURGES) > now);
        if recent {
            let message = "Only one PurgeQueue operation is allowed every 60 seconds.";
            return Err(Code::PurgeInProgress.says(message));
        }
        queue.messages.clear();
        queue.purged = Some(now);
        Ok(json!({}))
    }

    pub(super) fn get_queue_attributes(
        &mut self,
        asked: &Ask,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let site = self.site.clone();
        let queue = self.queue_mut(&asked.queue_url)?;
        let mut shown = queue.attributes.shown();
        let depth = queue.depth(now);
        let seconds = |at: Millis| (at / 1000).to_string();
        let state = [
            ("QueueArn", site.queue_arn(&queue.name)),
            ("CreatedTimestamp", seconds(queue.created)),
            ("LastModifiedTimestamp", seconds(queue.modified)),
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                depth.in_flight.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesDelayed",
                depth.delayed.to_string(),
            ),
        ];
        shown.extend(state.map(|(name, value)| (name.to_owned(), value)));
        if queue.is_fifo() {
            shown.insert("FifoQueue".to_owned(), "true".to_owned());
        }
        let names = &asked.attribute_names;
        if !names.iter().any(|name| name == "All") {
            shown.retain(|name, _| names.contains(name));
        }
        Ok(json!({ "Attributes": shown }))
    }

    pub(super) fn set_queue_attributes(
        &mut self,
        asked: &Set,
        now: Millis,
    ) -> Result<Value, Refusal> {
        let queue = self.queue_mut(&asked.queue_url)?;
        let name = queue.name.clone();
        let mut attributes = queue.attributes.clone();
        attributes.set(&asked.attributes)?;
        self.check_redrive(&name, &attributes)?;
        let queue = self.queue_mut(&asked.queue_url)?;
        queue.attributes = attributes;
        queue.modified = now;
        Ok(json!({}))
    }

    pub(super) fn tag_queue(&mut self, asked: Tag) -> Result<Value, Refusal> {
        self.queue_mut(&asked.queue_url)?.tags.extend(asked.tags);
        Ok(json!({}))
    }

    pub(super) fn untag_queue(&mut self, asked: &Untag) -> Result<Value, Refusal> {
        let queue = self.queue_mut(&asked.queue_url)?;
        queue.tags.retain(|key, _| !asked.tag_keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_queue_tags(&mut self, asked: &OfQueue) -> Result<Value, Refusal> {
        Ok(json!({ "Tags": self.queue_mut(&asked.queue_url)?.tags }))
    }

    pub(super) fn list_sources(&mut self, asked: &OfQueue) -> Result<Value, Refusal> {
        let name = self.queue_mut(&asked.queue_url)?.name.clone();
        let arn = self.site.queue_arn(&name);
        Ok(json!({ "queueUrls": self.sources_of(&arn) }))
    }

    /// URLs of the queues whose dead letters go to the queue with this ARN.
    pub(super) fn sources_of(&self, arn: &str) -> Vec<String> {
        let leads_here = |queue: &&Queue| {
            let redrive = queue.attributes.redrive();
            redrive.is_some_and(|redrive| redrive.target == arn)
        };
        let queues = self.queues.values().filter(leads_here);
        queues.map(|queue| self.url(&queue.name)).collect()
    }
}

/// Up to 80 letters, digits, hyphens and underscores, and `.fifo` for a FIFO queue and for no other.
fn check_name(name: &str, fifo: Option<&String>) -> Result<(), Refusal> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let named_so = stem.len() < name.len();
    let asked_so = fifo.is_some_and(|text| text == "true");
    if stem.is_empty() || name.len() > 80 || !stem.chars().all(allowed) || named_so != asked_so {
        let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; a FIFO queue's \
                       name ends with .fifo";
        return Err(Code::BadParameter.says(message));
    }
    Ok(())
}
