//! Amazon SNS inside the process: the stock SDK's `Publish`, answered without a socket.
//!
//! It speaks the query protocol (a form in, XML out), knows its topics and keeps what was published. Constraints are those of
//! the API reference (`Publish`); they were not compared with AWS itself. It delivers nothing to anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;

use crate::exchange;
use crate::faults::{Passage, Schedule, Service, fail, pass};
use crate::layer::{Layer, layered};
use crate::lock::lock;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";
/// Characters of a subject: fewer than this (API reference, `Publish`).
const SUBJECT: usize = 100;
/// Bytes of a message (API reference, `Publish`).
const MESSAGE: usize = 256 * 1024;

/// A message as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The topic's ARN.
    pub topic: String,
    /// The subject, if there was one.
    pub subject: Option<String>,
    /// The message.
    pub message: String,
}

/// Topics and what was published to them. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Sns {
    topics: BTreeSet<String>,
    published: Arc<Mutex<Vec<Published>>>,
}

impl Sns {
    /// A service with these topics, by ARN.
    #[must_use]
    pub fn with(topics: &[&str]) -> Self {
        Self {
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            published: Arc::default(),
        }
    }

    /// What was published so far, in order.
    #[must_use]
    pub fn published(&self) -> Vec<Published> {
        lock(&self.published).clone()
    }

    /// What the SDK sends its requests with; each passes `schedule` first.
    #[must_use]
    pub fn behind(&self, schedule: &Schedule) -> SharedHttpClient {
        layered(self.clone(), Gated(schedule.clone()))
    }

    fn answer(&self, body: &[u8]) -> (u16, String) {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(body).into_owned().collect();
        match self.publish(&form) {
            Ok(number) => (200, done(number)),
            Err((status, code)) => (status, refused(code)),
        }
    }

    fn publish(&self, form: &BTreeMap<String, String>) -> Result<usize, (u16, &'static str)> {
        let field = |name: &str| form.get(name).cloned();
        if field("Action").as_deref() != Some("Publish") {
            return Err((400, "InvalidAction"));
        }
        let topic = field("TopicArn").ok_or((400, "InvalidParameter"))?;
        if !self.topics.contains(&topic) {
            return Err((404, "NotFound"));
        }
        let message = field("Message").unwrap_or_default();
        let subject = field("Subject");
        let fits = subject.as_deref().is_none_or(is_subject);
        if message.is_empty() || message.len() > MESSAGE || !fits {
            return Err((400, "InvalidParameter"));
        }
        let mut published = lock(&self.published);
        published.push(Published {
            topic,
            subject,
            message,
        });
        Ok(published.len())
    }
}

fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.chars().count() < SUBJECT && !text.chars().any(char::is_control)
}

fn done(number: usize) -> String {
    format!(
        "<PublishResponse xmlns=\"{NAMESPACE}\"><PublishResult><MessageId>00000000-0000-0000-0000-{number:012}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></PublishResponse>"
    )
}

fn refused(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{code}</Message>\
         </Error><RequestId>local</RequestId></ErrorResponse>"
    )
}

fn response(status: u16, body: String) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::new(status.into(), SdkBody::from(body));
    response.headers_mut().insert("content-type", "text/xml");
    response
}

impl HttpClient for Sns {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Sns {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sns = self.clone();
        HttpConnectorFuture::new(async move {
            let (status, body) = sns.answer(exchange::body(&request));
            Ok(response(status, body))
        })
    }
}

/// The schedule in front of it.
#[derive(Debug, Clone)]
struct Gated(Schedule);

impl Layer for Gated {
    async fn carry(
        self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let body = exchange::body(&request).to_vec();
        let passage = pass(
            &self.0,
            Service::Sns,
            "Publish".to_owned(),
            "/".to_owned(),
            &body,
            |_| inner.call(request),
        )
        .await;
        match passage {
            Passage::Answered(answer) => answer,
            Passage::Failed(failure) => fail(failure, "", &[], response).await,
        }
    }
}
