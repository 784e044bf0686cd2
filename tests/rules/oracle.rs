//! What rules come to, worked out a second time: from the rules as a person wrote them and from what Google shows, occurrence
//! by occurrence. It shares no code with the rules that ship.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use simulator::{Occurrence, Simulator, Status};

const BLOCK: &str = "tidelock";

/// A block as a person sees it: start, end, whole days, title, visibility, colour.
pub(super) type Shown = (DateTime<Utc>, DateTime<Utc>, bool, String, String, String);

/// What differs between what `calendars` hold and what they should by `rules`. Empty: nothing.
pub(super) fn faults(google: &Simulator, calendars: &[String], rules: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for target in calendars {
        let (due, held) = (due(google, calendars, rules, target), held(google, target));
        let lines = [("missing", &due, &held), ("extra", &held, &due)];
        for (what, of, over) in lines {
            for (block, count) in of {
                let other = over.get(block).copied().unwrap_or_default();
                if *count > other {
                    faults.push(format!("{what} on {target}: {block:?}"));
                }
            }
        }
    }
    faults
}

fn window(google: &Simulator) -> (DateTime<Utc>, DateTime<Utc>) {
    let now = google.now();
    (now - Duration::days(29), now + Duration::days(400))
}

fn count(blocks: impl Iterator<Item = Shown>) -> BTreeMap<Shown, usize> {
    let mut counted = BTreeMap::new();
    for block in blocks {
        *counted.entry(block).or_insert(0) += 1;
    }
    counted
}

fn held(google: &Simulator, target: &str) -> BTreeMap<Shown, usize> {
    let (from, to) = window(google);
    let blocks = google.occurrences(target, from, to).into_iter();
    count(
        blocks
            .filter(|one| one.event_id.starts_with(BLOCK))
            .map(|one| {
                let json = google.event_json(target, &one.event_id).unwrap_or_default();
                let (start, end) = times(google, target, &one);
                let text = |name: &str, or: &str| json[name].as_str().unwrap_or(or).to_owned();
                (
                    start,
                    end,
                    one.all_day,
                    text("summary", ""),
                    text("visibility", "default"),
                    text("colorId", ""),
                )
            }),
    )
}

/// Whole days are days, whatever the zone of the calendar.
fn times(google: &Simulator, calendar: &str, one: &Occurrence) -> (DateTime<Utc>, DateTime<Utc>) {
    let zone = google.calendar_zone(calendar).unwrap();
    let day = |at: DateTime<Utc>| {
        let date = at.with_timezone(&zone).date_naive();
        date.and_time(NaiveTime::MIN).and_utc()
    };
    match one.all_day {
        true => (day(one.start), day(one.end)),
        false => (one.start, one.end),
    }
}

fn due(
    google: &Simulator,
    calendars: &[String],
    rules: &Value,
    target: &str,
) -> BTreeMap<Shown, usize> {
    let (from, to) = window(google);
    let sources = calendars.iter().filter(|source| *source != target);
    count(sources.flat_map(|source| {
        let rule = rule(rules, source, target);
        let all = google.occurrences(source, from, to).into_iter();
        all.filter_map(|one| block(google, rules, &rule, (source, target), &one))
            .collect::<Vec<_>>()
    }))
}

/// Field by field: the later entry counts.
fn rule(rules: &Value, source: &str, target: &str) -> Value {
    let mut rule = json!({
        "mirror": true, "title": "Busy", "colour": "none", "visibility": "private", "all_day": true, "multi_day": true,
        "tentative": true, "unanswered": true, "out_of_office": true, "focus_time": true, "hours": {}, "before": 0, "after": 0,
        "opt_out": "#nosync", "opt_in": "none",
    });
    for entry in rules["pairs"].as_array().into_iter().flatten() {
        let meant = |side: &str, name: &str| entry[side].as_str().is_none_or(|own| own == name);
        if meant("from", source) && meant("to", target) {
            for (field, value) in entry.as_object().unwrap() {
                rule[field] = value.clone();
            }
        }
    }
    let off = |name: &str| rules["calendars"][name] == "off";
    if off(source) || off(target) {
        rule["mirror"] = false.into();
    }
    rule
}

