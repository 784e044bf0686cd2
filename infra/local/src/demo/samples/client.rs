//! A client, in New York: its clocks change weeks before Europe's do.

use serde_json::json;
use simulator::{Refusal, Simulator};

use super::day::{Week, invitation, series, with};
use super::{CLIENT, KICK_OFF};

pub(super) const ZONE: &str = "America/New_York";

pub(super) fn fill(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let kick_off = week.timed("Kick-off", 3, ("15:00", "16:30"), super::work::ZONE);
    let freeze = week.whole("Release freeze", 7, 12);
    for body in [
        with(kick_off, json!({"id": KICK_OFF})),
        week.timed("Contract call", 2, ("14:00", "14:45"), ZONE),
        week.timed("Data review", 8, ("11:00", "12:30"), ZONE),
        with(
            week.timed("Town hall", 3, ("12:00", "13:00"), ZONE),
            invitation(CLIENT, "tentative"),
        ),
        with(freeze, json!({"transparency": "transparent"})),
        week.whole("Site visit", 4, 5),
    ] {
        google.insert_event(CLIENT, body)?;
    }
    sync_call(google, week)?;
    forum(google, week)?;
    let demo = week.timed("Sprint demo", -31, ("15:00", "16:00"), ZONE);
    google
        .insert_event(
            CLIENT,
            with(demo, series("sprintdemo", "FREQ=MONTHLY;BYDAY=-1FR")),
        )
        .map(drop)
}

/// Twice a week, once on another day and once not at all.
fn sync_call(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let body = week.timed("Client call", -20, ("10:00", "10:30"), ZONE);
    let id = "clientcall";
    google.insert_event(CLIENT, with(body, series(id, "FREQ=WEEKLY;BYDAY=TU,TH")))?;
    let original = |day| format!("{}T10:00:00", week.date(day));
    let (from, to) = (week.at(2, "09:00", ZONE), week.at(2, "09:30", ZONE));
    google.move_occurrence(CLIENT, id, &original(1), from, to)?;
    google
        .cancel_occurrence(CLIENT, id, &original(10))
        .map(drop)
}

/// Weekly; the person declined one of them.
fn forum(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let body = week.timed("Architecture forum", -17, ("13:00", "14:00"), ZONE);
    let id = "architectureforum";
    let guests = invitation(CLIENT, "accepted");
    google.insert_event(CLIENT, with(with(body, guests), series(id, "FREQ=WEEKLY")))?;
    let original = format!("{}T13:00:00", week.date(4));
    let occurrence = google.occurrence_id(CLIENT, id, &original)?;
    google.respond(CLIENT, &occurrence, "declined")
}
