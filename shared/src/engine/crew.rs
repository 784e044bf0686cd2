//! Who asks Google for which account: clients that were given, or made from the credentials that the table keeps.
//!
//! Rule: a client stays as long as its credentials, so that access tokens and budgets are kept from one invocation to the
//! next; other credentials make another client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::google::transport::Transport;
use crate::google::{Client, Clock, Group, Kept, Settings};
use crate::limits::CLIENTS_KEPT;
use crate::model::{AccountId, InstallKey, UserId, Vaulted};
use crate::store::Accounts;

/// The clients of one process. Clones are the same.
#[derive(Debug, Clone)]
pub struct Crew(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    members: Mutex<BTreeMap<AccountId, Member>>,
    hiring: Option<Hiring>,
}

#[derive(Debug, Clone)]
struct Member {
    client: Client,
    /// Whose it is, and what it was made of; none: it was given.
    kept: Option<(UserId, Vaulted, Kept)>,
}

/// What clients are made with.
#[derive(Debug)]
pub struct Hiring {
    /// What carries their requests.
    pub transport: Arc<dyn Transport>,
    /// Where Google is, and its limits.
    pub settings: Settings,
    /// What they share.
    pub group: Group,
    /// The present.
    pub clock: Clock,
    /// Opens the credentials.
    pub key: InstallKey,
    /// Waits between attempts come from here.
    pub seed: u64,
}

/// A refresh token that Google replaced: to be stored.
#[derive(Debug)]
pub(super) struct Rotated {
    pub(super) account: AccountId,
    pub(super) before: Vaulted,
    pub(super) after: Vaulted,
}

impl From<BTreeMap<AccountId, Client>> for Crew {
    fn from(clients: BTreeMap<AccountId, Client>) -> Self {
        let member = |client| Member { client, kept: None };
        Self(Arc::new(Inner {
            members: Mutex::new(
                clients
                    .into_iter()
                    .map(|(id, one)| (id, member(one)))
                    .collect(),
            ),
            hiring: None,
        }))
    }
}

impl Crew {
    /// A crew that is made up of what the table keeps.
    #[must_use]
    pub fn hiring(hiring: Hiring) -> Self {
        Self(Arc::new(Inner {
            members: Mutex::default(),
            hiring: Some(hiring),
        }))
    }

    /// The client of an account.
    pub(super) fn of(&self, account: &AccountId) -> Option<Client> {
        self.members()
            .get(account)
            .map(|member| member.client.clone())
    }

    /// Brings the clients of a user's accounts up to date with what the table keeps. Credentials that do not open are an
    /// account without credentials.
    pub(super) fn keep_up(&self, user: UserId, accounts: &Accounts) {
        let Some(hiring) = &self.0.hiring else {
            return;
        };
        let mut members = self.members();
        if members.len() > CLIENTS_KEPT {
            members.clear();
        }
        for (account, sealed) in accounts {
            let known = members.get(account).and_then(|member| member.kept.as_ref());
            if known.is_some_and(|(_, known, _)| known == sealed) {
                continue;
            }
            match Kept::open(&hiring.key, user, account, sealed) {
                Some(kept) => {
                    drop(members.insert(account.clone(), hiring.member(user, sealed, kept)))
                }
                None => {
                    tracing::warn!(%user, %account, "the account's credentials cannot be opened; connect it again");
                    members.remove(account);
                }
            }
        }
    }

    /// The tokens of a user's accounts that Google replaced since their clients were made.
    pub(super) fn rotated(&self, user: UserId) -> Vec<Rotated> {
        let Some(hiring) = &self.0.hiring else {
            return Vec::new();
        };
        let members = self.members();
        let rotated = members.iter().filter_map(|(account, member)| {
            let (owner, before, kept) = member.kept.as_ref()?;
            let token = member
                .client
                .rotated_refresh_token()
                .filter(|_| *owner == user)?;
            let after = kept.rotated(token).seal(&hiring.key, user, account);
            (after != *before).then(|| Rotated {
                account: account.clone(),
                before: before.clone(),
                after,
            })
        });
        rotated.collect()
    }

    /// The client that has the token goes on; it is what was stored.
    pub(super) fn stored(&self, rotated: &Rotated) {
        if let Some(Member {
            kept: Some(kept), ..
        }) = self.members().get_mut(&rotated.account)
        {
            kept.1 = rotated.after.clone();
        }
    }

    /// Its client is made anew, of what the table keeps by then.
    pub(super) fn forget(&self, account: &AccountId) {
        self.members().remove(account);
    }

    fn members(&self) -> MutexGuard<'_, BTreeMap<AccountId, Member>> {
        self.0
            .members
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hiring {
    fn member(&self, user: UserId, sealed: &Vaulted, kept: Kept) -> Member {
        let client = Client::new(
            Arc::clone(&self.transport),
            kept.current(),
            &self.settings,
            &self.group,
            self.clock.clone(),
            fastrand::Rng::with_seed(self.seed ^ user.spread()),
        );
        Member {
            client,
            kept: Some((user, sealed.clone(), kept)),
        }
    }
}
