//! One look at a world: plain data.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use shared::engine::View;
use shared::model::{CalendarId, EventKey, Row, Sealer, Source, SyncRecord, UserConfig};
use simulator::Simulator;

use crate::bench::Bench;

/// What a person's events are, as far as rows know them; observations of blocks left aside.
pub(crate) type Facts = BTreeMap<EventKey, String>;

/// One calendar as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: CalendarId,
    /// What Google calls it.
    pub(crate) name: String,
    pub(crate) view: View,
    pub(crate) records: Vec<SyncRecord>,
}

/// Everything that is stored, and a copy of the whole of Google.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) config: UserConfig,
    pub(crate) calendars: Vec<Stored>,
    pub(crate) wakes: BTreeSet<CalendarId>,
    pub(crate) google: Simulator,
    pub(crate) sealer: Sealer,
}

impl Look {
    pub(crate) async fn at(bench: &Bench) -> Self {
        let reader = bench.worker();
        let config = reader.store().user_config(bench.config.user).await;
        let config = config.unwrap().unwrap();
        let mut calendars = Vec::new();
        for (n, name) in bench.names.iter().enumerate() {
            let id = bench.id(n);
            let Some(view) = reader.view(id).await.unwrap() else {
                continue;
            };
            let records = reader.store().sync_records(id).await.unwrap();
            let name = name.clone();
            calendars.push(Stored {
                id,
                name,
                view,
                records,
            });
        }
        let wakes = reader.store().unserved().await.unwrap();
        Self {
            config,
            calendars,
            wakes: wakes.into_iter().map(|wake| wake.calendar).collect(),
            google: bench.world.google().clone(),
            sealer: Sealer::new(bench.world.key().clone()),
        }
    }

    /// Names of the calendars that take part.
    pub(crate) fn enabled(&self) -> Vec<String> {
        let enabled = self.config.calendars.values().filter(|one| one.enabled);
        enabled.map(|one| one.google.as_str().to_owned()).collect()
    }

    pub(crate) fn calendar(&self, id: CalendarId) -> Option<&Stored> {
        self.calendars.iter().find(|one| one.id == id)
    }

    /// Whether a calendar takes part.
    pub(crate) fn takes_part(&self, id: CalendarId) -> bool {
        self.config
            .calendars
            .get(&id)
            .is_some_and(|one| one.enabled)
    }
}

impl Stored {
    pub(crate) fn facts(&self) -> Facts {
        facts(&self.view.rows)
    }

    /// Ids of everything that Google reports as changed since the stored token; none if it takes no such token.
    pub(crate) fn changed_since(&self, google: &Simulator) -> Option<BTreeSet<String>> {
        let token = self.view.state.token.as_ref()?;
        let mut google = google.clone();
        google.clear_faults();
        let mut changed = BTreeSet::new();
        let mut page = None;
        loop {
            let answer = list(&mut google, &self.name, token.as_str(), page.as_deref())?;
            let items = answer.get("items").and_then(Value::as_array);
            let ids = items
                .into_iter()
                .flatten()
                .filter_map(|item| item.get("id"));
            changed.extend(ids.filter_map(Value::as_str).map(str::to_owned));
            let next = answer.get("nextPageToken").and_then(Value::as_str);
            match next {
                Some(next) => page = Some(next.to_owned()),
                None => return Some(changed),
            }
        }
    }
}

/// The source facts of rows. An etag alone is no fact: it moves without anything that a block depends on.
pub(crate) fn facts(rows: &[Row]) -> Facts {
    let known = rows
        .iter()
        .filter_map(|row| fact(row).map(|fact| (row.key.clone(), fact)));
    known.collect()
}

fn fact(row: &Row) -> Option<String> {
    if row.parked.is_some() {
        return Some("set aside".to_owned());
    }
    match &row.source {
        Source::Live(event) => {
            let mut event = event.clone();
            event.etag = None;
            Some(format!("{event:?}"))
        }
        Source::Hidden { original, .. } => Some(format!("cancelled {original}")),
        Source::Unseen | Source::Follows { .. } | Source::Gone => None,
    }
}

fn list(google: &mut Simulator, calendar: &str, token: &str, page: Option<&str>) -> Option<Value> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("syncToken", token)
        .append_pair("maxResults", "2500");
    if let Some(page) = page {
        query.append_pair("pageToken", page);
    }
    let calendar: String = url::form_urlencoded::byte_serialize(calendar.as_bytes()).collect();
    let uri = format!(
        "https://www.googleapis.com/calendar/v3/calendars/{calendar}/events?{}",
        query.finish()
    );
    let request = Request::get(uri).header("authorization", "Bearer tok");
    let answer = google
        .handle(request.body(Bytes::new()).unwrap())
        .response()?;
    let good = answer.status().is_success();
    good.then(|| serde_json::from_slice(answer.body()).unwrap())
}
