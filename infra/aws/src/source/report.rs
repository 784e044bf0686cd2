//! What a function's answer says of the messages of a batch.
//!
//! Source: the developer guide of AWS Lambda, "Implementing partial batch responses": which answers count as complete
//! success, and which as complete failure.

use serde_json::Value;

/// Which of the messages `ids` are done with.
pub(super) fn done<'a>(answer: &[u8], ids: &[&'a str]) -> Vec<&'a str> {
    match failed(answer) {
        // A name that is in no message of the batch makes the whole report doubtful.
        Some(failed) if failed.iter().all(|id| ids.contains(&id.as_str())) => {
            let is_done = |id: &&str| !failed.iter().any(|failed| failed == id);
            ids.iter().copied().filter(is_done).collect()
        }
        Some(_) | None => Vec::new(),
    }
}

/// The messages that are reported as failed; none: the report makes no sense.
fn failed(answer: &[u8]) -> Option<Vec<String>> {
    if answer.iter().all(u8::is_ascii_whitespace) {
        return Some(Vec::new());
    }
    let answer: Value = serde_json::from_slice(answer).ok()?;
    match answer {
        Value::Null => Some(Vec::new()),
        Value::Object(fields) => match fields.get("batchItemFailures") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(entries)) => entries.iter().map(identifier).collect(),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => None,
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

fn identifier(entry: &Value) -> Option<String> {
    let id = entry.get("itemIdentifier")?.as_str()?;
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::done;

    #[track_caller]
    fn check(answer: &str, expected: &[&str]) {
        assert_eq!(done(answer.as_bytes(), &["a", "b"]), expected, "{answer}");
    }

    #[test]
    fn an_empty_report_means_that_all_is_done() {
        for answer in [
            "",
            "null",
            "{}",
            r#"{"batchItemFailures":[]}"#,
            r#"{"batchItemFailures":null}"#,
        ] {
            check(answer, &["a", "b"]);
        }
    }

    #[test]
    fn what_is_reported_is_left() {
        check(r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#, &["a"]);
    }

    #[test]
    fn a_report_that_makes_no_sense_leaves_all() {
        for answer in [
            "not json",
            "[]",
            r#""text""#,
            r#"{"batchItemFailures":"b"}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"item":"b"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"other"}]}"#,
        ] {
            check(answer, &[]);
        }
    }
}
