//! The production transport: HTTP by `reqwest`, TLS by rustls with ring and the system's root certificates.
//!
//! Adds nothing to an exchange: no retry, no redirect, no decoding. It bounds time and size while reading,
//! and goes through the proxy that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use reqwest::redirect::Policy;

use super::body::LARGEST_BODY;
use super::transport::{Transport, TransportError};

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemes {
    /// Encrypted only.
    Https,
    /// Plain HTTP too, because the config names such an address.
    HttpToo,
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For making the connection.
    pub connect: Duration,
    /// For the whole exchange.
    pub total: Duration,
    /// Bytes of an answer's body as it arrives.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
            body: LARGEST_BODY,
        }
    }
}

/// The transport cannot be set up: no root certificates, or none that can be read.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct SetupError(#[source] reqwest::Error);

/// The production transport.
#[derive(Debug, Clone)]
pub struct Reqwest {
    client: reqwest::Client,
    largest_body: usize,
}

impl Reqwest {
    /// Sets up connections; none is made yet. Makes ring the process's crypto provider unless it has one.
    ///
    /// # Errors
    /// The system's root certificates cannot be read.
    pub fn new(limits: Limits, schemes: Schemes) -> Result<Self, SetupError> {
        // It fails only if the process has chosen one already, and that one is used then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(schemes == Schemes::Https)
            .build()
            .map_err(SetupError)?;
        Ok(Self {
            client,
            largest_body: limits.body,
        })
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let host = host(request.uri());
        let unreachable = |_| TransportError::Unreachable { host: host.clone() };
        let request = reqwest::Request::try_from(request).map_err(unreachable)?;
        let answer = self.client.execute(request).await;
        let mut answer = answer.map_err(|error| failed(&error, &host))?;
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        *response.body_mut() = self.body(answer, &host).await?;
        Ok(response)
    }

    async fn body(
        &self,
        mut answer: reqwest::Response,
        host: &str,
    ) -> Result<Bytes, TransportError> {
        let cap = self.largest_body;
        let mut body = BytesMut::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= cap => {
                    body.extend_from_slice(&chunk)
                }
                Ok(Some(_)) => return Err(TransportError::TooLarge { cap }),
                Ok(None) => return Ok(body.freeze()),
                Err(error) => return Err(failed(&error, host)),
            }
        }
    }
}

impl Transport for Reqwest {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        self.exchange(request).boxed()
    }
}

fn host(uri: &http::Uri) -> String {
    let host = uri.host().unwrap_or("no host");
    match uri.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// reqwest's own errors name the address, which may hold a token; none of that is kept.
fn failed(error: &reqwest::Error, host: &str) -> TransportError {
    if error.is_connect() || error.is_builder() {
        return TransportError::Unreachable {
            host: host.to_owned(),
        };
    }
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    TransportError::Interrupted
}
