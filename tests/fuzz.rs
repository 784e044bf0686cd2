//! Random histories: whatever people do to their calendars, once things are quiet everything is in step.
//!
//! A history is a pure function of its seed. One that fails prints its seed and what was done; it then becomes a
//! named test elsewhere.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use shared::validate::{Finding, Kind};
use simulator::{Simulator, Status};
use wire::Schedule;
use wire::faults::{DynamoFailure, Failure, Verdict};

use crate::bench::{Bench, name, timed, weekly};

/// One run: edits drawn from a seed.
pub(crate) struct History {
    pub(crate) bench: Bench,
    pub(crate) rng: Rng,
    made: u32,
    pub(crate) told: Vec<String>,
}

impl History {
    pub(crate) async fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let calendars = rng.usize(2..=4);
        let bench = Bench::with(calendars, |_| {}).await;
        Self {
            bench,
            rng,
            made: 0,
            told: Vec::new(),
        }
    }

    pub(crate) fn calendar(&mut self) -> String {
        let count = self.bench.names.len();
        name(self.rng.usize(0..count))
    }

    /// Live events of a calendar: blocks, or all others.
    fn live(&self, calendar: &str, blocks: bool) -> Vec<String> {
        let events = self.bench.world.google().events(calendar).into_iter();
        events
            .filter(|event| event.status != Status::Cancelled)
            .filter(|event| event.id.starts_with("tidelock") == blocks)
            .map(|event| event.id)
            .collect()
    }

    fn pick(&mut self, blocks: bool) -> Option<(String, String)> {
        let calendar = self.calendar();
        let events = self.live(&calendar, blocks);
        (!events.is_empty()).then(|| (calendar, events[self.rng.usize(0..events.len())].clone()))
    }

    pub(crate) fn edit(&mut self) {
        let kind = self.rng.u32(0..20);
        let done = match kind {
            0..=3 => self.add(),
            4 => self.add_series(),
            5 => self.add_all_day(),
            6..=7 => self.change(false, "move"),
            8 => self.change(false, "title"),
            9 => self.change(false, "free"),
            10 => self.answer(),
            11 => self.delete(false),
            12..=13 => self.occurrence(false),
            14 => self.split(),
            15 => self.delete(true),
            16 => self.change(true, "move"),
            17 => self.occurrence(true),
            18 => self.strange(),
            _ => self.expire(),
        };
        self.told.push(done.unwrap_or_else(|| "nothing".into()));
    }

    fn add(&mut self) -> Option<String> {
        self.made += 1;
        let (calendar, id) = (self.calendar(), format!("event{}", self.made));
        let body = timed(&id, self.rng.u32(3..28), self.rng.u32(6..20));
        self.bench
            .world
            .google()
            .insert_event(&calendar, body)
            .ok()?;
        Some(format!("add {id} to {calendar}"))
    }

    /// An event of a kind that rules tell apart.
    pub(crate) fn add_kind(&mut self) -> Option<String> {
        self.made += 1;
        let (calendar, id) = (self.calendar(), format!("kind{}", self.made));
        let mut body = timed(&id, self.rng.u32(3..28), self.rng.u32(1..22));
        let titles = ["lunch", "lunch #nosync", "#away trip", "#NoSync #away", ""];
        body["summary"] = format!("{} secret{}", titles[self.rng.usize(0..5)], self.made).into();
        if self.rng.u32(0..4) == 0 {
            body["end"]["dateTime"] = format!("2026-03-{}T23:00:00Z", self.rng.u32(29..31)).into();
        }
        match self.rng.u32(0..6) {
            0 => body["status"] = "tentative".into(),
            1 => body["visibility"] = "private".into(),
            2 => body["visibility"] = "confidential".into(),
            3 if calendar == name(0) => {
                let answers = ["needsAction", "tentative", "accepted", "declined"];
                let answer = answers[self.rng.usize(0..4)];
                body["attendees"] = json!([
                    {"email": name(0), "self": true, "responseStatus": answer},
                    {"email": "bob@example.com", "responseStatus": "accepted"},
                ]);
            }
            4 if calendar == name(0) => body["eventType"] = "focusTime".into(),
            5 if calendar == name(0) => body["eventType"] = "outOfOffice".into(),
            _ => {}
        }
        let mut google = self.bench.world.google();
        google.insert_event(&calendar, body).ok()?;
        Some(format!("add {id} to {calendar}"))
    }

    fn add_series(&mut self) -> Option<String> {
        self.made += 1;
        let (calendar, id) = (self.calendar(), format!("series{}", self.made));
        let body = weekly(
            &id,
            self.rng.u32(3..28),
            self.rng.u32(6..20),
            self.rng.u32(2..8),
        );
        self.bench
            .world
            .google()
            .insert_event(&calendar, body)
            .ok()?;
        Some(format!("add {id} to {calendar}"))
    }

    fn add_all_day(&mut self) -> Option<String> {
        self.made += 1;
        let (calendar, id) = (self.calendar(), format!("day{}", self.made));
        let day = self.rng.u32(3..25);
        let mut body = json!({"id": id, "summary": "secret",
            "start": {"date": format!("2026-03-{day:02}")},
            "end": {"date": format!("2026-03-{:02}", day + self.rng.u32(1..4))}});
        if self.rng.bool() {
            body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=4"]);
        }
        self.bench
            .world
            .google()
            .insert_event(&calendar, body)
            .ok()?;
        Some(format!("add {id} to {calendar}"))
    }

    fn change(&mut self, blocks: bool, what: &str) -> Option<String> {
        let (calendar, id) = self.pick(blocks)?;
        let patch = match what {
            "move" => self.times(&calendar, &id)?,
            "title" => json!({"summary": format!("secret {}", self.rng.u32(..))}),
            _ => json!({"transparency": if self.rng.bool() { "transparent" } else { "opaque" }}),
        };
        self.bench
            .world
            .google()
            .patch_event(&calendar, &id, patch)
            .ok()?;
        Some(format!("{what} {id} on {calendar}"))
    }

    /// Other times of the same kind.
    fn times(&mut self, calendar: &str, id: &str) -> Option<Value> {
        let (day, hour) = (self.rng.u32(3..25), self.rng.u32(6..20));
        let event = self.bench.world.google().event(calendar, id)?;
        if event.all_day {
            let end = day + self.rng.u32(1..3);
            return Some(json!({"start": {"date": format!("2026-03-{day:02}")},
                "end": {"date": format!("2026-03-{end:02}")}}));
        }
        Some(json!({
            "start": {"dateTime": format!("2026-03-{day:02}T{hour:02}:15:00"), "timeZone": "Europe/Berlin"},
            "end": {"dateTime": format!("2026-03-{day:02}T{:02}:00:00", hour + 1), "timeZone": "Europe/Berlin"}}))
    }

    fn answer(&mut self) -> Option<String> {
        // Google marks the owner among the guests on primary calendars only.
        let (calendar, id) = self
            .pick(false)
            .filter(|(calendar, _)| *calendar == name(0))?;
        let answer = ["accepted", "declined", "tentative", "needsAction"][self.rng.usize(0..4)];
        self.bench
            .world
            .google()
            .respond(&calendar, &id, answer)
            .ok()?;
        Some(format!("{answer} {id} on {calendar}"))
    }

    fn delete(&mut self, blocks: bool) -> Option<String> {
        let (calendar, id) = self.pick(blocks)?;
        self.bench
            .world
            .google()
            .delete_event(&calendar, &id)
            .ok()?;
        Some(format!("delete {id} on {calendar}"))
    }

    fn series(&mut self, blocks: bool) -> Option<(String, String, String)> {
        let calendar = self.calendar();
        let google = self.bench.world.google();
        let series: Vec<_> = google
            .events(&calendar)
            .into_iter()
            .filter(|event| event.status != Status::Cancelled && !event.recurrence.is_empty())
            .filter(|event| event.id.starts_with("tidelock") == blocks)
            .map(|event| event.id)
            .collect();
        let (from, to) = (google.now(), google.now() + chrono::Duration::days(80));
        let occurrences = google.occurrences(&calendar, from, to);
        let zone = google.calendar_zone(&calendar)?;
        drop(google);
        let of = |series: &String| -> Vec<String> {
            occurrences
                .iter()
                .filter(|one| one.master_id.as_ref() == Some(series))
                .filter_map(|one| {
                    let original = one.original_start?;
                    Some(match one.event_id.rsplit('_').next()?.len() {
                        8 => original.with_timezone(&zone).date_naive().to_string(),
                        _ => original.to_rfc3339(),
                    })
                })
                .collect()
        };
        let all: Vec<(String, String)> = series
            .iter()
            .flat_map(|id| {
                of(id)
                    .into_iter()
                    .map(move |original| (id.clone(), original))
            })
            .collect();
        if all.is_empty() {
            return None;
        }
        let (id, original) = all[self.rng.usize(0..all.len())].clone();
        Some((calendar, id, original))
    }

    fn occurrence(&mut self, blocks: bool) -> Option<String> {
        let (calendar, id, original) = self.series(blocks)?;
        if self.rng.bool() {
            let mut google = self.bench.world.google();
            google.cancel_occurrence(&calendar, &id, &original).ok()?;
            return Some(format!("cancel {original} of {id} on {calendar}"));
        }
        let instance = self
            .bench
            .world
            .google()
            .occurrence_id(&calendar, &id, &original)
            .ok()?;
        let times = self.times(&calendar, &instance)?;
        let (start, end) = (times["start"].clone(), times["end"].clone());
        let mut google = self.bench.world.google();
        google
            .move_occurrence(&calendar, &id, &original, start, end)
            .ok()?;
        Some(format!("move {original} of {id} on {calendar}"))
    }

    fn split(&mut self) -> Option<String> {
        let blocks = self.rng.u32(0..4) == 0;
        let (calendar, id, original) = self.series(blocks)?;
        let mut google = self.bench.world.google();
        google
            .ui_split(&calendar, &id, &original, json!({"summary": "later"}))
            .ok()?;
        Some(format!("split {id} at {original} on {calendar}"))
    }

    fn strange(&mut self) -> Option<String> {
        let (calendar, id) = self.pick(true)?;
        let kind = self.rng.u32(0..2);
        let to = self.calendar();
        let mut google = self.bench.world.google();
        match kind {
            0 => google.strip_extended_properties(&calendar, &id).ok()?,
            _ => drop(google.copy_event(&calendar, &id, &to).ok()?),
        }
        Some(format!("strange {kind} to {id} on {calendar}"))
    }

    fn expire(&mut self) -> Option<String> {
        let calendar = self.calendar();
        self.bench.world.google().expire_sync_tokens(&calendar);
        Some(format!("expire tokens of {calendar}"))
    }

    /// A worker whose calls fail now and then, or which dies.
    pub(crate) async fn trouble(&mut self) {
        let seed = self.rng.u64(..);
        let crash = self.rng.bool().then(|| self.rng.usize(0..60));
        let mut rng = Rng::with_seed(seed);
        let schedule = Schedule::new(move |call| {
            if crash == Some(call.index) {
                return Verdict::Crash(if rng.bool() {
                    wire::faults::Side::Before
                } else {
                    wire::faults::Side::After
                });
            }
            if rng.f64() > 0.05 {
                return Verdict::Pass;
            }
            let failure: Failure = match (call.service, rng.u32(0..4)) {
                (wire::faults::Service::DynamoDb, 0) => DynamoFailure::Throttling.into(),
                (wire::faults::Service::DynamoDb, 1) => DynamoFailure::InternalServerError.into(),
                (_, 2) => Failure::Timeout,
                _ => Failure::Interrupted,
            };
            if rng.bool() {
                Verdict::fail_before(failure)
            } else {
                Verdict::fail_after(failure)
            }
        });
        let worker = self.bench.world.worker(&schedule, seed);
        let ids = self.bench.ids();
        let drive = worker.drive(&ids, Duration::from_secs(30), |_| {});
        tokio::select! {
            _ = drive => {}
            () = schedule.crashed() => self.told.push("a worker died".into()),
        }
        self.told.push("trouble".into());
    }

    async fn settle(&mut self, seed: u64) {
        // Leases of dead workers run out.
        self.bench.world.clock().advance(Duration::from_secs(700));
        let driven = self.bench.drive().await;
        let faults = self.bench.faults();
        let clean = driven.quiet && driven.failed.is_empty() && faults.is_empty();
        assert!(
            clean,
            "seed {seed}: {driven:#?}\n{faults:#?}\n{}",
            self.told.join("\n")
        );
        assert_no_work_left(&self.bench, seed, &self.told).await;
        let report = self.bench.validated(true).await;
        let unexpected = report.findings().filter(|finding| !is_visible(finding));
        let unexpected: Vec<_> = unexpected.collect();
        assert!(
            unexpected.is_empty(),
            "seed {seed}: {unexpected:#?}\n{}",
            self.told.join("\n")
        );
    }
}

