//! Reading DynamoDB's requests and responses without changing them.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;

const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// The operation that a request names, such as `TransactWriteItems`; empty when it names none.
pub(crate) fn operation(request: &HttpRequest) -> &str {
    request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.strip_prefix(TARGET_PREFIX))
        .unwrap_or_default()
}

/// The operation that a request names, whichever service it is for: what comes after the last dot.
pub(crate) fn any_operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// The request's body. DynamoDB's requests are never streamed, so it is there.
pub(crate) fn body(request: &HttpRequest) -> &[u8] {
    request.body().bytes().unwrap_or_default()
}

/// Reads the whole body into memory and leaves it in place, so that it can be looked at.
pub(crate) async fn settle(response: &mut HttpResponse) -> Result<(), ConnectorError> {
    if response.body().bytes().is_some() {
        return Ok(());
    }
    let whole = ByteStream::new(response.take_body())
        .collect()
        .await
        .map_err(|error| ConnectorError::io(error.into()))?;
    *response.body_mut() = SdkBody::from(whole.into_bytes());
    Ok(())
}

/// Puts another body into a request.
pub(crate) fn replace_body(request: &mut HttpRequest, body: Vec<u8>) {
    request
        .headers_mut()
        .insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(Bytes::from(body));
}
