//! The client of SQS, for whoever looks after the queues: AWS, or any server that speaks its protocol.

use aws_config::meta::region::RegionProviderChain;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Builder, Region};

use super::remote::{Remote, loader, local_credentials, local_region, plain_http, tls_with_ring};

/// A client of `target`'s queues. A plain `http://` endpoint needs no account, as for the table.
pub async fn queues(target: &Remote) -> Client {
    let config = match target.endpoint.as_deref() {
        Some(url) if url.starts_with("http://") => Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .http_client(plain_http())
            .region(local_region(target).await)
            .credentials_provider(local_credentials())
            .endpoint_url(url),
        _ => aws(target).await,
    };
    Client::from_conf(config.build())
}

async fn aws(target: &Remote) -> Builder {
    let region = RegionProviderChain::first_try(target.region.clone().map(Region::new))
        .or_default_provider();
    let loaded = loader(tls_with_ring()).region(region).load().await;
    let mut config = Builder::from(&loaded);
    if let Some(url) = &target.endpoint {
        config.set_endpoint_url(Some(url.clone()));
    }
    config
}
