//! The schedule in front of a service that speaks AWS's JSON protocols, whichever one it is.

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::{Passage, Schedule, Service, fail, pass};
use crate::answer::Answer;
use crate::exchange;
use crate::layer::{Layer, layered_connector};

impl Schedule {
    /// Takes every request through this schedule before `inner`, as a call of `service`.
    ///
    /// Verdicts that only DynamoDB has let the call pass.
    #[must_use]
    pub fn guard(&self, service: Service, inner: SharedHttpConnector) -> SharedHttpConnector {
        let schedule = self.clone();
        layered_connector(inner, Guard { service, schedule })
    }
}

#[derive(Debug, Clone)]
struct Guard {
    service: Service,
    schedule: Schedule,
}

impl Layer for Guard {
    async fn carry(
        self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let operation = exchange::any_operation(&request).to_owned();
        let body = exchange::body(&request).to_vec();
        let passage = pass(
            &self.schedule,
            self.service,
            operation.clone(),
            "/".to_owned(),
            &body,
            |_| inner.call(request),
        )
        .await;
        match passage {
            Passage::Answered(answer) => answer,
            Passage::Failed(failure) => {
                let respond = |status, body| Answer { status, body }.into_response();
                fail(failure, &operation, &body, respond).await
            }
        }
    }
}
