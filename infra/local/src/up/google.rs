//! Whose calendars, and at which Google: those of a config file, or the samples in a simulated one.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use shared::google::Credentials;
use simulator::server::{self, Shared};
use simulator::{Knobs, Simulator};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::services::Services;
use super::{Options, UpError, file};
use crate::config::{self, Account, Config, Google, Place, User, hex};
use crate::demo::samples_at;
use crate::files;
use crate::host::Host;
use crate::simulate::utc;
use crate::stack::folder::write_private;
use crate::stack::{Stack, TABLE};

/// What the simulated Google remembers, in the data folder.
const MEMORY: &str = "google.json";
/// The config file that other commands can use meanwhile.
const CONFIG: &str = "up.toml";
/// What the sample's person is called.
const PERSON: &str = "ann";

/// Whose calendars.
pub(super) struct Whose {
    config: Config,
    simulated: Option<Simulated>,
}

struct Simulated {
    google: Shared,
    _served: JoinSet<()>,
}

/// Reads the config, or makes up one and the Google that goes with it.
pub(super) async fn find(options: &Options, host: &Host<'_>) -> Result<Whose, UpError> {
    if let Some(path) = &options.config {
        let config = config::load(path, &|name| host.variable(name))?;
        return Ok(Whose {
            config,
            simulated: None,
        });
    }
    let (fresh, logins) = samples_at(host.clock.now())?;
    let google = match file(options.data.as_deref(), MEMORY).filter(|path| path.exists()) {
        Some(path) => remembered(path)?,
        None => fresh,
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let google: Shared = Arc::new(std::sync::Mutex::new(google));
    let mut served = JoinSet::new();
    let (shared, clock) = (Arc::clone(&google), host.clock.clone());
    served.spawn(async move {
        let now: server::Clock = Arc::new(move || utc(clock.now()));
        if let Err(error) = server::serve(listener, shared, now, std::future::pending()).await {
            tracing::warn!(%error, "the simulated Google ended");
        }
    });
    Ok(Whose {
        config: made_up(&base, &logins),
        simulated: Some(Simulated {
            google,
            _served: served,
        }),
    })
}

/// What the last run left. It may have died before it saved what came last, so no sync token of then counts.
fn remembered(path: PathBuf) -> Result<Simulator, UpError> {
    let text = files::text(&path).map_err(config::ConfigError::from)?;
    let loaded = Simulator::load(&text, Knobs::default());
    let mut google = loaded.map_err(|_| UpError::Memory { path })?;
    for calendar in google.calendar_ids() {
        google.expire_sync_tokens(&calendar);
    }
    Ok(google)
}

fn made_up(base: &str, logins: &[(String, String)]) -> Config {
    let account = |(email, token): &(String, String)| Account {
        name: email.clone(),
        credentials: Credentials::AccessToken(SecretString::from(token.clone())),
        calendars: None,
    };
    Config {
        google: Google {
            api: format!("{base}/calendar/v3"),
            token: format!("{base}/token"),
        },
        // Not asked: the table is opened where `--data` says.
        place: Place::Folder(PathBuf::new()),
        key: None,
        alerts: None,
        users: vec![User {
            name: PERSON.to_owned(),
            accounts: logins.iter().map(account).collect(),
            rules: None,
        }],
    }
}

impl Whose {
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn is_simulated(&self) -> bool {
        self.simulated.is_some()
    }

    /// Leaves a config file in the data folder, with which other commands find the table, and Google if it is made up.
    pub(super) fn note(
        &self,
        data: Option<&Path>,
        stack: &Stack,
        services: &Services,
    ) -> Result<(), UpError> {
        match file(data, CONFIG) {
            Some(path) => Ok(write_private(&path, &self.text(stack, services))?),
            None => Ok(()),
        }
    }

    fn text(&self, stack: &Stack, services: &Services) -> String {
        let Google { api, token } = &self.config.google;
        let (endpoint, key) = (&services.dynamodb, hex(&stack.key().secret()));
        let users = self.config.users.iter().map(user).collect::<String>();
        format!(
            "# Written by `tidelock up`: for other commands, while it runs.\n\
             [google]\napi = \"{api}\"\ntoken = \"{token}\"\n\n\
             [store]\nendpoint = \"{endpoint}\"\ntable = \"{TABLE}\"\nkey = \"{key}\"\n{users}"
        )
    }

    /// Saves what the simulated Google remembers.
    pub(super) fn save(&self, data: Option<&Path>) -> Result<(), UpError> {
        let (Some(simulated), Some(path)) = (&self.simulated, file(data, MEMORY)) else {
            return Ok(());
        };
        let google = simulated
            .google
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(write_private(&path, &google.save())?)
    }
}

fn user(user: &User) -> String {
    let accounts = user.accounts.iter().map(account).collect::<String>();
    format!("\n[[user]]\nname = {}\n{accounts}", quoted(&user.name))
}

fn account(account: &Account) -> String {
    let mut text = format!("  [[user.account]]\n  name = {}\n", quoted(&account.name));
    let mut line = |name: &str, value: String| text.push_str(&format!("  {name} = {value}\n"));
    match &account.credentials {
        Credentials::AccessToken(token) => line("access_token", quoted(token.expose_secret())),
        Credentials::RefreshToken {
            refresh_token,
            client_id,
            client_secret,
        } => {
            line("refresh_token", quoted(refresh_token.expose_secret()));
            line("client_id", quoted(client_id));
            line("client_secret", quoted(client_secret.expose_secret()));
        }
    }
    if let Some(calendars) = &account.calendars {
        let names: Vec<String> = calendars.iter().map(|name| quoted(name)).collect();
        line("calendars", format!("[{}]", names.join(", ")));
    }
    text
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
