//! A transport to the simulator that keeps every exchange.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use local::world::World;
use shared::google::transport::{Transport, TransportError};
use simulator::Outcome;

/// One request and what came back.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) request: Request<Bytes>,
    pub(super) response: Response<Bytes>,
}

/// Clones record into the same list.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    world: World,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    pub(super) fn over(world: &World) -> Self {
        Self {
            world: world.clone(),
            exchanges: Arc::default(),
        }
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

impl Transport for Recorder {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        async move {
            let outcome = self.world.google().handle(request.clone());
            let Outcome::Response(response) = outcome else {
                return Err(TransportError::Interrupted);
            };
            self.exchanges.lock().unwrap().push(Exchange {
                request,
                response: response.clone(),
            });
            Ok(response)
        }
        .boxed()
    }
}
