//! freebusy.query: when calendars are busy, without saying with what.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::{
    simulator::Simulator,
    wire::{call::Call, refusal::Refusal, reply::Reply},
    world::time::local_rfc3339,
};

/// Calendars in one query at most.
const MOST_CALENDARS: usize = 50;

impl Simulator {
    pub(crate) fn free_busy(&self, call: &Call, email: &str) -> Result<Reply, Refusal> {
        let body = call.object()?;
        let instant = |key: &str| {
            let text = body.get(key).and_then(Value::as_str);
            let text =
                text.ok_or_else(|| Refusal::required(&format!("Missing {key} parameter.")))?;
            DateTime::parse_from_rfc3339(text)
                .map(|at| at.with_timezone(&Utc))
                .map_err(|_| Refusal::bad_request("Bad Request"))
        };
        let (from, to) = (instant("timeMin")?, instant("timeMax")?);
        if to <= from {
            return Err(Refusal::range_empty());
        }
        let items = body
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut calendars = Map::new();
        for id in items
            .iter()
            .filter_map(|item| item.get("id"))
            .filter_map(Value::as_str)
            .take(MOST_CALENDARS)
        {
            calendars.insert(id.to_owned(), self.busy_of(id, email, from, to));
        }
        Ok(Reply::json(json!({
            "kind": "calendar#freeBusy",
            "timeMin": rfc3339(from),
            "timeMax": rfc3339(to),
            "calendars": calendars,
        })))
    }

    fn busy_of(&self, asked: &str, email: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> Value {
        let id = if asked == "primary" { email } else { asked };
        if self.reader(id, email).is_err() {
            return json!({"errors": [{"domain": "global", "reason": "notFound"}], "busy": []});
        }
        let mut spans: Vec<(DateTime<Utc>, DateTime<Utc>)> = self
            .occurrences(id, from, to)
            .into_iter()
            .filter(|occurrence| !occurrence.declined)
            .map(|occurrence| (occurrence.start.max(from), occurrence.end.min(to)))
            .collect();
        spans.sort_unstable();
        let span = |(from, to): (DateTime<Utc>, DateTime<Utc>)| json!({"start": rfc3339(from), "end": rfc3339(to)});
        json!({"busy": merged(spans).into_iter().map(span).collect::<Vec<_>>()})
    }
}

fn rfc3339(at: DateTime<Utc>) -> String {
    local_rfc3339(at, chrono_tz::Tz::UTC)
}

fn merged(spans: Vec<(DateTime<Utc>, DateTime<Utc>)>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut found: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for (from, to) in spans {
        match found.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            Some(_) | None => found.push((from, to)),
        }
    }
    found
}
