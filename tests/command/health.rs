//! `tidelock health`, and `--metrics`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::exit::Exit;
use local::host::Stop;
use serde_json::Value;
use simulator::SECOND_CALENDAR;

use super::bench::{Bench, HOME, Ran, is_there, tidelock, tidelock_until};
use super::output::fields;
use super::validate::{lose_a_block, synced};

const DATA: &str = "data = \"./state\"";

async fn health(bench: &Bench, args: &[&str]) -> Ran {
    bench
        .run(&bench.config(DATA), &[&["health"], args].concat())
        .await
}

/// An SNS behind a socket: keeps what is published, and answers `status`.
struct Topic {
    port: u16,
    published: Arc<Mutex<Vec<String>>>,
    status: Arc<Mutex<u16>>,
}

impl Topic {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let topic = Self {
            port: listener.local_addr().unwrap().port(),
            published: Arc::default(),
            status: Arc::new(Mutex::new(200)),
        };
        let (published, status) = (Arc::clone(&topic.published), Arc::clone(&topic.status));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let body = request(&mut stream);
                let status = *status.lock().unwrap();
                if status == 200 {
                    published.lock().unwrap().push(body);
                }
                let xml = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
                let length = xml.len();
                let answer = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{xml}"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        topic
    }

    fn config(&self, bench: &Bench) -> String {
        let arn = "arn:aws:sns:eu-central-1:123456789012:tidelock";
        let port = self.port;
        format!(
            "[alerts]\ntopic = \"{arn}\"\nendpoint = \"http://127.0.0.1:{port}\"\n{}",
            bench.config(DATA)
        )
    }

    /// What was published since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.published.lock().unwrap())
    }
}

/// The body of the one request of a connection.
fn request(stream: &mut std::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")
                    .map(str::to_owned)
            });
            if body.len() >= length.unwrap().parse().unwrap() {
                return body.to_owned();
            }
        }
        let read = stream.read(&mut some).unwrap();
        assert!(read > 0);
        bytes.extend_from_slice(&some[..read]);
    }
}

fn refuse_home(bench: &Bench) {
    bench.refuse("events.list", HOME, 403, "forbidden");
}

#[tokio::test]
async fn a_system_in_step_is_healthy_and_google_is_not_asked() {
    let bench = synced().await;
    let asked = bench.google().log().len();
    let ran = health(&bench, &[]).await;
    let text =
        "healthy: 3 calendars checked, 3 healthy, 0 with issues, 0 critical issues, 0 warnings\n";
    assert_eq!(ran.ends(Exit::Fine).out, text);
    assert_eq!(bench.google().log().len(), asked);
}

