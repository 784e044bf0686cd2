//! The lease: granted, and given back.
//!
//! It only saves double work. What keeps the table right are the conditions on epoch and token in every write, and
//! those hold even if a lease is taken over at any moment.

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use jiff::Timestamp;

use super::Store;
use super::call::{Reply, corrupt};
use super::error::StoreError;
use super::expression::{names, values};
use super::items::instant::Instant;
use super::items::state::StoredLease;
use super::items::{Item, SCHEMA, V, number, primary, state as item, text};
use super::keys::{PK, state as key};
use super::outcome::{Acquire, Put};
use super::state::{same_token, settled, there, token_value};
use crate::model::{CalendarId, Epoch, Failing, Lease, State};

const UPDATE: &str = "UpdateItem";

/// What a sync leaves behind when it gives its lease back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which calendar.
    pub calendar: CalendarId,
    /// The epoch that was granted.
    pub epoch: Epoch,
    /// Some row may still be out of step.
    pub unpushed: bool,
    /// Not before this instant, if every pending push waits.
    pub push_after: Option<Timestamp>,
    /// Syncs that fail, if this one did.
    pub failing: Option<Failing>,
}

impl Release {
    /// For a lease that its holder gives back no more: everything stays as it stands in `state`.
    #[must_use]
    pub fn unchanged(state: &State) -> Self {
        Self {
            calendar: state.calendar,
            epoch: state.epoch,
            unpushed: state.unpushed,
            push_after: state.push_after,
            failing: state.failing.clone(),
        }
    }
}

impl Store {
    /// Takes the lease from `now` until `until`, if it is free or over and the token is still the one in `seen`.
    ///
    /// `owner` has to name this one attempt: with `now` it tells whether a grant whose answer was lost was ours.
    ///
    /// # Errors
    /// The table could not be written, or there is no such state.
    pub async fn acquire(
        &self,
        seen: &State,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Acquire, StoreError> {
        let lease = Lease {
            owner: owner.to_owned(),
            since: now,
            until,
        };
        let called = self.call(UPDATE, || self.grant(seen, &lease)).await;
        let current = match called.reply {
            Reply::Done(answer) => {
                let at = key::key(seen.calendar);
                let state = answer
                    .attributes
                    .ok_or_else(|| corrupt(&at, "not returned"))?;
                return Ok(Acquire::Granted(item::decode(state)?));
            }
            Reply::Refused(refusal) => there(&refusal).cloned().map(item::decode).transpose()?,
            Reply::Failed(error) if called.doubtful => {
                return self.granted_after_all(&lease, seen, error).await;
            }
            Reply::Failed(error) => return Err(error),
        };
        let current = current.ok_or_else(|| StoreError::Missing {
            key: key::key(seen.calendar),
        })?;
        Ok(refused(current, &lease, called.doubtful))
    }

    async fn grant(
        &self,
        seen: &State,
        lease: &Lease,
    ) -> Result<
        aws_sdk_dynamodb::operation::update_item::UpdateItemOutput,
        aws_sdk_dynamodb::error::SdkError<
            aws_sdk_dynamodb::operation::update_item::UpdateItemError,
        >,
    > {
        let condition = format!(
            "attribute_exists(#pk) AND #v <= :v AND {} AND (attribute_not_exists(#lease) OR #lease.#until <= :now)",
            same_token(seen)
        );
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(primary(&key::key(seen.calendar))))
            .update_expression("SET #epoch = #epoch + :one, #lease = :lease")
            .condition_expression(condition)
            .set_expression_attribute_names(names([PK, V, "token", "lease", "until", "epoch"]))
            .set_expression_attribute_values(grant_values(seen, lease))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
    }

    /// All tries are used up, but one of them may have been granted.
    async fn granted_after_all(
        &self,
        lease: &Lease,
        seen: &State,
        error: StoreError,
    ) -> Result<Acquire, StoreError> {
        match self.state(seen.calendar).await? {
            Some(state) if is_mine(&state, lease) => Ok(Acquire::Granted(state)),
            Some(_) | None => Err(error),
        }
    }

    /// Gives the lease back, if the epoch is still the one granted, with what the sync leaves behind.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn release(&self, release: Release) -> Result<Put, StoreError> {
        let at = key::key(release.calendar);
        let update = release_update(&release);
        let filled = release_values(&release);
        let request = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(primary(&at)))
                .update_expression(&update)
                .condition_expression("#epoch = :epoch")
                .set_expression_attribute_names(names([
                    "epoch",
                    "lease",
                    "unpushed",
                    "push_after",
                    "failing",
                ]))
                .set_expression_attribute_values(filled.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        // Written twice it is the same; after a newer grant it was either written before or does not matter any more.
        settled(self.call(UPDATE, request).await, |_| Ok(false))
    }
}

