//! The runtime API of one instance: where its process fetches invocations and hands in answers.
//!
//! Source: the developer guide of AWS Lambda, "Using the Lambda runtime API".

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use wire::Clock;

use super::InvokeError;
use crate::lock::lock;

/// Bytes of an answer (Lambda quotas: 6 MB for a synchronous invocation).
const LARGEST_ANSWER: usize = 6 * 1024 * 1024;

/// What the process is told of an invocation, and where its answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) event: Bytes,
    /// Told when the process has fetched it.
    pub(super) fetched: oneshot::Sender<()>,
    pub(super) answer: Answer,
}

type Answer = oneshot::Sender<Result<Bytes, InvokeError>>;

/// The API of one instance. It ends with this value.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) address: SocketAddr,
    jobs: mpsc::Sender<Job>,
    _served: JoinSet<()>,
}

/// What the instance belongs to.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) arn: String,
    pub(super) timeout: Duration,
    pub(super) clock: Clock,
}

#[derive(Debug)]
struct Counter {
    about: About,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Job>>,
    current: Mutex<Option<(String, Answer)>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Reported {
    error_type: String,
    error_message: String,
}

impl Desk {
    pub(super) async fn open(about: About) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (jobs, waiting) = mpsc::channel(1);
        let counter = Arc::new(Counter {
            about,
            waiting: tokio::sync::Mutex::new(waiting),
            current: Mutex::new(None),
        });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(counter);
        let mut served = JoinSet::new();
        served.spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::warn!(%error, "a runtime API ended");
            }
        });
        Ok(Self {
            address,
            jobs,
            _served: served,
        })
    }

    /// Lays out a job for the process to fetch.
    pub(super) async fn lay_out(&self, job: Job) {
        // The other end lives as long as this one; were it gone, the job's answer would say so.
        let _taken = self.jobs.send(job).await;
    }
}

async fn next(State(counter): State<Arc<Counter>>) -> Response {
    let job = counter.waiting.lock().await.recv().await;
    let Some(Job {
        id,
        event,
        fetched,
        answer,
    }) = job
    else {
        return status(StatusCode::GONE, "Gone", "the instance has ended");
    };
    let _waits = fetched.send(());
    let timeout = u64::try_from(counter.about.timeout.as_millis()).unwrap_or(u64::MAX);
    let deadline = counter.about.clock.now_millis().saturating_add(timeout);
    let headers = [
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            counter.about.arn.clone(),
        ),
        ("lambda-runtime-trace-id", trace(&id, deadline)),
        ("content-type", "application/json".to_owned()),
    ];
    *lock(&counter.current) = Some((id, answer));
    let mut response = Response::new(Body::from(event));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A trace that nobody samples.
fn trace(id: &str, deadline: u64) -> String {
    let hex: String = id
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(24)
        .collect();
    format!("Root=1-{:08x}-{hex};Sampled=0", deadline / 1000)
}

async fn response(
    State(counter): State<Arc<Counter>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    match to_bytes(request.into_body(), LARGEST_ANSWER).await {
        Ok(body) => counter.hand_in(&id, Ok(body)),
        Err(_) => {
            let failed = InvokeError::Failed {
                kind: "Function.ResponseSizeTooLarge".to_owned(),
                message: format!("Response payload size exceeded {LARGEST_ANSWER} bytes."),
            };
            counter.hand_in(&id, Err(failed));
            status(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "the answer is too large",
            )
        }
    }
}

async fn error(
    State(counter): State<Arc<Counter>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let failed = reported(request).await;
    counter.hand_in(&id, Err(failed))
}

async fn init_error(State(counter): State<Arc<Counter>>, request: Request) -> Response {
    let failed = reported(request).await;
    if let Ok(job) = counter.waiting.lock().await.try_recv() {
        let _waits = job.answer.send(Err(failed));
    }
    accepted()
}

async fn reported(request: Request) -> InvokeError {
    let named = request.headers().get("lambda-runtime-function-error-type");
    let named = named.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let body = to_bytes(request.into_body(), LARGEST_ANSWER)
        .await
        .unwrap_or_default();
    let Reported {
        error_type,
        error_message,
    } = serde_json::from_slice(&body).unwrap_or_default();
    InvokeError::Failed {
        kind: match error_type.is_empty() {
            true => named.unwrap_or_default(),
            false => error_type,
        },
        message: error_message,
    }
}

impl Counter {
    fn hand_in(&self, id: &str, outcome: Result<Bytes, InvokeError>) -> Response {
        let current = lock(&self.current).take_if(|(current, _)| current == id);
        match current {
            Some((_, answer)) => {
                // Whoever waited may have given up.
                let _waits = answer.send(outcome);
                accepted()
            }
            None => status(
                StatusCode::BAD_REQUEST,
                "InvalidRequestID",
                "Invalid request ID",
            ),
        }
    }
}

fn accepted() -> Response {
    let mut response = Response::new(Body::from(json!({ "status": "OK" }).to_string()));
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

fn status(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({ "errorType": kind, "errorMessage": message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
}
