//! An answer in AWS's JSON protocols before it becomes an HTTP response.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;
use serde_json::Value;

/// The protocols' versions differ in the content type alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json10,
    Json11,
}

impl Protocol {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json10 => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
        }
    }
}

/// A status and a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// The error's code in the older query protocol, which services that once spoke it send along.
    pub(crate) query_error: Option<String>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body,
            query_error: None,
        }
    }

    pub(crate) fn into_response(self, protocol: Protocol) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::new(status.into(), SdkBody::from(self.body.to_string()));
        let headers = response.headers_mut();
        headers.insert("content-type", protocol.content_type());
        headers.insert("x-amzn-requestid", "local");
        if let Some(code) = self.query_error {
            headers.insert("x-amzn-query-error", code);
        }
        response
    }
}

/// The operation that a request names: what comes after the last dot.
pub(crate) fn operation(target: Option<&str>) -> &str {
    target
        .unwrap_or_default()
        .rsplit('.')
        .next()
        .unwrap_or_default()
}
