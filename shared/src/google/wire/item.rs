//! One entry of a page: read, or set apart with what is known of it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::event::Event;
use super::fields::Unreadable;

/// An entry of an event page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An event.
    Event(Box<Event>),
    /// An entry that cannot be read; it neither fails its page nor gets lost.
    Unreadable {
        /// Its id, if at least that can be read.
        id: Option<String>,
        /// What is wrong with it.
        why: Unreadable,
    },
}

impl Item {
    /// Google's id, if it can be read.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Event(event) => Some(&event.id),
            Self::Unreadable { id, .. } => id.as_deref(),
        }
    }

    /// Reads one entry.
    #[must_use]
    pub fn read(value: Value) -> Self {
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        match Event::read(value) {
            Ok(event) => Self::Event(Box::new(event)),
            Err(why) => Self::Unreadable {
                id: id.filter(|id| !id.is_empty()),
                why,
            },
        }
    }
}

/// Goes by way of one entry's tree, so that the tree of a whole page is never held.
impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self::read)
    }
}
