//! What listens: table, queues and secrets, on ports of this machine that were free.

use aws::queues::{self, QueueUrls};
use aws::secrets::Secrets;
use aws::serve::serve;
use aws::site::Site;
use aws::sqs::Sqs;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wire::client::Taps;
use wire::{Clock, Schedule};

use super::UpError;
use crate::config::hex;
use crate::stack::Stack;
use crate::system;
/// The secret's name.
const SECRET: &str = "tidelock/install-key";

/// What listens, and what is behind it.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) site: Site,
    pub(super) sqs: Sqs,
    pub(super) urls: QueueUrls,
    /// The secret's ARN.
    pub(super) secret: String,
    /// Addresses.
    pub(super) dynamodb: String,
    pub(super) queues: String,
    pub(super) secrets: String,
    _served: JoinSet<()>,
}

impl Services {
    pub(super) async fn open(stack: &Stack) -> Result<Self, UpError> {
        let site = Site::default();
        let nothing = Schedule::none();
        let mut served = JoinSet::new();
        let (listener, queues) = listen().await?;
        let sqs = Sqs::new(&site, &queues, &Clock::system(), system::seed()?);
        spawn(&mut served, listener, sqs.connector(&nothing));
        let key = (SECRET.to_owned(), hex(&stack.key().secret()));
        let (listener, secrets) = listen().await?;
        let secret = Secrets::new(&site, [key]);
        spawn(&mut served, listener, secret.connector(&nothing));
        let (listener, dynamodb) = listen().await?;
        if let Some(table) = stack.table() {
            spawn(&mut served, listener, Taps::default().before(table));
        }
        let urls = queues::make(&sqs, &site).await?;
        Ok(Self {
            secret: site.secret_arn(SECRET),
            site,
            sqs,
            urls,
            dynamodb,
            queues,
            secrets,
            _served: served,
        })
    }
}

async fn listen() -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    Ok((listener, address))
}

fn spawn(served: &mut JoinSet<()>, listener: TcpListener, service: SharedHttpConnector) {
    served.spawn(async move {
        if let Err(error) = serve(listener, service, std::future::pending()).await {
            tracing::warn!(%error, "a service ended");
        }
    });
}
