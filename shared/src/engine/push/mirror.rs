//! One block on one target: step by step until what is due is there, or until it has to wait.

use std::time::Duration;

use jiff::Timestamp;

use super::super::{Engine, SyncError, content};
use super::step::{Step, next};
use super::targets::Place;
use crate::google::{Class, Error};
use crate::limits::{
    GENERATIONS_PER_PUSH, OCCURRENCE_FAILURES, PUSH_RETRY_MAX, PUSH_RETRY_MIN, PUSH_ROUNDS,
    REWRITES_UNTIL_FROZEN,
};
use crate::model::{
    BlockContent, BlockRef, CalendarId, Fingerprint, Generation, Have, Mirror, Needs, Park,
    ParkKind, Part, Retry, Row, Rule, Stray, Want,
};
use crate::plan::Shows;

/// What is to be pushed.
pub(super) struct Job<'a> {
    pub(super) row: &'a Row,
    pub(super) series: Option<&'a Row>,
    pub(super) target: CalendarId,
    /// What holds between the two; none: nothing is mirrored any more.
    pub(super) rule: Option<&'a Rule>,
    pub(super) place: &'a Place<'a>,
    pub(super) mirror: Mirror,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// In step.
    Done,
    /// A later try, at the time the mirror says.
    Later,
    /// Set aside.
    Parked,
    /// The target refuses as a whole, for at least this long.
    Paused(Duration),
    /// The row changed meanwhile; the next push goes on.
    Moved,
}

/// The mirror before and after.
pub(super) struct Attempt {
    pub(super) target: CalendarId,
    pub(super) before: Mirror,
    pub(super) after: Mirror,
    pub(super) verdict: Verdict,
}

/// A push under way.
struct Work<'a> {
    job: Job<'a>,
    /// What the table is known to hold.
    before: Mirror,
    now: Mirror,
    raised: u32,
    /// The next step has to be a read, whatever is known.
    look: bool,
}

enum Flow {
    On,
    End(Verdict),
}

impl Engine {
    pub(super) async fn push_mirror(&self, job: Job<'_>) -> Result<Attempt, SyncError> {
        let mut work = Work {
            before: job.mirror.clone(),
            now: job.mirror.clone(),
            raised: 0,
            look: false,
            job,
        };
        let mut verdict = Verdict::Later;
        let mut ended = false;
        for _ in 0..PUSH_ROUNDS * 3 {
            match self.take_step(&mut work).await? {
                Flow::On => {}
                Flow::End(end) => {
                    verdict = end;
                    ended = true;
                    break;
                }
            }
        }
        if !ended {
            let why = "it kept changing while it was written".to_owned();
            work.later(self.now(), self.jitter(), None, why);
        }
        Ok(Attempt {
            target: work.job.target,
            before: work.before,
            after: work.now,
            verdict,
        })
    }

    async fn take_step(&self, work: &mut Work<'_>) -> Result<Flow, SyncError> {
        let step = match std::mem::take(&mut work.look) {
            true => Step::Look,
            false => next(&work.now),
        };
        match step {
            Step::Nothing => {
                work.now.retry = None;
                return Ok(Flow::End(Verdict::Done));
            }
            Step::Forget => {
                work.now.have = Have::Nothing;
                work.now.etag = None;
                return Ok(Flow::On);
            }
            Step::Update | Step::PutOccurrence if work.worn_out() => {
                return self.freeze(work).await;
            }
            Step::Insert
            | Step::Update
            | Step::Delete
            | Step::PutOccurrence
            | Step::CancelOccurrence
            | Step::Look
            | Step::RemoveStray(_) => {}
        }
        match self.call(work, &step).await {
            Ok(()) if step == Step::Look => self.read_again(work).await,
            Ok(()) => Ok(Flow::On),
            Err(Blocked::Google(error)) => self.handle(work, &step, &error).await,
            Err(Blocked::NoContent) => Ok(Flow::End(Verdict::Moved)),
        }
    }