/// What histories may well end in: events that a person has to look at.
pub(crate) fn is_visible(finding: &Finding) -> bool {
    matches!(finding.kind, Kind::Parked | Kind::Frozen)
}

/// A second drive writes nothing to Google.
pub(crate) async fn assert_no_work_left(bench: &Bench, seed: u64, told: &[String]) {
    let before = bench.world.google().log().len();
    bench.drive().await;
    let google: std::sync::MutexGuard<'_, Simulator> = bench.world.google();
    let writes: Vec<_> = google.log()[before..]
        .iter()
        .filter(|request| request.method != "GET")
        .collect();
    assert!(
        writes.is_empty(),
        "seed {seed}: {writes:#?}\n{}",
        told.join("\n")
    );
}

async fn run(seed: u64, rounds: u32, trouble: bool) {
    let mut history = History::new(seed).await;
    for _ in 0..rounds {
        for _ in 0..history.rng.u32(1..8) {
            history.edit();
        }
        if trouble {
            history.trouble().await;
        }
        history.told.push("-- settle".into());
        history.settle(seed).await;
    }
}

/// The seeds to run: these, or those of `TIDELOCK_SEEDS=FROM..TO`.
pub(crate) fn seeds(default: std::ops::Range<u64>) -> std::ops::Range<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a person who looks for a seed names it here"
    )]
    let asked = std::env::var("TIDELOCK_SEEDS").ok();
    let range = asked.as_deref().and_then(|asked| asked.split_once(".."));
    let parsed = range.and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    parsed.unwrap_or(default)
}

#[tokio::test(start_paused = true)]
async fn a_quiet_system_is_in_step_after_any_edits() {
    for seed in seeds(0..100) {
        run(seed, 3, false).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_system_is_in_step_after_any_edits_faults_and_crashes() {
    for seed in seeds(1_000..1_100) {
        run(seed, 3, true).await;
    }
}
