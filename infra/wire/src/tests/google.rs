//! Faults between the Google client and Google.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use shared::google::transport::{Transport, TransportError};

use super::fixture::{engine, on, put};
use crate::Schedule;
use crate::faults::{Failure, Service, Side, Verdict};
use crate::google::Faulty;

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
