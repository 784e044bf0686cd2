//! Shared meetings in every state that answers can bring them to, checked against what Google shows and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use fastrand::Rng;
use serde_json::{Value, json};
use simulator::{Occurrence, Simulator, Status};

use super::super::BLOCK;
use crate::bench::{Bench, name, timed, weekly};

/// Histories that are tried.
const SEEDS: u64 = 100;
/// Rounds of edits in each, with everything at rest in between.
const ROUNDS: usize = 3;
/// Original starts of the occurrences of the series.
const STARTS: [&str; 3] = [
    "2026-03-10T09:00:00+01:00",
    "2026-03-17T09:00:00+01:00",
    "2026-03-31T09:00:00+02:00",
];

/// A meeting, or one occurrence of one: the same on every calendar.
type Meeting = (String, Option<DateTime<Utc>>);
type Span = (DateTime<Utc>, DateTime<Utc>);

fn window() -> Span {
    let from: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
    (from, from + Duration::days(60))
}

fn meetings(google: &Simulator, calendar: &str) -> BTreeMap<Meeting, Occurrence> {
    let (from, to) = window();
    let all = google.occurrences(calendar, from, to).into_iter();
    let own = all.filter(|one| !one.event_id.starts_with(BLOCK) && !one.declined);
    own.map(|one| {
        let meeting = match &one.master_id {
            Some(series) => (series.clone(), one.original_start),
            None => (one.event_id.clone(), None),
        };
        (meeting, one)
    })
    .collect()
}

fn held(google: &Simulator, calendar: &str) -> Vec<Span> {
    let (from, to) = window();
    let all = google.occurrences(calendar, from, to).into_iter();
    let blocks = all.filter(|one| one.event_id.starts_with(BLOCK));
    let mut held: Vec<Span> = blocks.map(|one| (one.start, one.end)).collect();
    held.sort_unstable();
    held
}

/// Each meeting that a person goes to by some calendar is on each other one once: itself, or as a block at a time that a
/// copy has.
fn wrong(google: &Simulator, calendars: usize) -> Vec<String> {
    let attended: Vec<_> = (0..calendars).map(|n| meetings(google, &name(n))).collect();
    let all: BTreeSet<&Meeting> = attended.iter().flat_map(BTreeMap::keys).collect();
    let mut wrong = Vec::new();
    for n in 0..calendars {
        let mut left = held(google, &name(n));
        for meeting in all
            .iter()
            .filter(|meeting| !attended[n].contains_key(**meeting))
        {
            let copies = attended.iter().filter_map(|there| there.get(*meeting));
            let times: Vec<Span> = copies.map(|copy| (copy.start, copy.end)).collect();
            match left.iter().position(|held| times.contains(held)) {
                Some(place) => drop(left.remove(place)),
                None => wrong.push(format!("calendar {n} lacks {meeting:?}")),
            }
        }
        wrong.extend(
            left.iter()
                .map(|held| format!("calendar {n} has {held:?} too much")),
        );
    }
    wrong
}

struct Storm {
    bench: Bench,
    rng: Rng,
    calendars: usize,
    told: Vec<String>,
}

impl Storm {
    /// One edit; what Google refuses (a second deletion) changes nothing.
    fn edit(&mut self) {
        let (kind, n) = (self.rng.u32(0..20), self.rng.usize(0..self.calendars));
        let event = ["shared", "alone"][self.rng.usize(0..2)];
        let start = STARTS[self.rng.usize(0..STARTS.len())];
        let answer = ["declined", "accepted", "tentative"][self.rng.usize(0..3)];
        let calendar = name(n);
        let mut google = self.bench.world.google();
        let there = |google: &Simulator, id: &str| {
            let event = google.event(&calendar, id);
            event.is_some_and(|event| event.status != Status::Cancelled)
        };
        let occurrence = google.occurrence_id(&calendar, "shared", start).ok();
        let occurrence = occurrence.filter(|_| there(&google, "shared"));
        let done = match (kind, occurrence) {
            (0..=1, _) if google.event(&calendar, event).is_none() => {
                let body = body(event);
                google.insert_event(&calendar, body).map(drop).is_ok()
            }
            (0..=3, _) if !there(&google, event) => {
                let back = json!({"status": "confirmed"});
                google.patch_event(&calendar, event, back).is_ok()
            }
            (4..=7, _) if there(&google, event) => google.respond(&calendar, event, answer).is_ok(),
            (8, _) => google.delete_event(&calendar, event).is_ok(),
            (9..=14, Some(id)) if there(&google, &id) => {
                google.respond(&calendar, &id, answer).is_ok()
            }
            (15..=16, Some(_)) => google.cancel_occurrence(&calendar, "shared", start).is_ok(),
            (17, Some(id)) => {
                let back = json!({"status": "confirmed"});
                google.patch_event(&calendar, &id, back).is_ok()
            }
            (18..=19, Some(id)) if there(&google, &id) => {
                let hour = self.rng.u32(10..16);
                let at = |minute: &str| {
                    let day = &start[..10];
                    json!({"dateTime": format!("{day}T{hour}:{minute}:00+01:00")})
                };
                let moved = google.move_occurrence(&calendar, "shared", start, at("00"), at("30"));
                moved.is_ok()
            }
            _ => false,
        };
        self.told
            .push(format!("{kind} on {n}: {event} {start} {answer}: {done}"));
    }

    async fn round(&mut self) {
        for _ in 0..self.rng.usize(1..5) {
            self.edit();
            if self.rng.bool() {
                let n = self.rng.usize(0..self.calendars);
                self.told.push(format!("sync {n}"));
                let calendar = self.bench.id(n);
                self.bench.worker().sync(calendar).await.unwrap();
            }
        }
        self.bench.drive().await;
    }
}

fn body(event: &str) -> Value {
    match event {
        "shared" => weekly("shared", 3, 9, 6),
        other => timed(other, 4, 9),
    }
}

async fn storm(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let calendars = rng.usize(2..=3);
    let bench = Bench::with(calendars, |google| {
        for n in 0..calendars {
            for event in ["shared", "alone"] {
                if rng.u32(0..4) > 0 {
                    google.insert_event(&name(n), body(event)).unwrap();
                }
            }
        }
    })
    .await;
    let mut storm = Storm {
        bench,
        rng,
        calendars,
        told: Vec::new(),
    };
    for _ in 0..ROUNDS {
        storm.round().await;
        let wrong = wrong(&storm.bench.world.google(), calendars);
        let told = &storm.told;
        assert_eq!(wrong, [""; 0], "seed {seed}: {told:#?}");
        storm.bench.world.google().clear_log();
        let driven = storm.bench.drive().await;
        assert!(driven.quiet, "seed {seed}: {told:#?}");
        assert_eq!(storm.bench.google_writes(), [], "seed {seed}: {told:#?}");
        let report = storm.bench.validated(true).await;
        let found: Vec<_> = report.findings().collect();
        assert!(found.is_empty(), "seed {seed}: {found:#?} {told:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_any_answers_each_meeting_is_on_each_calendar_once() {
    for seed in 0..SEEDS {
        storm(seed).await;
    }
}
