//! How something is put between the SDK and the client that carries its requests.
//!
//! A layer sees every request on its way down and every response on its way up, over the embedded
//! engine and over a network client alike. Timeouts, pools and settings stay the inner client's job.

use std::fmt::Debug;
use std::future::Future;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

/// What a request passes on its way.
pub(crate) trait Layer: Clone + Debug + Send + Sync + 'static {
    /// Carries one request through this layer and `inner`.
    fn carry(
        self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, ConnectorError>> + Send;
}

/// Puts `layer` in front of `inner`.
pub(crate) fn layered<L: Layer>(inner: impl HttpClient + 'static, layer: L) -> SharedHttpClient {
    SharedHttpClient::new(LayeredClient {
        inner: SharedHttpClient::new(inner),
        layer,
    })
}

/// Puts `layer` in front of a service that needs no client around it.
pub(crate) fn layered_connector<L: Layer>(
    inner: SharedHttpConnector,
    layer: L,
) -> SharedHttpConnector {
    SharedHttpConnector::new(LayeredConnector { inner, layer })
}

#[derive(Debug)]
struct LayeredClient<L> {
    inner: SharedHttpClient,
    layer: L,
}

impl<L: Layer> HttpClient for LayeredClient<L> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(LayeredConnector {
            inner: self.inner.http_connector(settings, components),
            layer: self.layer.clone(),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.inner, components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.inner, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct LayeredConnector<L> {
    inner: SharedHttpConnector,
    layer: L,
}

impl<L: Layer> HttpConnector for LayeredConnector<L> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        HttpConnectorFuture::new(self.layer.clone().carry(inner, request))
    }
}
