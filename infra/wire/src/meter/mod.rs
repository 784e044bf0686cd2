//! Counting of requests and capacity units, as the service reports them.
//!
//! Counts a request when it is sent, whatever becomes of it, and capacity only where a response
//! reports it: ask for `ReturnConsumedCapacity = TOTAL`. AWS also charges for refused conditional
//! writes and does not report them; neither does this.

mod capacity;
mod usage;

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::exchange;
use crate::layer::{Layer, layered};
use crate::lock::lock;

pub use usage::Usage;

/// A shared counter. Clones count into the same total.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    usage: Arc<Mutex<Usage>>,
}

impl Meter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything counted so far. Take one before and one after, and subtract with [`Usage::since`].
    #[must_use]
    pub fn usage(&self) -> Usage {
        lock(&self.usage).clone()
    }

    /// Counts whatever passes through `inner`.
    pub fn wrap(&self, inner: impl HttpClient + 'static) -> SharedHttpClient {
        layered(inner, self.clone())
    }
}

impl Layer for Meter {
    async fn carry(
        self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let operation = exchange::operation(&request).to_owned();
        lock(&self.usage).count_request(&operation);
        let mut response = inner.call(request).await?;
        exchange::settle(&mut response).await?;
        let body = response.body().bytes().unwrap_or_default();
        let consumed = capacity::consumed(&operation, body);
        lock(&self.usage).count_capacity(consumed);
        Ok(response)
    }
}
