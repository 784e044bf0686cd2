//! The simulator as a transport, without a socket.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use shared::google::transport::{Transport, TransportError};
use simulator::{Outcome, Simulator};

use crate::lock::lock;

/// A shared simulator. Clones reach the same world.
///
/// A request takes effect when its future is first polled, whole or not at all.
#[derive(Clone)]
pub struct InProcess {
    simulator: Arc<Mutex<Simulator>>,
}

impl InProcess {
    /// A transport to `simulator`, which the caller keeps a handle to: to edit as a user would, and
    /// to look at. Let go of the lock before awaiting a request.
    #[must_use]
    pub fn new(simulator: Arc<Mutex<Simulator>>) -> Self {
        Self { simulator }
    }
}

impl Transport for InProcess {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        async move {
            match lock(&self.simulator).handle(request) {
                Outcome::Response(response) => Ok(response),
                Outcome::ConnectionLost => Err(TransportError::Interrupted),
            }
        }
        .boxed()
    }
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}