fn block(
    google: &Simulator,
    rules: &Value,
    rule: &Value,
    (source, target): (&str, &str),
    one: &Occurrence,
) -> Option<Shown> {
    let json = google.event_json(source, &one.event_id)?;
    let master = one.master_id.as_ref();
    let master = master.and_then(|id| google.event_json(source, id));
    let is_exception = google
        .events(source)
        .iter()
        .any(|event| event.id == one.event_id)
        && one.master_id.is_some();
    let taken = rule["mirror"] == true
        && !one.event_id.starts_with(BLOCK)
        && !one.private.contains_key(BLOCK)
        && !one.declined
        && one.start < one.end
        && takes_kind(rule, one, &json)
        && takes_word(rule, &json)
        && match (&master, is_exception) {
            (Some(master), false) => takes_series(rules, rule, master),
            (_, _) => takes_hours(
                rules,
                rule,
                (one.start, one.end),
                one.all_day,
                zone_of(google, source),
            ),
        }
        && !same_meeting(google, target, one);
    if !taken {
        return None;
    }
    let (start, end) = times(google, source, one);
    let (start, end) = match (one.all_day, &master) {
        (true, _) => (start, end),
        (false, Some(master)) if !is_exception => {
            let (before, after) = (minutes(rule, "before"), minutes(rule, "after"));
            let wall = start_of(master);
            let midnight = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
            (
                start - Duration::minutes(before.min(midnight)),
                end + Duration::minutes(after),
            )
        }
        (false, _) => (
            start - Duration::minutes(minutes(rule, "before")),
            end + Duration::minutes(minutes(rule, "after")),
        ),
    };
    let private = matches!(
        json["visibility"].as_str(),
        Some("private" | "confidential")
    );
    let own = json["summary"]
        .as_str()
        .map(str::trim)
        .filter(|own| !own.is_empty() && !private);
    let title = rule["title"].as_str().unwrap();
    let title = title.replace("{calendar}", google.calendar_summary(source).unwrap());
    let title = title.replace("{title}", own.unwrap_or("Busy"));
    Some((
        start,
        end,
        one.all_day,
        title,
        rule["visibility"].as_str().unwrap().to_owned(),
        colour(rule["colour"].as_str().unwrap()).to_owned(),
    ))
}

fn minutes(rule: &Value, name: &str) -> i64 {
    rule[name].as_i64().unwrap()
}

fn colour(name: &str) -> &'static str {
    match name {
        "none" => "",
        "lavender" => "1",
        "graphite" => "8",
        "tomato" => "11",
        other => panic!("no rule here names the colour {other}"),
    }
}

fn takes_kind(rule: &Value, one: &Occurrence, json: &Value) -> bool {
    let own = json["attendees"].as_array().into_iter().flatten();
    let answer = own
        .filter(|person| person["self"] == true)
        .find_map(|own| own["responseStatus"].as_str());
    let tentative = json["status"] == "tentative" || answer == Some("tentative");
    let unanswered = answer == Some("needsAction");
    let longer = match one.all_day {
        // A day has 23 to 25 hours.
        true => one.end - one.start > Duration::hours(30),
        false => one.end - one.start > Duration::hours(24),
    };
    let switched = [
        ("all_day", one.all_day),
        ("multi_day", longer),
        ("tentative", tentative),
        ("unanswered", unanswered),
        ("out_of_office", one.event_type == "outOfOffice"),
        ("focus_time", one.event_type == "focusTime"),
    ];
    switched.iter().all(|(name, is)| !is || rule[*name] == true)
        && matches!(
            one.event_type.as_str(),
            "default" | "outOfOffice" | "focusTime"
        )
}

