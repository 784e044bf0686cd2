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
    let sources: Vec<_> = calendars.iter().map(|name| source(google, name)).collect();
    for target in calendars {
        let (due, held) = (due(google, &sources, rules, target), held(google, target));
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
    let blocks = source(google, target).all.into_iter();
    count(
        blocks
            .filter(|seen| seen.one.event_id.starts_with(BLOCK))
            .map(|Seen { one, event, .. }| {
                let (start, end) = times(google, target, &one);
                let text = |name: &str, or: &str| event[name].as_str().unwrap_or(or).to_owned();
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

/// A source's occurrences, each with the event that it is, and its series.
struct Source {
    name: String,
    zone: Tz,
    title: String,
    all: Vec<Seen>,
}

struct Seen {
    one: Occurrence,
    event: Value,
    master: Option<Value>,
    is_exception: bool,
}

fn source(google: &Simulator, name: &str) -> Source {
    let (from, to) = window(google);
    let events = google.events_json(name).into_iter();
    let by_id: BTreeMap<String, Value> = events
        .map(|event| (event["id"].as_str().unwrap().to_owned(), event))
        .collect();
    let seen = |one: Occurrence| {
        let own = by_id.get(&one.event_id);
        let master = one.master_id.as_ref().and_then(|id| by_id.get(id));
        // What was not touched is as its series is.
        let event = own.or(master)?.clone();
        Some(Seen {
            is_exception: own.is_some() && one.master_id.is_some(),
            master: master.cloned(),
            event,
            one,
        })
    };
    let all = google.occurrences(name, from, to).into_iter();
    Source {
        name: name.to_owned(),
        zone: google.calendar_zone(name).unwrap(),
        title: google.calendar_summary(name).unwrap().to_owned(),
        all: all.filter_map(seen).collect(),
    }
}

fn due(
    google: &Simulator,
    sources: &[Source],
    rules: &Value,
    target: &str,
) -> BTreeMap<Shown, usize> {
    let others = sources.iter().filter(|source| source.name != target);
    count(others.flat_map(|source| {
        let rule = rule(rules, &source.name, target);
        let blocks = source.all.iter();
        blocks
            .filter_map(|seen| block(google, rules, &rule, (source, target), seen))
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
    (source, target): (&Source, &str),
    seen: &Seen,
) -> Option<Shown> {
    let Seen {
        one,
        event: json,
        master,
        is_exception,
    } = seen;
    let master = master.as_ref().filter(|_| !is_exception);
    let taken = rule["mirror"] == true
        && !one.event_id.starts_with(BLOCK)
        && !one.private.contains_key(BLOCK)
        && !one.declined
        && one.start < one.end
        && takes_kind(rule, one, json)
        && takes_word(rule, json)
        && match master {
            Some(master) => takes_series(rules, rule, master),
            None => takes_hours(rules, rule, (one.start, one.end), one.all_day, source.zone),
        }
        && !same_meeting(google, target, one);
    if !taken {
        return None;
    }
    let (start, end) = times(google, &source.name, one);
    let (before, after) = (minutes(rule, "before"), minutes(rule, "after"));
    let (start, end) = match (one.all_day, master) {
        (true, _) => (start, end),
        (false, Some(master)) => {
            let wall = start_of(master);
            let starts = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
            // Berlin changes its clocks between two and three.
            let floor = match starts {
                ..=120 => 0,
                121..180 => starts,
                _ => 180,
            };
            let before = Duration::minutes(before.min(starts - floor));
            (start - before, end + Duration::minutes(after))
        }
        (false, None) => (
            start - Duration::minutes(before),
            end + Duration::minutes(after),
        ),
    };
    let private = matches!(
        json["visibility"].as_str(),
        Some("private" | "confidential")
    );
    let own = json["summary"].as_str().map(str::trim);
    let own = own.filter(|own| !own.is_empty() && !private);
    let title = rule["title"].as_str().unwrap();
    let title = title.replace("{calendar}", &source.title);
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
        "sage" => "2",
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
