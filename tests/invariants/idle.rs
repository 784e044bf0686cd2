//! I10: a second drive with nothing new writes nothing but leases and times.

use shared::engine::View;
use shared::model::{Row, State, SyncRecord};

use super::google::is_write;
use super::{Broken, Look, broken};
use crate::bench::Bench;

/// Drives once more and says what it changed.
pub(crate) async fn second_drive(bench: &Bench, before: &Look) -> Vec<Broken> {
    bench.world.google().clear_log();
    let used = bench.world.meter.usage();
    let driven = bench.drive().await;
    let used = bench.world.meter.usage().since(&used);
    let log = bench.world.google().log().to_vec();
    let mut found = Vec::new();
    if !driven.quiet || driven.rounds > 1 {
        found.push(broken("I10", format!("not idle: {driven:?}")));
    }
    let written = log.iter().filter(|request| is_write(request));
    found
        .extend(written.map(|request| broken("I10", format!("{} {}", request.kind, request.path))));
    let kinds = [
        "PutItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
    ];
    let writes = kinds.iter().filter(|kind| used.requests(kind) > 0);
    found.extend(writes.map(|kind| broken("I10", format!("{kind} in an idle drive"))));
    if used.requests("UpdateItem") > bench.names.len() as u64 {
        found.push(broken(
            "I10",
            format!("{} UpdateItem", used.requests("UpdateItem")),
        ));
    }
    if used.requests("UpdateItem") == 0 {
        return found;
    }
    let now = Look::at(bench).await;
    for (was, is) in before.calendars.iter().zip(&now.calendars) {
        if lasting(&was.view, &was.records) != lasting(&is.view, &is.records) {
            found.push(broken("I10", format!("{} changed", is.name)));
        }
    }
    found
}

/// What is stored, but for lease and times.
fn lasting<'a>(view: &'a View, records: &'a [SyncRecord]) -> (State, &'a [Row], &'a [SyncRecord]) {
    let mut state = view.state.clone();
    (state.lease, state.last_synced_at, state.token) = (None, None, None);
    state.epoch = shared::model::Epoch::default();
    (state, &view.rows, records)
}
