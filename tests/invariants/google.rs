//! Invariants that Google's own state and its log of requests show.

use std::collections::{BTreeMap, BTreeSet};

use local::check::faults;
use shared::model::{MARKER_KEY, looks_like_a_block};
use simulator::{EventSummary, LoggedRequest, Simulator, Status};

use super::{Broken, Look, broken};

/// I1: what is due is there, once, at the right times, and nothing else of ours.
pub(super) fn blocks_are_as_they_should_be(now: &Look) -> Vec<Broken> {
    let wrong = faults(&now.google, &now.enabled()).into_iter();
    let mut found: Vec<Broken> = wrong
        .map(|fault| broken("I1", format!("{fault:?}")))
        .collect();
    for calendar in &now.calendars {
        if now.takes_part(calendar.id) {
            continue;
        }
        let left = now.google.events(&calendar.name).into_iter();
        let left = left.filter(live_block);
        found.extend(
            left.map(|event| broken("I1", format!("left on {}: {}", calendar.name, event.id))),
        );
    }
    found
}

/// I2: no source event's etag moved, and no request wrote to one. Holds where nobody else edits in between.
pub(super) fn no_source_is_written(before: &Look, now: &Look) -> Vec<Broken> {
    let mut found = Vec::new();
    for calendar in &before.calendars {
        let (was, is) = (
            etags(&before.google, &calendar.name),
            etags(&now.google, &calendar.name),
        );
        if was != is {
            found.push(broken("I2", format!("an etag on {} moved", calendar.name)));
        }
    }
    let writes = now.google.log().iter().filter(|request| is_write(request));
    let writes = writes.filter(|request| !looks_like_a_block(&written(request)));
    found.extend(writes.map(|request| {
        let (kind, path) = (request.kind, &request.path);
        broken("I2", format!("{kind} {path}"))
    }));
    found
}

/// I6: no row's event is a block, and no block stands for one.
pub(super) fn no_block_is_a_source(now: &Look) -> Vec<Broken> {
    let mut found = Vec::new();
    for calendar in &now.calendars {
        for event in calendar
            .view
            .rows
            .iter()
            .filter_map(|row| row.source.live())
        {
            let id = event.id.as_str();
            let there = now.google.event(&calendar.name, id);
            let marked = there.is_some_and(|there| there.private.contains_key(MARKER_KEY));
            if looks_like_a_block(id) || marked {
                found.push(broken("I6", format!("a row of {} for {id}", calendar.name)));
            }
        }
        for block in blocks(&now.google, &calendar.name) {
            let Ok((sealed, _)) = now.sealer.unseal(&block.id) else {
                continue;
            };
            if looks_like_a_block(sealed.event.as_str()) || sealed.calendar == calendar.id {
                found.push(broken("I6", format!("{} on {}", block.id, calendar.name)));
            }
        }
    }
    found
}

/// I7: a block that was there and is due in the end was not deleted in between.
pub(super) fn no_wanted_block_was_deleted(before: &Look, now: &Look) -> Vec<Broken> {
    let deleted = now.google.log().iter();
    let deleted = deleted.filter(|request| request.applied && request.kind == "events.delete");
    let lost = deleted.filter(|request| {
        let (Some(calendar), Some(event)) = (&request.calendar, &request.event) else {
            return false;
        };
        let live = |google: &Simulator| {
            let there = google.event(calendar, event);
            there.is_some_and(|there| live_block(&there))
        };
        live(&before.google) && live(&now.google)
    });
    lost.map(|request| broken("I7", request.path.clone()))
        .collect()
}

/// I8: every row and block is this user's, and so was every request.
pub(super) fn one_user_only(now: &Look) -> Vec<Broken> {
    let mut found = Vec::new();
    let user = now.config.user;
    for calendar in &now.calendars {
        let rows = calendar.view.rows.iter();
        let targets = rows.flat_map(|row| row.mirrors.keys().chain(std::iter::once(&row.calendar)));
        let others: BTreeSet<_> = targets.filter(|one| one.user() != user).collect();
        found.extend(
            others
                .into_iter()
                .map(|other| broken("I8", format!("a row names {other}"))),
        );
        for block in blocks(&now.google, &calendar.name) {
            match now.sealer.unseal(&block.id) {
                Ok((sealed, _)) if sealed.calendar.user() == user => {}
                Ok(_) | Err(_) => found.push(broken("I8", format!("block {}", block.id))),
            }
        }
    }
    let accounts: BTreeSet<_> = now
        .google
        .log()
        .iter()
        .map(|request| &request.account)
        .collect();
    if accounts.len() > 1 {
        found.push(broken("I8", format!("requests of {accounts:?}")));
    }
    found
}

/// Etags of all events that are no blocks.
fn etags(google: &Simulator, calendar: &str) -> BTreeMap<String, String> {
    let sources = google.events(calendar).into_iter();
    let sources = sources.filter(|event| !looks_like_a_block(&event.id));
    sources.map(|event| (event.id, event.etag)).collect()
}

fn blocks(google: &Simulator, calendar: &str) -> Vec<EventSummary> {
    let all = google.events(calendar).into_iter();
    all.filter(live_block).collect()
}

fn live_block(event: &EventSummary) -> bool {
    looks_like_a_block(&event.id) && event.status != Status::Cancelled
}

/// Whether a request changed an event.
pub(super) fn is_write(request: &LoggedRequest) -> bool {
    let verbs = [
        "insert", "update", "patch", "delete", "move", "import", "quickAdd",
    ];
    let verb = request.kind.strip_prefix("events.");
    request.applied && verb.is_some_and(|verb| verbs.contains(&verb))
}

/// The event that a request wrote; an insert names it in its body.
fn written(request: &LoggedRequest) -> String {
    let named = || {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        Some(body.get("id")?.as_str()?.to_owned())
    };
    request.event.clone().or_else(named).unwrap_or_default()
}
