//! One health run: look at every calendar, keep what was found, tell what changed.
//!
//! One calendar that cannot be looked at never stops the others: it becomes an issue. Nothing is asked of Google, and rows are
//! read only where they may have changed since they were last counted. What is to be synced, repaired or audited is the
//! caller's business ([`Checkup::work`]), between the look and the telling.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use data_encoding::HEXLOWER;
use futures::StreamExt;
use futures::stream;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Engine;
use super::error::chain;
use crate::alerts::{Sink, SinkError};
use crate::google::Clock;
use crate::health::{
    Alert, Checkup, Latest, Pace, Part, Report, Signals, Subject, Tally, Unread, Verdict, Vitals,
    judge,
};
use crate::limits;
use crate::model::{CalendarId, Rev, State, Switch, UserConfig, UserId, Wake};
use crate::store::{Class, Counted, Marks, Put, Store, StoreError};

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The report.
    pub report: Report,
    /// It is the latest now; no: another run looked later.
    pub kept: bool,
    /// Alerts sent by this run.
    pub sent: u64,
    /// Alerts left in the outbox, for this run's successor or for whoever is sending.
    pub unsent: u64,
}

/// What was read of one calendar.
struct Read {
    calendar: CalendarId,
    part: Part,
    marks: Result<Marks, Unread>,
}

/// Who looks at everything, keeps the report and tells: it has no way to Google, and no key.
#[derive(Debug, Clone)]
pub struct Watch {
    store: Store,
    clock: Clock,
    owner: String,
    rng: Arc<Mutex<fastrand::Rng>>,
}

impl Engine {
    /// The engine's own.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch {
            store: self.store.clone(),
            clock: self.clock.clone(),
            owner: self.owner.clone(),
            rng: Arc::clone(&self.rng),
        }
    }
}

