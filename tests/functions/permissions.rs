//! Does each role allow exactly the calls that its function makes? What passes the wire is compared with template.yaml.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::shape::{Function, Queue};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::health::Audited;
use shared::model::CalendarId;
use shared::queue::{Message, ToRepair, ToSync, ToValidate};
use shared::schedule::Asked;
use wire::Schedule;
use wire::client::{Taps, embedded};
use wire::faults::{Call, Service};

use super::cloud::{Cloud, Functions, calendar};
use super::drive::{Minute, scheduled};
use super::template::Template;
use crate::bench::timed;

type Seen = Arc<Mutex<BTreeSet<(String, String)>>>;

/// More than one transaction takes.
const MANY: u32 = 130;

/// The permissions that a call needs, and on what.
fn needed(call: &Call) -> Vec<(String, String)> {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match (call.service, call.operation.as_str()) {
        (Service::Google, _) => Vec::new(),
        (Service::DynamoDb, "TransactWriteItems") => {
            let items = body["TransactItems"].as_array().unwrap();
            let kinds = items
                .iter()
                .flat_map(|item| item.as_object().unwrap().keys());
            kinds
                .map(|kind| {
                    on_table(if kind == "ConditionCheck" {
                        "ConditionCheckItem".to_owned()
                    } else {
                        format!("{kind}Item")
                    })
                })
                .collect()
        }
        (Service::DynamoDb, operation) => vec![on_table(operation.to_owned())],
        (Service::Sqs, "SendMessage" | "SendMessageBatch") => {
            let url = body["QueueUrl"].as_str().unwrap();
            let mut queues = Queue::ALL.into_iter();
            let queue = queues
                .find(|queue| url.ends_with(&format!("/{}", queue.name())))
                .unwrap();
            vec![("sqs:SendMessage".to_owned(), queue.logical_id().to_owned())]
        }
        (Service::Sqs, other) => panic!("unexpected: {other}"),
        (Service::Sns, operation) => vec![(format!("sns:{operation}"), "Alerts".to_owned())],
        (Service::Secrets, operation) => vec![(
            format!("secretsmanager:{operation}"),
            "InstallKey".to_owned(),
        )],
    }
}

fn on_table(action: String) -> (String, String) {
    (format!("dynamodb:{action}"), "Table".to_owned())
}

fn recording() -> (Schedule, Seen) {
    let (schedule, seen) = (Schedule::none(), Seen::default());
    let kept = Arc::clone(&seen);
    schedule.on_call(move |call, _| kept.lock().unwrap().extend(needed(call)));
    (schedule, seen)
}

struct Recorded {
    cloud: Cloud,
    functions: Functions,
    seen: Vec<(Function, Seen)>,
}

impl Recorded {
    async fn new() -> Self {
        let cloud = Cloud::of(1, 2, |google, person| {
            for n in 0..MANY {
                let event = timed(&format!("event{n}"), 3 + n % 25, 8 + n % 10);
                google.insert_event(&calendar(person, 0), event).unwrap();
            }
        })
        .await;
        cloud.connect().await;
        let taps: Vec<(Function, Schedule, Seen)> = Function::ALL
            .map(|function| {
                let (schedule, seen) = recording();
                (function, schedule, seen)
            })
            .into();
        let over = |function| {
            let tap = taps.iter().find(|(own, ..)| *own == function).unwrap();
            tap.1.clone()
        };
        let functions = cloud.functions_over(over, 1).await;
        let seen = taps
            .into_iter()
            .map(|(function, _, seen)| (function, seen))
            .collect();
        Self {
            cloud,
            functions,
            seen,
        }
    }

    async fn minutes(&self, count: u32) {
        for _ in 0..count {
            self.cloud.minute(&self.functions).await;
        }
    }

    async fn send(&self, queue: Queue, body: String) {
        let asked = json!({ "QueueUrl": self.cloud.url(queue), "MessageBody": body });
        self.cloud.sqs.call("SendMessage", &asked).await.unwrap();
    }

    async fn drain(&self) {
        self.cloud
            .drain(&self.functions, &mut Minute::default())
            .await;
    }

    fn raw(&self) -> Client {
        embedded(self.cloud.world.table(), &Taps::default())
    }

