//! A queue that takes some of a batch gets the rest again, and only the rest.

use std::sync::{Arc, Mutex};

use aws::shape::Queue;
use serde_json::{Value, json};
use shared::model::CalendarId;
use shared::queue::{Queue as Sender, Sent, ToSync};
use shared::schedule::Asked;
use wire::Schedule;
use wire::faults::{Call, Failure, Verdict};

use super::cloud::Cloud;

fn messages(count: u8) -> Vec<ToSync> {
    let calendar = |number| {
        let mut bytes = [7; CalendarId::BYTES];
        bytes[0] = number;
        CalendarId::from_bytes(bytes)
    };
    let asked = |number| Asked {
        calendar: calendar(number),
        every: None,
    };
    (0..count)
        .map(|number| ToSync::new(asked(number)))
        .collect()
}

fn ids(call: &Call) -> Vec<String> {
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    let entries = body["Entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["MessageBody"].as_str().unwrap().to_owned())
        .collect()
}

/// Sends through answers that are made up, one for each call; the bodies that were asked for.
async fn send(count: u8, answers: Vec<Value>) -> (Sent, Vec<Vec<String>>) {
    let cloud = Cloud::of(1, 1, |_, _| {}).await;
    let asked: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let (kept, mut answers) = (Arc::clone(&asked), answers.into_iter());
    let schedule = Schedule::new(move |call| {
        kept.lock().unwrap().push(ids(call));
        match answers.next() {
            None => Verdict::Pass,
            Some(body) => Verdict::fail_before(Failure::Answer {
                status: 200,
                body: body.to_string(),
            }),
        }
    });
    let sender = Sender::new(&cloud.sqs_client(&schedule), cloud.url(Queue::Sync));
    let sent = sender.send_all(&messages(count)).await;
    let asked = asked.lock().unwrap().clone();
    (sent, asked)
}

fn taken(id: usize) -> Value {
    json!({ "Id": id.to_string(), "MessageId": "m", "MD5OfMessageBody": "" })
}

fn failed(id: usize, own: bool) -> Value {
    json!({ "Id": id.to_string(), "SenderFault": own, "Code": if own { "InvalidMessageContents" } else { "InternalError" } })
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_sent_again_and_nothing_else() {
    let answer = json!({
        "Successful": [taken(0), taken(1)], "Failed": [failed(2, false), failed(3, false)],
    });
    let (sent, asked) = send(4, vec![answer]).await;
    assert_eq!((sent.sent, sent.unsent()), (4, 0));
    assert_eq!(asked[1], asked[0][2..]);
    assert_eq!(asked.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_will_never_take_is_told_and_not_sent_again() {
    let answer = json!({ "Successful": [taken(0)], "Failed": [failed(1, true)] });
    let (sent, asked) = send(2, vec![answer]).await;
    assert_eq!((sent.sent, sent.unsent(), asked.len()), (1, 1, 1));
    assert_eq!(sent.why(), Some("InvalidMessageContents"));
}

#[tokio::test(start_paused = true)]
async fn what_will_never_be_taken_is_told_also_when_the_rest_is_taken_later() {
    let answer = json!({ "Successful": [], "Failed": [failed(0, true), failed(1, false)] });
    let (sent, asked) = send(2, vec![answer]).await;
    assert_eq!((sent.sent, sent.unsent(), asked.len()), (1, 1, 2));
    assert_eq!(sent.why(), Some("InvalidMessageContents"));
    assert!(sent.failed().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_nobody_is_no_success() {
    let nothing = json!({ "Successful": [], "Failed": [] });
    let (sent, asked) = send(1, vec![nothing.clone(), nothing.clone(), nothing]).await;
    assert_eq!((sent.sent, sent.unsent(), asked.len()), (0, 1, 3));
    assert_eq!(sent.why(), Some("no answer"));
}

#[tokio::test(start_paused = true)]
async fn batches_hold_ten_and_all_arrive() {
    let (sent, asked) = send(25, Vec::new()).await;
    assert_eq!((sent.sent, sent.unsent()), (25, 0));
    let mut sizes: Vec<usize> = asked.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [5, 10, 10]);
}
