//! The commit: rows, state, wakes and record in one transaction, or none of them.
//!
//! The transaction's request token follows from the commit's id, and the id is stored in the state. An answer that got
//! lost is resolved by sending the identical request again and by reading that id back. If neither tells, the caller gets an
//! error and has to stop: the next grant of the lease fences whatever may still be under way.

mod request;
mod verdict;

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, TransactWriteItem};

use super::Store;
use super::call::Reply;
use super::error::StoreError;
use super::fault::Refusal;
use super::items::size;
use super::items::{row as row_item, state as state_item, sync_record};
use super::keys::sync_record as record_key;
use super::outcome::CommitOutcome;
use crate::limits;
use crate::model::{CalendarId, RowWrite, State, SyncRecord};

const TRANSACT: &str = "TransactWriteItems";

/// Everything that one sync makes durable at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The state as granted: its epoch, token, last commit and journal are the conditions.
    pub state_before: State,
    /// The state as it will be, with the commit's id; it keeps the lease.
    pub state_after: State,
    /// The rows, each once.
    pub rows: Vec<RowWrite>,
    /// Calendars to wake.
    pub wakes: Vec<CalendarId>,
    /// The history entry; it has the commit's id.
    pub record: SyncRecord,
}

impl Commit {
    fn actions(&self) -> usize {
        // One for the state, one for the record.
        let wakes: std::collections::BTreeSet<_> = self.wakes.iter().collect();
        self.rows
            .len()
            .saturating_add(wakes.len())
            .saturating_add(2)
    }

    fn bytes(&self) -> Result<usize, StoreError> {
        let state = state_item::encode(&self.state_after)?;
        let record = sync_record::encode(self.state_after.calendar, &self.record)?;
        let mut bytes = size::item(&state).saturating_add(size::item(&record));
        for write in &self.rows {
            bytes = bytes.saturating_add(size::item(&row_item::encode(&write.row)?));
        }
        Ok(bytes)
    }
}

impl Store {
    /// Whether one transaction can hold it.
    #[must_use]
    pub fn fits(commit: &Commit) -> bool {
        commit.actions() <= limits::TRANSACTION_ACTIONS
            && commit
                .bytes()
                .is_ok_and(|bytes| bytes <= limits::TRANSACTION_BYTES)
    }

    /// Writes all of it, or nothing.
    ///
    /// # Errors
    /// Class unavailable, throttled or conflict: whether it took effect is not known if the class is unavailable; stop and
    /// let the lease run out, or read the state again under a new one. Class invalid: it can never be written as it is.
    pub async fn commit(&self, commit: &Commit) -> Result<CommitOutcome, StoreError> {
        let actions = self.actions(commit)?;
        let token = self.request_token(commit);
        let called = self
            .call(TRANSACT, || self.transact(&token, &actions))
            .await;
        match called.reply {
            Reply::Done(_) => Ok(CommitOutcome::Committed),
            Reply::Refused(refusal) => {
                let outcome = self.refused(commit, &refusal).await?;
                self.settled_commit(commit, outcome, called.doubtful).await
            }
            Reply::Failed(error) if called.doubtful => {
                let outcome = self.in_doubt(commit, error).await?;
                self.settled_commit(commit, outcome, true).await
            }
            Reply::Failed(error) => Err(error),
        }
    }

    /// After a lost answer the state alone may not tell: somebody else may have committed on top. The record does.
    async fn settled_commit(
        &self,
        commit: &Commit,
        outcome: CommitOutcome,
        doubtful: bool,
    ) -> Result<CommitOutcome, StoreError> {
        if !doubtful || outcome == CommitOutcome::Committed {
            return Ok(outcome);
        }
        let record = &commit.record;
        let calendar = commit.state_before.calendar;
        let key = record_key::key(calendar, record.epoch, &record.commit);
        Ok(match self.get(&key).await? {
            Some(_) => CommitOutcome::Committed,
            None => outcome,
        })
    }

    async fn transact(
        &self,
        token: &str,
        actions: &[TransactWriteItem],
    ) -> Result<
        aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsOutput,
        aws_sdk_dynamodb::error::SdkError<
            aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
        >,
    > {
        self.client
            .transact_write_items()
            .set_transact_items(Some(actions.to_vec()))
            .client_request_token(token)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
    }

    /// A condition did not hold: because of somebody else, or because an earlier try had taken effect.
    async fn refused(
        &self,
        commit: &Commit,
        refusal: &Refusal,
    ) -> Result<CommitOutcome, StoreError> {
        let refusal = verdict::of(commit, refusal);
        let state = match refusal.state {
            Some(item) => Some(state_item::decode(item)?),
            None => self.state(commit.state_before.calendar).await?,
        };
        Ok(verdict::outcome(commit, state.as_ref(), refusal.rows))
    }

    /// No try was answered: what is stored decides, if it can.
    async fn in_doubt(
        &self,
        commit: &Commit,
        error: StoreError,
    ) -> Result<CommitOutcome, StoreError> {
        let state = self.state(commit.state_before.calendar).await?;
        if verdict::can_still_come(commit, state.as_ref()) {
            return Err(error);
        }
        Ok(verdict::outcome(commit, state.as_ref(), Vec::new()))
    }
}
