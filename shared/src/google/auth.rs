//! One account's access token: where it comes from, how long it is kept, and when to stop asking.
//!
//! Keeps these: at most one refresh at a time; a token that another call has just replaced is not replaced
//! again; a refresh token that was refused is never sent again. It stores nothing; a refresh token that
//! Google replaced is handed to whoever asks.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::clock::Clock;
use super::error::{AccountDenial, Cause, Class, Effect};
use super::grant::{self, Granted, NotGranted};
use super::meter::Meter;
use super::retry::retry_after;
use super::transport::{Transport, TransportError};

/// An access token is not used in the last part of its life.
const MARGIN: Duration = Duration::from_secs(60);

/// What an account is reached with. Nothing of it is ever printed.
#[derive(Clone)]
pub enum Credentials {
    /// An access token that is used until it is refused.
    AccessToken(SecretString),
    /// A refresh token, and the OAuth client that it was given to.
    RefreshToken {
        /// The user's refresh token.
        refresh_token: SecretString,
        /// The OAuth client's id.
        client_id: String,
        /// The OAuth client's secret.
        client_secret: SecretString,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken(_) => "Credentials(access token)",
            Self::RefreshToken { .. } => "Credentials(refresh token)",
        })
    }
}

/// A usable access token. `serial` tells it from the ones before and after it.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) token: SecretString,
    serial: u64,
}

#[derive(Debug, Default)]
struct State {
    current: Option<(Access, Timestamp)>,
    serial: u64,
    revoked: bool,
}

/// The source of access tokens of one account.
#[derive(Debug)]
pub(super) struct Auth {
    credentials: Credentials,
    token_url: String,
    clock: Clock,
    state: tokio::sync::Mutex<State>,
    rotated: Mutex<Option<SecretString>>,
}

impl Auth {
    pub(super) fn new(credentials: Credentials, token_url: String, clock: Clock) -> Self {
        Self {
            credentials,
            token_url,
            clock,
            state: tokio::sync::Mutex::default(),
            rotated: Mutex::default(),
        }
    }

    /// The refresh token that Google gave in place of the configured one, if it did.
    pub(super) fn rotated(&self) -> Option<SecretString> {
        self.rotated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A token that should be good: the cached one, or a fresh one.
    pub(super) async fn access(&self, wire: &Wire<'_>) -> Result<Access, NotGranted> {
        self.access_after(0, wire).await
    }

    /// A token in place of one that was refused. A configured access token is all there is.
    pub(super) async fn renewed(
        &self,
        refused: &Access,
        wire: &Wire<'_>,
    ) -> Result<Access, NotGranted> {
        self.access_after(refused.serial, wire).await
    }

    async fn access_after(&self, refused: u64, wire: &Wire<'_>) -> Result<Access, NotGranted> {
        let Credentials::RefreshToken { .. } = &self.credentials else {
            return self.fixed();
        };
        let mut state = self.state.lock().await;
        if state.revoked {
            return Err(revoked());
        }
        let now = self.clock.now();
        let good = |(access, until): &&(Access, Timestamp)| access.serial > refused && now < *until;
        if let Some((access, _)) = state.current.as_ref().filter(good) {
            return Ok(access.clone());
        }
        let granted = self.refresh(wire).await;
        self.settle(&mut state, now, granted)
    }

    fn fixed(&self) -> Result<Access, NotGranted> {
        match &self.credentials {
            Credentials::AccessToken(token) => Ok(Access {
                token: token.clone(),
                serial: 0,
            }),
            Credentials::RefreshToken { .. } => Err(revoked()),
        }
    }

    async fn refresh(&self, wire: &Wire<'_>) -> Result<Granted, NotGranted> {
        let Credentials::RefreshToken {
            refresh_token,
            client_id,
            client_secret,
        } = &self.credentials
        else {
            return Err(revoked());
        };
        let newest = self.rotated();
        let refresh_token = newest.as_ref().unwrap_or(refresh_token);
        let request = grant::request(&self.token_url, client_id, client_secret, refresh_token);
        let request = request.ok_or(NotGranted {
            class: Class::Config,
            cause: Cause::Unsendable {
                what: "the token endpoint's address",
            },
        })?;
        wire.meter.count("oauth.token", 0);
        let response = wire.transport.send(request).await.map_err(unanswered)?;
        grant::read(&response, retry_after(response.headers(), self.clock.now()))
    }

    fn settle(
        &self,
        state: &mut State,
        asked_at: Timestamp,
        granted: Result<Granted, NotGranted>,
    ) -> Result<Access, NotGranted> {
        let granted = granted.inspect_err(|not| {
            state.revoked = not.class == Class::AccountDenied(AccountDenial::NeedsReauth);
        })?;
        if let Some(new) = granted.refresh_token {
            *self.rotated.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
        }
        state.serial += 1;
        let access = Access {
            token: granted.access_token,
            serial: state.serial,
        };
        let lasts = granted.lasts.saturating_sub(MARGIN);
        let until = asked_at.checked_add(lasts).unwrap_or(Timestamp::MAX);
        state.current = Some((access.clone(), until));
        Ok(access)
    }
}

/// What a refresh is sent over and counted on.
pub(super) struct Wire<'a> {
    pub(super) transport: &'a dyn Transport,
    pub(super) meter: &'a Meter,
}

fn revoked() -> NotGranted {
    NotGranted {
        class: Class::AccountDenied(AccountDenial::NeedsReauth),
        cause: Cause::Revoked,
    }
}

/// A refresh without an answer changed no calendar.
fn unanswered(error: TransportError) -> NotGranted {
    let class = match &error {
        TransportError::TooLarge { .. } => Class::Malformed,
        TransportError::Unreachable { .. }
        | TransportError::Timeout
        | TransportError::Interrupted => Class::Unavailable {
            effect: Effect::Nothing,
            retry_after: None,
        },
    };
    NotGranted {
        class,
        cause: Cause::Transport(error),
    }
}