    async fn call(&self, work: &mut Work<'_>, step: &Step) -> Result<(), Blocked> {
        let (client, google) = (work.job.place.client.clone(), work.job.place.google);
        let etag = work.now.etag.clone();
        match step {
            Step::Nothing | Step::Forget => {}
            Step::Insert => {
                let (content, print) = self.wanted(work)?;
                let BlockRef::Own(id) = self.block(work, work.now.generation, Part::Whole) else {
                    return Err(Blocked::NoContent);
                };
                let event = client
                    .insert_block(google, &id, &content::body(&content))
                    .await?;
                work.stored(print, &event);
            }
            Step::Update | Step::PutOccurrence => {
                let (content, print) = self.wanted(work)?;
                let block = self.due_block(work)?;
                let body = content::body(&content);
                let event = client
                    .update_block(google, &block, &body, etag.as_ref())
                    .await?;
                work.now.rewrites += u32::from(work.now.have != Have::Unknown);
                work.stored(print, &event);
            }
            Step::Delete => {
                let block = self.block(work, work.now.generation, Part::Whole);
                client.delete_block(google, &block, etag.as_ref()).await?;
                work.gone(Have::Deleted);
            }
            Step::CancelOccurrence => {
                let block = self.due_block(work)?;
                client.delete_block(google, &block, etag.as_ref()).await?;
                work.gone(Have::Hidden);
            }
            Step::RemoveStray(stray) => {
                let part = stray.split.clone().map_or(Part::Whole, Part::Split);
                let block = self.block(work, stray.generation, part);
                client.delete_block(google, &block, None).await?;
                work.stray_gone(stray);
            }
            Step::Look => {
                let block = self.due_block(work)?;
                let event = client.get_block(google, &block).await?;
                let seen = self
                    .reader(work.job.row.calendar, &Needs::NOTHING, None)
                    .block(&event);
                work.saw(&seen.ok_or(Blocked::NoContent)?);
            }
        }
        Ok(())
    }

    /// The block's content, if the row's facts still lead to what is due.
    fn wanted(&self, work: &Work<'_>) -> Result<(BlockContent, Fingerprint), Blocked> {
        let (Want::Own(print) | Want::Instance(print)) = work.now.due() else {
            return Err(Blocked::NoContent);
        };
        let job = &work.job;
        let rule = job.rule.ok_or(Blocked::NoContent)?;
        let content = content::of_row(job.row, job.series, rule);
        let content = content.filter(|content| content.fingerprint() == print);
        content
            .map(|content| (content, print))
            .ok_or(Blocked::NoContent)
    }

    fn block(&self, work: &Work<'_>, generation: Generation, part: Part) -> BlockRef {
        let row = work.job.row;
        match row.key.as_orphan() {
            Some((source, event)) => self.name_block(source, &event, generation, part),
            None => self.name_block(row.calendar, &row.key, generation, part),
        }
    }

    /// The block that is due: its own, or an occurrence of its series' block.
    fn due_block(&self, work: &Work<'_>) -> Result<BlockRef, Blocked> {
        match work.now.due() {
            Want::Own(_) | Want::Nothing => Ok(self.block(work, work.now.generation, Part::Whole)),
            Want::Instance(_) | Want::Hidden => self.occurrence_block(&work.job),
        }
    }

    fn occurrence_block(&self, job: &Job<'_>) -> Result<BlockRef, Blocked> {
        let (_, original) = job.row.source.occurrence().ok_or(Blocked::NoContent)?;
        let series = job.series.ok_or(Blocked::NoContent)?;
        let mirror = series.mirrors.get(&job.target).ok_or(Blocked::NoContent)?;
        let first = &series.source.live().ok_or(Blocked::NoContent)?.time;
        let there = mirror.lead.in_block(first, original);
        let part = Part::Occurrence(there);
        Ok(self.name_block(series.calendar, &series.key, mirror.generation, part))
    }

    /// First the etag, then the row, then the write: what is due must still be due.
    async fn read_again(&self, work: &mut Work<'_>) -> Result<Flow, SyncError> {
        let row = work.job.row;
        let at = (row.calendar, row.key.clone());
        let rows = self.store.rows(std::slice::from_ref(&at)).await;
        let rows = rows.map_err(|why| SyncError::Store {
            calendar: row.calendar,
            why,
        })?;
        let current = rows
            .get(&at)
            .and_then(|row| row.mirrors.get(&work.job.target));
        let same = current.is_some_and(|current| {
            current.due() == work.before.due() && current.generation == work.before.generation
        });
        Ok(if same {
            Flow::On
        } else {
            Flow::End(Verdict::Moved)
        })
    }

