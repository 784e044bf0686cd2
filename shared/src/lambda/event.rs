//! What a function is invoked with: records of a queue, or the schedule.
//!
//! (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"; Amazon EventBridge User Guide, scheduled events.)

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::limits::RECORDS;

/// An event that this function is not for. Nothing of its text is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event of this function: {what}")]
pub struct BadEvent {
    /// What is wrong with it.
    pub what: &'static str,
}

/// What a function is invoked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Records of a queue.
    Records(Vec<Record>),
    /// The schedule, for this instant. An event that is delivered late or again says so by it.
    Schedule(Timestamp),
}

/// One message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What a failed one is named by.
    pub id: String,
    /// The text; none: there is none, or it is no text.
    pub body: Option<String>,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// It is none of ours.
    pub fn parse(event: &Value) -> Result<Self, BadEvent> {
        let bad = |what| BadEvent { what };
        let event = event.as_object().ok_or(bad("no JSON object"))?;
        match (event.get("Records"), text(event, "detail-type")) {
            (Some(records), _) => records_of(records),
            (None, Some("Scheduled Event")) if text(event, "source") == Some("aws.events") => {
                let time = text(event, "time").and_then(|time| time.parse().ok());
                Ok(Self::Schedule(
                    time.ok_or(bad("a schedule without a time"))?,
                ))
            }
            (None, _) => Err(bad("neither records of a queue nor the schedule")),
        }
    }

    /// The schedule's instant.
    ///
    /// # Errors
    /// It is something else.
    pub fn schedule(self) -> Result<Timestamp, BadEvent> {
        match self {
            Self::Schedule(at) => Ok(at),
            Self::Records(_) => Err(BadEvent {
                what: "records of a queue",
            }),
        }
    }

    /// The records.
    ///
    /// # Errors
    /// It is something else.
    pub fn records(self) -> Result<Vec<Record>, BadEvent> {
        match self {
            Self::Records(records) => Ok(records),
            Self::Schedule(_) => Err(BadEvent {
                what: "the schedule",
            }),
        }
    }
}

fn records_of(records: &Value) -> Result<Event, BadEvent> {
    let records = records.as_array().ok_or(BadEvent {
        what: "records that are no list",
    })?;
    if records.len() > RECORDS {
        return Err(BadEvent {
            what: "more records than any batch has",
        });
    }
    let records = records.iter().map(record).collect::<Option<_>>();
    records.map(Event::Records).ok_or(BadEvent {
        what: "a record that is no message of Amazon SQS",
    })
}

fn record(value: &Value) -> Option<Record> {
    let record = value.as_object()?;
    let id = text(record, "messageId").filter(|id| !id.is_empty())?;
    let from_queue = text(record, "eventSource") == Some("aws:sqs");
    from_queue.then(|| Record {
        id: id.to_owned(),
        body: text(record, "body").map(str::to_owned),
    })
}

fn text<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(id: &str, body: &Value) -> Value {
        json!({ "messageId": id, "eventSource": "aws:sqs", "body": body, "attributes": {} })
    }

    #[test]
    fn records_and_schedules_are_read() {
        let event = json!({ "Records": [message("a", &json!("x")), message("b", &json!(7))] });
        let record = |id: &str, body: Option<&str>| Record {
            id: id.to_owned(),
            body: body.map(str::to_owned),
        };
        let expected = Event::Records(vec![record("a", Some("x")), record("b", None)]);
        assert_eq!(Event::parse(&event), Ok(expected));
        let at = "2026-03-02T08:00:00Z";
        let event = json!({ "source": "aws.events", "detail-type": "Scheduled Event", "time": at });
        assert_eq!(
            Event::parse(&event),
            Ok(Event::Schedule(at.parse().unwrap()))
        );
    }

    #[test]
    fn what_is_none_of_ours_is_refused_as_a_whole() {
        let many: Vec<Value> = (0..10_000).map(|_| message("a", &json!("x"))).collect();
        for event in [
            json!(null),
            json!([]),
            json!("Records"),
            json!({}),
            json!({ "Records": {} }),
            json!({ "Records": [7] }),
            json!({ "Records": [{ "body": "x", "eventSource": "aws:sqs" }] }),
            json!({ "Records": [{ "messageId": "a", "body": "x", "eventSource": "aws:sns" }] }),
            json!({ "Records": many }),
            json!({ "version": "2.0", "routeKey": "GET /", "requestContext": {}, "body": "x" }),
            json!({ "source": "aws.events", "detail-type": "Scheduled Event", "time": "soon" }),
            json!({ "source": "aws.s3", "detail-type": "Scheduled Event", "time": "2026-03-02T08:00:00Z" }),
        ] {
            assert!(Event::parse(&event).is_err(), "{event:.80}");
        }
        assert_eq!(
            Event::parse(&json!({ "Records": [] })),
            Ok(Event::Records(Vec::new()))
        );
    }
}
