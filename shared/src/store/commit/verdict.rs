//! What a refused or unanswered commit comes to: pure decisions over what is stored.

use super::super::fault::{Refusal, Verdict};
use super::super::items::Item;
use super::super::outcome::CommitOutcome;
use super::Commit;
use crate::model::{CalendarId, EventKey, State};

/// Actions before the first row: the state and the record.
const ROWS_FROM: usize = 2;

/// A refusal in terms of the commit.
pub(super) struct Refused {
    /// The state that refused it, if it did and DynamoDB sent it along.
    pub(super) state: Option<Item>,
    /// The rows that refused it.
    pub(super) rows: Vec<(CalendarId, EventKey)>,
}

/// Reads the verdicts in the order in which the actions were sent.
pub(super) fn of(commit: &Commit, refusal: &Refusal) -> Refused {
    let verdicts: &[Verdict] = match refusal {
        Refusal::Of(verdicts) => verdicts,
        Refusal::One(_) => &[],
    };
    let state = match verdicts.first() {
        Some(Verdict::Refused(item)) => item.clone(),
        Some(Verdict::Fine) | None => None,
    };
    let rows = commit
        .rows
        .iter()
        .zip(verdicts.iter().skip(ROWS_FROM))
        .filter(|(_, verdict)| matches!(verdict, Verdict::Refused(_)))
        .map(|(write, _)| (write.row.calendar, write.row.key.clone()))
        .collect();
    Refused { state, rows }
}

/// The outcome, by the state that is stored now and the rows that refused.
pub(super) fn outcome(
    commit: &Commit,
    state: Option<&State>,
    rows: Vec<(CalendarId, EventKey)>,
) -> CommitOutcome {
    let Some(state) = state else {
        return CommitOutcome::Fenced;
    };
    if is_mine(commit, state) {
        CommitOutcome::Committed
    } else if state.epoch != commit.state_before.epoch {
        CommitOutcome::Fenced
    } else if rows.is_empty() || !is_as_before(commit, state) {
        CommitOutcome::TokenMoved
    } else {
        CommitOutcome::RowConflict(rows)
    }
}

/// Whether a request that is still under way could take effect later: only then nobody can know.
pub(super) fn can_still_come(commit: &Commit, state: Option<&State>) -> bool {
    state.is_some_and(|state| !is_mine(commit, state) && is_as_before(commit, state))
}

fn is_mine(commit: &Commit, state: &State) -> bool {
    state.commit.as_ref() == Some(&commit.record.commit)
}

fn is_as_before(commit: &Commit, state: &State) -> bool {
    let before = &commit.state_before;
    state.epoch == before.epoch
        && state.token == before.token
        && state.commit == before.commit
        && state.journal == before.journal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RowWrite;
    use crate::model::{
        AccountId, CommitId, Counts, Epoch, GoogleCalendarId, Rev, Row, SyncRecord, SyncToken,
    };
    use jiff::Timestamp;

    fn before() -> State {
        let google = GoogleCalendarId::parse("ann@example.com").unwrap();
        let calendar = crate::store::keys::samples::calendar();
        State {
            epoch: Epoch(4),
            ..State::new(calendar, google, AccountId("work".into()))
        }
    }

    fn commit() -> Commit {
        let id = CommitId::new(Epoch(4), 1);
        let row = |key: &str| RowWrite {
            row: Row::new(before().calendar, EventKey::parse(key).unwrap()),
            expected: Rev(0),
        };
        Commit {
            state_before: before(),
            state_after: State {
                commit: Some(id.clone()),
                ..before()
            },
            rows: vec![row("a"), row("b")],
            wakes: vec![],
            record: SyncRecord {
                epoch: Epoch(4),
                commit: id,
                after: None,
                at: Timestamp::UNIX_EPOCH,
                full_read: None,
                counts: Counts::default(),
            },
        }
    }

    fn named(key: &str) -> (CalendarId, EventKey) {
        (before().calendar, EventKey::parse(key).unwrap())
    }

    #[test]
    fn every_state_leads_to_its_outcome() {
        let moved = State {
            token: Some(SyncToken::parse("t").unwrap()),
            ..before()
        };
        let stolen = State {
            epoch: Epoch(5),
            ..before()
        };
        let stolen_after_commit = State {
            epoch: Epoch(5),
            ..commit().state_after
        };
        let rows = || vec![named("b")];
        let table = [
            (None, rows(), CommitOutcome::Fenced),
            (Some(before()), rows(), CommitOutcome::RowConflict(rows())),
            (Some(before()), vec![], CommitOutcome::TokenMoved),
            (Some(moved), rows(), CommitOutcome::TokenMoved),
            (Some(stolen), rows(), CommitOutcome::Fenced),
            (Some(commit().state_after), rows(), CommitOutcome::Committed),
            (Some(stolen_after_commit), rows(), CommitOutcome::Committed),
        ];
        for (state, rows, expected) in table {
            assert_eq!(outcome(&commit(), state.as_ref(), rows), expected);
        }
    }

    #[test]
    fn only_an_unchanged_state_leaves_it_open_whether_the_commit_still_comes() {
        assert!(can_still_come(&commit(), Some(&before())));
        assert!(!can_still_come(&commit(), Some(&commit().state_after)));
        assert!(!can_still_come(&commit(), None));
        let stolen = State {
            epoch: Epoch(5),
            ..before()
        };
        assert!(!can_still_come(&commit(), Some(&stolen)));
    }

    #[test]
    fn refused_rows_are_named() {
        let verdicts = vec![
            Verdict::Fine,
            Verdict::Fine,
            Verdict::Fine,
            Verdict::Refused(None),
        ];
        let refused = of(&commit(), &Refusal::Of(verdicts));
        assert_eq!(refused.rows, [named("b")]);
        assert_eq!(refused.state, None);
    }
}