impl Watch {
    /// One of its own. `owner` and `seed` tell runs apart.
    #[must_use]
    pub fn new(store: Store, clock: Clock, owner: String, seed: u64) -> Self {
        Self {
            store,
            clock,
            owner,
            rng: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))),
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn random(&self) -> u64 {
        super::draw(&self.rng)
    }

    /// Looks at every calendar of `users`, and at others of theirs that are still woken.
    pub async fn health(&self, users: &[UserId], pace: &Pace) -> Checkup {
        let at = self.now();
        let users: BTreeSet<UserId> = users.iter().copied().collect();
        let (woken, mut verdicts) = self.woken().await;
        let looks = users.iter().map(|user| self.look_at_user(*user, &woken));
        let looks: Vec<_> = stream::iter(looks)
            .buffer_unordered(limits::HEALTH_USERS_AT_ONCE)
            .collect()
            .await;
        let (mut audits, mut vitals) = (BTreeMap::new(), Vitals::default());
        for look in looks {
            match look {
                Ok(signals) => {
                    vitals = signals.iter().fold(vitals, Vitals::and);
                    audits.extend(signals.iter().filter_map(last_audit));
                    verdicts.extend(signals.iter().map(|one| judge(one, at, pace.audit_every)));
                }
                Err(verdict) => verdicts.push(verdict),
            }
        }
        verdicts.sort_by_key(|verdict| verdict.subject);
        Checkup {
            at,
            users,
            verdicts,
            audits,
            vitals,
        }
    }

    /// Every calendar that is woken: also those that left the config.
    async fn woken(&self) -> (Vec<Wake>, Vec<Verdict>) {
        match self.store.unserved().await {
            Ok(woken) => (woken, Vec::new()),
            Err(why) => {
                let verdict = Verdict::unread(Subject::Installation, unread(&why));
                (Vec::new(), vec![verdict])
            }
        }
    }

    async fn look_at_user(&self, user: UserId, woken: &[Wake]) -> Result<Vec<Signals>, Verdict> {
        use crate::health::IssueKind::ConfigMissing;
        let subject = Subject::User(user);
        match self.store.user_config(user).await {
            Ok(Some(config)) => {
                let left = woken.iter().map(|wake| wake.calendar);
                let left = left.filter(|calendar| calendar.user() == user);
                Ok(self.signals(&config, left).await)
            }
            Ok(None) => Err(Verdict::only(subject, ConfigMissing)),
            Err(why) => Err(Verdict::unread(subject, unread(&why))),
        }
    }

    /// The signals of a user's calendars: those of `config`, and of `others` as of calendars that left it.
    pub async fn signals(
        &self,
        config: &UserConfig,
        others: impl IntoIterator<Item = CalendarId>,
    ) -> Vec<Signals> {
        let mut parts: BTreeMap<CalendarId, Part> =
            others.into_iter().map(|id| (id, Part::Off)).collect();
        for id in config.calendars.keys() {
            let part = match config.switch(*id) {
                Some(Switch::On) => Part::Active,
                Some(Switch::Paused) => Part::Paused,
                Some(Switch::Off) | None => Part::Off,
            };
            parts.insert(*id, part);
        }
        let reads = parts
            .into_iter()
            .map(|(calendar, part)| self.read_marks(calendar, part));
        let reads: Vec<Read> = stream::iter(reads)
            .buffer_unordered(limits::HEALTH_CALENDARS_AT_ONCE)
            .collect()
            .await;
        let stamp = stamp(&reads);
        let signals = reads
            .into_iter()
            .map(|read| self.signals_of(read, stamp.as_deref()));
        stream::iter(signals)
            .buffer_unordered(limits::HEALTH_CALENDARS_AT_ONCE)
            .collect()
            .await
    }

    async fn read_marks(&self, calendar: CalendarId, part: Part) -> Read {
        let marks = self.store.marks(calendar).await;
        Read {
            calendar,
            part,
            marks: marks.map_err(|why| unread(&why)),
        }
    }

    async fn signals_of(&self, read: Read, stamp: Option<&str>) -> Signals {
        let (calendar, now) = (read.calendar, self.now());
        let marks = match read.marks {
            Ok(marks) => marks,
            Err(why) => return blind(calendar, read.part, why, now),
        };
        // What cannot be read is counted anew, and replaced.
        let before = marks.counted.ok().flatten();
        let first_seen = before.as_ref().map_or(now, |before| before.first_seen);
        let tally = match before.filter(|before| holds(before, stamp, now)) {
            Some(before) => Ok(before.tally),
            None => self.count(calendar, stamp, first_seen).await,
        };
        Signals {
            calendar,
            part: read.part,
            state: marks.state.map_err(|why| unread(&why)),
            wake: marks
                .wake
                .map(|wake| wake.map(|wake| wake.since))
                .map_err(|why| unread(&why)),
            tally: tally.map_err(|why| unread(&why)),
            audited: marks.audited.map_err(|why| unread(&why)),
            first_seen,
        }
    }

    /// Counts a calendar's rows, and keeps the count for as long as no epoch of the user's moves.
    async fn count(
        &self,
        calendar: CalendarId,
        stamp: Option<&str>,
        first_seen: Timestamp,
    ) -> Result<Tally, StoreError> {
        let at = self.now();
        let rows = self.store.calendar_rows(calendar).await;
        let counted = Counted {
            tally: match &rows {
                Ok(rows) => Tally::of(rows, at),
                Err(_) => Tally::default(),
            },
            stamp: match (&rows, stamp) {
                (Ok(_), Some(stamp)) => stamp.to_owned(),
                (Ok(_) | Err(_), _) => String::new(),
            },
            at,
            first_seen,
        };
        // It saves reads, and says when the calendar was first seen; the next run counts again.
        if let Err(why) = self.store.note_counted(calendar, &counted).await {
            tracing::debug!(%calendar, error = chain(&why), "count not kept");
        }
        rows.map(|_| counted.tally)
    }

    /// How much of what was wrong at the last look, and that syncs or repairs mend, is not any more. They are others' work: that
    /// it shows no more is how their effect is confirmed.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn fixes(&self, checkup: &Checkup) -> Result<u64, StoreError> {
        let latest = self.store.latest_health().await?;
        Ok(latest.map_or(0, |latest| checkup.mended_since(&latest.standing)))
    }

    /// Keeps what was found, with the fixes that were made meanwhile, and tells what changed.
    ///
    /// # Errors
    /// The table could not be read or written, or somebody else kept changing it: whatever was not told stays in the outbox.
    pub async fn conclude(
        &self,
        checkup: &Checkup,
        automatic_fixes: u64,
        sink: &impl Sink,
    ) -> Result<Told, StoreError> {
        let report = checkup.report(automatic_fixes);
        let run = format!("{}-{:016x}", self.owner, self.random());
        let Some(latest) = self.keep_latest(checkup, &report, &run).await? else {
            return Ok(Told {
                report,
                kept: false,
                sent: 0,
                unsent: 0,
            });
        };
        let (sent, unsent) = self.send(latest, &run, sink).await?;
        self.store.keep_report(&report).await?;
        Ok(Told {
            report,
            kept: true,
            sent,
            unsent,
        })
    }

    async fn keep_latest(
        &self,
        checkup: &Checkup,
        report: &Report,
        run: &str,
    ) -> Result<Option<Latest>, StoreError> {
        for _ in 0..limits::HEALTH_ROUNDS {
            let before = self.store.latest_health().await?;
            let Some(next) = Latest::after(before.as_ref(), checkup, report.clone(), run) else {
                return Ok(None);
            };
            let expected = before.map_or(Rev::default(), |before| before.rev);
            match self.store.put_latest_health(&next, expected).await? {
                Put::Written => return Ok(Some(next)),
                Put::Conflict => {}
            }
        }
        Err(contended())
    }

    /// Empties the outbox, if nobody else does: how many were sent, and how many are left.
    async fn send(
        &self,
        mut latest: Latest,
        run: &str,
        sink: &impl Sink,
    ) -> Result<(u64, u64), StoreError> {
        let mut sent = 0_u64;
        for round in 1..=limits::SENDING_ROUNDS {
            if !latest.is_sending(run) {
                break;
            }
            let batch: Vec<Alert> = latest
                .unsent
                .iter()
                .take(limits::ALERTS_AT_ONCE)
                .cloned()
                .collect();
            let (numbers, failed) = send_some(&batch, sink).await;
            sent = sent.saturating_add(numbers.len() as u64);
            let last = failed || round == limits::SENDING_ROUNDS;
            latest = self.note_sent(latest, &numbers, run, last).await?;
        }
        Ok((sent, latest.unsent.len() as u64))
    }

    async fn note_sent(
        &self,
        mut latest: Latest,
        numbers: &[u64],
        run: &str,
        last: bool,
    ) -> Result<Latest, StoreError> {
        for _ in 0..limits::HEALTH_ROUNDS {
            let next = match last {
                true => latest.given_up(numbers, run, self.now()),
                false => latest.sent(numbers, run, self.now()),
            };
            match self.store.put_latest_health(&next, latest.rev).await? {
                Put::Written => return Ok(next),
                Put::Conflict => {}
            }
            latest = self.store.latest_health().await?.ok_or_else(contended)?;
        }
        Err(contended())
    }
}