    async fn handle(
        &self,
        work: &mut Work<'_>,
        step: &Step,
        error: &Error,
    ) -> Result<Flow, SyncError> {
        match (error.class(), step) {
            (Class::Absent, Step::RemoveStray(stray)) => work.stray_gone(stray),
            (Class::Absent, Step::Delete) => work.gone(Have::Deleted),
            (Class::Absent, Step::CancelOccurrence) => work.gone(Have::Hidden),
            (Class::Absent, Step::Update | Step::Look) if work.is_own() => {
                return self.absent(work, step).await;
            }
            (Class::Absent, Step::PutOccurrence | Step::Look) => {
                let answer = error.said();
                return Ok(work.no_occurrence(self.now(), self.jitter(), answer));
            }
            (Class::Conflict | Class::Exists, _) => work.look = true,
            (Class::Denied(_) | Class::Invalid, Step::Update) if work.now.have == Have::Deleted => {
                return self.raise(work).await;
            }
            (Class::Invalid, _) => {
                return Ok(work.park(ParkKind::Refused, error.said(), self.now()));
            }
            (
                Class::Denied(_) | Class::AccountDenied(_) | Class::QuotaExhausted | Class::Config,
                _,
            ) => {
                work.later(
                    self.now(),
                    self.jitter(),
                    Some(PUSH_RETRY_MAX),
                    error.said(),
                );
                return Ok(Flow::End(Verdict::Paused(PUSH_RETRY_MAX)));
            }
            (class, _) => {
                work.later(self.now(), self.jitter(), class.retry_after(), error.said());
                return Ok(Flow::End(Verdict::Later));
            }
        }
        Ok(Flow::On)
    }

    /// Google does not know the block. After an update it may simply be inserted; after "exists already" the
    /// id is used up for good.
    async fn absent(&self, work: &mut Work<'_>, step: &Step) -> Result<Flow, SyncError> {
        if work.now.due() == Want::Nothing {
            work.gone(Have::Deleted);
            return Ok(Flow::On);
        }
        if *step == Step::Look && work.now.have == Have::Nothing {
            // It may be there after all, only not to be seen yet: then it has to go again.
            work.now.strays.insert(work.now.generation.into());
            return self.raise(work).await;
        }
        work.now.have = Have::Nothing;
        work.now.etag = None;
        Ok(Flow::On)
    }

    /// The id is used up: the next generation, recorded before anything is inserted under it.
    async fn raise(&self, work: &mut Work<'_>) -> Result<Flow, SyncError> {
        work.raised += 1;
        if work.raised > GENERATIONS_PER_PUSH {
            let reason = "Google refuses every id of this block".to_owned();
            return Ok(work.park(ParkKind::Refused, reason, self.now()));
        }
        work.now.generation = work.now.generation.next();
        // A block under a new id is one more rewrite: who deletes each of them is not written for ever.
        work.now.rewrites += u32::from(work.now.have == Have::Deleted);
        work.now.have = Have::Nothing;
        work.now.etag = None;
        let update = (work.job.target, work.before.clone(), work.now.clone());
        self.record(work.job.row, vec![update]).await?;
        work.before = work.now.clone();
        Ok(Flow::On)
    }

    /// Too many rewrites: read once more, to name what keeps changing.
    async fn freeze(&self, work: &mut Work<'_>) -> Result<Flow, SyncError> {
        let differs = match (self.due_block(work), self.wanted(work)) {
            (Ok(block), Ok((wanted, _))) => {
                let event = work
                    .job
                    .place
                    .client
                    .get_block(work.job.place.google, &block)
                    .await;
                event
                    .ok()
                    .map(|event| content::differing(&content::content(&event), &wanted))
            }
            (Err(_), _) | (_, Err(_)) => None,
        };
        let differs = differs.unwrap_or_else(|| "its content".to_owned());
        let reason = format!(
            "written {} times, and each time changed again on the target: {differs}",
            work.now.rewrites
        );
        Ok(work.park(ParkKind::Frozen, reason, self.now()))
    }