    /// A row that nobody can read.
    async fn damage_a_row(&self, calendar: CalendarId) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = self.raw().put_item().table_name(local::world::TABLE);
        let put = put
            .item("pk", text(&format!("CAL#{calendar}")))
            .item("sk", text("EVENT#damaged"))
            .item("v", AttributeValue::N("1".to_owned()));
        put.send().await.unwrap();
    }

    /// A last check that has not been yet: only a repair sets it right.
    async fn check_in_the_future(&self, calendar: CalendarId) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.raw().update_item().table_name(local::world::TABLE);
        let update = update
            .key("pk", text(&format!("CAL#{calendar}")))
            .key("sk", text("STATE"))
            .update_expression("SET last_synced_at = :at")
            .expression_attribute_values(":at", text("2027-01-01T00:00:00.000000000Z"));
        update.send().await.unwrap();
    }

    /// All rows of a calendar are lost.
    async fn lose_rows(&self, calendar: CalendarId) {
        let text = |text: String| AttributeValue::S(text);
        let raw = self.raw();
        let rows = raw
            .query()
            .table_name(local::world::TABLE)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(format!("CAL#{calendar}")))
            .expression_attribute_values(":sk", text("EVENT#".to_owned()));
        for row in rows.send().await.unwrap().items() {
            let delete = raw.delete_item().table_name(local::world::TABLE);
            let delete = delete
                .key("pk", row["pk"].clone())
                .key("sk", row["sk"].clone());
            delete.send().await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_role_allows_exactly_the_calls_that_its_function_makes() {
    let recorded = Recorded::new().await;
    let cloud = &recorded.cloud;
    recorded.minutes(12).await;
    let calendar_id = cloud.ids(0)[0];
    // Poison, for each worker; and each kind of message.
    for queue in [Queue::Sync, Queue::Validation, Queue::Repair] {
        recorded.send(queue, "poison".to_owned()).await;
    }
    recorded
        .send(
            Queue::Sync,
            ToSync::new(Asked {
                calendar: calendar_id,
                every: None,
            })
            .body(),
        )
        .await;
    recorded
        .send(Queue::Validation, ToValidate::Google(calendar_id).body())
        .await;
    recorded.drain().await;
    recorded.lose_rows(calendar_id).await;
    recorded
        .send(Queue::Repair, ToRepair::Google(calendar_id).body())
        .await;
    recorded.drain().await;
    recorded.damage_a_row(calendar_id).await;
    recorded
        .send(Queue::Repair, ToRepair::Stored(calendar_id).body())
        .await;
    recorded.drain().await;
    recorded.minutes(6).await;
    // Wrong at the last comparison, and then nobody looks for long: alerts, repairs, wakes.
    let store = cloud.world.store(&Schedule::none(), 9);
    let audited = Audited {
        at: cloud.now(),
        errors: 3,
        warnings: 0,
    };
    let _ = store.note_audit(calendar_id, audited).await.unwrap();
    cloud.world.clock().advance(Duration::from_secs(30 * 3600));
    let event = scheduled(cloud.now());
    cloud
        .invoke(&recorded.functions.health, &event)
        .await
        .unwrap();
    cloud
        .invoke(&recorded.functions.validation, &event)
        .await
        .unwrap();
    for hour in 0..24 {
        let event = scheduled(cloud.now() + Duration::from_secs(hour * 3600));
        cloud
            .invoke(&recorded.functions.validation, &event)
            .await
            .unwrap();
    }
    recorded.drain().await;
    recorded.minutes(6).await;
    recorded.check_in_the_future(cloud.ids(0)[1]).await;
    recorded.minutes(6).await;
    assert_eq!(cloud.faults(), []);
    assert!(!cloud.topic.published().is_empty());
    let template = Template::read();
    for (function, seen) in &recorded.seen {
        let consumes = |(action, _): &(String, String)| {
            matches!(
                action.as_str(),
                "sqs:ReceiveMessage" | "sqs:DeleteMessage" | "sqs:GetQueueAttributes"
            )
        };
        // The event source receives and deletes on the function's behalf.
        let allowed: BTreeSet<_> = template
            .allowed(*function)
            .into_iter()
            .filter(|one| !consumes(one))
            .collect();
        assert_eq!(*seen.lock().unwrap(), allowed, "{function:?}");
    }
}
