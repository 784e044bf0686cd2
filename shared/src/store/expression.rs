//! Names and values of expressions. Every attribute name goes through a placeholder: many are reserved words.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::items::Item;

/// `#name` for each name.
pub(super) fn names<const N: usize>(names: [&str; N]) -> Option<HashMap<String, String>> {
    let placed = names.map(|name| (format!("#{name}"), name.to_owned()));
    Some(HashMap::from(placed))
}

/// `:name` for each value; none at all if there is none, as the API refuses an empty map.
pub(super) fn values(
    values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
) -> Option<Item> {
    let placed: Item = values
        .into_iter()
        .map(|(name, value)| (format!(":{name}"), value))
        .collect();
    (!placed.is_empty()).then_some(placed)
}
