//! Secrets Manager inside the process: `GetSecretValue`, and nothing else of it.
//!
//! Protocol and errors are those of the API reference; they were not compared with AWS itself. Values never change, so each
//! has one version.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::Deserialize;
use serde_json::json;
use wire::Schedule;
use wire::faults::Service;

use crate::reply::{Protocol, Reply, operation};
use crate::site::Site;

/// The one version that every secret has.
const VERSION: &str = "00000000-0000-4000-8000-000000000001";

/// Secrets and their values. Clones are the same.
#[derive(Clone)]
pub struct Secrets {
    site: Site,
    values: Arc<BTreeMap<String, String>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.values.keys().collect();
        f.debug_tuple("Secrets").field(&names).finish()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
}

impl Secrets {
    /// Secrets by name.
    #[must_use]
    pub fn new(site: &Site, values: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            site: site.clone(),
            values: Arc::new(values.into_iter().collect()),
        }
    }

    /// What the SDK sends its requests with; each passes `schedule` first.
    #[must_use]
    pub fn behind(&self, schedule: &Schedule) -> SharedHttpClient {
        let connector = self.connector(schedule);
        http_client_fn(move |_, _| connector.clone())
    }

    /// The same for whoever serves it over HTTP.
    #[must_use]
    pub fn connector(&self, schedule: &Schedule) -> SharedHttpConnector {
        schedule.guard(Service::Secrets, SharedHttpConnector::new(self.clone()))
    }

    fn answer(&self, operation: &str, body: &[u8]) -> Reply {
        if operation != "GetSecretValue" {
            return refused("UnknownOperationException", "no such operation here");
        }
        let Ok(GetSecretValue { secret_id }) = serde_json::from_slice(body) else {
            return refused("InvalidParameterException", "SecretId is missing");
        };
        let is_meant = |name: &str| name == secret_id || self.site.secret_arn(name) == secret_id;
        let Some((name, value)) = self.values.iter().find(|(name, _)| is_meant(name)) else {
            let message = "Secrets Manager can't find the specified secret.";
            return refused("ResourceNotFoundException", message);
        };
        Reply::ok(json!({
            "ARN": self.site.secret_arn(name),
            "Name": name,
            "SecretString": value,
            "VersionId": VERSION,
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": 0.0,
        }))
    }
}

fn refused(kind: &str, message: &str) -> Reply {
    Reply {
        status: 400,
        body: json!({ "__type": kind, "message": message }),
        query_error: None,
    }
}

impl HttpConnector for Secrets {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = operation(request.headers().get("x-amz-target"));
        let reply = self.answer(target, request.body().bytes().unwrap_or_default());
        HttpConnectorFuture::ready(Ok(reply.into_response(Protocol::Json11)))
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;
    use crate::site::Site;

    fn secrets() -> Secrets {
        Secrets::new(&Site::default(), [("key".to_owned(), "beef".to_owned())])
    }

    #[test]
    fn a_secret_is_found_by_name_and_by_arn() {
        let arn = Site::default().secret_arn("key");
        for id in ["key", arn.as_str()] {
            let body = format!("{{\"SecretId\":\"{id}\"}}");
            let reply = secrets().answer("GetSecretValue", body.as_bytes());
            assert_eq!(reply.status, 200);
            assert_eq!(reply.body["SecretString"], "beef");
        }
    }

    #[test]
    fn what_is_not_there_is_said_so_and_values_stay_out_of_debug_output() {
        let reply = secrets().answer("GetSecretValue", b"{\"SecretId\":\"other\"}");
        assert_eq!(reply.body["__type"], "ResourceNotFoundException");
        assert_eq!(format!("{:?}", secrets()), "Secrets([\"key\"])");
    }
}
