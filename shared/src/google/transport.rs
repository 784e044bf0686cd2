//! The one seam below the Google client: a request goes out, a response comes back.
//!
//! Production sends through `reqwest`; everything else answers in process. What stands above this
//! trait (the client, its error classes, its budgets) is never replaced.

use bytes::Bytes;
use futures::future::BoxFuture;

/// Carries one HTTP exchange. An implementation adds no retry, no cache and no redirect.
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// Sends `request` and returns the whole response, body included.
    ///
    /// # Errors
    /// No response arrived; whether the request took effect is unknown unless the error says otherwise.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>;
}

/// Why no response arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The connection could not be made: the request had no effect.
    #[error("no connection to {host}")]
    Unreachable {
        /// Host and port that were tried.
        host: String,
    },
    /// The time limit passed; the request may have taken effect.
    #[error("no answer within the time limit")]
    Timeout,
    /// The connection broke before the whole response was there; the request may have taken effect.
    #[error("the connection broke before the whole answer arrived")]
    Interrupted,
    /// The response was larger than the cap.
    #[error("the answer is larger than {cap} bytes")]
    TooLarge {
        /// The cap, in bytes.
        cap: usize,
    },
}
