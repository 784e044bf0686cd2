//! Batches that are left unfinished, and pages that end early.
//!
//! The request is cut before it goes to the service, and what was cut off is reported as unprocessed
//! in the answer: the service does exactly the rest.

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::{Map, Value, json};

use super::Edit;
use crate::answer::Answer;
use crate::exchange;

/// Sends `request` with `edit` applied, or as it is where the edit does not fit the operation.
pub(super) async fn send_edited(
    inner: &SharedHttpConnector,
    mut request: HttpRequest,
    operation: &str,
    edit: Edit,
) -> Result<HttpResponse, ConnectorError> {
    let Ok(mut body) = serde_json::from_slice::<Value>(exchange::body(&request)) else {
        return inner.call(request).await;
    };
    match (edit, operation) {
        (Edit::Leave(count), "BatchWriteItem" | "BatchGetItem") => {
            leave(inner, request, body, operation, count).await
        }
        (Edit::Limit(count), "Query" | "Scan") => {
            limit(&mut body, count);
            exchange::replace_body(&mut request, body.to_string().into_bytes());
            inner.call(request).await
        }
        (Edit::Leave(_) | Edit::Limit(_), _) => inner.call(request).await,
    }
}

fn limit(body: &mut Value, count: usize) {
    let asked = body.get("Limit").and_then(Value::as_u64);
    // A limit of 0 is not valid.
    let count = u64::try_from(count.max(1)).unwrap_or(u64::MAX);
    if let Some(fields) = body.as_object_mut() {
        fields.insert(
            "Limit".to_owned(),
            json!(asked.map_or(count, |asked| asked.min(count))),
        );
    }
}

async fn leave(
    inner: &SharedHttpConnector,
    mut request: HttpRequest,
    mut body: Value,
    operation: &str,
    count: usize,
) -> Result<HttpResponse, ConnectorError> {
    let cut = cut_off(&mut body, count);
    if is_empty(&body) {
        return Ok(nothing_done(operation, cut).into_response());
    }
    exchange::replace_body(&mut request, body.to_string().into_bytes());
    let mut response = inner.call(request).await?;
    exchange::settle(&mut response).await?;
    if !response.status().is_success() {
        return Ok(response);
    }
    let mut answer: Value =
        serde_json::from_slice(response.body().bytes().unwrap_or_default()).unwrap_or_default();
    report(&mut answer, operation, cut);
    Ok(Answer::ok(answer.to_string()).into_response())
}

/// Removes the last `count` items over all tables, and returns them in the form of a request.
fn cut_off(body: &mut Value, mut count: usize) -> Map<String, Value> {
    let mut cut = Map::new();
    let Some(tables) = body.get_mut("RequestItems").and_then(Value::as_object_mut) else {
        return cut;
    };
    let names: Vec<String> = tables.keys().rev().cloned().collect();
    for name in names {
        let Some(table) = tables.get_mut(&name) else {
            continue;
        };
        let mut rest = table.clone();
        let Some(items) = items_mut(table) else {
            continue;
        };
        let kept = items.len().saturating_sub(count);
        let taken = items.split_off(kept);
        let emptied = items.is_empty();
        count = count.saturating_sub(taken.len());
        if emptied {
            tables.remove(&name);
        }
        if let (false, Some(left)) = (taken.is_empty(), items_mut(&mut rest)) {
            *left = taken;
            cut.insert(name, rest);
        }
    }
    cut
}

/// The list of a table in a batch: of writes, or of keys beside their projection.
fn items_mut(table: &mut Value) -> Option<&mut Vec<Value>> {
    match table {
        Value::Array(writes) => Some(writes),
        Value::Object(reads) => reads.get_mut("Keys").and_then(Value::as_array_mut),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn is_empty(body: &Value) -> bool {
    body.get("RequestItems")
        .and_then(Value::as_object)
        .is_none_or(Map::is_empty)
}

fn nothing_done(operation: &str, cut: Map<String, Value>) -> Answer {
    let mut answer = match operation {
        "BatchGetItem" => json!({ "Responses": {} }),
        _ => json!({}),
    };
    report(&mut answer, operation, cut);
    Answer::ok(answer.to_string())
}

fn report(answer: &mut Value, operation: &str, cut: Map<String, Value>) {
    let field = match operation {
        "BatchGetItem" => "UnprocessedKeys",
        _ => "UnprocessedItems",
    };
    if let Some(fields) = answer.as_object_mut() {
        fields.insert(field.to_owned(), Value::Object(cut));
    }
}

#[cfg(test)]
mod tests {
    use super::{cut_off, is_empty};
    use serde_json::{Value, json};

    #[test]
    fn the_last_items_are_cut_off_and_reported_as_a_request() {
        let mut body = json!({ "RequestItems": { "one": [1, 2], "two": { "Keys": [3, 4], "ConsistentRead": true } } });
        let cut = cut_off(&mut body, 3);
        assert_eq!(body, json!({ "RequestItems": { "one": [1] } }));
        let expected = json!({ "one": [2], "two": { "Keys": [3, 4], "ConsistentRead": true } });
        assert_eq!(Value::Object(cut), expected);
    }

    #[test]
    fn cutting_off_everything_leaves_nothing_to_send() {
        let mut body = json!({ "RequestItems": { "one": [1, 2] } });
        let cut = cut_off(&mut body, 9);
        assert!(is_empty(&body));
        assert_eq!(Value::Object(cut), json!({ "one": [1, 2] }));
    }
}
