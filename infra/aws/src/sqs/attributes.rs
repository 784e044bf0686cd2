//! A queue's settings: text as on the wire, checked when it is set.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::error::{Code, Refusal};

/// Numbers: name, default, least, most. Seconds, and bytes for the size.
const NUMBERS: [(&str, u64, u64, u64); 5] = [
    ("VisibilityTimeout", 30, 0, 43_200),
    ("MessageRetentionPeriod", 345_600, 60, 1_209_600),
    ("MaximumMessageSize", 1_048_576, 1_024, 1_048_576),
    ("DelaySeconds", 0, 0, 900),
    ("ReceiveMessageWaitTimeSeconds", 0, 0, 20),
];

/// Taken as they are; nothing here depends on them.
const KEPT: [&str; 7] = [
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

/// What was set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    given: BTreeMap<String, String>,
    redrive: Option<Redrive>,
    allow: Allow,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redrive {
    /// ARN of the dead-letter queue.
    pub(super) target: String,
    /// How often a message may be received.
    pub(super) most: u64,
}

/// Which queues may use this one as their dead-letter queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Allow {
    #[default]
    All,
    None,
    Named(Vec<String>),
}

impl Attributes {
    /// Sets what is given; an empty text takes a policy away.
    pub(super) fn set(&mut self, given: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let mut next = self.clone();
        for (name, value) in given {
            next.set_one(name, value)?;
        }
        *self = next;
        Ok(())
    }

    fn set_one(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let invalid = || bad(name, value);
        match name {
            "RedrivePolicy" if value.is_empty() => self.redrive = None,
            "RedrivePolicy" => self.redrive = Some(redrive(value).ok_or_else(invalid)?),
            "RedriveAllowPolicy" if value.is_empty() => self.allow = Allow::All,
            "RedriveAllowPolicy" => self.allow = allow(value).ok_or_else(invalid)?,
            "FifoQueue" => {}
            name if KEPT.contains(&name) => {}
            name => {
                let (_, _, least, most) = NUMBERS
                    .into_iter()
                    .find(|number| number.0 == name)
                    .ok_or_else(|| {
                        Code::BadAttributeName.says(format!("Unknown Attribute {name}."))
                    })?;
                let number: u64 = value.parse().map_err(|_| invalid())?;
                if !(least..=most).contains(&number) {
                    return Err(invalid());
                }
            }
        }
        if value.is_empty() {
            self.given.remove(name);
        } else {
            self.given.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }

    fn number(&self, name: &str) -> u64 {
        let default = NUMBERS.iter().find(|number| number.0 == name);
        let given = self.given.get(name).and_then(|text| text.parse().ok());
        given.or(default.map(|number| number.1)).unwrap_or(0)
    }

    fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    pub(super) fn visibility(&self) -> Duration {
        self.seconds("VisibilityTimeout")
    }

    pub(super) fn retention(&self) -> Duration {
        self.seconds("MessageRetentionPeriod")
    }

    pub(super) fn delay(&self) -> Duration {
        self.seconds("DelaySeconds")
    }

    pub(super) fn wait(&self) -> Duration {
        self.seconds("ReceiveMessageWaitTimeSeconds")
    }

    /// Bytes.
    pub(super) fn largest(&self) -> usize {
        usize::try_from(self.number("MaximumMessageSize")).unwrap_or(usize::MAX)
    }

    pub(super) fn dedups_by_content(&self) -> bool {
        self.given
            .get("ContentBasedDeduplication")
            .is_some_and(|text| text == "true")
    }

    pub(super) fn redrive(&self) -> Option<&Redrive> {
        self.redrive.as_ref()
    }

    /// Whether the queue with this ARN may send its dead letters here.
    pub(super) fn admits(&self, source: &str) -> bool {
        match &self.allow {
            Allow::All => true,
            Allow::None => false,
            Allow::Named(arns) => arns.iter().any(|arn| arn == source),
        }
    }

    /// Whether everything in `given` is as it is here.
    pub(super) fn agree_with(&self, given: &BTreeMap<String, String>) -> bool {
        let shown = self.shown();
        given
            .iter()
            .all(|(name, value)| shown.get(name) == Some(value))
    }

    /// All of them as text, defaults included.
    pub(super) fn shown(&self) -> BTreeMap<String, String> {
        let numbers = NUMBERS
            .into_iter()
            .map(|number| (number.0.to_owned(), self.number(number.0).to_string()));
        let encrypted = ("SqsManagedSseEnabled".to_owned(), "true".to_owned());
        let mut shown: BTreeMap<String, String> = numbers.chain([encrypted]).collect();
        shown.extend(self.given.clone());
        shown
    }
}

fn bad(name: &str, value: &str) -> Refusal {
    Code::BadAttributeValue.says(format!(
        "Invalid value for the parameter {name}. Reason: {value} is not valid."
    ))
}

/// The count comes as a number or as text.
fn redrive(text: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let count = policy.get("maxReceiveCount")?;
    let most = count
        .as_u64()
        .or_else(|| count.as_str()?.parse().ok())
        .filter(|most| (1..=1000).contains(most))?;
    let target = policy.get("deadLetterTargetArn")?.as_str()?.to_owned();
    Some(Redrive { target, most })
}

fn allow(text: &str) -> Option<Allow> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let named = policy.get("sourceQueueArns").and_then(Value::as_array);
    match policy.get("redrivePermission")?.as_str()? {
        "allowAll" => Some(Allow::All),
        "denyAll" => Some(Allow::None),
        "byQueue" => {
            let named = named.filter(|named| (1..=10).contains(&named.len()))?;
            let arn = |arn: &Value| arn.as_str().map(str::to_owned);
            named
                .iter()
                .map(arn)
                .collect::<Option<_>>()
                .map(Allow::Named)
        }
        _ => None,
    }
}
