//! A message, its size, and the digests by which clients check it.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal};

/// Milliseconds since 1970.
pub(super) type Millis = u64;

/// A value that travels beside the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) string_value: Option<String>,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) binary_value: Option<String>,
}

pub(super) type AttributeMap = BTreeMap<String, Attribute>;

/// What a sender gives.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) body: String,
    pub(super) attributes: AttributeMap,
    pub(super) group: Option<String>,
    pub(super) dedup: Option<String>,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) content: Content,
    pub(super) sent: Millis,
    /// Hidden until then.
    pub(super) visible: Millis,
    /// The handle of the last receipt in this queue, if there was one.
    pub(super) receipt: Option<String>,
    pub(super) first_received: Option<Millis>,
    /// Over all queues that it was in.
    pub(super) receives: u64,
    /// In this queue: what the redrive policy counts.
    pub(super) receives_here: u64,
    /// ARN of the queue whose dead letter it is.
    pub(super) source: Option<String>,
}

impl Message {
    pub(super) fn is_visible(&self, now: Millis) -> bool {
        self.visible <= now
    }

    /// Received and not yet due again.
    pub(super) fn is_in_flight(&self, now: Millis) -> bool {
        self.receipt.is_some() && !self.is_visible(now)
    }
}

/// MD5 as hexadecimal digits.
pub(super) fn md5(bytes: &[u8]) -> String {
    format!("{:x}", md5::compute(bytes))
}

impl Content {
    /// Bytes that count against the limits: body, and names, types and values of the attributes.
    pub(super) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            name.len()
                .saturating_add(attribute.data_type.len())
                .saturating_add(attribute.bytes().len())
        });
        attributes.fold(self.body.len(), usize::saturating_add)
    }

    /// Whether SQS takes it, other than for its size.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.body.is_empty() {
            let message = "The request must contain the parameter MessageBody.";
            return Err(Code::MissingParameter.says(message));
        }
        if !self.body.chars().all(is_allowed) {
            let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | \
                           #xE000 to #xFFFD | #x10000 to #x10FFFF.";
            return Err(Code::BadContents.says(message));
        }
        if self.attributes.len() > 10 {
            return Err(Code::BadParameter.says("Number of message attributes exceeds the limit."));
        }
        for (name, attribute) in &self.attributes {
            attribute.check(name)?;
        }
        Ok(())
    }
}

/// What XML 1.0 can hold.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

impl Attribute {
    fn is_binary(&self) -> bool {
        self.data_type.starts_with("Binary")
    }

    fn bytes(&self) -> Vec<u8> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(base64)) => BASE64.decode(base64.as_bytes()).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }

    fn check(&self, name: &str) -> Result<(), Refusal> {
        let kinds = ["String", "Number", "Binary"];
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let given = match self.is_binary() {
            true => &self.binary_value,
            false => &self.string_value,
        };
        match kinds.contains(&kind) && given.as_ref().is_some_and(|value| !value.is_empty()) {
            true => Ok(()),
            false => Err(Code::BadParameter.says(format!(
                "The message attribute '{name}' must contain a non-empty value of its type."
            ))),
        }
    }
}

/// The digest of all attributes, as SQS's developer guide describes it; none of none.
pub(super) fn md5_of(attributes: &AttributeMap) -> Option<String> {
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        for part in [name.as_bytes(), attribute.data_type.as_bytes()] {
            push(&mut bytes, part);
        }
        bytes.push(if attribute.is_binary() { 2 } else { 1 });
        push(&mut bytes, &attribute.bytes());
    }
    (!attributes.is_empty()).then(|| md5(&bytes))
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(data_type: &str, text: Option<&str>, binary: Option<&str>) -> Attribute {
        Attribute {
            data_type: data_type.to_owned(),
            string_value: text.map(str::to_owned),
            binary_value: binary.map(str::to_owned),
        }
    }

    #[test]
    fn digests_are_those_that_the_sdks_compute() {
        // Computed by hand after the developer guide's description ("Calculating the MD5 message digest").
        let attributes = AttributeMap::from([
            ("b".to_owned(), attribute("Binary", None, Some("AQ=="))),
            ("s".to_owned(), attribute("String", Some("v"), None)),
        ]);
        assert_eq!(md5(b"x"), "9dd4e461268c8034f5c8564e155c67a6");
        assert_eq!(md5_of(&attributes).as_deref(), Some(EXPECTED));
        assert_eq!(md5_of(&AttributeMap::new()), None);
    }

    const EXPECTED: &str = "4654e45a514fe995793e1ca990b5daa1";

    #[test]
    fn the_size_counts_names_types_and_values() {
        let content = Content {
            body: "body".to_owned(),
            attributes: AttributeMap::from([(
                "name".to_owned(),
                attribute("Binary", None, Some("AQ==")),
            )]),
            group: None,
            dedup: None,
        };
        assert_eq!(content.size(), 4 + 4 + 6 + 1);
    }
}
