//! The person's own calendar.

use serde_json::json;
use simulator::{Refusal, Simulator};

use super::PRIVATE;
use super::day::{Week, series, with};

pub(super) const ZONE: &str = "Europe/Berlin";

pub(super) fn fill(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let timed = |title, day, hours| week.timed(title, day, hours, ZONE);
    let free = || json!({"transparency": "transparent"});
    let flight = json!({"summary": "Flight to Tokyo", "start": week.at(12, "13:30", ZONE), "end": week.at(13, "09:05", "Asia/Tokyo")});
    for body in [
        timed("Dentist", 1, ("08:00", "09:00")),
        timed("Parents' evening", 3, ("19:00", "20:30")),
        with(
            timed("Concert", 4, ("20:00", "22:30")),
            json!({"status": "tentative"}),
        ),
        timed("Parcel arrives", 2, ("10:00", "10:00")),
        with(timed("Bake bread", 5, ("09:00", "12:00")), free()),
        week.whole("Mountains", 5, 7),
        with(week.whole("School holidays", 7, 19), free()),
        flight,
    ] {
        google.insert_event(PRIVATE, body)?;
    }
    choir(google, week)?;
    let body = timed("Physiotherapy", -10, ("07:30", "08:15"));
    google.insert_event(
        PRIVATE,
        with(
            body,
            series("physiotherapy", "FREQ=WEEKLY;INTERVAL=2;COUNT=8"),
        ),
    )?;
    let birthday = with(
        week.whole("Mia's birthday", 6, 7),
        json!({"eventType": "birthday", "transparency": "transparent"}),
    );
    google
        .insert_event(
            PRIVATE,
            with(birthday, series("miasbirthday", "FREQ=YEARLY")),
        )
        .map(drop)
}

/// Until the summer; the concert's rehearsal is longer.
fn choir(google: &mut Simulator, week: Week) -> Result<(), Refusal> {
    let body = week.timed("Choir", -12, ("19:30", "21:00"), ZONE);
    let until = week.date(98).strftime("%Y%m%dT220000Z");
    let id = "choirseries";
    google.insert_event(
        PRIVATE,
        with(body, series(id, &format!("FREQ=WEEKLY;UNTIL={until}"))),
    )?;
    let original = format!("{}T19:30:00", week.date(9));
    let (from, to) = (week.at(9, "18:00", ZONE), week.at(9, "21:30", ZONE));
    google
        .move_occurrence(PRIVATE, id, &original, from, to)
        .map(drop)
}
