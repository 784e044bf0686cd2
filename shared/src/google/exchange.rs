//! One call from start to end: gate, budget, token, send, class, retry.
//!
//! Everything that holds for every call stands here once. What is asked, and what the answer means, is the
//! client's business.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, IF_MATCH, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use secrecy::ExposeSecret;

use super::auth::{Access, Auth, Wire};
use super::body::{self, BadBody};
use super::budget::Budget;
use super::call::Call;
use super::classify::{classify, unavailable};
use super::clock::Clock;
use super::error::{Cause, Class, Effect, Error};
use super::grant::NotGranted;
use super::group::Group;
use super::path::Path;
use super::reason::{Reason, Refusal};
use super::retry::{Backoff, retry_after};
use super::transport::{Transport, TransportError};

/// Google packs answers only for a user agent that says gzip (guide "Improve performance").
const AGENT: &str = concat!("tidelock/", env!("CARGO_PKG_VERSION"), " (gzip)");

/// What is to be sent, without address and token.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) call: Call,
    pub(super) method: Method,
    pub(super) path: Path,
    pub(super) if_match: Option<String>,
    pub(super) body: Option<Bytes>,
}

impl Outgoing {
    pub(super) fn get(call: Call, path: Path) -> Self {
        Self {
            call,
            method: Method::GET,
            path,
            if_match: None,
            body: None,
        }
    }

    fn request(&self, base: &str, access: &Access) -> Option<Request<Bytes>> {
        let bearer = format!("Bearer {}", access.token.expose_secret());
        let mut bearer = HeaderValue::try_from(bearer).ok()?;
        bearer.set_sensitive(true);
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("{base}{}", self.path.as_str()))
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "gzip")
            .header(USER_AGENT, AGENT);
        if let Some(etag) = &self.if_match {
            request = request.header(IF_MATCH, etag);
        }
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(self.body.clone().unwrap_or_default()).ok()
    }
}

/// Sends the calls of one account.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) base: String,
    pub(super) auth: Auth,
    pub(super) budget: Budget,
    pub(super) backoff: Backoff,
    pub(super) group: Group,
    pub(super) clock: Clock,
}

impl Exchange {
    /// Sends until there is an answer, a failure that does not pass, or the attempts are used up. The
    /// answer is one of success.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Response<Bytes>, Error> {
        let _gate = match &outgoing.call.calendar {
            Some(calendar) if outgoing.call.operation.is_write() => {
                Some(self.group.gates.enter(calendar).await)
            }
            Some(_) | None => None,
        };
        let mut attempt = 1;
        loop {
            let error = match self.once(outgoing).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(wait) = self.wait(attempt, error.class()) else {
                return Err(error);
            };
            let operation = outgoing.call.operation.name();
            tracing::debug!(operation, attempt, ?wait, class = %error.class(), "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    fn wait(&self, attempt: u32, class: Class) -> Option<std::time::Duration> {
        if !class.is_passing() {
            return None;
        }
        self.backoff.wait(attempt, class.retry_after())
    }

    /// One attempt. A refused token is replaced once.
    async fn once(&self, outgoing: &Outgoing) -> Result<Response<Bytes>, Error> {
        let failed = |not: NotGranted| Error::new(&outgoing.call, not.class, not.cause);
        let access = self.auth.access(&self.wire()).await.map_err(failed)?;
        let response = self.sent(outgoing, &access).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return self.judged(&outgoing.call, response);
        }
        let access = self
            .auth
            .renewed(&access, &self.wire())
            .await
            .map_err(failed)?;
        let response = self.sent(outgoing, &access).await?;
        self.judged(&outgoing.call, response)
    }

    fn wire(&self) -> Wire<'_> {
        Wire {
            transport: self.transport.as_ref(),
            meter: &self.group.meter,
        }
    }

    async fn sent(&self, outgoing: &Outgoing, access: &Access) -> Result<Response<Bytes>, Error> {
        let call = &outgoing.call;
        let request = outgoing.request(&self.base, access).ok_or_else(|| {
            let what = "the address, the token or the etag";
            Error::new(call, Class::Config, Cause::Unsendable { what })
        })?;
        self.budget.take().await;
        self.group.meter.count(call.operation.name(), 1);
        let sent = self.transport.send(request).await;
        sent.map_err(|error| unanswered(call, error))
    }

    fn judged(&self, call: &Call, response: Response<Bytes>) -> Result<Response<Bytes>, Error> {
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let refusal = match body::unpack(&response) {
            Ok(text) => Refusal::read(&text),
            Err(_) => Refusal::read(&[]),
        };
        let asked = retry_after(response.headers(), self.clock.now());
        let class = classify(call.operation, status, &refusal, asked);
        let reason: Reason = refusal.reason;
        Err(Error::new(call, class, Cause::Answer { status, reason }))
    }
}

fn unanswered(call: &Call, error: TransportError) -> Error {
    let class = match &error {
        TransportError::Unreachable { .. } => Class::Unavailable {
            effect: Effect::Nothing,
            retry_after: None,
        },
        TransportError::Timeout | TransportError::Interrupted => unavailable(call.operation, None),
        TransportError::TooLarge { cap } => {
            return Error::body(call, BadBody::TooLarge { cap: *cap });
        }
    };
    Error::new(call, class, Cause::Transport(error))
}
