//! A schedule of faults over a transport to Google.

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode};
use shared::google::transport::{Transport, TransportError};

use super::operation;
use crate::faults::{Failure, Passage, Schedule, Service, pass};

/// What a caller waits for an answer that never comes, unless told otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A transport whose every request passes a [`Schedule`].
///
/// A failure that only DynamoDB has arrives as the status and body that DynamoDB would send.
#[derive(Debug, Clone)]
pub struct Faulty<T> {
    inner: T,
    schedule: Schedule,
    time_limit: Duration,
}

impl<T: Transport> Faulty<T> {
    /// Puts `schedule` in front of `inner`.
    #[must_use]
    pub fn new(inner: T, schedule: &Schedule) -> Self {
        Self {
            inner,
            schedule: schedule.clone(),
            time_limit: TIME_LIMIT,
        }
    }

    /// How long a [`Failure::Timeout`] takes, by tokio's clock. 30 seconds unless set.
    #[must_use]
    pub fn with_time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    async fn carry(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().authority().map(ToString::to_string);
        let operation = operation(request.method(), request.uri().path());
        let target = request.uri().path_and_query().map(ToString::to_string);
        let body = request.body().clone();
        let passage = pass(
            &self.schedule,
            Service::Google,
            operation,
            target.unwrap_or_default(),
            &body,
            |_| self.inner.send(request),
        )
        .await;
        match passage {
            Passage::Answered(answer) => answer,
            Passage::Failed(failure) => self.fail(failure, host.unwrap_or_default()).await,
        }
    }

    async fn fail(
        &self,
        failure: Failure,
        host: String,
    ) -> Result<Response<Bytes>, TransportError> {
        match failure {
            Failure::Refused => Err(TransportError::Unreachable { host }),
            Failure::Interrupted => Err(TransportError::Interrupted),
            Failure::Timeout => {
                tokio::time::sleep(self.time_limit).await;
                Err(TransportError::Timeout)
            }
            Failure::Dynamo(failure) => {
                let answer = failure.answer("", &[]);
                Ok(json(answer.status, answer.body))
            }
            Failure::Answer { status, body } => Ok(json(status, body)),
        }
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.carry(request).boxed()
    }
}

fn json(status: u16, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=UTF-8"),
    );
    response
}
