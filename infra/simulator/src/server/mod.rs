//! A shared simulator over real HTTP, for clients in other processes; delivers push notifications too.
//!
//! The only part with sockets. The clock stays the caller's: `now` is asked before every request and every tick.

mod deliver;

use std::{
    future::Future,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream;
use http::StatusCode;
use tokio::{net::TcpListener, sync::mpsc, time};

use crate::{Notification, Outcome, Simulator, server::deliver::Courier};

/// Largest request body taken.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// How often delayed and retried notifications are looked at.
const TICK: Duration = Duration::from_millis(100);

/// A simulator that several tasks use.
pub type Shared = Arc<Mutex<Simulator>>;

/// The caller's clock.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

#[derive(Clone)]
struct Context {
    simulator: Shared,
    now: Clock,
    courier: Courier,
    outgoing: mpsc::UnboundedSender<Notification>,
}

/// Serves until `shutdown` ends; then finishes open requests and stops delivering.
///
/// # Errors
/// The listener fails, or no HTTP client for notifications can be made.
pub async fn serve(
    listener: TcpListener,
    simulator: Shared,
    now: Clock,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let courier = Courier::new().map_err(io::Error::other)?;
    let (outgoing, waiting) = mpsc::unbounded_channel();
    let context = Context {
        simulator,
        now,
        courier,
        outgoing,
    };
    let deliveries = tokio::spawn(deliver::run(
        context.courier.clone(),
        context.simulator.clone(),
        waiting,
    ));
    let ticks = tokio::spawn(tick(context.clone()));
    let app = Router::new().fallback(answer).with_state(context);
    let served = axum::serve(listener, app)
        .with_graceful_shutdown(shutdown)
        .await;
    ticks.abort();
    deliveries.abort();
    served
}

/// The simulator, also after a panic elsewhere.
pub(crate) fn lock(simulator: &Shared) -> MutexGuard<'_, Simulator> {
    simulator.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn tick(context: Context) {
    let mut ticks = time::interval(TICK);
    loop {
        ticks.tick().await;
        let due = {
            let mut simulator = lock(&context.simulator);
            simulator.set_now((context.now)());
            simulator.take_notifications()
        };
        context.send(due);
    }
}

impl Context {
    fn send(&self, messages: Vec<Notification>) {
        for message in messages {
            if self.outgoing.send(message).is_err() {
                tracing::warn!("a notification was dropped: the deliverer has stopped");
            }
        }
    }
}

async fn answer(State(context): State<Context>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let (outcome, due, wait) = {
        let mut simulator = lock(&context.simulator);
        simulator.set_now((context.now)());
        let outcome = simulator.handle(http::Request::from_parts(head, body));
        let wait = simulator.knobs().push.sync_before_response;
        (outcome, simulator.take_notifications(), wait)
    };
    if wait {
        for message in due {
            context.courier.deliver(&context.simulator, message).await;
        }
    } else {
        context.send(due);
    }
    match outcome {
        Outcome::Response(response) => response.map(Body::from),
        Outcome::ConnectionLost => broken(),
    }
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body that fails at once, so that the connection is torn down under the client.
fn broken() -> Response {
    let lost =
        stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    plain(StatusCode::OK).map(|_| Body::from_stream(lost))
}

#[cfg(test)]
mod tests;
