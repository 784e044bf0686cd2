//! Takes the fields of one JSON object apart, one by one, and names the one that cannot be read.
//!
//! A derived reader would quote the offending text in its message; event text must not get that far.

use serde_json::{Map, Value};

/// Why an entry of a page cannot be read. Holds no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not a JSON object.
    #[error("not an object")]
    NotAnObject,
    /// It has no id.
    #[error("no id")]
    NoId,
    /// A field that decides what the entry means has an unexpected type.
    #[error("field {0} has an unexpected type")]
    Field(&'static str),
}

/// The fields of an object. Null counts as missing everywhere.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(Unreadable::NotAnObject),
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn id(&mut self) -> Result<String, Unreadable> {
        match self.text("id")? {
            Some(id) if !id.is_empty() => Ok(id),
            Some(_) | None => Err(Unreadable::NoId),
        }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Unreadable> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Unreadable::Field(name)),
        }
    }

    /// For fields that decide nothing: another type counts as missing.
    pub(super) fn text_if_any(&mut self, name: &'static str) -> Option<String> {
        self.text(name).ok().flatten()
    }

    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.take(name) == Some(Value::Bool(true))
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Unreadable> {
        let list = self.list(name)?.into_iter();
        list.map(|entry| match entry {
            Value::String(text) => Ok(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Err(Unreadable::Field(name)),
        })
        .collect()
    }

    pub(super) fn list(&mut self, name: &'static str) -> Result<Vec<Value>, Unreadable> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Unreadable::Field(name)),
        }
    }

    /// An object inside, if it is one.
    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        Self::of(self.take(name)?).ok()
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }
}
