//! A world that can be begun again: everything that is stored, and everything that Google shows.

use jiff::Timestamp;
use local::clock::Simulated;
use local::world::{Login, TABLE, World};
use serde_json::{Value, json};
use shared::model::{InstallKey, UserConfig};
use simulator::Simulator;

use crate::bench::Bench;

/// Requests in one `BatchWriteItem`.
const BATCH: usize = 25;

/// A world at one moment.
pub(crate) struct Snapshot {
    google: Simulator,
    items: Vec<Value>,
    now: Timestamp,
    key: InstallKey,
    config: UserConfig,
    names: Vec<String>,
    logins: Vec<Login>,
}

impl Snapshot {
    /// Keeps the world as it is; Google's log begins here.
    pub(crate) fn of(bench: &Bench) -> Self {
        let mut google = bench.world.google().clone();
        google.clear_log();
        Self {
            google,
            items: scan(bench.world.table()),
            now: bench.world.clock().now(),
            key: bench.world.key().clone(),
            config: bench.config.clone(),
            names: bench.names.clone(),
            logins: bench.world.logins().to_vec(),
        }
    }

    /// The same world once more.
    pub(crate) fn begin(&self) -> Bench {
        let clock = Simulated::running(self.now);
        let table = wire::Engine::memory(&clock.wire()).unwrap();
        fill(&table, &self.items);
        Bench {
            world: World::new(
                self.google.clone(),
                table,
                clock,
                self.key.clone(),
                self.logins.clone(),
            ),
            config: self.config.clone(),
            names: self.names.clone(),
        }
    }
}

/// One raw request to the table.
pub(crate) fn ask(table: &wire::Engine, operation: &str, request: &Value) -> Value {
    let answer = table.answer(operation, request.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// Every item.
pub(crate) fn scan(table: &wire::Engine) -> Vec<Value> {
    let mut items = Vec::new();
    let mut request = json!({"TableName": TABLE, "ConsistentRead": true});
    loop {
        let mut page = ask(table, "Scan", &request);
        if let Value::Array(more) = page["Items"].take() {
            items.extend(more);
        }
        let key = page["LastEvaluatedKey"].take();
        if key.is_null() {
            return items;
        }
        request["ExclusiveStartKey"] = key;
    }
}

fn fill(table: &wire::Engine, items: &[Value]) {
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let text = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let request = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [text("pk"), text("sk")],
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
    });
    ask(table, "CreateTable", &request);
    for batch in items.chunks(BATCH) {
        let puts: Vec<Value> = batch
            .iter()
            .map(|item| json!({"PutRequest": {"Item": item}}))
            .collect();
        let left = ask(
            table,
            "BatchWriteItem",
            &json!({"RequestItems": {TABLE: puts}}),
        );
        assert!(
            left["UnprocessedItems"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
        );
    }
}
