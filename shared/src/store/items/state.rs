//! A calendar's state.

use serde::{Deserialize, Serialize};

use super::instant::Instant;
use super::{Item, key_of, read, write};
use crate::model::{
    AccountId, CommitId, Epoch, Failing, FullReadReason, GoogleCalendarId, Held, JournalPointer,
    Lease, Needs, State, SyncToken,
};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::state;

#[derive(Serialize, Deserialize)]
struct Body {
    google: GoogleCalendarId,
    account: AccountId,
    epoch: Epoch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<StoredLease>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<SyncToken>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_synced_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<CommitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal: Option<JournalPointer>,
    unpushed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    push_after: Option<Instant>,
    mirrored: u64,
    config_version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    full_read: Option<FullRead>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing: Option<Failing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<Held>,
    #[serde(default, skip_serializing_if = "is_nothing")]
    needs: Needs,
}

fn is_nothing(needs: &Needs) -> bool {
    *needs == Needs::NOTHING
}

/// A lease; `until` is compared by the table, so it has a form that sorts.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredLease {
    owner: String,
    since: Instant,
    until: Instant,
}

#[derive(Serialize, Deserialize)]
struct FullRead {
    reason: FullReadReason,
    at: Instant,
}

impl From<&Lease> for StoredLease {
    fn from(lease: &Lease) -> Self {
        Self {
            owner: lease.owner.clone(),
            since: Instant(lease.since),
            until: Instant(lease.until),
        }
    }
}

impl From<StoredLease> for Lease {
    fn from(lease: StoredLease) -> Self {
        Self {
            owner: lease.owner,
            since: lease.since.0,
            until: lease.until.0,
        }
    }
}

impl From<&State> for Body {
    fn from(state: &State) -> Self {
        Self {
            google: state.google.clone(),
            account: state.account.clone(),
            epoch: state.epoch,
            lease: state.lease.as_ref().map(StoredLease::from),
            token: state.token.clone(),
            last_synced_at: state.last_synced_at.map(Instant),
            commit: state.commit.clone(),
            journal: state.journal.clone(),
            unpushed: state.unpushed,
            push_after: state.push_after.map(Instant),
            mirrored: state.mirrored,
            config_version: state.config_version,
            full_read: state.full_read.map(|(reason, at)| FullRead {
                reason,
                at: Instant(at),
            }),
            failing: state.failing.clone(),
            held: state.held.clone(),
            needs: state.needs.clone(),
        }
    }
}

/// The stored form.
pub(in crate::store) fn encode(state: &State) -> Result<Item, StoreError> {
    write(&state::key(state.calendar), &Body::from(state))
}

/// The state of an item. Its user is the one whom the calendar's id names.
pub(in crate::store) fn decode(item: Item) -> Result<State, StoreError> {
    let key = key_of(&item);
    let calendar = state::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a state"))?;
    let body: Body = read(&key, item)?;
    Ok(State {
        epoch: body.epoch,
        lease: body.lease.map(Lease::from),
        token: body.token,
        last_synced_at: body.last_synced_at.map(|at| at.0),
        commit: body.commit,
        journal: body.journal,
        unpushed: body.unpushed,
        push_after: body.push_after.map(|at| at.0),
        mirrored: body.mirrored,
        config_version: body.config_version,
        full_read: body.full_read.map(|read| (read.reason, read.at.0)),
        failing: body.failing,
        held: body.held,
        needs: body.needs,
        ..State::new(calendar, body.google, body.account)
    })
}

#[cfg(test)]
mod tests {
    use super::super::size;
    use super::*;
    use crate::model::FailureClass;
    use crate::store::keys::samples::calendar;
    use jiff::Timestamp;

    fn bare() -> State {
        let google = GoogleCalendarId::parse("ann@example.com").unwrap();
        State::new(calendar(), google, AccountId("work".into()))
    }

    fn full() -> State {
        let at = |nano| Timestamp::new(1_767_604_200, nano).unwrap();
        let commit = CommitId::new(Epoch(7), 9);
        State {
            epoch: Epoch(7),
            lease: Some(Lease {
                owner: "worker 1".into(),
                since: at(0),
                until: at(1),
            }),
            token: Some(SyncToken::parse("C".repeat(60)).unwrap()),
            last_synced_at: Some(at(999_999_999)),
            commit: Some(commit.clone()),
            journal: Some(JournalPointer {
                commit,
                chunks: 3,
                digest: "d".repeat(64),
            }),
            unpushed: true,
            push_after: Some(at(5)),
            mirrored: 10_000,
            config_version: 4,
            full_read: Some((FullReadReason::Brake, at(6))),
            failing: Some(Failing {
                since: at(7),
                count: 2,
                class: FailureClass::Later,
                error: "no answer".into(),
                account: Some(AccountId("ann/work".into())),
            }),
            ..bare()
        }
    }

    #[test]
    fn states_read_back_to_the_nanosecond() {
        for state in [bare(), full()] {
            assert_eq!(decode(encode(&state).unwrap()), Ok(state));
        }
    }

    #[test]
    fn a_full_state_costs_one_write_unit() {
        let bytes = size::item(&encode(&full()).unwrap());
        assert!(bytes < 1024, "{bytes}");
    }
}
