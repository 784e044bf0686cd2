//! Invariants that rows, states, records and wakes show.

use std::collections::BTreeSet;

use shared::engine::{Reader, Seen};
use shared::google::wire::Item;
use shared::model::{
    CommitId, EventKey, MARKER_KEY, Row, Source, SyncRecord, ZoneName, horizon, looks_like_a_block,
};
use shared::plan::{Fact, SourceFact};

use super::look::{Look, Stored};
use super::{Broken, broken};

/// I1, as the rows tell it: nothing is pending, and nothing out of step is left in silence.
pub(super) fn every_row_is_in_step_or_parked(now: &Look) -> Vec<Broken> {
    let rows = now
        .calendars
        .iter()
        .flat_map(|calendar| &calendar.view.rows);
    let mut found = Vec::new();
    for row in rows.filter(|row| now.takes_part(row.calendar)) {
        for (target, mirror) in &row.mirrors {
            if !mirror.in_step() && mirror.parked.is_none() {
                found.push(broken("I1", format!("{} on {target}: {mirror:?}", row.key)));
            }
        }
    }
    for calendar in now.calendars.iter().filter(|one| now.takes_part(one.id)) {
        let state = &calendar.view.state;
        // A lease that nobody gave back and that has run out holds nobody up.
        let held = state
            .lease
            .as_ref()
            .is_some_and(|lease| lease.until > jiff_now(now));
        if state.unpushed || state.journal.is_some() || held {
            found.push(broken(
                "I1",
                format!("{} is not at rest: {state:?}", calendar.name),
            ));
        }
    }
    found
}

/// I3: of everything that Google does not report as changed since the stored token, the rows know what it shows.
pub(super) fn a_token_implies_its_changes(now: &Look) -> Vec<Broken> {
    let calendars = now.calendars.iter().filter(|one| now.takes_part(one.id));
    calendars
        .filter_map(|calendar| Some((calendar, calendar.changed_since(&now.google)?)))
        .flat_map(|(calendar, changed)| differing(now, calendar, &changed))
        .map(|what| broken("I3", what))
        .collect()
}

/// I3 at rest: every event of Google's is in the rows as it is, whatever the token says.
pub(super) fn every_change_is_in_the_rows(now: &Look) -> Vec<Broken> {
    let calendars = now.calendars.iter().filter(|one| now.takes_part(one.id));
    calendars
        .flat_map(|calendar| differing(now, calendar, &BTreeSet::new()))
        .map(|what| broken("I3", what))
        .collect()
}

/// Events whose rows say something else than Google does, but for those in `unless`.
fn differing(now: &Look, calendar: &Stored, unless: &BTreeSet<String>) -> Vec<String> {
    let zone = now.google.calendar_zone(&calendar.name);
    let pairs = now.config.pairs();
    let reader = Reader {
        sealer: &now.sealer,
        needs: pairs.needs(calendar.id),
        user: now.config.user,
        zone: zone.and_then(|zone| ZoneName::parse(zone.name()).ok()),
    };
    let mut found = Vec::new();
    for json in now.google.events_json(&calendar.name) {
        let item = Item::read(json);
        let id = item.id().unwrap_or_default().to_owned();
        if unless.contains(&id) || looks_like_a_block(&id) || marked(now, calendar, &id) {
            continue;
        }
        let Seen::Fact(Fact::Source(shown)) = reader.item(&item) else {
            continue;
        };
        let key = shown.key();
        let row = calendar.view.rows.iter().find(|row| row.key == key);
        if !agrees(row, &shown, now) {
            let source = row.map(|row| &row.source);
            found.push(format!(
                "{} {id}: row {source:?}, Google {shown:?}",
                calendar.name
            ));
        }
    }
    found
}

fn marked(now: &Look, calendar: &Stored, id: &str) -> bool {
    let there = now.google.event(&calendar.name, id);
    there.is_some_and(|there| there.private.contains_key(MARKER_KEY))
}

fn agrees(row: Option<&Row>, shown: &SourceFact, now: &Look) -> bool {
    let source = row.map_or(&Source::Unseen, |row| &row.source);
    match (shown, source) {
        (SourceFact::Gone { .. }, source) => matches!(source, Source::Gone | Source::Unseen),
        (SourceFact::Unreadable { .. }, _) => row.is_some_and(|row| row.parked.is_some()),
        (SourceFact::Live(event), Source::Live(known)) => {
            let (mut event, mut known) = (event.clone(), known.clone());
            (event.etag, known.etag) = (None, None);
            event == known
        }
        (
            SourceFact::Hidden { original, .. },
            Source::Hidden {
                original: known, ..
            },
        ) => original == known,
        // A first read does not reach back to what was over long before.
        (SourceFact::Live(event), _) => {
            let since = horizon(jiff_now(now));
            row.is_none() && event.over_by().is_some_and(|over| over <= since)
        }
        (SourceFact::Hidden { .. }, _) => false,
    }
}

