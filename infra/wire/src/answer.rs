//! An answer of DynamoDB before it becomes an HTTP response: a status and a JSON body.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;
use serde_json::json;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Namespace of the error types that DynamoDB itself defines.
pub(crate) const SERVICE: &str = "com.amazonaws.dynamodb.v20120810";
/// Namespace of the error types of the framework in front of every AWS service.
pub(crate) const FRAMEWORK: &str = "com.amazon.coral.service";

/// A status code and a JSON body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code; anything that is not one is sent as 500.
    pub status: u16,
    /// The body, sent as it is.
    pub body: String,
}

impl Answer {
    /// A success with this body.
    #[must_use]
    pub fn ok(body: String) -> Self {
        Self { status: 200, body }
    }

    /// An error in DynamoDB's envelope; `kind` is qualified by its namespace, as on the wire.
    #[must_use]
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let body = json!({ "__type": kind, "message": message }).to_string();
        Self { status, body }
    }

    /// What DynamoDB answers to an operation that it does not have.
    #[must_use]
    pub fn unknown_operation() -> Self {
        let kind = format!("{FRAMEWORK}#UnknownOperationException");
        let body = json!({ "__type": kind }).to_string();
        Self { status: 400, body }
    }

    pub(crate) fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::new(status.into(), SdkBody::from(self.body));
        response.headers_mut().insert("content-type", CONTENT_TYPE);
        response
    }
}
