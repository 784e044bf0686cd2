//! Stored shapes: one file per item kind, with the conversion to and from the model.
//!
//! The top level of an item is ours to name; values below it are in their serde form. Each item says which schema
//! it has; one of a newer schema is reported and never read, so never written either. No item's content
//! reaches an error.

pub(super) mod account;
pub(super) mod audit;
pub(super) mod calendar;
pub(super) mod forgetting;
pub(super) mod health;
pub(super) mod install;
pub(super) mod instant;
pub(super) mod journal;
pub(super) mod profile;
pub(super) mod row;
pub(super) mod rules;
pub(super) mod size;
pub(super) mod state;
pub(super) mod sync_record;
pub(super) mod tally;
pub(super) mod user;
pub(super) mod wake;
pub(super) mod wheel;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::corrupt;
use super::error::StoreError;
use super::keys::{Key, PK, SK};

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The schema that this version writes, and the newest that it reads.
pub(super) const SCHEMA: u32 = 1;
/// Its attribute.
pub(super) const V: &str = "v";
/// When the table may drop an item, in seconds since 1970: the table's time-to-live attribute.
pub(super) const EXPIRES: &str = "expires";

/// A number.
pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// The primary key's attributes.
pub(super) fn primary(key: &Key) -> Item {
    Item::from([
        (PK.to_owned(), text(&key.pk)),
        (SK.to_owned(), text(&key.sk)),
    ])
}

/// A whole item: key, schema and `body`.
pub(super) fn write(key: &Key, body: &impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(body).map_err(|_| StoreError::Invalid {
        operation: "encode",
        code: "not an item".to_owned(),
    })?;
    item.extend(primary(key));
    item.insert(V.to_owned(), number(SCHEMA.into()));
    Ok(item)
}

/// The body of an item, if its schema is one that we know.
pub(super) fn read<Body: DeserializeOwned>(key: &Key, item: Item) -> Result<Body, StoreError> {
    check_schema(key, &item)?;
    serde_dynamo::from_item(item).map_err(|_| corrupt(key, "an attribute is missing or unreadable"))
}

fn check_schema(key: &Key, item: &Item) -> Result<(), StoreError> {
    let schema = item.get(V).and_then(|value| value.as_n().ok());
    match schema.and_then(|schema| schema.parse::<u32>().ok()) {
        Some(schema) if schema <= SCHEMA => Ok(()),
        Some(schema) => Err(StoreError::Newer {
            key: key.clone(),
            schema,
        }),
        None => Err(corrupt(key, "its schema is missing")),
    }
}

/// The key of an item that came from the table.
pub(super) fn key_of(item: &Item) -> Key {
    let part = |name: &str| {
        let value = item.get(name).and_then(|value| value.as_s().ok());
        value.cloned().unwrap_or_default()
    };
    Key {
        pk: part(PK),
        sk: part(SK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;
    use crate::store::keys::state;

    fn read_with_schema(schema: Option<AttributeValue>) -> Result<Item, StoreError> {
        let key = state::key(calendar());
        let mut item = primary(&key);
        item.extend(schema.map(|schema| (V.to_owned(), schema)));
        check_schema(&key, &item).map(|()| item)
    }

    #[test]
    fn a_newer_schema_is_reported_and_not_read() {
        let key = state::key(calendar());
        let newer = StoreError::Newer { key, schema: 2 };
        assert_eq!(read_with_schema(Some(number(2))), Err(newer));
    }

    #[test]
    fn an_item_without_a_schema_is_damaged() {
        for schema in [None, Some(text("1"))] {
            assert!(matches!(
                read_with_schema(schema),
                Err(StoreError::Corrupt { .. })
            ));
        }
    }

    #[test]
    fn the_key_reads_back_from_the_item() {
        let key = state::key(calendar());
        assert_eq!(key_of(&primary(&key)), key);
    }
}
