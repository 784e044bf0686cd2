//! Tables whose making was cut short.
//!
//! The engine first writes that a table exists and then makes the place for its items, each for itself. A process that
//! dies in between leaves a table that is listed, cannot be made again, and fails at every request. It never held an item.

use dynoxide::actions::delete_table::DeleteTableRequest;
use dynoxide::{Database, DynoxideError};

use super::operations;

/// How SQLite says that the place for the items is missing; any other failure proves nothing.
const NO_PLACE: &str = "no such table";

/// Removes them. Whoever needs one makes it anew.
pub(super) fn remove(db: &Database) -> Result<(), DynoxideError> {
    let listed = db.list_tables(Default::default())?;
    for table_name in listed.table_names {
        if is_half_made(db, &table_name) {
            db.delete_table(DeleteTableRequest { table_name })?;
        }
    }
    Ok(())
}

fn is_half_made(db: &Database, table: &str) -> bool {
    let request = serde_json::json!({"TableName": table, "Limit": 1}).to_string();
    let answer = operations::answer(db, "Scan", request.as_bytes());
    answer.status == 500 && answer.body.contains(NO_PLACE)
}
