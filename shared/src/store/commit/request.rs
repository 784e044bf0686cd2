//! The actions of a commit, each with its condition, in a fixed order: state, record, rows, wakes.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::super::Store;
use super::super::call::unavailable;
use super::super::error::StoreError;
use super::super::expression::names;
use super::super::items::{
    Item, number, primary, row as row_item, state as state_item, sync_record, text,
};
use super::super::keys::wake as wake_key;
use super::super::rows::Guard;
use super::super::wake::{BUMP, BUMP_NAMES};
use super::{Commit, TRANSACT};
use crate::model::RowWrite;
use crate::model::{CalendarId, State};

impl Store {
    /// All actions. Built once: every try sends the identical request.
    pub(super) fn actions(&self, commit: &Commit) -> Result<Vec<TransactWriteItem>, StoreError> {
        check(commit)?;
        let mut actions = vec![self.put_state(commit)?, self.put_record(commit)?];
        for write in &commit.rows {
            actions.push(self.put_guarded(commit, write)?);
        }
        let wakes: BTreeSet<CalendarId> = commit.wakes.iter().copied().collect();
        for calendar in wakes {
            actions.push(self.bump_action(calendar, commit.record.at)?);
        }
        Ok(actions)
    }

    /// The transaction's request token: as unique as the commit is within its calendar. Tokens are shared by all tables of
    /// an account, so the commit's id alone would leave that to chance.
    pub(super) fn request_token(&self, commit: &Commit) -> String {
        let mut digest = Sha256::new();
        digest.update(self.table.as_bytes());
        digest.update(commit.state_before.calendar.bytes());
        digest.update(commit.record.commit.as_str().as_bytes());
        let digest = digest.finalize();
        HEXLOWER.encode(digest.get(..16).unwrap_or_default())
    }

    fn put_state(&self, commit: &Commit) -> Result<TransactWriteItem, StoreError> {
        let condition = StateCondition::of(&commit.state_before);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(state_item::encode(&commit.state_after)?))
            .condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(Some(condition.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(put_action(put.build().map_err(not_built)?))
    }

    fn put_record(&self, commit: &Commit) -> Result<TransactWriteItem, StoreError> {
        let record = sync_record::encode(commit.state_after.calendar, &commit.record)?;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(record));
        Ok(put_action(put.build().map_err(not_built)?))
    }

    fn put_guarded(
        &self,
        commit: &Commit,
        write: &RowWrite,
    ) -> Result<TransactWriteItem, StoreError> {
        let own = write.row.calendar == commit.state_before.calendar;
        let guard = Guard::of(write, own.then_some(commit.state_before.epoch.0));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(row_item::encode(&write.row)?))
            .condition_expression(guard.condition)
            .set_expression_attribute_names(guard.names())
            .set_expression_attribute_values(guard.values());
        Ok(put_action(put.build().map_err(not_built)?))
    }

    fn bump_action(
        &self,
        calendar: CalendarId,
        now: jiff::Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(primary(&wake_key::key(calendar))))
            .update_expression(BUMP)
            .set_expression_attribute_names(names(BUMP_NAMES))
            .set_expression_attribute_values(self.bump_values(now));
        let update = update.build().map_err(not_built)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// What no commit may be: these are mistakes of the caller, and no try would pass.
fn check(commit: &Commit) -> Result<(), StoreError> {
    let invalid = |what: &str| {
        Err(StoreError::Invalid {
            operation: TRANSACT,
            code: what.to_owned(),
        })
    };
    let (before, after) = (&commit.state_before, &commit.state_after);
    if before.calendar != after.calendar || before.epoch != after.epoch {
        return invalid("another calendar or epoch after than before");
    }
    if after.commit.as_ref() != Some(&commit.record.commit) {
        return invalid("state and record name different commits");
    }
    let named = |write: &RowWrite| (write.row.calendar, write.row.key.clone());
    let different: BTreeSet<_> = commit.rows.iter().map(named).collect();
    if different.len() != commit.rows.len() {
        return invalid("a row twice");
    }
    if !Store::fits(commit) {
        return Err(StoreError::TooLarge {
            operation: TRANSACT,
            what: "a commit for one transaction",
        });
    }
    Ok(())
}

fn put_action(put: Put) -> TransactWriteItem {
    TransactWriteItem::builder().put(put).build()
}

fn not_built(_: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    unavailable(TRANSACT, "not built")
}

/// The state is still the one that the commit started from: epoch, token, last commit and journal.
struct StateCondition {
    text: String,
    names: Option<std::collections::HashMap<String, String>>,
    values: Item,
}

impl StateCondition {
    fn of(before: &State) -> Self {
        let token = before.token.as_ref().map(|token| text(token.as_str()));
        let last = before.commit.as_ref().map(|commit| text(commit.as_str()));
        let journal = before.journal.as_ref();
        let journal = journal.map(|pointer| text(pointer.commit.as_str()));
        let mut condition = Self {
            text: "#epoch = :epoch".to_owned(),
            names: names(["epoch", "token", "commit", "journal"]),
            values: Item::from([(":epoch".to_owned(), number(before.epoch.0))]),
        };
        condition.and("#token", "#token", "token", token);
        condition.and("#commit", "#commit", "last", last);
        condition.and("#journal", "#journal.#commit", "journal", journal);
        condition
    }

    /// The attribute is what it was: `path` equals the value, or `whole` is not there.
    fn and(&mut self, whole: &str, path: &str, name: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => {
                self.text.push_str(&format!(" AND {path} = :{name}"));
                self.values.insert(format!(":{name}"), value);
            }
            None => {
                let absent = format!(" AND attribute_not_exists({whole})");
                self.text.push_str(&absent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, CommitId, Epoch, GoogleCalendarId, JournalPointer, SyncToken};

    fn state() -> State {
        let google = GoogleCalendarId::parse("ann@example.com").unwrap();
        let calendar = crate::store::keys::samples::calendar();
        State::new(calendar, google, AccountId("work".into()))
    }

    #[test]
    fn a_first_commit_asks_for_the_absence_of_everything() {
        let condition = StateCondition::of(&state());
        assert_eq!(
            condition.text,
            "#epoch = :epoch AND attribute_not_exists(#token) AND attribute_not_exists(#commit) \
             AND attribute_not_exists(#journal)"
        );
        assert_eq!(condition.values.len(), 1);
    }

    #[test]
    fn a_later_commit_asks_for_what_it_started_from() {
        let commit = CommitId::new(Epoch(1), 2);
        let before = State {
            token: Some(SyncToken::parse("t").unwrap()),
            journal: Some(JournalPointer {
                commit: commit.clone(),
                chunks: 1,
                digest: "d".into(),
            }),
            commit: Some(commit),
            ..state()
        };
        let condition = StateCondition::of(&before);
        assert_eq!(
            condition.text,
            "#epoch = :epoch AND #token = :token AND #commit = :last AND #journal.#commit = :journal"
        );
        assert_eq!(condition.values.len(), 4);
    }
}
