//! The schedule between the SDK and its client.

use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::{Edit, Failure, Passage, Schedule, Service, batch, pass};
use crate::answer::Answer;
use crate::exchange;
use crate::layer::{Layer, layered};

/// Longer than any time limit a caller may set: the caller's own limit ends the wait.
const SILENCE: Duration = Duration::from_secs(3600);

impl Schedule {
    /// Takes every request through this schedule before `inner`.
    pub fn wrap(&self, inner: impl HttpClient + 'static) -> SharedHttpClient {
        layered(inner, self.clone())
    }
}

impl Layer for Schedule {
    async fn carry(
        self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let operation = exchange::operation(&request).to_owned();
        // Kept for the failures whose form depends on what was asked.
        let body = exchange::body(&request).to_vec();
        let passage = pass(
            &self,
            Service::DynamoDb,
            operation.clone(),
            "/".to_owned(),
            &body,
            |edit| send(inner, request, operation.clone(), edit),
        )
        .await;
        match passage {
            Passage::Answered(answer) => answer,
            Passage::Failed(failure) => {
                fail(failure, &operation, &body, |status, body| {
                    Answer { status, body }.into_response()
                })
                .await
            }
        }
    }
}

async fn send(
    inner: SharedHttpConnector,
    request: HttpRequest,
    operation: String,
    edit: Option<Edit>,
) -> Result<HttpResponse, ConnectorError> {
    match edit {
        Some(edit) => batch::send_edited(&inner, request, &operation, edit).await,
        None => inner.call(request).await,
    }
}

/// What a failed call looks like to its client; `respond` makes a response of a status and a body.
pub(crate) async fn fail(
    failure: Failure,
    operation: &str,
    body: &[u8],
    respond: impl FnOnce(u16, String) -> HttpResponse,
) -> Result<HttpResponse, ConnectorError> {
    match failure {
        Failure::Refused => Err(broken(io::ErrorKind::ConnectionRefused).never_connected()),
        Failure::Interrupted => Err(broken(io::ErrorKind::ConnectionReset)),
        Failure::Timeout => {
            tokio::time::sleep(SILENCE).await;
            Err(ConnectorError::timeout(
                io::Error::from(io::ErrorKind::TimedOut).into(),
            ))
        }
        Failure::Dynamo(failure) => {
            let answer = failure.answer(operation, body);
            Ok(respond(answer.status, answer.body))
        }
        Failure::Answer { status, body } => Ok(respond(status, body)),
    }
}

fn broken(kind: io::ErrorKind) -> ConnectorError {
    ConnectorError::io(io::Error::from(kind).into())
}
