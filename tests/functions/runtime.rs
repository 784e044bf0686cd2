//! Each function's real binary, started as Lambda starts it, given events as AWS sends them and as nobody should.
//!
//! Here time is real: the processes have clocks of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::lambda::{Invoke, InvokeError, Lambda, Launch, Log};
use aws::serve::serve;
use aws::shape::{Function, Queue};
use aws::site::Site;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bytes::Bytes;
use serde_json::{Value, json};
use shared::queue::{Message, ToRepair, ToSync, ToValidate};
use shared::schedule::Asked;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wire::client::Taps;
use wire::{Meter, Schedule};

use super::cloud::{Cloud, calendar, present};
use super::drive::scheduled;

/// Text that no log may hold.
const CANARY: &str = "canary-of-a-message";
const WORKERS: [Function; 3] = [Function::Sync, Function::Validation, Function::Repair];

/// The functions' processes, over a cloud that is served on ports of this machine.
struct Runtime {
    cloud: Cloud,
    lambda: Lambda,
    meter: Meter,
    lines: Arc<Mutex<Vec<String>>>,
    _served: JoinSet<()>,
}

async fn listen(served: &mut JoinSet<()>, service: SharedHttpConnector) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    served.spawn(async move {
        serve(listener, service, std::future::pending())
            .await
            .unwrap();
    });
    address
}

fn binary(function: Function) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap();
    let binary = folder.join(format!(
        "{}{}",
        function.name(),
        std::env::consts::EXE_SUFFIX
    ));
    assert!(
        binary.is_file(),
        "{} is not built: cargo build --workspace --bins",
        binary.display()
    );
    binary
}

