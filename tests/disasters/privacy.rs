//! Nothing of a source event's text leaves its calendar: not to a target, not into a request, a log or an error;
//! and nothing at all is written to a source event.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use shared::engine::chain;
use simulator::{Effect, Fault, Matcher, Times};
use tracing_subscriber::fmt::MakeWriter;

use crate::bench::{Bench, name, timed, weekly};
use crate::wiretap::{refusal, rewritten};

/// In every text of every source event, and nowhere else.
const CANARY: &str = "kanarienvogel";

fn full_of_canaries(mut event: Value, n: usize) -> Value {
    let secret = |what: &str| format!("{CANARY} {what} {n}");
    event["summary"] = json!(secret("title"));
    event["description"] = json!(secret("description"));
    event["location"] = json!(secret("location"));
    event["attendees"] = json!([
        {"email": format!("{CANARY}{n}@example.com"), "displayName": secret("guest"), "comment": secret("comment")},
        {"email": name(0), "responseStatus": "accepted", "comment": secret("own comment")},
    ]);
    event["extendedProperties"] =
        json!({"private": {secret("key"): secret("value")}, "shared": {"shared": secret("value")}});
    event["source"] =
        json!({"title": secret("source"), "url": format!("https://{CANARY}.example.com/")});
    event
}

async fn canaries() -> Bench {
    Bench::with(3, |google| {
        for n in 0..3 {
            google
                .insert_event(
                    &name(n),
                    full_of_canaries(timed(&format!("single{n}"), 3, 9), n),
                )
                .unwrap();
            google
                .insert_event(
                    &name(n),
                    full_of_canaries(
                        super::days(&format!("days{n}"), "2026-03-09", "2026-03-10"),
                        n,
                    ),
                )
                .unwrap();
            google
                .insert_event(
                    &name(n),
                    full_of_canaries(weekly(&format!("weekly{n}"), 5, 15, 8), n),
                )
                .unwrap();
            google
                .cancel_occurrence(&name(n), &format!("weekly{n}"), "2026-03-12T15:00:00+01:00")
                .unwrap();
        }
    })
    .await
}

/// Edits of every sort, with new canaries.
fn stir(bench: &Bench, day: u32) {
    bench.edit(|google| {
        google
            .replace_event(
                &name(0),
                "single0",
                full_of_canaries(timed("single0", day, 9), 7),
            )
            .unwrap();
        google
            .patch_event(
                &name(1),
                "weekly1",
                json!({"summary": format!("{CANARY} again {day}")}),
            )
            .unwrap();
        google
            .move_occurrence(
                &name(2),
                "weekly2",
                "2026-03-19T15:00:00+01:00",
                json!({"dateTime": format!("2026-03-{day:02}T16:00:00Z")}),
                json!({"dateTime": format!("2026-03-{day:02}T17:00:00Z")}),
            )
            .unwrap();
        let block = super::live_blocks(google, &name(1)).remove(0).id;
        google.delete_event(&name(1), &block).unwrap();
    });
}

fn has_canary(text: &str) -> bool {
    text.to_lowercase().contains(CANARY)
}

