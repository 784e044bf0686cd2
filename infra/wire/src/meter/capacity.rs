//! Reading the consumed capacity out of a response.
//!
//! One table answers with one object, batches and transactions with a list. `TOTAL` gives a bare
//! number of units, whose kind follows from the operation, unless the response names the kind itself
//! (transactions do; a repeated one is charged as a read).

use serde::Deserialize;

/// Units of one response.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Consumed {
    pub(super) write: f64,
    pub(super) read: f64,
}

#[derive(Deserialize)]
struct Reported {
    #[serde(rename = "ConsumedCapacity")]
    capacity: Option<Tables>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tables {
    One(Table),
    Many(Vec<Table>),
}

#[derive(Deserialize)]
struct Table {
    #[serde(rename = "CapacityUnits", default)]
    units: f64,
    #[serde(rename = "WriteCapacityUnits")]
    write: Option<f64>,
    #[serde(rename = "ReadCapacityUnits")]
    read: Option<f64>,
}

/// The units that the response to `operation` reports; zero where it reports none.
pub(super) fn consumed(operation: &str, body: &[u8]) -> Consumed {
    let Ok(Reported {
        capacity: Some(tables),
    }) = serde_json::from_slice(body)
    else {
        return Consumed::default();
    };
    match tables {
        Tables::One(table) => table.of(operation),
        Tables::Many(tables) => tables
            .iter()
            .map(|table| table.of(operation))
            .fold(Consumed::default(), Consumed::plus),
    }
}

impl Consumed {
    fn plus(self, other: Self) -> Self {
        Self {
            write: self.write + other.write,
            read: self.read + other.read,
        }
    }
}

impl Table {
    fn of(&self, operation: &str) -> Consumed {
        if self.write.is_some() || self.read.is_some() {
            return Consumed {
                write: self.write.unwrap_or(0.0),
                read: self.read.unwrap_or(0.0),
            };
        }
        if reads(operation) {
            Consumed {
                write: 0.0,
                read: self.units,
            }
        } else {
            Consumed {
                write: self.units,
                read: 0.0,
            }
        }
    }
}

fn reads(operation: &str) -> bool {
    matches!(
        operation,
        "GetItem" | "BatchGetItem" | "TransactGetItems" | "Query" | "Scan"
    )
}

#[cfg(test)]
mod tests {
    use super::{Consumed, consumed};

    #[track_caller]
    fn check(operation: &str, body: &str, write: f64, read: f64) {
        assert_eq!(
            consumed(operation, body.as_bytes()),
            Consumed { write, read }
        );
    }

    #[test]
    fn units_are_read_from_one_object_or_a_list_and_split_by_kind() {
        let one = r#"{"ConsumedCapacity":{"TableName":"t","CapacityUnits":2.5}}"#;
        let many = r#"{"ConsumedCapacity":[{"CapacityUnits":2},{"CapacityUnits":3}]}"#;
        let write = r#"{"ConsumedCapacity":[{"CapacityUnits":4,"WriteCapacityUnits":4}]}"#;
        let repeat = r#"{"ConsumedCapacity":[{"CapacityUnits":4,"ReadCapacityUnits":4}]}"#;
        check("GetItem", one, 0.0, 2.5);
        check("PutItem", one, 2.5, 0.0);
        check("BatchGetItem", many, 0.0, 5.0);
        check("BatchWriteItem", many, 5.0, 0.0);
        check("TransactWriteItems", write, 4.0, 0.0);
        check("TransactWriteItems", repeat, 0.0, 4.0);
        check("PutItem", "{}", 0.0, 0.0);
        check("PutItem", "not json", 0.0, 0.0);
    }
}