fn grant_values(seen: &State, lease: &Lease) -> Option<Item> {
    let stored = serde_dynamo::to_attribute_value(StoredLease::from(lease));
    let stored: AttributeValue = stored.unwrap_or(AttributeValue::Null(true));
    values(
        [
            ("v", number(SCHEMA.into())),
            ("now", text(Instant(lease.since).text())),
            ("one", number(1)),
            ("lease", stored),
        ]
        .into_iter()
        .chain(token_value(seen)),
    )
}

fn is_mine(state: &State, lease: &Lease) -> bool {
    let same = |held: &Lease| held.owner == lease.owner && held.since == lease.since;
    state.lease.as_ref().is_some_and(same)
}

/// Why the lease was refused, by what stands there.
fn refused(current: State, wanted: &Lease, doubtful: bool) -> Acquire {
    if doubtful && is_mine(&current, wanted) {
        return Acquire::Granted(current);
    }
    match &current.lease {
        Some(held) if held.is_live(wanted.since) => Acquire::Held { until: held.until },
        Some(_) | None => Acquire::Moved(current),
    }
}

fn release_update(release: &Release) -> String {
    let mut set = "SET #unpushed = :unpushed".to_owned();
    let mut remove = "REMOVE #lease".to_owned();
    for (name, kept) in [
        ("push_after", release.push_after.is_some()),
        ("failing", release.failing.is_some()),
    ] {
        if kept {
            set.push_str(&format!(", #{name} = :{name}"));
        } else {
            remove.push_str(&format!(", #{name}"));
        }
    }
    format!("{set} {remove}")
}

fn release_values(release: &Release) -> Option<Item> {
    let push_after = release.push_after.map(|at| text(Instant(at).text()));
    let failing = release.failing.as_ref().map(failing_value);
    values(
        [
            ("epoch", number(release.epoch.0)),
            ("unpushed", AttributeValue::Bool(release.unpushed)),
        ]
        .into_iter()
        .chain(push_after.map(|at| ("push_after", at)))
        .chain(failing.map(|failing| ("failing", failing))),
    )
}

/// The stored form of a failure.
pub(super) fn failing_value(failing: &Failing) -> AttributeValue {
    // It has no part that an attribute could not hold.
    serde_dynamo::to_attribute_value(failing).unwrap_or(AttributeValue::Null(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, GoogleCalendarId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lease(owner: &str, until: i64) -> Lease {
        Lease {
            owner: owner.into(),
            since: at(100),
            until: at(until),
        }
    }

    fn state(lease: Option<Lease>) -> State {
        let google = GoogleCalendarId::parse("ann@example.com").unwrap();
        let calendar = crate::store::keys::samples::calendar();
        State {
            lease,
            ..State::new(calendar, google, AccountId("work".into()))
        }
    }

    #[test]
    fn a_refusal_is_told_apart_by_what_stands_there() {
        let mine = lease("me", 200);
        let held = |owner: &str, until| Some(lease(owner, until));
        let check = |there: Option<Lease>, doubtful, expected: Acquire| {
            assert_eq!(refused(state(there), &mine, doubtful), expected);
        };
        let moved = |there: Option<Lease>| Acquire::Moved(state(there));
        check(None, false, moved(None));
        check(held("you", 100), false, moved(held("you", 100)));
        check(held("you", 101), false, Acquire::Held { until: at(101) });
        check(held("you", 101), true, Acquire::Held { until: at(101) });
        check(held("me", 200), false, Acquire::Held { until: at(200) });
        let granted = Acquire::Granted(state(held("me", 200)));
        check(held("me", 200), true, granted);
    }

    #[test]
    fn a_release_sets_or_removes_each_attribute() {
        let release = Release {
            calendar: crate::store::keys::samples::calendar(),
            epoch: Epoch(1),
            unpushed: false,
            push_after: None,
            failing: Some(Failing {
                since: at(0),
                count: 1,
                class: crate::model::FailureClass::Later,
                error: "no answer".into(),
                account: None,
            }),
        };
        assert_eq!(
            release_update(&release),
            "SET #unpushed = :unpushed, #failing = :failing REMOVE #lease, #push_after"
        );
    }
}
