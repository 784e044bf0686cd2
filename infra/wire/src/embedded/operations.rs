//! Which of the engine's functions answers which operation, and how its JSON is read and written.

use dynoxide::actions::query::QueryRequest;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{Answer, FRAMEWORK};

/// Items that a query looks at, at most, when its request names no limit.
///
/// The engine reads all rows that a query may find before it looks where its page of 1 MB ends: without a limit a long
/// partition, read page by page, costs the square of its length, and all of it is held. The API lets a page end
/// anywhere, and items of more than 300 bytes fill it before this many are read.
const QUERY_ITEMS: usize = 3_500;

/// Answers `operation`; one that the engine does not serve is unknown, as it would be to AWS.
pub(super) fn answer(db: &Database, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "CreateTable" => run(body, |request| db.create_table(request)),
        "DescribeTable" => run(body, |request| db.describe_table(request)),
        "DeleteTable" => run(body, |request| db.delete_table(request)),
        "ListTables" => run(body, |request| db.list_tables(request)),
        "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
        "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
        "GetItem" => run(body, |request| db.get_item(request)),
        "PutItem" => run(body, |request| db.put_item(request)),
        "UpdateItem" => run(body, |request| db.update_item(request)),
        "DeleteItem" => run(body, |request| db.delete_item(request)),
        "Query" => run(body, |request| db.query(limited(request))),
        "Scan" => run(body, |request| db.scan(request)),
        "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
        "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
        _ => Answer::unknown_operation(),
    }
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    call: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Answer {
    let request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => return unreadable(&error),
    };
    match call(request) {
        Ok(response) => written(&response),
        Err(error) => Answer {
            status: error.status_code(),
            body: error.to_json(),
        },
    }
}

fn limited(request: QueryRequest) -> QueryRequest {
    QueryRequest {
        limit: request.limit.or(Some(QUERY_ITEMS)),
        ..request
    }
}

fn written(response: &impl Serialize) -> Answer {
    match serde_json::to_string(response) {
        Ok(body) => Answer::ok(body),
        Err(error) => Answer::error(
            500,
            &format!("{}#InternalServerError", crate::answer::SERVICE),
            &error.to_string(),
        ),
    }
}

/// The engine's types mark what kind of refusal a value deserves at the front of their message.
fn unreadable(error: &serde_json::Error) -> Answer {
    let message = error.to_string();
    let invalid = ["VALIDATION_REQUEST:", "VALIDATION:", "VALIDATION_AS_READ:"]
        .into_iter()
        .find_map(|mark| message.strip_prefix(mark));
    match invalid {
        Some(reason) => Answer::error(
            400,
            "com.amazon.coral.validate#ValidationException",
            without_position(reason),
        ),
        None => Answer::error(
            400,
            &format!("{FRAMEWORK}#SerializationException"),
            without_position(&message),
        ),
    }
}

fn without_position(message: &str) -> &str {
    message
        .rfind(" at line ")
        .and_then(|at| message.get(..at))
        .unwrap_or(message)
}