fn jiff_now(now: &Look) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now.google.now().timestamp_micros()).unwrap()
}

/// I4: without a new commit no reader sees a new fact.
pub(super) fn nothing_is_seen_of_half_a_commit(before: &Look, now: &Look) -> Vec<Broken> {
    let pairs = before
        .calendars
        .iter()
        .filter_map(|was| Some((was, now.calendar(was.id)?)));
    let half = pairs.filter(|(was, is)| {
        was.view.state.commit == is.view.state.commit && was.facts() != is.facts()
    });
    half.map(|(_, is)| broken("I4", format!("facts of {} without their commit", is.name)))
        .collect()
}

/// I5: the records of each calendar form one chain that ends in the state's commit, and epochs never fall.
pub(super) fn commits_form_one_chain(now: &Look) -> Vec<Broken> {
    let mut found = Vec::new();
    for calendar in &now.calendars {
        let state = &calendar.view.state;
        if let Err(what) = chain(&calendar.records, state.commit.as_ref()) {
            found.push(broken("I5", format!("{}: {what}", calendar.name)));
        }
        let newest = calendar.records.iter().map(|record| record.epoch).max();
        if newest.is_some_and(|newest| newest > state.epoch) {
            found.push(broken(
                "I5",
                format!("{}: a commit of a later epoch", calendar.name),
            ));
        }
    }
    found
}

/// Walks from the last commit back to the first one on record, over every record exactly once.
fn chain(records: &[SyncRecord], last: Option<&CommitId>) -> Result<(), String> {
    let mut left: Vec<&SyncRecord> = records.iter().collect();
    let mut at = last.cloned();
    let mut epoch = None;
    while let Some(commit) = at {
        let place = left.iter().position(|record| record.commit == commit);
        let record = left.remove(place.ok_or(format!("{commit} has no record of its own"))?);
        if epoch.is_some_and(|later| record.epoch > later) {
            return Err(format!("epochs fall after {commit}"));
        }
        epoch = Some(record.epoch);
        at = record.after.clone();
    }
    match left.first() {
        None => Ok(()),
        Some(record) => Err(format!("{} is in no chain", record.commit)),
    }
}

/// I9: whatever is out of step is parked, waits for its next try, or is marked to be looked at.
pub(super) fn nothing_is_silently_out_of_step(now: &Look) -> Vec<Broken> {
    // A journal under way still has the wakes of other calendars to bring.
    let under_way = now
        .calendars
        .iter()
        .any(|one| one.view.state.journal.is_some());
    let mut found = Vec::new();
    for calendar in now.calendars.iter().filter(|one| now.takes_part(one.id)) {
        let state = &calendar.view.state;
        let replans = state.config_version != now.config.version;
        let marked = state.unpushed || replans || now.wakes.contains(&calendar.id) || under_way;
        let behind: Vec<&EventKey> = pending(&calendar.view.rows).collect();
        if !marked && !behind.is_empty() {
            found.push(broken(
                "I9",
                format!("{}: {behind:?} are out of step, unmarked", calendar.name),
            ));
        }
        if state
            .failing
            .as_ref()
            .is_some_and(|failing| failing.error.is_empty())
        {
            found.push(broken(
                "I9",
                format!("{}: failed without a reason", calendar.name),
            ));
        }
    }
    found
}

fn pending(rows: &[Row]) -> impl Iterator<Item = &EventKey> {
    rows.iter().filter(|row| row.pending()).map(|row| &row.key)
}

/// I12: a wake that is gone was served by a sync that listed after it, and what that list showed is committed.
///
/// `before` is taken when the wakes are acknowledged and the log is empty; nobody edits afterwards.
pub(super) fn wakes_are_served_by_a_later_read(before: &Look, now: &Look) -> Vec<Broken> {
    let served = before.wakes.difference(&now.wakes);
    let mut found = Vec::new();
    for calendar in served.filter_map(|id| now.calendar(*id)) {
        if !now.takes_part(calendar.id) {
            continue;
        }
        let name = Some(calendar.name.clone());
        let mut log = now.google.log().iter();
        if !log.any(|one| one.applied && one.kind == "events.list" && one.calendar == name) {
            found.push(broken("I12", format!("{} was never listed", calendar.name)));
        }
        let changed = calendar.changed_since(&now.google).unwrap_or_default();
        if changed.iter().any(|id| !looks_like_a_block(id)) {
            found.push(broken(
                "I12",
                format!("{} was served without its changes", calendar.name),
            ));
        }
    }
    found
}

/// I12 at rest.
pub(super) fn no_wake_is_left(now: &Look) -> Vec<Broken> {
    let left = now.wakes.iter().filter(|id| now.takes_part(**id));
    left.map(|id| broken("I12", format!("{id} is still to be looked at")))
        .collect()
}
