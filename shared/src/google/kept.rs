//! Credentials as they are kept in the table: sealed, with the refresh token that Google gave last.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::auth::Credentials;
use crate::model::{AccountId, InstallKey, UserId, Vault, Vaulted};

const PURPOSE: &str = "credentials";

/// One account's credentials: as a person gave them, and what Google put in place of the refresh token since.
#[derive(Debug, Clone)]
pub struct Kept {
    given: Credentials,
    rotated: Option<SecretString>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Plain {
    Access {
        token: String,
    },
    Refresh {
        token: String,
        client_id: String,
        client_secret: String,
        rotated: Option<String>,
    },
}

impl Kept {
    /// Credentials as a person gives them.
    #[must_use]
    pub fn given(credentials: Credentials) -> Self {
        Self {
            given: credentials,
            rotated: None,
        }
    }

    /// The same, once Google has put `token` in place of the refresh token.
    #[must_use]
    pub fn rotated(&self, token: SecretString) -> Self {
        Self {
            given: self.given.clone(),
            rotated: Some(token),
        }
    }

    /// Whether a person gave exactly these.
    #[must_use]
    pub fn was_given(&self, credentials: &Credentials) -> bool {
        let parts = |of: &Credentials| match of {
            Credentials::AccessToken(token) => [
                token.expose_secret().to_owned(),
                String::new(),
                String::new(),
            ],
            Credentials::RefreshToken {
                refresh_token,
                client_id,
                client_secret,
            } => [
                refresh_token.expose_secret().to_owned(),
                client_id.clone(),
                client_secret.expose_secret().to_owned(),
            ],
        };
        parts(&self.given) == parts(credentials)
    }

    /// What Google takes now.
    #[must_use]
    pub fn current(&self) -> Credentials {
        match (&self.given, &self.rotated) {
            (
                Credentials::RefreshToken {
                    client_id,
                    client_secret,
                    ..
                },
                Some(token),
            ) => Credentials::RefreshToken {
                refresh_token: token.clone(),
                client_id: client_id.clone(),
                client_secret: client_secret.clone(),
            },
            (given, _) => given.clone(),
        }
    }

    /// Seals them for the account.
    #[must_use]
    pub fn seal(&self, key: &InstallKey, user: UserId, account: &AccountId) -> Vaulted {
        let rotated = self.rotated.as_ref();
        let plain = match &self.given {
            Credentials::AccessToken(token) => Plain::Access {
                token: token.expose_secret().to_owned(),
            },
            Credentials::RefreshToken {
                refresh_token,
                client_id,
                client_secret,
            } => Plain::Refresh {
                token: refresh_token.expose_secret().to_owned(),
                client_id: client_id.clone(),
                client_secret: client_secret.expose_secret().to_owned(),
                rotated: rotated.map(|token| token.expose_secret().to_owned()),
            },
        };
        // Texts always have a JSON form.
        let plain = serde_json::to_vec(&plain).unwrap_or_default();
        let (user, account) = (user.to_string(), account.to_string());
        Vault::new(key, PURPOSE).seal(&[user.as_bytes(), account.as_bytes()], &plain)
    }

    /// Opens them; none: they were sealed for another account or with another install key, or are damaged.
    #[must_use]
    pub fn open(
        key: &InstallKey,
        user: UserId,
        account: &AccountId,
        sealed: &Vaulted,
    ) -> Option<Self> {
        let (user, name) = (user.to_string(), account.to_string());
        let vault = Vault::new(key, PURPOSE);
        let plain = vault.open(&[user.as_bytes(), name.as_bytes()], sealed)?;
        Some(match serde_json::from_slice(&plain).ok()? {
            Plain::Access { token } => Self::given(Credentials::AccessToken(token.into())),
            Plain::Refresh {
                token,
                client_id,
                client_secret,
                rotated,
            } => Self {
                given: Credentials::RefreshToken {
                    refresh_token: token.into(),
                    client_id,
                    client_secret: client_secret.into(),
                },
                rotated: rotated.map(SecretString::from),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refresh(token: &str) -> Credentials {
        Credentials::RefreshToken {
            refresh_token: token.into(),
            client_id: "client".to_owned(),
            client_secret: "hush".into(),
        }
    }

    fn token_of(credentials: &Credentials) -> &str {
        match credentials {
            Credentials::AccessToken(token) => token.expose_secret(),
            Credentials::RefreshToken { refresh_token, .. } => refresh_token.expose_secret(),
        }
    }

    #[test]
    fn credentials_read_back_for_their_account_only() {
        let key = InstallKey::new([3; InstallKey::BYTES]);
        let user = UserId::derive(&key, "ann");
        let (work, home) = (AccountId("ann/work".into()), AccountId("ann/home".into()));
        for given in [refresh("first"), Credentials::AccessToken("fixed".into())] {
            let sealed = Kept::given(given.clone()).seal(&key, user, &work);
            let opened = Kept::open(&key, user, &work, &sealed).unwrap();
            assert!(opened.was_given(&given));
            assert!(!opened.was_given(&refresh("other")));
            assert!(Kept::open(&key, user, &home, &sealed).is_none());
        }
    }

    #[test]
    fn the_token_that_google_gave_last_counts_and_what_was_given_is_known_still() {
        let key = InstallKey::new([3; InstallKey::BYTES]);
        let (user, work) = (UserId::derive(&key, "ann"), AccountId("ann/work".into()));
        let kept = Kept::given(refresh("first")).rotated("second".into());
        let opened = Kept::open(&key, user, &work, &kept.seal(&key, user, &work)).unwrap();
        assert_eq!(token_of(&opened.current()), "second");
        assert!(opened.was_given(&refresh("first")));
    }
}
