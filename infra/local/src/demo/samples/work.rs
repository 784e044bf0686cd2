//! Work, in Berlin.

use serde_json::json;
use simulator::{Refusal, Simulator};

use super::day::{Week, invitation, series, with};
use super::{KICK_OFF, WORK};

pub(super) const ZONE: &str = "Europe/Berlin";

pub(super) fn fill(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    meetings(google, week)?;
    standup(google, week)?;
    repeated(google, week)?;
    special(google, week)
}

fn meetings(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let timed = |title, day, hours| week.timed(title, day, hours, ZONE);
    for body in [
        with(
            timed("Design review", 1, ("14:00", "15:30")),
            invitation(WORK, "accepted"),
        ),
        with(
            timed("Vendor pitch", 1, ("16:00", "17:00")),
            invitation(WORK, "declined"),
        ),
        with(
            timed("Budget round", 2, ("13:00", "14:00")),
            invitation(WORK, "needsAction"),
        ),
        with(
            timed("Northwind kick-off", 3, ("15:00", "16:30")),
            json!({"id": KICK_OFF}),
        ),
        with(
            timed("Hiring talk (to be confirmed)", 4, ("10:00", "11:00")),
            json!({"status": "tentative"}),
        ),
        timed("Interview", 9, ("11:00", "12:00")),
        with(
            timed("Lunch, come along if you like", 2, ("12:00", "13:00")),
            json!({"transparency": "transparent"}),
        ),
        timed("Retrospective", -12, ("15:00", "16:00")),
        timed("Retrospective", -40, ("15:00", "16:00")),
        timed("Timesheet reminder", 4, ("16:00", "16:00")),
        week.whole("Company retreat", 8, 11),
    ] {
        google.insert_event(WORK, body)?;
    }
    Ok(())
}

/// Each working day, once later and once not at all.
fn standup(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let body = week.timed("Stand-up", -14, ("09:15", "09:30"), ZONE);
    let id = "standupseries";
    google.insert_event(
        WORK,
        with(body, series(id, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")),
    )?;
    let original = |day| format!("{}T09:15:00", week.date(day));
    let (from, to) = (week.at(2, "11:00", ZONE), week.at(2, "11:15", ZONE));
    google.move_occurrence(WORK, id, &original(2), from, to)?;
    google.cancel_occurrence(WORK, id, &original(4)).map(drop)
}

fn repeated(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let body = week.timed("One to one", -6, ("10:00", "10:45"), ZONE);
    google.insert_event(
        WORK,
        with(body, series("onetoone", "FREQ=WEEKLY;INTERVAL=2;COUNT=6")),
    )?;
    let body = week.timed(
        "Desk time, may be interrupted",
        -7,
        ("08:00", "09:00"),
        ZONE,
    );
    let free = with(body, json!({"transparency": "transparent"}));
    google
        .insert_event(WORK, with(free, series("desktime", "FREQ=DAILY")))
        .map(drop)
}

/// What only a primary calendar has, and the night in which Europe's clocks change.
fn special(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let kind = |kind: &str| json!({"eventType": kind});
    let night = json!({"summary": "Night deployment", "start": week.at(5, "23:00", ZONE), "end": week.at(6, "04:00", ZONE)});
    let away = week.timed("Away for the afternoon", 3, ("12:30", "15:00"), ZONE);
    let focus = week.timed("Write the proposal", 2, ("15:00", "18:00"), ZONE);
    let place = with(
        week.whole("At the office", 0, 1),
        json!({"transparency": "transparent"}),
    );
    for body in [
        night,
        with(away, kind("outOfOffice")),
        with(focus, kind("focusTime")),
        with(place, kind("workingLocation")),
    ] {
        google.insert_event(WORK, body)?;
    }
    Ok(())
}
