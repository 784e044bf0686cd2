//! The engine with a client for every account of the config, and what each person asks of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::engine::{Engine, Parts, Wish};
use shared::google::reqwest::{Limits, Reqwest, Schemes, SetupError};
use shared::google::transport::Transport;
use shared::google::{Client, Clock, Credentials, Group, Settings};
use shared::model::{AccountId, InstallKey, RuleSet, Sealer, UserId};
use shared::store::Store;

use crate::config::{self, Config, Google};
use crate::system::{self, NoRandomness};

/// The clients cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CrewError {
    /// The transport.
    #[error(transparent)]
    Http(#[from] SetupError),
    /// There is nothing to make seeds from.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// One person of the config.
#[derive(Debug)]
pub struct Person {
    /// What they are called in the config.
    pub name: String,
    /// Their id.
    pub id: UserId,
    /// The calendars that they ask for.
    pub wishes: Vec<Wish>,
    /// Their rules, as the config has them; none: those that are stored hold.
    pub rules: Option<RuleSet>,
    /// What their accounts are reached with.
    pub credentials: BTreeMap<AccountId, Credentials>,
}

/// The people of a config, as the engine knows them.
pub(super) fn people(config: &Config, key: &InstallKey) -> Vec<Person> {
    let person = |user: &config::User| Person {
        name: user.name.clone(),
        id: UserId::derive(key, &user.name),
        wishes: user
            .accounts
            .iter()
            .map(|account| Wish {
                account: id(user, account),
                calendars: account.calendars.clone(),
            })
            .collect(),
        rules: user.rules.clone(),
        credentials: user
            .accounts
            .iter()
            .map(|account| (id(user, account), account.credentials.clone()))
            .collect(),
    };
    config.users.iter().map(person).collect()
}

/// One engine for all accounts of the config.
pub(super) fn engine(
    config: &Config,
    store: Store,
    key: &InstallKey,
    group: &Group,
    clock: &Clock,
) -> Result<Engine, CrewError> {
    let transport: Arc<dyn Transport> = Arc::new(transport(&config.google)?);
    let settings = Settings {
        calendar_url: config.google.api.clone(),
        token_url: config.google.token.clone(),
        ..Settings::default()
    };
    let mut accounts = BTreeMap::new();
    for user in &config.users {
        for account in &user.accounts {
            let rng = fastrand::Rng::with_seed(system::seed()?);
            let client = Client::new(
                Arc::clone(&transport),
                account.credentials.clone(),
                &settings,
                group,
                clock.clone(),
                rng,
            );
            accounts.insert(id(user, account), client);
        }
    }
    Ok(Engine::new(Parts {
        store,
        crew: accounts.into(),
        sealer: Sealer::new(key.clone()),
        clock: clock.clone(),
        owner: format!("tidelock-{}", std::process::id()),
        seed: system::seed()?,
    }))
}

fn transport(google: &Google) -> Result<Reqwest, SetupError> {
    let schemes = match google.is_plain() {
        true => Schemes::HttpToo,
        false => Schemes::Https,
    };
    Reqwest::new(Limits::default(), schemes)
}

/// Accounts are named within their user; the slash is in no name.
fn id(user: &config::User, account: &config::Account) -> AccountId {
    AccountId(format!("{}/{}", user.name, account.name))
}
