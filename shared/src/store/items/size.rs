//! How large an item is, by DynamoDB's rules (developer guide, "DynamoDB item sizes and formats").

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;

/// What a list or map costs beyond its elements, in bytes.
const CONTAINER: usize = 3;
/// What each element of a list or map costs beyond itself.
const ELEMENT: usize = 1;
/// The most that a number takes.
const LONGEST_NUMBER: usize = 21;

/// Bytes of a whole item: names and values.
pub(in crate::store) fn item(item: &Item) -> usize {
    item.iter()
        .map(|(name, attribute)| name.len() + value(attribute))
        .sum()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the SDK's enum is open and its last variant private"
)]
fn value(of: &AttributeValue) -> usize {
    match of {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => number(digits),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(map) => {
            CONTAINER
                + map
                    .iter()
                    .map(|(name, inner)| name.len() + value(inner) + ELEMENT)
                    .sum::<usize>()
        }
        AttributeValue::L(list) => {
            CONTAINER
                + list
                    .iter()
                    .map(|inner| value(inner) + ELEMENT)
                    .sum::<usize>()
        }
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|digits| number(digits)).sum(),
        AttributeValue::Bs(many) => many.iter().map(|bytes| bytes.as_ref().len()).sum(),
        // Null, a truth value, or a type that the SDK does not know yet.
        _ => 1,
    }
}

/// About one byte for two digits, and one more.
fn number(digits: &str) -> usize {
    (digits.len().div_ceil(2) + 1).min(LONGEST_NUMBER)
}

#[cfg(test)]
mod tests {
    use super::super::{number as n, text};
    use super::*;

    #[test]
    fn names_values_and_containers_count() {
        let inner = AttributeValue::M([("ab".to_owned(), text("cde"))].into());
        let whole = Item::from([
            ("pk".to_owned(), text("x")),
            ("n".to_owned(), n(1234)),
            ("m".to_owned(), inner),
        ]);
        assert_eq!(item(&whole), (2 + 1) + (1 + 3) + (1 + 3 + 2 + 3 + 1));
    }
}