    fn jitter(&self) -> f64 {
        let mut rng = self
            .rng
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        rng.f64()
    }
}

/// Why a step was not taken, or not to its end.
enum Blocked {
    Google(Error),
    /// The row does not lead to a content any more: it is planned again first.
    NoContent,
}

impl From<Error> for Blocked {
    fn from(error: Error) -> Self {
        Self::Google(error)
    }
}

impl Work<'_> {
    fn is_own(&self) -> bool {
        matches!(self.now.due(), Want::Own(_) | Want::Nothing)
    }

    fn worn_out(&self) -> bool {
        self.now.rewrites > REWRITES_UNTIL_FROZEN
    }

    /// Google stored what was sent, or something else; either way this is what is there now.
    fn stored(&mut self, due: Fingerprint, event: &crate::google::wire::Event) {
        let print = content::print(event);
        self.now.have = match self.now.due() {
            Want::Instance(_) | Want::Hidden => Have::Instance(due),
            Want::Own(_) | Want::Nothing => Have::Own(due),
        };
        self.now.stored = (print != due).then_some(print);
        let series = self
            .job
            .row
            .source
            .live()
            .filter(|event| event.kind.is_series());
        if let (Some(series), Some(rule)) = (series, self.job.rule) {
            self.now.lead = rule.lead(series);
        }
        self.now.etag = event
            .etag
            .clone()
            .and_then(|etag| crate::model::Etag::parse(etag).ok());
    }

    fn gone(&mut self, have: Have) {
        self.now.have = have;
        self.now.etag = None;
        self.now.stored = None;
    }

    fn stray_gone(&mut self, stray: &Stray) {
        self.now.strays.remove(stray);
    }

    fn saw(&mut self, seen: &crate::plan::BlockFact) {
        self.now.etag.clone_from(&seen.etag);
        let own = self.is_own();
        self.now.have = match (&seen.shows, self.now.due()) {
            (Shows::Live { print, .. }, Want::Own(due)) if self.now.stored == Some(*print) => {
                Have::Own(due)
            }
            (Shows::Live { print, .. }, _) if own => Have::Own(*print),
            (Shows::Live { print, .. }, _) => Have::Instance(*print),
            (Shows::Cancelled | Shows::Missing, _) if own => Have::Deleted,
            (Shows::Cancelled | Shows::Missing, _) => Have::Hidden,
        };
    }

    /// There is no such occurrence in the series block, or no series block. The next read of the target may tell;
    /// if it stays so, the exception gets a block of its own.
    fn no_occurrence(&mut self, now: Timestamp, jitter: f64, answer: String) -> Flow {
        self.now.have = Have::Unknown;
        self.now.etag = None;
        self.later(now, jitter, None, answer);
        let failures = self.now.retry.as_ref().map_or(0, |retry| retry.failures);
        let Some(rule) = self.job.rule.filter(|_| failures >= OCCURRENCE_FAILURES) else {
            return Flow::End(Verdict::Later);
        };
        crate::plan::set_alone(self.job.row, &mut self.now, rule, now);
        self.now.retry = None;
        Flow::On
    }

    fn park(&mut self, kind: ParkKind, reason: String, since: Timestamp) -> Flow {
        self.now.parked = Some(Park {
            kind,
            reason,
            since,
        });
        self.now.retry = None;
        Flow::End(Verdict::Parked)
    }

    fn later(&mut self, now: Timestamp, jitter: f64, asked: Option<Duration>, why: String) {
        let failures = self.now.retry.as_ref().map_or(0, |retry| retry.failures) + 1;
        let wait = backoff(failures, jitter).max(asked.unwrap_or_default());
        self.now.retry = Some(Retry {
            failures,
            at: now.saturating_add(wait).unwrap_or(Timestamp::MAX),
            why,
        });
    }
}

/// Doubling from the shortest wait to the longest, half of it by chance; whole seconds.
fn backoff(failures: u32, jitter: f64) -> Duration {
    let doubled = PUSH_RETRY_MIN.saturating_mul(1 << (failures - 1).min(16));
    let wait = doubled.min(PUSH_RETRY_MAX);
    let wait = wait.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    Duration::from_secs(wait.as_secs().max(1))
}
