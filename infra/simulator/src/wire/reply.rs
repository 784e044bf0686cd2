//! Answers: a status with a JSON body or none, and how they become bytes.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use crate::wire::refusal::Refusal;

/// The media type of every JSON body.
const JSON: &str = "application/json; charset=UTF-8";

/// An answer before it is bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    pub(crate) etag: Option<String>,
}

impl Reply {
    pub(crate) fn json(body: Value) -> Self {
        let etag = body.get("etag").and_then(Value::as_str).map(str::to_owned);
        Self {
            status: 200,
            body: Some(body),
            etag,
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            body: None,
            etag: None,
        }
    }

    pub(crate) fn with_status(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
            etag: None,
        }
    }

    /// Bytes on the wire.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let text = self.body.map(|body| body.to_string()).unwrap_or_default();
        let mut response = bytes_response(self.status, JSON, Bytes::from(text));
        if response.body().is_empty() {
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
        if let Some(value) = self.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }
}

/// A response with a body of the given type.
pub(crate) fn bytes_response(status: u16, media_type: &str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(media_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

/// A refusal as Google sends it: indented by one space, with the authentication challenge on 401.
pub(crate) fn refused(refusal: &Refusal, method: &str) -> Response<Bytes> {
    let body = refusal.body(method);
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut out = serde_json::Serializer::with_formatter(&mut text, format);
    if body.serialize(&mut out).is_err() {
        text.clear();
    }
    let mut response = bytes_response(refusal.status, JSON, Bytes::from(text));
    let headers = response.headers_mut();
    if refusal.status == 401 {
        let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        );
    }
    if let Some(seconds) = refusal.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Compresses a body.
pub(crate) fn gzipped(response: Response<Bytes>) -> Response<Bytes> {
    if response.body().is_empty() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(&body).and_then(|()| encoder.finish());
    let Ok(packed) = packed else {
        return Response::from_parts(head, body);
    };
    head.headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers
        .insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Response::from_parts(head, Bytes::from(packed))
}
