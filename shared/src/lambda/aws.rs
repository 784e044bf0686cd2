//! The clients of AWS: built once, before the first event, over one connection pool.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use data_encoding::HEXLOWER_PERMISSIVE;

use super::metrics::Lines;
use super::system;
use crate::alerts;
use crate::google::Clock;
use crate::google::reqwest::SetupError;
use crate::model::{InstallKey, KeyCheck};
use crate::queue::{Queue, code};
use crate::store::{Store, StoreError};

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is nothing to make seeds from.
    #[error("the operating system gives no random numbers")]
    Random,
    /// The secret cannot be had.
    #[error(
        "the install key cannot be read ({code}); look at TIDELOCK_KEY_SECRET and at the function's role"
    )]
    Secret {
        /// The error's code.
        code: String,
    },
    /// The secret is none.
    #[error("the secret is no install key: 128 of the digits 0-9 and a-f")]
    Key,
    /// The table was made with another key.
    #[error("the table was made with another install key; give the function that one")]
    OtherKey,
    /// The table.
    #[error("the table")]
    Store(#[from] StoreError),
    /// Google's transport.
    #[error("the way to Google")]
    Http(#[from] SetupError),
}

/// Clients, and what is shared by all that is built with them.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The table's.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The queues'.
    pub sqs: aws_sdk_sqs::Client,
    /// The topic's.
    pub sns: aws_sdk_sns::Client,
    /// The install key's.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// The present.
    pub clock: Clock,
    /// Everything random comes from here.
    pub seed: u64,
    /// Where metrics go.
    pub lines: Lines,
}

impl Aws {
    /// As the process's environment says: region, credentials, and other endpoints than AWS's own, if it names any.
    ///
    /// # Errors
    /// There is nothing to make seeds from.
    pub async fn of_environment() -> Result<Self, StartError> {
        let http = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let config: SdkConfig = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .load()
            .await;
        Ok(Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            clock: system::clock(),
            seed: system::seed().map_err(|_| StartError::Random)?,
            lines: Lines::to_stdout(),
        })
    }

    /// The table of this name.
    #[must_use]
    pub fn store(&self, table: &str) -> Store {
        Store::new(self.dynamodb.clone(), table, self.seed)
    }

    /// The queue at this address.
    #[must_use]
    pub fn queue(&self, url: &str) -> Queue {
        Queue::new(&self.sqs, url)
    }

    /// The topic of this ARN.
    #[must_use]
    pub fn topic(&self, arn: &str) -> alerts::Sns {
        alerts::Sns::new(&self.sns, arn)
    }

    /// The install key, if the table was made with it.
    ///
    /// # Errors
    /// It cannot be had, is none, or is another than the table's.
    pub async fn install_key(&self, secret: &str, store: &Store) -> Result<InstallKey, StartError> {
        let request = self.secrets.get_secret_value().secret_id(secret).send();
        let answer = Box::pin(request)
            .await
            .map_err(|error| StartError::Secret { code: code(&error) })?;
        let digits = answer.secret_string().unwrap_or_default().trim();
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok();
        let bytes: Option<[u8; InstallKey::BYTES]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let key = InstallKey::new(bytes.ok_or(StartError::Key)?);
        match store.installed().await? {
            Some(there) if there.check != KeyCheck::of(&key) => Err(StartError::OtherKey),
            // Nobody is connected yet: there is nothing that another key could double.
            Some(_) | None => Ok(key),
        }
    }
}
