//! Commit: a plan and the new sync token become durable in one write, or nothing does.
//!
//! Small plans are one transaction. Larger ones stage their facts, flip the state in one transaction, and
//! roll the rows forward afterwards (`roll`). Either way one write decides.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::pull::{Origin, Pulled};
use super::{Engine, SyncError};
use crate::limits::{BRAKE_WAIT, REPLAN_ROUNDS, STAGED_DAYS};
use crate::model::{
    CalendarId, CommitId, Counts, FullReadReason, Held, JournalPointer, Row, State, SyncRecord,
};
use crate::plan::{self, Deletions, Fact, Plan, Read, Setting, SourceFact};
use crate::store::{Commit, CommitOutcome, Store};

/// What is staged for a commit that no transaction can hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Journal {
    /// How the calendar was read.
    pub(super) read: Read,
    /// When the facts were planned.
    pub(super) at: Timestamp,
    /// The facts.
    pub(super) facts: Vec<Fact>,
}

/// How an attempt to commit ended.
pub(super) enum Committed {
    /// It stands.
    Done {
        state: Box<State>,
        counts: Counts,
        full_read: Option<FullReadReason>,
        /// All that is to be pushed, if that is known without looking.
        pending: Option<Vec<Row>>,
    },
    /// Nothing had to be written but the token.
    Echo {
        token: crate::model::SyncToken,
        counts: Counts,
    },
    /// It would delete suspiciously much: it waits for a second look.
    Held(Held),
    /// Another worker was first.
    Overtaken,
}

/// What the brake says of a read.
enum Braked {
    /// It may be committed.
    Believed(Pulled),
    /// It has to wait.
    Held(Held),
}

impl Engine {
    /// Whether `pulled` changes no row: the echo of our own blocks, or nothing at all.
    pub(super) fn is_echo(setting: &Setting<'_>, pulled: &Pulled) -> Result<bool, SyncError> {
        match pulled.read {
            Read::Full { .. } => Ok(false),
            Read::Incremental => Ok(planned(setting, pulled)?.writes.is_empty()),
        }
    }

    /// Commits a read under the lease in `granted`.
    pub(super) async fn commit(
        &self,
        from: &Origin<'_>,
        granted: &State,
        setting: &Setting<'_>,
        pulled: Pulled,
    ) -> Result<Committed, SyncError> {
        let mut pulled = match self.braked(from, granted, setting, pulled).await? {
            Braked::Believed(pulled) => pulled,
            Braked::Held(held) => return Ok(Committed::Held(held)),
        };
        for _ in 0..REPLAN_ROUNDS {
            let plan = planned(setting, &pulled)?;
            if plan.writes.is_empty() && pulled.read == Read::Incremental {
                let counts = counts(&plan, &pulled);
                return Ok(Committed::Echo {
                    token: pulled.token,
                    counts,
                });
            }
            match self.try_commit(granted, setting, &pulled, plan).await? {
                Tried::Ended(committed) => return Ok(committed),
                Tried::RowsMoved => pulled.rows = self.rows_for(setting, &pulled.facts).await?,
            }
        }
        Err(SyncError::Contended {
            calendar: setting.calendar,
        })
    }

    /// A mass deletion is believed only if a second, complete read agrees some time later. Until then nothing of
    /// the read counts. The token stays the first read's: whatever the two disagree on is reported again.
    async fn braked(
        &self,
        from: &Origin<'_>,
        granted: &State,
        setting: &Setting<'_>,
        first: Pulled,
    ) -> Result<Braked, SyncError> {
        let deletions = planned(setting, &first)?.deletions;
        if !plan::suspicious(&deletions, granted.mirrored) {
            return Ok(Braked::Believed(first));
        }
        let Some(held) = &granted.held else {
            return self.hold(setting, &deletions, setting.now).await;
        };
        let second = self.pull_all(from, setting, FullReadReason::Brake).await?;
        let mut both = agreed(first, second);
        both.rows = self.rows_for(setting, &both.facts).await?;
        let mut news = planned(setting, &both)?.deletions;
        let known = self.held_events(setting.calendar, held).await?;
        news.retain(|key| !known.contains(key));
        match plan::suspicious(&news, granted.mirrored) {
            true => self.hold(setting, &deletions, held.since).await,
            false => Ok(Braked::Believed(both)),
        }
    }

    async fn hold(
        &self,
        setting: &Setting<'_>,
        deletions: &Deletions,
        since: Timestamp,
    ) -> Result<Braked, SyncError> {
        let calendar = setting.calendar;
        let count = deletions.len() as u64;
        tracing::warn!(%calendar, deletions = count, "brake: held until a second look");
        let id = CommitId::new(setting.epoch, self.random());
        let events = self.stage(setting, deletions, &id).await?;
        let until = setting.now.saturating_add(BRAKE_WAIT);
        Ok(Braked::Held(Held {
            since,
            until: until.unwrap_or(Timestamp::MAX),
            deletions: count,
            events,
        }))
    }

    /// What was held; nothing, if it is not there any more: then it counts as seen for the first time.
    async fn held_events(&self, calendar: CalendarId, held: &Held) -> Result<Deletions, SyncError> {
        match self.store.journal(calendar, &held.events).await {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(why) if why.class() == crate::store::Class::Corrupt => Ok(Deletions::new()),
            Err(why) => Err(SyncError::Store { calendar, why }),
        }
    }

