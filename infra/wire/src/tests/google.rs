//! Faults between the Google client and Google.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use shared::google::transport::{Transport, TransportError};
use simulator::{ACCESS_TOKEN, Settings, Simulator, default_world};

use super::fixture::{engine, on, put};
use crate::Schedule;
use crate::faults::{Failure, Service, Side, Verdict};
use crate::google::{Faulty, InProcess};
use crate::lock::lock;

/// A server that counts what reaches it.
#[derive(Debug, Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn reached(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Transport for Counter {
    fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        async {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Response::new(Bytes::from_static(b"{}")))
        }
        .boxed()
    }
}

fn insert() -> Request<Bytes> {
    Request::post("https://www.googleapis.com/calendar/v3/calendars/a/events?x=1")
        .body(Bytes::from_static(b"{\"id\":\"e1\"}"))
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_failure_arrives_as_the_transports_error() {
    let unreachable = TransportError::Unreachable {
        host: "www.googleapis.com".to_owned(),
    };
    for (failure, expected) in [
        (Failure::Refused, unreachable),
        (Failure::Interrupted, TransportError::Interrupted),
        (Failure::Timeout, TransportError::Timeout),
    ] {
        for (side, reached) in [(Side::Before, 0), (Side::After, 1)] {
            let failure = failure.clone();
            let server = Counter::default();
            let schedule = Schedule::at(0, Verdict::Fail { side, failure });
            let transport = Faulty::new(server.clone(), &schedule);
            assert_eq!(transport.send(insert()).await.unwrap_err(), expected);
            assert_eq!(server.reached(), reached);
        }
    }
}

#[tokio::test]
async fn a_given_answer_arrives_with_its_status() {
    let failure = Failure::Answer {
        status: 503,
        body: "{}".to_owned(),
    };
    let schedule = Schedule::at(0, Verdict::fail_before(failure));
    let transport = Faulty::new(Counter::default(), &schedule);
    let answer = transport.send(insert()).await.unwrap();
    assert_eq!(answer.status(), 503);
}

#[tokio::test]
async fn both_services_share_one_running_index() {
    let schedule = Schedule::new(|call| {
        assert!(call.service == Service::DynamoDb || call.mentions("e1"));
        Verdict::Pass
    });
    let transport = Faulty::new(Counter::default(), &schedule);
    let client = on(&engine().await, &schedule);
    put(&client, "a").await.unwrap();
    transport.send(insert()).await.unwrap();
    put(&client, "b").await.unwrap();
    let calls: Vec<_> = schedule
        .calls()
        .into_iter()
        .map(|call| (call.index, call.operation))
        .collect();
    let expected = [(0, "PutItem"), (1, "events.insert"), (2, "PutItem")];
    assert_eq!(
        calls,
        expected.map(|(index, name)| (index, name.to_owned()))
    );
}

#[tokio::test]
async fn a_crash_at_google_stops_the_table_too() {
    let schedule = Schedule::crash_at(0, Side::After);
    let server = Counter::default();
    let transport = Faulty::new(server.clone(), &schedule);
    let client = on(&engine().await, &schedule);
    let worker = async {
        let _lost = transport.send(insert()).await;
        put(&client, "a").await
    };
    tokio::select! {
        _ = worker => panic!("the dead went on"),
        () = schedule.crashed() => {}
    }
    assert_eq!(server.reached(), 1);
    assert!(put(&client, "a").now_or_never().is_none());
    assert_eq!(schedule.count(), 1);
}

fn world() -> Arc<Mutex<Simulator>> {
    Arc::new(Mutex::new(default_world(Settings::default())))
}

fn insert_at_simulator() -> Request<Bytes> {
    let event = r#"{"id":"e1000","start":{"date":"2026-01-06"},"end":{"date":"2026-01-07"}}"#;
    Request::post("https://www.googleapis.com/calendar/v3/calendars/primary/events")
        .header("authorization", format!("Bearer {ACCESS_TOKEN}"))
        .header("content-type", "application/json")
        .body(Bytes::from_static(event.as_bytes()))
        .unwrap()
}

fn stored(world: &Mutex<Simulator>) -> bool {
    lock(world).event_json(simulator::EMAIL, "e1000").is_some()
}

#[tokio::test]
async fn the_simulator_answers_in_process() {
    let world = world();
    let transport = InProcess::new(Arc::clone(&world));
    let answer = transport.send(insert_at_simulator()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(stored(&world));
    let again = transport.send(insert_at_simulator()).await.unwrap();
    assert_eq!(again.status(), 409);
}

#[tokio::test]
async fn an_insert_lost_after_its_effect_is_there() {
    for (side, there) in [(Side::Before, false), (Side::After, true)] {
        let world = world();
        let failure = Failure::Interrupted;
        let schedule = Schedule::at(0, Verdict::Fail { side, failure });
        let transport = Faulty::new(InProcess::new(Arc::clone(&world)), &schedule);
        let error = transport.send(insert_at_simulator()).await.unwrap_err();
        assert_eq!(error, TransportError::Interrupted);
        assert_eq!(stored(&world), there);
    }
}

#[tokio::test]
async fn a_connection_that_the_simulator_breaks_is_interrupted() {
    let world = world();
    lock(&world).inject(simulator::Fault {
        on: simulator::Matcher::kind("events.insert"),
        times: simulator::Times::Once,
        effect: simulator::Effect::LostAfter,
    });
    let transport = InProcess::new(Arc::clone(&world));
    let error = transport.send(insert_at_simulator()).await.unwrap_err();
    assert_eq!(error, TransportError::Interrupted);
    assert!(stored(&world));
}
