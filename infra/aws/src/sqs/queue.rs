//! One queue: its messages in the order of arrival, and what may be received now.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::attributes::Attributes;
use super::error::{Code, Refusal};
use super::message::{Message, Millis};

/// How long a deduplication id is remembered, in milliseconds (developer guide, FIFO queues).
const REMEMBERED: Millis = 5 * 60 * 1000;

/// A queue.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) attributes: Attributes,
    pub(super) created: Millis,
    pub(super) modified: Millis,
    pub(super) purged: Option<Millis>,
    pub(super) tags: BTreeMap<String, String>,
    /// By number of arrival, which is the order in which they are given out.
    pub(super) messages: BTreeMap<u64, Message>,
    /// What was sent under a deduplication id, until when it counts.
    pub(super) seen: BTreeMap<String, (String, Millis)>,
}

/// How many messages there are, by what can be done with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Can be received now.
    pub visible: usize,
    /// Received, and neither deleted nor due again.
    pub in_flight: usize,
    /// Sent with a delay that has not passed.
    pub delayed: usize,
}

impl Queue {
    pub(super) fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    /// Drops what is older than the retention period, and deduplication ids that no longer count.
    pub(super) fn expire(&mut self, now: Millis) {
        let retention = millis(self.attributes.retention());
        self.messages
            .retain(|_, message| message.sent.saturating_add(retention) > now);
        self.seen.retain(|_, seen| seen.1 > now);
    }

    /// What was sent under this deduplication id before.
    pub(super) fn sent_before(&self, dedup: Option<&String>) -> Option<&String> {
        self.seen.get(dedup?).map(|(id, _)| id)
    }

    pub(super) fn remember(&mut self, dedup: &str, id: &str, now: Millis) {
        let until = now.saturating_add(REMEMBERED);
        self.seen.insert(dedup.to_owned(), (id.to_owned(), until));
    }

    pub(super) fn depth(&self, now: Millis) -> Depth {
        let mut depth = Depth::default();
        for message in self.messages.values() {
            let kind = match (message.is_visible(now), message.is_in_flight(now)) {
                (true, _) => &mut depth.visible,
                (false, true) => &mut depth.in_flight,
                (false, false) => &mut depth.delayed,
            };
            *kind = kind.saturating_add(1);
        }
        depth
    }

    /// When a message becomes visible next.
    pub(super) fn next_visible(&self, now: Millis) -> Option<Millis> {
        let hidden = self
            .messages
            .values()
            .filter(|message| !message.is_visible(now));
        hidden.map(|message| message.visible).min()
    }

    /// The first message that may be received. In a FIFO queue none may overtake one of its group, unless that is one of
    /// `taken`, which go in the same answer.
    pub(super) fn next_due(&self, taken: &[u64], now: Millis) -> Option<u64> {
        let mut locked = BTreeSet::new();
        for (number, message) in &self.messages {
            let group = message.content.group.as_ref().filter(|_| self.is_fifo());
            let free = group.is_none_or(|group| !locked.contains(group));
            if message.is_visible(now) && free && !taken.contains(number) {
                return Some(*number);
            }
            if let Some(group) = group.filter(|_| !taken.contains(number)) {
                locked.insert(group.clone());
            }
        }
        None
    }

    /// The message that a receipt handle is about: none if it is gone, or was received again since.
    pub(super) fn received(
        &mut self,
        handle: &str,
    ) -> Result<Option<(u64, &mut Message)>, Refusal> {
        let number = number_of(handle, &self.name).ok_or_else(|| {
            Code::BadReceipt.says(format!(
                "The input receipt handle \"{handle}\" is not a valid receipt handle."
            ))
        })?;
        let message = self.messages.get_mut(&number);
        let message = message.filter(|message| message.receipt.as_deref() == Some(handle));
        Ok(message.map(|message| (number, message)))
    }
}

/// A handle for one receipt of a message.
pub(super) fn handle(number: u64, queue: &str, random: &mut fastrand::Rng) -> String {
    format!("{number:016x}.{:032x}.{queue}", random.u128(..))
}

fn number_of(handle: &str, queue: &str) -> Option<u64> {
    let mut parts = handle.splitn(3, '.');
    let number = u64::from_str_radix(parts.next()?, 16).ok()?;
    let _secret = parts.next()?;
    (parts.next()? == queue).then_some(number)
}

/// A duration as it adds up with times.
pub(super) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
