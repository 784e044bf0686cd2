//! One API request, taken apart: method (with override), path, query, headers, body.

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde_json::{Map, Value};

use crate::wire::{query::Query, refusal::Refusal};

/// A request as the api modules read it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Reads a request; a POST with `x-http-method-override` becomes what it stands for, its query may be in the body.
    pub(crate) fn new(request: Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        let wanted = head
            .headers
            .get("x-http-method-override")
            .and_then(|v| v.to_str().ok());
        let overridden = wanted.and_then(|text| Method::from_bytes(text.as_bytes()).ok());
        let mut query = Query::parse(head.uri.query().unwrap_or_default());
        let mut body = body;
        if overridden == Some(Method::GET) && head.uri.query().is_none() {
            query = Query::parse(&String::from_utf8_lossy(&body));
            body = Bytes::new();
        }
        Self {
            method: overridden.unwrap_or(head.method),
            path: head.uri.path().to_owned(),
            query,
            headers: head.headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The bearer token, if one was sent.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let value = self.header("authorization")?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The body as a JSON object; an absent body is an empty object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) | Err(_) => Err(Refusal::parse_error()),
        }
    }

    /// Whether the client takes gzip: Google wants the word in both headers (BEHAVIOUR.md 3).
    pub(crate) fn takes_gzip(&self) -> bool {
        let says = |name| {
            self.header(name)
                .is_some_and(|value| value.contains("gzip"))
        };
        says("accept-encoding") && says("user-agent")
    }
}
