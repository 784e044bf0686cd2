//! The event that a function gets for a batch of messages.
//!
//! Source: the developer guide of AWS Lambda, "Example Amazon SQS event".

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// `messages` as SQS's JSON protocol has them, as one event.
pub(super) fn of(messages: &[Value], arn: &str, region: &str) -> Bytes {
    let records = messages.iter().map(|message| record(message, arn, region));
    let records: Vec<Value> = records.collect();
    Bytes::from(json!({ "Records": records }).to_string())
}

fn record(message: &Value, arn: &str, region: &str) -> Value {
    let field = |name: &str| message.get(name).cloned().unwrap_or(Value::Null);
    let mut record = json!({
        "messageId": field("MessageId"),
        "receiptHandle": field("ReceiptHandle"),
        "body": field("Body"),
        "attributes": message.get("Attributes").cloned().unwrap_or_else(|| json!({})),
        "messageAttributes": attributes(message.get("MessageAttributes")),
        "md5OfBody": field("MD5OfBody"),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    });
    let digest = message.get("MD5OfMessageAttributes").cloned();
    if let (Some(fields), Some(digest)) = (record.as_object_mut(), digest) {
        fields.insert("md5OfMessageAttributes".to_owned(), digest);
    }
    record
}

fn attributes(given: Option<&Value>) -> Value {
    let given = given.and_then(Value::as_object);
    let shown = given.into_iter().flatten();
    let shown = shown.map(|(name, attribute)| (name.clone(), attribute_of(attribute)));
    Value::Object(shown.collect())
}

fn attribute_of(attribute: &Value) -> Value {
    let mut shown = Map::new();
    let names = [
        ("StringValue", "stringValue"),
        ("BinaryValue", "binaryValue"),
        ("DataType", "dataType"),
    ];
    for (from, to) in names {
        let value = attribute.get(from).cloned();
        shown.extend(value.map(|value| (to.to_owned(), value)));
    }
    shown.insert("stringListValues".to_owned(), json!([]));
    shown.insert("binaryListValues".to_owned(), json!([]));
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn a_record_has_the_documented_form() {
        let message = json!({
            "MessageId": "m", "ReceiptHandle": "r", "Body": "{}", "MD5OfBody": "d",
            "Attributes": { "ApproximateReceiveCount": "1" },
            "MessageAttributes": { "reason": { "StringValue": "why", "DataType": "String" } },
            "MD5OfMessageAttributes": "e",
        });
        let event = super::of(&[message], "arn:aws:sqs:us-east-1:1:q", "us-east-1");
        let event: Value = serde_json::from_slice(&event).unwrap();
        let expected = json!({ "Records": [{
            "messageId": "m", "receiptHandle": "r", "body": "{}", "md5OfBody": "d",
            "attributes": { "ApproximateReceiveCount": "1" },
            "messageAttributes": { "reason": {
                "stringValue": "why", "dataType": "String", "stringListValues": [], "binaryListValues": [],
            } },
            "md5OfMessageAttributes": "e",
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q", "awsRegion": "us-east-1",
        }] });
        assert_eq!(event, expected);
    }
}