fn takes_word(rule: &Value, json: &Value) -> bool {
    let title = json["summary"].as_str().unwrap_or_default().to_lowercase();
    let has = |word: &str| title.split(' ').any(|own| own == word);
    let opted_out = rule["opt_out"]
        .as_str()
        .is_some_and(|word| word != "none" && has(word));
    let opted_in = rule["opt_in"]
        .as_str()
        .is_none_or(|word| word == "none" || has(word));
    !opted_out && opted_in
}

fn zone_of(google: &Simulator, calendar: &str) -> Tz {
    google.calendar_zone(calendar).unwrap()
}

/// When a series begins, on its own wall clock.
fn start_of(master: &Value) -> DateTime<Tz> {
    let zone: Tz = master["start"]["timeZone"]
        .as_str()
        .unwrap_or("Europe/Berlin")
        .parse()
        .unwrap();
    let at = master["start"]["dateTime"].as_str().unwrap();
    at.parse::<DateTime<Utc>>().unwrap().with_timezone(&zone)
}

/// The series here are weekly: all of a year's occurrences stand for it.
fn takes_series(rules: &Value, rule: &Value, master: &Value) -> bool {
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    if let Some(day) = master["start"]["date"].as_str() {
        let end = master["end"]["date"].as_str().unwrap();
        let at = |day: &str| {
            let date: chrono::NaiveDate = day.parse().unwrap();
            date.and_time(NaiveTime::MIN)
                .and_local_timezone(zone)
                .unwrap()
                .to_utc()
        };
        return takes_hours(rules, rule, (at(day), at(end)), true, zone);
    }
    let first = start_of(master);
    let end: DateTime<Utc> = master["end"]["dateTime"].as_str().unwrap().parse().unwrap();
    let length = end - first.to_utc();
    (0..54).any(|week| {
        let wall = first.naive_local() + Duration::weeks(week);
        let start = wall.and_local_timezone(first.timezone()).unwrap().to_utc();
        takes_hours(rules, rule, (start, start + length), false, zone)
    })
}

/// Quarter of an hour by quarter of an hour.
fn takes_hours(
    rules: &Value,
    rule: &Value,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    all_day: bool,
    calendar: Tz,
) -> bool {
    let hours = &rule["hours"];
    if hours.as_object().unwrap().is_empty() {
        return true;
    }
    let zone: Tz = rules["zone"].as_str().unwrap().parse().unwrap();
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let is_day = |date: chrono::NaiveDate| {
        let name = names[date.weekday().num_days_from_monday() as usize];
        let days = hours["days"].as_array();
        days.is_none_or(|days| days.iter().any(|day| day == name))
    };
    let clock = |name: &str, or: u32| {
        let text = hours[name].as_str();
        text.map_or(or, |text| {
            let (hour, minute) = text.split_once(':').unwrap();
            hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
        })
    };
    let (from, to) = (clock("from", 0), clock("to", 24 * 60));
    if all_day {
        let mut day = start.with_timezone(&calendar).date_naive();
        let last = end.with_timezone(&calendar).date_naive();
        while day < last {
            if is_day(day) {
                return true;
            }
            day = day.succ_opt().unwrap();
        }
        return false;
    }
    let mut at = start;
    while at < end {
        let wall = at.with_timezone(&zone);
        let minute = wall.hour() * 60 + wall.minute();
        let today = is_day(wall.date_naive());
        let yesterday = is_day(wall.date_naive().pred_opt().unwrap());
        let inside = match from < to {
            true => today && (from..to).contains(&minute),
            false => (today && minute >= from) || (yesterday && minute < to),
        };
        if inside {
            return true;
        }
        at += Duration::minutes(15);
    }
    false
}

/// The target has this very event, and its owner did not decline it.
fn same_meeting(google: &Simulator, target: &str, one: &Occurrence) -> bool {
    let there = |id: &str| {
        let event = google.event(target, id);
        event.filter(|event| event.status != Status::Cancelled)
    };
    let series = || one.master_id.as_deref().and_then(there);
    there(&one.event_id)
        .or_else(series)
        .is_some_and(|event| !event.declined)
}
