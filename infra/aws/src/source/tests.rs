//! A queue, a mapping, and a function that does what the test says.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use wire::Clock;

use super::Source;
use crate::lambda::{Invoke, InvokeError};
use crate::lock::lock;
use crate::queues;
use crate::schedule::Rule;
use crate::shape::{Function, Queue};
use crate::site::Site;
use crate::sqs::Sqs;

type Answer = Box<dyn Fn(&Value) -> Result<Bytes, InvokeError> + Send + Sync>;

/// A function in this process.
struct Double {
    answer: Answer,
    takes: Duration,
    seen: Mutex<Vec<Value>>,
    busy: Semaphore,
    most: Mutex<usize>,
}

const PLACES: usize = 100;

impl Double {
    fn new(
        answer: impl Fn(&Value) -> Result<Bytes, InvokeError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            takes: Duration::from_secs(1),
            seen: Mutex::default(),
            busy: Semaphore::new(PLACES),
            most: Mutex::default(),
        })
    }

    fn seen(&self) -> Vec<Value> {
        lock(&self.seen).clone()
    }
}

impl Invoke for Double {
    async fn invoke(&self, _: Function, event: Bytes) -> Result<Bytes, InvokeError> {
        let _place = self.busy.acquire().await.unwrap();
        let running = PLACES - self.busy.available_permits();
        let most = running.max(*lock(&self.most));
        *lock(&self.most) = most;
        sleep(self.takes).await;
        let event: Value = serde_json::from_slice(&event).unwrap();
        lock(&self.seen).push(event.clone());
        (self.answer)(&event)
    }
}

struct World {
    clock: Clock,
    sqs: Sqs,
    url: String,
}

async fn world() -> World {
    let began = Instant::now();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let clock = Clock::from_fn(move || start + began.elapsed());
    let sqs = Sqs::new(&Site::default(), "http://sqs.local", &clock, 1);
    let urls = queues::make(&sqs, &Site::default()).await.unwrap();
    let url = urls.of(Queue::Repair).to_owned();
    World { clock, sqs, url }
}

impl World {
    fn source(&self, double: &Arc<Double>) -> Arc<Source<Arc<Double>>> {
        let shape = Function::Repair.shape().source.unwrap();
        let (site, double) = (Site::default(), Arc::clone(double));
        Arc::new(Source::new(
            &self.sqs,
            &site,
            Function::Repair,
            shape,
            &self.url,
            double,
        ))
    }

    async fn send(&self, bodies: impl IntoIterator<Item = String>) {
        for body in bodies {
            let asked =
                json!({ "QueueUrl": self.url, "MessageBody": body, "MessageGroupId": "ann" });
            self.sqs.call("SendMessage", &asked).await.unwrap();
        }
    }
}

fn failed() -> InvokeError {
    InvokeError::Failed {
        kind: "Told".to_owned(),
        message: String::new(),
    }
}

fn text(text: &str) -> Result<Bytes, InvokeError> {
    Ok(Bytes::from(text.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_one_event_and_is_deleted_when_the_function_is_done() {
    let (world, double) = (world().await, Double::new(|_| text("{}")));
    world.send((0..7).map(|number| number.to_string())).await;
    let source = world.source(&double);
    let polled = source.poll_once().await.unwrap();
    assert_eq!((polled.received, polled.deleted), (5, 5));
    assert_eq!(source.poll_once().await.unwrap().received, 2);
    assert_eq!(source.poll_once().await.unwrap().received, 0);
    let record = &double.seen()[0]["Records"][0];
    assert_eq!(record["body"], "0");
    assert_eq!(record["attributes"]["MessageGroupId"], "ann");
    assert_eq!(
        record["eventSourceARN"],
        "arn:aws:sqs:us-east-1:000000000000:tidelock-repair"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_reported_comes_again_when_its_time_has_passed() {
    let report = |event: &Value| {
        let id = &event["Records"][0]["messageId"];
        Ok(Bytes::from(
            json!({ "batchItemFailures": [{ "itemIdentifier": id }] }).to_string(),
        ))
    };
    let (world, double) = (world().await, Double::new(report));
    world.send(["a".to_owned(), "b".to_owned()]).await;
    let source = world.source(&double);
    assert_eq!(source.poll_once().await.unwrap().left(), 1);
    assert_eq!(source.poll_once().await.unwrap().received, 0);
    sleep(Duration::from_secs(1800)).await;
    source.poll_once().await.unwrap();
    assert_eq!(double.seen()[1]["Records"][0]["body"], "a");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_leaves_the_whole_batch_until_it_is_dead() {
    let (world, double) = (world().await, Double::new(|_| Err(failed())));
    world.send(["a".to_owned(), "b".to_owned()]).await;
    let source = world.source(&double);
    for _ in 0..5 {
        let polled = source.poll_once().await.unwrap();
        assert_eq!((polled.received, polled.deleted), (2, 0));
        assert!(polled.error.is_some());
        sleep(Duration::from_secs(1800)).await;
    }
    assert_eq!(source.poll_once().await.unwrap().received, 0);
    assert_eq!(
        world
            .sqs
            .depth("tidelock-repair-dead-letters")
            .unwrap()
            .visible,
        2
    );
}

#[tokio::test(start_paused = true)]
async fn the_loop_keeps_to_its_concurrency_and_finishes_before_it_ends() {
    let (world, double) = (world().await, Double::new(|_| text("")));
    world.send((0..40).map(|number| number.to_string())).await;
    let run = tokio::spawn(
        world
            .source(&double)
            .run(sleep(Duration::from_millis(3_500))),
    );
    run.await.unwrap();
    // Two at a time, five messages each, a second each: four rounds, the last of them finished after the stop.
    assert_eq!(*lock(&double.most), 2);
    assert_eq!(double.seen().len(), 8);
    assert_eq!(world.sqs.depth("tidelock-repair").unwrap().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_fires_at_once_and_then_whenever_it_is_due() {
    let (world, double) = (world().await, Double::new(|_| text("{}")));
    let minute = Duration::from_secs(60);
    let invoke = Arc::clone(&double);
    let rule = Rule::new(
        &Site::default(),
        Function::Dispatch,
        minute,
        &world.clock,
        1,
        invoke,
    );
    Arc::new(rule).run(sleep(Duration::from_secs(150))).await;
    let seen = double.seen();
    let times: Vec<_> = seen
        .iter()
        .map(|event| event["time"].as_str().unwrap())
        .collect();
    assert_eq!(
        times,
        [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:14:20Z",
            "2023-11-14T22:15:20Z"
        ]
    );
    assert_eq!(seen[0]["detail-type"], "Scheduled Event");
    assert_eq!(
        seen[0]["resources"][0],
        "arn:aws:events:us-east-1:000000000000:rule/dispatch"
    );
    assert_ne!(seen[0]["id"], seen[1]["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_invocation_that_fails_is_tried_twice_more_with_the_same_event() {
    let (world, double) = (world().await, Double::new(|_| Err(failed())));
    let hour = Duration::from_secs(3600);
    let invoke = Arc::clone(&double);
    let rule = Rule::new(
        &Site::default(),
        Function::Validation,
        hour,
        &world.clock,
        1,
        invoke,
    );
    Arc::new(rule).run(sleep(Duration::from_secs(600))).await;
    let seen = double.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|event| *event == seen[0]));
}
