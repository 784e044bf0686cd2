//! Batches: up to 50 calls in one multipart request (BEHAVIOUR.md 3). Each call is authorized, counted and answered by itself.

use std::str::FromStr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri};

use crate::{
    api::handle::Outcome,
    simulator::Simulator,
    wire::{
        call::Call,
        query::Query,
        refusal::Refusal,
        reply::{bytes_response, refused},
    },
};

/// Calls in one batch at most.
const MOST_CALLS: usize = 50;
/// Boundary of answers.
const BOUNDARY: &str = "batch_simulator_boundary";

/// One call of a batch.
struct Part {
    id: Option<String>,
    call: Call,
}

impl Simulator {
    pub(crate) fn batch(&mut self, call: &Call) -> Outcome {
        let parts = match read(call) {
            Ok(parts) => parts,
            Err(refusal) => return Outcome::Response(refused(&refusal, "Batch")),
        };
        let mut text = Vec::new();
        for part in parts {
            let Outcome::Response(response) = self.serve(&part.call) else {
                return Outcome::ConnectionLost;
            };
            write(&mut text, part.id.as_deref(), &response);
        }
        text.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let media_type = format!("multipart/mixed; boundary={BOUNDARY}");
        Outcome::Response(bytes_response(200, &media_type, Bytes::from(text)))
    }
}

fn read(call: &Call) -> Result<Vec<Part>, Refusal> {
    let broken = || Refusal::bad_request("Failed to parse batch request.");
    let media_type = call.header("content-type").ok_or_else(broken)?;
    let boundary = media_type
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))
        .ok_or_else(broken)?;
    let text = String::from_utf8_lossy(&call.body).replace("\r\n", "\n");
    let separator = format!("--{}", boundary.trim_matches('"'));
    let bodies: Vec<&str> = text
        .split(separator.as_str())
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .collect();
    if bodies.is_empty() || bodies.len() > MOST_CALLS {
        return Err(Refusal::bad_request(
            "The batch request must have between 1 and 50 calls.",
        ));
    }
    bodies
        .into_iter()
        .map(|part| read_part(part, call).ok_or_else(broken))
        .collect()
}

fn read_part(text: &str, outer: &Call) -> Option<Part> {
    let (head, inner) = text.trim_start_matches('\n').split_once("\n\n")?;
    let id = headers(head)
        .get("content-id")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (head, body) = inner.split_once("\n\n").unwrap_or((inner.trim_end(), ""));
    let (line, rest) = head.split_once('\n').unwrap_or((head, ""));
    let mut words = line.split_whitespace();
    let method = Method::from_str(words.next()?).ok()?;
    let uri: Uri = words.next()?.parse().ok()?;
    let mut headers = headers(rest);
    if let (None, Some(value)) = (
        headers.get("authorization"),
        outer.headers.get("authorization"),
    ) {
        headers.insert("authorization", value.clone());
    }
    let body = Bytes::from(body.trim_end_matches('\n').to_owned());
    let query = Query::parse(uri.query().unwrap_or_default());
    Some(Part {
        id,
        call: Call {
            method,
            path: uri.path().to_owned(),
            query,
            headers,
            body,
        },
    })
}

fn headers(text: &str) -> HeaderMap {
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((
            HeaderName::from_str(name.trim()).ok()?,
            HeaderValue::from_str(value.trim()).ok()?,
        ))
    };
    text.lines().filter_map(pair).collect()
}

fn write(text: &mut Vec<u8>, id: Option<&str>, response: &Response<Bytes>) {
    let mut head = format!("--{BOUNDARY}\r\nContent-Type: application/http\r\n");
    if let Some(id) = id {
        let inner = id.trim().trim_start_matches('<').trim_end_matches('>');
        head.push_str(&format!("Content-ID: <response-{inner}>\r\n"));
    }
    let status = response.status();
    head.push_str(&format!(
        "\r\nHTTP/1.1 {} {}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    ));
    for (name, value) in response.headers() {
        head.push_str(&format!(
            "{name}: {}\r\n",
            value.to_str().unwrap_or_default()
        ));
    }
    head.push_str(&format!(
        "Content-Length: {}\r\n\r\n",
        response.body().len()
    ));
    text.extend_from_slice(head.as_bytes());
    text.extend_from_slice(response.body());
    text.extend_from_slice(b"\r\n");
}