impl Runtime {
    async fn start() -> Self {
        let cloud = Cloud::now_with(1, 2, |google, person| {
            let hour = |hours: u64| format!("{:.0}", present() + Duration::from_secs(hours * 3600));
            let event = json!({
                "id": "event", "summary": CANARY, "start": { "dateTime": hour(24) }, "end": { "dateTime": hour(25) },
            });
            google.insert_event(&calendar(person, 0), event).unwrap();
        })
        .await;
        cloud.connect().await;
        let mut served = JoinSet::new();
        let taps = Taps::default();
        let dynamodb = listen(&mut served, taps.before(cloud.world.table())).await;
        let queues = listen(&mut served, cloud.sqs.connector(&Schedule::none())).await;
        let secrets = listen(&mut served, cloud.secrets.connector(&Schedule::none())).await;
        let google = cloud.serve_google(&mut served).await;
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&lines);
        let log = Log::new(move |line| kept.lock().unwrap().push(line.text));
        let launch = |function: Function| {
            let mut variables = BTreeMap::from([
                ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb.clone()),
                ("AWS_ENDPOINT_URL_SQS".to_owned(), queues.clone()),
                (
                    "AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(),
                    secrets.clone(),
                ),
                (
                    "TIDELOCK_GOOGLE_API".to_owned(),
                    format!("{google}/calendar/v3"),
                ),
                (
                    "TIDELOCK_GOOGLE_TOKEN".to_owned(),
                    format!("{google}/token"),
                ),
            ]);
            for variable in function.variables() {
                let value = cloud
                    .variable(variable.name())
                    .filter(|_| variable.name() != "TIDELOCK_ALERT_TOPIC");
                variables.extend(value.map(|value| (variable.name().to_owned(), value)));
            }
            let launch = Launch {
                name: function.full_name(),
                binary: binary(function),
                timeout: function.shape().timeout,
                memory: function.shape().memory,
                concurrency: 1,
                variables,
            };
            (function, launch)
        };
        let launches = Function::ALL.map(launch).into();
        let clock = wire::Clock::system();
        Self {
            lambda: Lambda::new(&Site::default(), launches, &clock, &log, 1),
            cloud,
            meter: taps.meter,
            lines,
            _served: served,
        }
    }

    async fn invoke(&self, function: Function, event: &Value) -> Result<Value, InvokeError> {
        let answer = self
            .lambda
            .invoke(function, Bytes::from(event.to_string()))
            .await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    async fn batch(&self, function: Function, bodies: &[Value]) -> Vec<String> {
        let records = bodies
            .iter()
            .enumerate()
            .map(|(number, body)| record(&format!("message{number}"), body));
        let event = json!({ "Records": records.collect::<Vec<_>>() });
        let answer = self.invoke(function, &event).await.unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap();
        failures
            .iter()
            .map(|one| one["itemIdentifier"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The reasons in the quarantine, which is empty after that.
    async fn quarantined(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        loop {
            let messages = self.cloud.receive(Queue::Quarantine, 10).await;
            if messages.is_empty() {
                return reasons;
            }
            for message in messages {
                let reason = &message["MessageAttributes"]["reason"]["StringValue"];
                reasons.push(reason.as_str().unwrap().to_owned());
                let url = self.cloud.url(Queue::Quarantine);
                let asked = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
                self.cloud.sqs.call("DeleteMessage", &asked).await.unwrap();
            }
        }
    }

    fn starts(&self, function: Function) -> u64 {
        self.lambda.tally(function).starts
    }
}

/// A record as the developer guide of AWS Lambda shows it.
fn record(id: &str, body: &Value) -> Value {
    json!({
        "messageId": id, "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...", "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183", "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": { "calendar": { "stringValue": CANARY, "dataType": "String" } },
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue", "awsRegion": "us-east-2",
    })
}

/// Bodies that no version of ours ever reads.
fn poison(id: &str) -> Vec<Value> {
    let text = |text: String| Value::from(text);
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let mut poison = vec![json!(null), json!(7), json!({ "v": 1 })];
    let texts = [
        String::new(),
        CANARY.to_owned(),
        "[1,2]".to_owned(),
        "5".to_owned(),
        deep,
        format!("\u{feff}{{\"v\":1,\"calendar\":\"{id}\"}}"),
        r#"{"v":1,"calendar":"\ud800"}"#.to_owned(),
        format!(r#"{{"v":1,"v":1,"calendar":"{id}"}}"#),
        format!(
            r#"{{"v":1,"calendar":"{id}","x":"{}"}}"#,
            CANARY.repeat(14_000)
        ),
        format!(r#"{{"v":"1","calendar":"{id}"}}"#),
        format!(r#"{{"v":null,"calendar":"{id}"}}"#),
        format!(r#"{{"v":0,"calendar":"{id}"}}"#),
        format!(r#"{{"v":-3,"calendar":"{id}"}}"#),
        r#"{"v":1}"#.to_owned(),
        format!(r#"{{"v":1,"calendar":"{id}","hop":-1,"{CANARY}":1}}"#),
        r#"{"v":1,"calendar":"../../etc#/\u0000"}"#.to_owned(),
        format!(r#"{{"v":1,"calendar":"{}"}}"#, "a".repeat(2_048)),
        r#"{"v":1,"calendar":""}"#.to_owned(),
        "\u{1}\u{ffff}\u{0}".to_owned(),
        "x".repeat(1_048_576),
    ];
    poison.extend(texts.map(text));
    poison
}

#[tokio::test]
async fn poison_is_set_aside_with_its_reason_and_nothing_is_written() {
    let runtime = Runtime::start().await;
    let id = runtime.cloud.ids(0)[0].to_string();
    for worker in WORKERS {
        let before = runtime.meter.usage();
        let poison = poison(&id);
        for batch in poison.chunks(10) {
            assert_eq!(
                runtime.batch(worker, batch).await,
                Vec::<String>::new(),
                "{worker:?}"
            );
        }
        assert_eq!(
            runtime.quarantined().await.len(),
            poison.len(),
            "{worker:?}"
        );
        let used = runtime.meter.usage().since(&before);
        assert_eq!(used.write_units, 0.0, "{worker:?}: {used:?}");
        assert_eq!(runtime.starts(worker), 1, "{worker:?}: no process ended");
    }
    let lines = runtime.lines.lock().unwrap().clone();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(!line.contains(CANARY), "{line:.200}");
    }
    runtime.lambda.close().await;
}

#[tokio::test]
async fn a_newer_schema_is_left_for_its_version_and_its_neighbours_are_done() {
    let runtime = Runtime::start().await;
    let id = runtime.cloud.ids(0)[0];
    let known = |worker| match worker {
        Function::Repair => ToRepair::Stored(id).body(),
        Function::Validation => ToValidate::Stored(id.user()).body(),
        Function::Sync | Function::Dispatch | Function::Health => ToSync::new(Asked {
            calendar: id,
            every: None,
        })
        .body(),
    };
    for worker in WORKERS {
        let newer = json!(r#"{"v":2,"calendars":["all"]}"#);
        let bodies = [json!(known(worker)), newer, json!(known(worker))];
        assert_eq!(
            runtime.batch(worker, &bodies).await,
            ["message1"],
            "{worker:?}"
        );
    }
    assert_eq!(runtime.quarantined().await, Vec::<String>::new());
    runtime.lambda.close().await;
}

#[tokio::test]
async fn events_of_others_are_refused_and_the_process_goes_on() {
    let runtime = Runtime::start().await;
    let gateway = json!({ "version": "2.0", "routeKey": "$default", "rawPath": "/", "headers": {}, "body": CANARY });
    let many: Vec<Value> = (0..10_000)
        .map(|n| record(&n.to_string(), &json!("x")))
        .collect();
    let notification =
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": CANARY } }] });
    let foreign = [
        gateway,
        json!({ "Records": many }),
        notification,
        json!({}),
        json!([]),
        json!("text"),
        json!(null),
    ];
    for function in Function::ALL {
        for event in &foreign {
            let refused = runtime.invoke(function, event).await;
            assert!(
                matches!(refused, Err(InvokeError::Failed { .. })),
                "{function:?}: {refused:?}"
            );
        }
        assert_eq!(
            runtime.starts(function),
            1,
            "{function:?}: no process ended"
        );
    }
    let hour = scheduled("2026-11-22T08:00:00Z".parse().unwrap());
    for worker in [Function::Sync, Function::Repair] {
        assert!(runtime.invoke(worker, &hour).await.is_err(), "{worker:?}");
        let empty = runtime
            .invoke(worker, &json!({ "Records": [] }))
            .await
            .unwrap();
        assert_eq!(empty, json!({ "batchItemFailures": [] }));
    }
    let lines = runtime.lines.lock().unwrap().clone();
    assert!(lines.iter().all(|line| !line.contains(CANARY)));
    runtime.lambda.close().await;
}

#[tokio::test]
async fn recorded_events_bring_a_person_in_step() {
    let runtime = Runtime::start().await;
    let ids = runtime.cloud.ids(0);
    let body = |n: usize| {
        json!(
            ToSync::new(Asked {
                calendar: ids[n],
                every: None
            })
            .body()
        )
    };
    // One record, then ten: each calendar five times, which is as good as once.
    assert_eq!(
        runtime.batch(Function::Sync, &[body(1)]).await,
        Vec::<String>::new()
    );
    let ten: Vec<Value> = (0..10).map(|n| body(n % 2)).collect();
    assert_eq!(
        runtime.batch(Function::Sync, &ten).await,
        Vec::<String>::new()
    );
    assert_eq!(
        runtime.batch(Function::Sync, &ten).await,
        Vec::<String>::new()
    );
    assert_eq!(runtime.cloud.faults(), []);
    // A calendar that is gone, and one of nobody: looked for, and done with.
    let unknown = r#"{"v":1,"calendar":"00000000000000000000000000000000","every":5}"#;
    assert_eq!(
        runtime.batch(Function::Sync, &[json!(unknown)]).await,
        Vec::<String>::new()
    );
    let deep = ToValidate::Google(ids[0]).body();
    assert_eq!(
        runtime.batch(Function::Validation, &[json!(deep)]).await,
        Vec::<String>::new()
    );
    let repair = runtime.cloud.receive(Queue::Repair, 10).await;
    let bodies: Vec<Value> = repair
        .iter()
        .map(|message| message["Body"].clone())
        .collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(
        runtime.batch(Function::Repair, &bodies).await,
        Vec::<String>::new()
    );
    let now = scheduled(runtime.cloud.now());
    let asked = runtime.invoke(Function::Dispatch, &now).await.unwrap();
    assert_eq!(asked["unsent"], 0);
    let judged = runtime.invoke(Function::Health, &now).await.unwrap();
    assert_eq!(
        (&judged["calendars_checked"], &judged["critical_issues"]),
        (&json!(2), &json!(0)),
        "{:#?}",
        runtime.lines.lock().unwrap()
    );
    let summaries = |function: Function| {
        let lines = runtime.lines.lock().unwrap();
        let own = format!("\"function\":\"{}\"", function.name());
        lines
            .iter()
            .filter(|line| line.contains("\"invocation\"") && line.contains(&own))
            .count()
    };
    assert_eq!(summaries(Function::Sync), 4);
    assert_eq!(summaries(Function::Health), 1);
    runtime.lambda.close().await;
}
