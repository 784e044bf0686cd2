//! What a poll, a change and a minute cost, through the functions: the counts that infra/cost.py computes a month from.

use std::fs;

use aws::shape::Queue;
use aws::sqs::Fate;
use serde_json::{Value, json};
use shared::queue::{Message, ToSync};
use shared::schedule::Asked;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wire::Schedule;

use super::cloud::{Cloud, Functions, calendar};
use super::drive::{Minute, scheduled};
use crate::bench::timed;

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/counts.json");

struct Scene {
    cloud: Cloud,
    functions: Functions,
    messages: Arc<AtomicU64>,
}

/// What was used.
#[derive(Debug, PartialEq)]
struct Used {
    read_units: f64,
    write_units: f64,
    google_units: u64,
    messages: u64,
}

impl Scene {
    /// One person with three calendars of some events each, long in step.
    async fn quiet() -> Self {
        let cloud = Cloud::of(1, 3, |google, person| {
            for number in 0..3 {
                for n in 0..5 {
                    let event = timed(&format!("e{n}x{number}"), 4 + n, 9 + number as u32);
                    google
                        .insert_event(&calendar(person, number), event)
                        .unwrap();
                }
            }
        })
        .await;
        cloud.connect().await;
        let messages = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&messages);
        cloud.sqs.disturb(move |taken| {
            counted.fetch_add(
                u64::from(taken.queue == Queue::Sync.name()),
                Ordering::Relaxed,
            );
            Fate::Keep
        });
        let functions = cloud.functions(&Schedule::none(), 1).await;
        for _ in 0..20 {
            cloud.minute(&functions).await;
        }
        assert_eq!(cloud.faults(), []);
        Self {
            cloud,
            functions,
            messages,
        }
    }

    async fn used(&self, work: impl AsyncFnOnce()) -> Used {
        let before = self.cloud.world.meter.usage();
        self.cloud.world.google().clear_log();
        self.messages.store(0, Ordering::Relaxed);
        work().await;
        let used = self.cloud.world.meter.usage().since(&before);
        Used {
            read_units: used.read_units,
            write_units: used.write_units,
            google_units: self.cloud.world.google().units(),
            messages: self.messages.load(Ordering::Relaxed),
        }
    }

    async fn sync(&self, number: usize) {
        let asked = Asked {
            calendar: self.cloud.ids(0)[number],
            every: Some(shared::model::Interval::Minutes5),
        };
        let body = ToSync::new(asked).body();
        let asked = json!({ "QueueUrl": self.cloud.url(Queue::Sync), "MessageBody": body });
        self.cloud.sqs.call("SendMessage", &asked).await.unwrap();
        self.cloud
            .drain(&self.functions, &mut Minute::default())
            .await;
    }
}

fn counted(kind: &str) -> Used {
    let counts: Value = serde_json::from_str(&fs::read_to_string(COUNTS).unwrap()).unwrap();
    let of = |name: &str| counts[kind][name].as_f64().unwrap_or_default();
    Used {
        read_units: of("read_units"),
        write_units: of("write_units"),
        google_units: of("google_units") as u64,
        messages: of("messages") as u64,
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_of_an_idle_calendar_costs_what_the_table_of_costs_says() {
    let scene = Scene::quiet().await;
    let used = scene.used(async || scene.sync(0).await).await;
    assert_eq!(used, counted("poll"));
}

#[tokio::test(start_paused = true)]
async fn a_minute_with_nothing_to_do_costs_what_the_table_of_costs_says() {
    let scene = Scene::quiet().await;
    let nobody = scheduled("2026-03-02T09:00:00Z".parse().unwrap());
    let due = scene
        .cloud
        .invoke(&scene.functions.dispatch, &nobody)
        .await
        .unwrap()["due"]
        .clone();
    let used = scene
        .used(async || {
            scene
                .cloud
                .invoke(&scene.functions.dispatch, &nobody)
                .await
                .unwrap();
        })
        .await;
    let expected = Used {
        messages: due.as_u64().unwrap(),
        ..counted("dispatch")
    };
    assert_eq!(used, expected);
}

/// The poll that finds it, the two writes, and the two polls that read their echo; less what those three polls cost idle.
#[tokio::test(start_paused = true)]
async fn a_change_costs_what_the_table_of_costs_says() {
    let scene = Scene::quiet().await;
    let moved = json!({
        "start": { "dateTime": "2026-03-09T09:00:00Z" }, "end": { "dateTime": "2026-03-09T10:00:00Z" },
    });
    scene
        .cloud
        .world
        .google()
        .patch_event(&calendar(0, 0), "e0x0", moved)
        .unwrap();
    let used = scene
        .used(async || {
            for number in 0..3 {
                scene.sync(number).await;
            }
        })
        .await;
    assert_eq!(scene.cloud.faults(), []);
    let poll = counted("poll");
    let more = Used {
        read_units: used.read_units - 3.0 * poll.read_units,
        write_units: used.write_units - 3.0 * poll.write_units,
        google_units: used.google_units - 3 * poll.google_units,
        messages: used.messages - 3 * poll.messages,
    };
    assert_eq!(more, counted("change"));
}