#[tokio::test]
async fn the_object_has_these_fields_and_no_others() {
    let bench = synced().await;
    let object = health(&bench, &["--json"]).await.ends(Exit::Fine).json();
    fields(
        &object,
        &[
            "overall",
            "calendars_checked",
            "calendars_healthy",
            "calendars_with_issues",
            "critical_issues",
            "warnings",
            "automatic_fixes",
            "checked_at",
            "details",
            "left_out",
            "alerts_sent",
            "alerts_unsent",
            "withdrawn",
            "care",
        ],
    );
    let object = health(&bench, &["--json", "--repair"]).await;
    let object = object.ends(Exit::Fine).json();
    let care = &object["care"];
    fields(
        care,
        &[
            "fixes",
            "synced",
            "repaired",
            "audited",
            "failed",
            "postponed",
        ],
    );
    assert_eq!(care["audited"].as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn one_failing_account_is_told_by_name_and_stops_no_other() {
    let bench = synced().await;
    refuse_home(&bench);
    bench.sync(&bench.config(DATA)).await.ends(Exit::NotInStep);
    let ran = health(&bench, &["--repair"]).await;
    for text in [
        "CRITICAL: 3 calendars checked, 2 healthy, 1 with issues, 1 critical issue",
        &format!("ann: {HOME}: critical failing_denied"),
        "Google refuses it or its account",
        "3 calendars compared with Google",
    ] {
        assert!(
            ran.ends(Exit::NotInStep).out.contains(text),
            "{text}: {ran:?}"
        );
    }
    let object = health(&bench, &["--json"])
        .await
        .ends(Exit::NotInStep)
        .json();
    assert_eq!(
        (&object["overall"], &object["calendars_healthy"]),
        (&"critical".into(), &2.into())
    );
}

#[tokio::test]
async fn an_alert_goes_to_the_topic_once_and_once_when_it_clears() {
    let (bench, topic) = (synced().await, Topic::new());
    let config = topic.config(&bench);
    bench.run(&config, &["health"]).await.ends(Exit::Fine);
    assert_eq!(topic.take(), [""; 0]);
    refuse_home(&bench);
    bench.sync(&config).await.ends(Exit::NotInStep);
    let ran = bench.run(&config, &["health"]).await;
    assert!(
        ran.ends(Exit::NotInStep).out.contains("1 alert sent"),
        "{ran:?}"
    );
    let told = topic.take();
    assert_eq!(told.len(), 1);
    for text in [
        "Action=Publish",
        "failing_denied",
        "raised",
        "123456789012%3Atidelock",
    ] {
        assert!(told[0].contains(text), "{text}: {told:?}");
    }
    bench.run(&config, &["health"]).await.ends(Exit::NotInStep);
    assert_eq!(topic.take(), [""; 0]);
    bench.google().clear_faults();
    bench.sync(&config).await.ends(Exit::Fine);
    bench.run(&config, &["health"]).await.ends(Exit::Fine);
    let told = topic.take();
    assert!(told.len() == 1 && told[0].contains("cleared"), "{told:?}");
}

#[tokio::test]
async fn an_alert_that_the_topic_does_not_take_goes_with_the_next_run() {
    let (bench, topic) = (synced().await, Topic::new());
    let config = topic.config(&bench);
    refuse_home(&bench);
    bench.sync(&config).await.ends(Exit::NotInStep);
    *topic.status.lock().unwrap() = 503;
    let ran = bench.run(&config, &["health"]).await;
    assert!(
        ran.ends(Exit::NotInStep).out.contains("1 alert NOT sent"),
        "{ran:?}"
    );
    *topic.status.lock().unwrap() = 200;
    let ran = bench.run(&config, &["health"]).await;
    assert!(ran.out.contains("1 alert sent"), "{ran:?}");
    assert_eq!(topic.take().len(), 1);
}

#[tokio::test]
async fn what_a_comparison_finds_is_mended_at_once_and_counted() {
    let bench = synced().await;
    lose_a_block(&bench, SECOND_CALENDAR);
    health(&bench, &[]).await.ends(Exit::Fine);
    let ran = health(&bench, &["--repair"]).await;
    assert!(
        ran.ends(Exit::Fine).out.contains("2 automatic fixes"),
        "{ran:?}"
    );
    bench.in_step();
    let writes = bench.google_writes();
    let ran = health(&bench, &["--repair"]).await;
    assert!(!ran.ends(Exit::Fine).out.contains("compared"), "{ran:?}");
    assert_eq!(bench.google_writes(), writes);
}

#[tokio::test]
async fn it_repeats_until_it_is_stopped() {
    let bench = synced().await;
    let path = bench.write(&bench.config(DATA));
    let (stopper, stop) = Stop::new();
    let args = ["health", "--config", &path, "--every", "1s", "--json"];
    let person = async {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        stopper.stop();
    };
    let (ran, ()) = tokio::join!(tidelock_until(&args, stop), person);
    let lines: Vec<Value> = ran
        .ends(Exit::Fine)
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!((2..=3).contains(&lines.len()), "{ran:?}");
}

#[tokio::test]
async fn metrics_are_a_line_for_each_run_and_each_sync() {
    let bench = Bench::new().await;
    let path = bench.write(&bench.config(DATA));
    let file = bench.path("metrics.log");
    let metrics = file.to_str().unwrap();
    let sync = ["sync", "--config", &path, "--once", "--metrics", metrics];
    tidelock(&sync).await.ends(Exit::Fine);
    let read = || {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect::<Vec<Value>>()
    };
    let lines = read();
    let sum = |name: &str| {
        lines
            .iter()
            .filter_map(|line| line[name].as_u64())
            .sum::<u64>()
    };
    assert!(lines.len() >= 3 && lines.iter().all(|line| line["source"] == "sync"));
    assert_eq!(sum("blocks"), 10);
    assert!(
        sum("google_units") >= 10 && sum("write_units") > 0,
        "{lines:?}"
    );
    health(&bench, &["--metrics", metrics])
        .await
        .ends(Exit::Fine);
    let last = read().pop().unwrap();
    assert_eq!(
        (&last["source"], &last["calendars_healthy"]),
        (&"health".into(), &3.into())
    );
    let ran = health(&bench, &["--metrics", "-"]).await;
    assert!(ran.ends(Exit::Fine).out.starts_with("{\"_aws\""), "{ran:?}");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_and_nothing_is_done() {
    let bench = Bench::new().await;
    for args in [&[][..], &["--repair"]] {
        let ran = health(&bench, args).await;
        assert!(
            ran.ends(Exit::Usage).err.contains("tidelock sync"),
            "{ran:?}"
        );
        assert!(!is_there(&bench.path("state")));
    }
    let check = async |args: &[&str], text: &str| {
        let ran = health(&bench, args).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
        // Whoever asked for an object gets one.
        let objects = ran
            .out
            .lines()
            .filter(|line| line.starts_with("{\"failed\":"));
        let expected = usize::from(args.contains(&"--json"));
        assert_eq!(
            (objects.count(), ran.out.lines().count()),
            (expected, expected)
        );
    };
    check(&["--metrics", "-", "--json"], "standard output").await;
    check(&["--metrics", "/nowhere/at/all"], "cannot be written").await;
    check(&["--every", "soon"], "90s, 5m or 1h").await;
    for (alerts, text) in [
        ("topic = \"tidelock\"", "alerts.topic is no ARN"),
        ("", "alerts.topic is missing"),
        (
            "topic = \"arn:aws:sns:x:1:t\"\nendpoint = \"x\"",
            "alerts.endpoint",
        ),
        (
            "topic = \"arn:aws:sns:x:1:t\"\nmail = \"x\"",
            "alerts.mail is not known",
        ),
    ] {
        let config = format!("[alerts]\n{alerts}\n{}", bench.config(DATA));
        let ran = bench.run(&config, &["health"]).await;
        assert!(ran.ends(Exit::Usage).err.contains(text), "{text}: {ran:?}");
    }
}
