//! A batch of messages: each is read, worked on and answered for by itself.

use std::future::Future;

use futures::StreamExt;
use futures::stream;

use super::answer::Answer;
use super::event::Record;
use crate::engine::{Class, SyncError};
use crate::limits::RECORDS_AT_ONCE;
use crate::queue::{Message, Queue, Unreadable};

/// What became of one message's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Done, or noted where somebody goes on.
    Fully,
    /// The time was over; it is noted where somebody goes on.
    Left,
    /// It failed and is noted; this message would not mend it.
    Failed,
    /// It failed, and this message is all that asks for it: it is to come again.
    Again,
}

impl Done {
    /// What becomes of a message whose work failed and that nothing else asks for.
    #[must_use]
    pub fn failed_with(why: &SyncError) -> Self {
        match why.class() {
            Class::Conflict | Class::Later(_) => Self::Again,
            // Health tells, and a person has to mend it: coming again would only fail again.
            Class::Denied | Class::Corrupt | Class::Config => Self::Failed,
        }
    }
}

/// Where messages go that nobody reads.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The queue that the batch came from, by the function's name.
    pub from: &'static str,
    /// The quarantine.
    pub quarantine: &'a Queue,
}

/// What became of one record.
enum Fate {
    Done(Done),
    SetAside,
    /// A newer version's, or one that could not be set aside.
    Kept,
}

impl Batch<'_> {
    /// Works on each record, a few side by side; the answer names those that are to come again.
    pub async fn each<M: Message, F>(&self, records: Vec<Record>, work: impl Fn(M) -> F) -> Answer
    where
        F: Future<Output = Done>,
    {
        let work = &work;
        let works = records.into_iter().map(|record| async move {
            let fate = match read::<M>(&record) {
                Ok(message) => Fate::Done(work(message).await),
                Err(why) => self.unread(&record, why).await,
            };
            (record.id, fate)
        });
        let fates: Vec<(String, Fate)> = stream::iter(works)
            .buffer_unordered(RECORDS_AT_ONCE)
            .collect()
            .await;
        answer(fates)
    }

    async fn unread(&self, record: &Record, why: Unreadable) -> Fate {
        let body = record.body.as_deref().unwrap_or_default();
        match why {
            Unreadable::Newer { schema } => {
                tracing::warn!(id = %record.id, schema, "a newer version's message is left for it");
                Fate::Kept
            }
            Unreadable::Malformed { what } => {
                match self.quarantine.set_aside(self.from, body, why).await {
                    Ok(()) => {
                        tracing::warn!(id = %record.id, why = what, "message set aside");
                        Fate::SetAside
                    }
                    Err(error) => {
                        tracing::error!(id = %record.id, %error, "message not set aside");
                        Fate::Kept
                    }
                }
            }
        }
    }
}

fn read<M: Message>(record: &Record) -> Result<M, Unreadable> {
    let body = record.body.as_deref();
    M::parse(body.ok_or(Unreadable::Malformed {
        what: "a body that is no text",
    })?)
}

fn answer(mut fates: Vec<(String, Fate)>) -> Answer {
    fates.sort_by(|(one, _), (other, _)| one.cmp(other));
    let count = |is: fn(&Fate) -> bool| fates.iter().filter(|(_, fate)| is(fate)).count() as u64;
    let counts = vec![
        ("records", fates.len() as u64),
        (
            "done",
            count(|fate| matches!(fate, Fate::Done(Done::Fully))),
        ),
        ("left", count(|fate| matches!(fate, Fate::Done(Done::Left)))),
        (
            "failed",
            count(|fate| matches!(fate, Fate::Done(Done::Failed | Done::Again))),
        ),
        ("quarantined", count(|fate| matches!(fate, Fate::SetAside))),
    ];
    let again = |fate: &Fate| matches!(fate, Fate::Kept | Fate::Done(Done::Again));
    let failures = fates
        .into_iter()
        .filter(|(_, fate)| again(fate))
        .map(|(id, _)| id);
    Answer {
        failures: Some(failures.collect()),
        counts,
    }
}
