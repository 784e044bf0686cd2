//! The client over the network: AWS, or any server that speaks its protocol.

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::{ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::embedded::dummy_credentials;
use super::{Taps, settings};

/// Where the table is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// The server's URL; AWS's own for the region when left out.
    pub endpoint: Option<String>,
    /// The region; the SDK's default providers are asked when left out.
    pub region: Option<String>,
}

/// A client of `target`.
///
/// A plain `http://` endpoint needs no account: where the environment names no region or
/// credentials it gets made-up ones. Anything else takes both from the SDK's default providers.
pub async fn remote(target: &Remote, taps: &Taps) -> Client {
    match target.endpoint.as_deref() {
        Some(url) if url.starts_with("http://") => local_server(url, target, taps).await,
        _ => aws(target, taps).await,
    }
}

async fn local_server(url: &str, target: &Remote, taps: &Taps) -> Client {
    let config = settings(taps, plain_http())
        .region(local_region(target).await)
        .credentials_provider(local_credentials())
        .endpoint_url(url)
        .build();
    Client::from_conf(config)
}

/// What clients of services beside the table are made of.
pub(super) async fn config(target: &Remote) -> SdkConfig {
    let loaded = match target.endpoint.as_deref() {
        Some(url) if url.starts_with("http://") => loader(plain_http())
            .region(local_region(target).await)
            .credentials_provider(local_credentials())
            .endpoint_url(url),
        Some(url) => in_region(loader(tls_with_ring()), target).endpoint_url(url),
        None => in_region(loader(tls_with_ring()), target),
    };
    loaded.load().await
}

/// The region that a server on this machine is signed for.
async fn local_region(target: &Remote) -> Option<Region> {
    let region = RegionProviderChain::first_try(target.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(Region::from_static("us-east-1"));
    region.region().await
}

/// The environment's credentials, or made-up ones.
fn local_credentials() -> CredentialsProviderChain {
    CredentialsProviderChain::first_try(
        "environment",
        EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("dummy", dummy_credentials())
}

async fn aws(target: &Remote, taps: &Taps) -> Client {
    let http = tls_with_ring();
    let loaded = in_region(loader(http.clone()), target).load().await;
    let mut config = settings(taps, http).region(loaded.region().cloned());
    config.set_credentials_provider(loaded.credentials_provider());
    config.set_endpoint_url(
        target
            .endpoint
            .clone()
            .or_else(|| loaded.endpoint_url().map(str::to_owned)),
    );
    Client::from_conf(config.build())
}

/// What asks for credentials goes around the taps: it is no call of the store.
fn loader(http: SharedHttpClient) -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest()).http_client(http)
}

/// The region that is given, or the one that the loader finds by itself: asked for apart, its providers have no HTTP client.
fn in_region(loader: ConfigLoader, target: &Remote) -> ConfigLoader {
    match &target.region {
        Some(region) => loader.region(Region::new(region.clone())),
        None => loader,
    }
}

fn plain_http() -> SharedHttpClient {
    Builder::new().build_http()
}

fn tls_with_ring() -> SharedHttpClient {
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}