    async fn try_commit(
        &self,
        granted: &State,
        setting: &Setting<'_>,
        pulled: &Pulled,
        plan: Plan,
    ) -> Result<Tried, SyncError> {
        let id = CommitId::new(granted.epoch, self.random());
        let mut commit = self.small(granted, setting, pulled, plan, id);
        if !Store::fits(&commit) {
            let journal = Journal {
                read: pulled.read,
                at: setting.now,
                facts: pulled.facts.clone(),
            };
            let journal = self.stage(setting, &journal, &commit.record.commit).await?;
            commit.rows.clear();
            commit.state_after.unpushed = true;
            commit.state_after.push_after = None;
            commit.state_after.journal = Some(journal);
        }
        let calendar = setting.calendar;
        let outcome = self.store.commit(&commit).await;
        match outcome.map_err(|why| SyncError::Store { calendar, why })? {
            CommitOutcome::Committed => Ok(Tried::Ended(Committed::Done {
                counts: commit.record.counts,
                full_read: commit.record.full_read,
                pending: pending(granted, &commit),
                state: Box::new(commit.state_after),
            })),
            CommitOutcome::RowConflict(_) => Ok(Tried::RowsMoved),
            CommitOutcome::Fenced | CommitOutcome::TokenMoved => {
                Ok(Tried::Ended(Committed::Overtaken))
            }
        }
    }

    async fn stage(
        &self,
        setting: &Setting<'_>,
        what: &impl Serialize,
        id: &CommitId,
    ) -> Result<JournalPointer, SyncError> {
        let calendar = setting.calendar;
        let bytes = serde_json::to_vec(what).map_err(|_| SyncError::Journal { calendar })?;
        let kept = SignedDuration::from_hours(24 * STAGED_DAYS);
        let expires = setting.now.saturating_add(kept).unwrap_or(Timestamp::MAX);
        let staged = self.store.stage(calendar, id, &bytes, expires).await;
        staged.map_err(|why| SyncError::Store { calendar, why })
    }

    fn small(
        &self,
        granted: &State,
        setting: &Setting<'_>,
        pulled: &Pulled,
        plan: Plan,
        id: CommitId,
    ) -> Commit {
        let full_read = match pulled.read {
            Read::Full { reason, .. } => Some(reason),
            Read::Incremental => None,
        };
        let record = SyncRecord {
            epoch: granted.epoch,
            commit: id.clone(),
            after: granted.commit.clone(),
            at: setting.now,
            full_read,
            counts: counts(&plan, pulled),
        };
        Commit {
            state_before: granted.clone(),
            state_after: after(granted, setting, pulled, &plan, id, full_read),
            rows: plan.writes,
            wakes: plan.wakes.into_iter().collect(),
            record,
        }
    }
}

pub(super) fn planned(setting: &Setting<'_>, pulled: &Pulled) -> Result<Plan, SyncError> {
    let calendar = setting.calendar;
    plan::plan(setting, &pulled.facts, &pulled.rows)
        .map_err(|why| SyncError::Plan { calendar, why })
}

/// A transaction tells what is to be pushed after it, if nothing was left before: whoever else puts a row out of
/// step wakes its calendar. Looking for it would read every row.
fn pending(granted: &State, commit: &Commit) -> Option<Vec<Row>> {
    if granted.unpushed || commit.state_after.journal.is_some() {
        return None;
    }
    let rows = commit.rows.iter().map(|write| &write.row);
    let own = rows.filter(|row| row.calendar == granted.calendar && row.pending());
    Some(own.cloned().collect())
}

enum Tried {
    Ended(Committed),
    RowsMoved,
}

fn after(
    granted: &State,
    setting: &Setting<'_>,
    pulled: &Pulled,
    plan: &Plan,
    id: CommitId,
    full_read: Option<FullReadReason>,
) -> State {
    State {
        token: Some(pulled.token.clone()),
        last_synced_at: Some(setting.now),
        commit: Some(id),
        journal: None,
        unpushed: granted.unpushed || plan.unpushed,
        push_after: granted.push_after.filter(|_| !plan.unpushed),
        mirrored: granted.mirrored.saturating_add_signed(plan.mirrored),
        full_read: full_read
            .map(|reason| (reason, setting.now))
            .or(granted.full_read),
        failing: None,
        held: None,
        needs: match full_read {
            Some(_) => setting.pairs.needs(setting.calendar).clone(),
            None => granted.needs.clone(),
        },
        ..granted.clone()
    }
}

fn counts(plan: &Plan, pulled: &Pulled) -> Counts {
    Counts {
        received: pulled.received,
        skipped: plan.counts.skipped + pulled.skipped,
        ..plan.counts
    }
}

/// What two reads, the second of them complete, agree on: an event is gone only if both say so.
fn agreed(first: Pulled, second: Pulled) -> Pulled {
    use std::collections::BTreeSet;
    let gone: BTreeSet<_> = first.facts.iter().filter_map(gone_key).collect();
    let believed = |fact: &Fact| gone_key(fact).is_none_or(|key| gone.contains(&key));
    let facts: Vec<Fact> = second.facts.into_iter().filter(believed).collect();
    // What only the first one reported (out of the second one's reach) stands as well. Facts about the same
    // thing are planned in order, so the second read's word comes last.
    let mut both: Vec<Fact> = first.facts;
    both.extend(facts);
    Pulled {
        facts: super::reading::newest(both),
        rows: second.rows,
        changed: first.changed,
        read: second.read,
        token: first.token,
        received: first.received + second.received,
        skipped: first.skipped + second.skipped,
        copies: second.copies,
        strange: second.strange,
    }
}

fn gone_key(fact: &Fact) -> Option<crate::model::EventKey> {
    match fact {
        Fact::Source(SourceFact::Gone { key }) => Some(key.clone()),
        Fact::Source(_) | Fact::Block(_) => None,
    }
}