/// Sends until one is not taken: which were, and whether one was not.
async fn send_some(batch: &[Alert], sink: &impl Sink) -> (Vec<u64>, bool) {
    let mut sent = Vec::new();
    for alert in batch {
        let sending = tokio::time::timeout(limits::ALERT_ATTEMPT, sink.send(alert));
        match sending.await.unwrap_or(Err(SinkError::Late)) {
            Ok(()) => sent.push(alert.number),
            Err(why) => {
                tracing::error!(number = alert.number, error = chain(&why), "alert not sent");
                return (sent, true);
            }
        }
    }
    (sent, false)
}

fn contended() -> StoreError {
    StoreError::Conflict {
        operation: "health",
    }
}

fn unread(why: &StoreError) -> Unread {
    match why.class() {
        Class::Corrupt => Unread::Damaged,
        Class::Newer => Unread::Newer,
        Class::Throttled
        | Class::Unavailable
        | Class::Conflict
        | Class::Invalid
        | Class::Denied => Unread::Unavailable,
    }
}

fn blind(calendar: CalendarId, part: Part, why: Unread, now: Timestamp) -> Signals {
    Signals {
        calendar,
        part,
        state: Err(why),
        wake: Err(why),
        tally: Err(why),
        audited: Err(why),
        first_seen: now,
    }
}

/// A calendar that a comparison with Google makes sense for, and when it last was compared.
fn last_audit(signals: &Signals) -> Option<(CalendarId, Option<Timestamp>)> {
    let state = signals.state.as_ref().ok()?.as_ref()?;
    let last = signals.audited.ok()?.map(|audited| audited.at);
    let fit = signals.part == Part::Active && state.token.is_some();
    fit.then_some((signals.calendar, last))
}

fn holds(counted: &Counted, stamp: Option<&str>, now: Timestamp) -> bool {
    let recent = counted.at.saturating_add(limits::TALLY_FOR);
    stamp == Some(counted.stamp.as_str()) && recent.is_ok_and(|until| now < until)
}

/// What stays the same as long as no row of the user's is written: every write is made under a lease, and every lease
/// has an epoch of its own. None: somebody may be writing now.
fn stamp(reads: &[Read]) -> Option<String> {
    let mut epochs = BTreeMap::new();
    for read in reads {
        epochs.insert(read.calendar, epoch(read)?);
    }
    let mut digest = Sha256::new();
    for (calendar, epoch) in epochs {
        digest.update(calendar.bytes());
        digest.update(epoch.to_be_bytes());
    }
    let digest = digest.finalize();
    Some(HEXLOWER.encode(digest.get(..16).unwrap_or(&digest)))
}

fn epoch(read: &Read) -> Option<u64> {
    let marks = read.marks.as_ref().ok()?;
    match marks.state.as_ref().ok()? {
        Some(State { lease: Some(_), .. }) => None,
        Some(state) => Some(state.epoch.0),
        None => Some(0),
    }
}