/// Everything of ours on Google, and everything that was sent there.
fn check_google(bench: &Bench) {
    let google = bench.world.google();
    for calendar in &bench.names {
        for event in google.events_json(calendar) {
            let block = event["id"].as_str().unwrap().starts_with(super::BLOCK);
            assert_eq!(has_canary(&event.to_string()), !block, "{event}");
        }
    }
    for request in google.log() {
        assert!(
            !has_canary(&String::from_utf8_lossy(&request.body)),
            "{request:?}"
        );
        assert!(!has_canary(&request.path), "{request:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn private_titles_never_appear_on_a_target_or_in_a_request() {
    let bench = canaries().await;
    bench.settle().await;
    check_google(&bench);
    for day in 20..24 {
        stir(&bench, day);
        bench.settle().await;
        check_google(&bench);
    }
}

#[tokio::test(start_paused = true)]
async fn private_titles_never_appear_in_the_table() {
    let bench = canaries().await;
    bench.settle().await;
    stir(&bench, 20);
    bench.settle().await;
    let scan = json!({"TableName": local::world::TABLE}).to_string();
    let answer = bench.world.table().answer("Scan", scan.as_bytes());
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("single0"));
    assert!(!has_canary(&answer.body));
}

/// Where everything that is logged ends up.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What our own parts log at the finest level, and the parts below them from `debug` on.
const LEVELS: &str = "debug,shared=trace,tests=trace,local=trace,wire=trace";

#[tokio::test(start_paused = true)]
async fn private_titles_and_tokens_never_appear_in_logs_or_errors() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(LEVELS))
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let bench = canaries().await;
    bench.settle().await;
    // Other tests run beside this one: what they met first, while this one's subscriber was made, may be taken as unwanted.
    tracing::callsite::rebuild_interest_cache();
    let tap = bench.tap();
    let mut errors = String::new();
    for (n, reason) in [
        (400, "invalid"),
        (401, "authError"),
        (403, "forbidden"),
        (404, "notFound"),
        (409, "duplicate"),
        (500, "backendError"),
    ]
    .iter()
    .enumerate()
    {
        stir(&bench, 20 + n as u32);
        for operation in [
            "events.list",
            "events.get",
            "events.insert",
            "events.update",
            "events.delete",
        ] {
            // Google likes to repeat in its errors what it was sent.
            let (status, reason) = *reason;
            tap.set(move |asked, perform| match asked.operation == operation {
                true => rewritten(refusal(status, reason), |body| {
                    body["error"]["message"] = json!(format!("{CANARY} {status}"));
                    body["error"]["errors"][0]["message"] = json!(format!("{CANARY} {status}"));
                }),
                false => perform(),
            });
            let driven = bench.drive_for(&tap.worker(), Duration::from_secs(5)).await;
            for why in driven.failed.values() {
                errors.push_str(&format!("{} {why:?}\n", chain(why)));
            }
        }
    }
    // Items that cannot be read at all.
    stir(&bench, 27);
    tap.set(|asked, perform| match asked.operation.as_str() {
        "events.list" => rewritten(perform(), |page| {
            for (n, item) in page["items"]
                .as_array_mut()
                .into_iter()
                .flatten()
                .enumerate()
            {
                match n % 3 {
                    0 => item["start"] = json!({"dateTime": CANARY, "timeZone": CANARY}),
                    1 => item["recurrence"] = json!([format!("{CANARY}\nx")]),
                    _ => item["originalStartTime"] = json!(CANARY),
                }
            }
        }),
        _ => perform(),
    });
    let driven = bench.drive_for(&tap.worker(), Duration::from_secs(5)).await;
    for why in driven.failed.values() {
        errors.push_str(&format!("{} {why:?}\n", chain(why)));
    }
    for n in 0..3 {
        let view = bench.view(n).await;
        assert!(!has_canary(&format!("{view:?}")), "{view:?}");
    }
    tap.clear();
    bench.drive().await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("sync failed"), "nothing was logged");
    assert!(!errors.is_empty());
    for text in [&logged, &errors] {
        let line = text.lines().find(|line| {
            has_canary(line) || line.contains("Bearer tok") || line.contains("access_token")
        });
        assert_eq!(line, None);
    }
}

/// All that a person can see of their own events.
fn sources(bench: &Bench) -> Vec<Value> {
    let google = bench.world.google();
    let all = bench
        .names
        .iter()
        .flat_map(|calendar| google.events_json(calendar));
    all.filter(|event| !event["id"].as_str().unwrap().starts_with(super::BLOCK))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn no_request_ever_writes_to_a_source_event() {
    let bench = canaries().await;
    let before = sources(&bench);
    bench.settle().await;
    assert_eq!(sources(&bench), before);
    for (n, effect) in [
        Effect::LostAfter,
        Effect::HtmlBody(503),
        Effect::EmptyBody,
        Effect::WrongShape,
    ]
    .into_iter()
    .enumerate()
    {
        stir(&bench, 20 + n as u32);
        bench.edit(|google| {
            for kind in [
                "events.insert",
                "events.update",
                "events.list",
                "events.get",
            ] {
                google.inject(Fault {
                    on: Matcher::kind(kind).nth(2),
                    times: Times::N(2),
                    effect: effect.clone(),
                });
            }
        });
        let before = sources(&bench);
        bench.settle().await;
        assert_eq!(sources(&bench), before, "etags and all");
    }
    bench.lose_the_table().await;
    let before = sources(&bench);
    bench.settle().await;
    assert_eq!(sources(&bench), before);
    let google = bench.world.google();
    for request in google
        .log()
        .iter()
        .filter(|request| request.method != "GET")
    {
        let id = request.event.clone().unwrap_or_else(|| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            body["id"].as_str().unwrap().to_owned()
        });
        assert!(id.starts_with(super::BLOCK), "{request:?}");
        assert!(
            request.path.ends_with("/events") || request.path.contains(&id),
            "{request:?}"
        );
    }
}
