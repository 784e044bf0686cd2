//! events.instances: the occurrences of one series (BEHAVIOUR.md 1).

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    edit::{Actor, instance},
    simulator::Simulator,
    token::{self, PageToken},
    wire::{call::Call, refusal::Refusal, reply::Reply},
    world::{calendar::Calendar, event::Event, expand::Window},
};

/// Rows on a page when nothing is said, and at most.
const PAGES: (usize, usize) = (250, 2_500);

impl Simulator {
    pub(crate) fn events_instances(
        &self,
        call: &Call,
        email: &str,
        calendar: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.reader(calendar, email)?;
        let event = self.find(calendar, id, Actor::Client(email))?;
        let stored = self.calendar(calendar)?;
        let view = self.view(call, calendar, role)?;
        let found = self.instances_of(call, stored, &event)?;
        let page = call
            .query
            .get("pageToken")
            .map(|text| read_page(text, stored, id))
            .transpose()?;
        let (from, size) = (
            page.map_or(0, |page| page.shown),
            call.query
                .count("maxResults")?
                .unwrap_or(PAGES.0)
                .min(PAGES.1),
        );
        let items: Vec<Value> = found
            .iter()
            .skip(from)
            .take(size)
            .map(|event| event.show(&view))
            .collect();
        let reached = from + items.len();
        let mut body = json!({
            "kind": "calendar#events",
            "etag": format!("\"p{}o{}\"", stored.stamp, stored.ordinal),
            "summary": stored.summary,
            "updated": stored.updated.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "timeZone": view.shown_in.name(),
            "accessRole": role.name(),
            "defaultReminders": [],
            "items": items,
        });
        if let (true, Some(map)) = (reached < found.len(), body.as_object_mut()) {
            map.insert(
                "nextPageToken".into(),
                token::encode(&page_token(stored, id, reached)).into(),
            );
        }
        Ok(Reply::json(body))
    }

    fn instances_of(
        &self,
        call: &Call,
        calendar: &Calendar,
        event: &Arc<Event>,
    ) -> Result<Vec<Arc<Event>>, Refusal> {
        let (from, to) = (
            call.query.instant("timeMin")?,
            call.query.instant("timeMax")?,
        );
        let deleted = call.query.flag("showDeleted")?.unwrap_or(false);
        let horizon = self
            .now
            .checked_add_signed(self.knobs.expansion_horizon)
            .unwrap_or(self.now);
        let window = Window {
            from: from.map(|from| from - Duration::seconds(1)),
            to: to.unwrap_or(horizon),
            limit: self.knobs.expansion_limit,
        };
        let all = if event.is_master() {
            instance::expand(calendar, event, window)
        } else {
            vec![event.clone()]
        };
        let wanted = original_start(call)?;
        let fits = |event: &Arc<Event>| {
            let original = event
                .series
                .as_ref()
                .map(|(_, original)| original.instant(calendar.zone));
            (event.is_live() || deleted) && wanted.is_none_or(|wanted| original == Some(wanted))
        };
        Ok(all.into_iter().filter(fits).collect())
    }
}

fn original_start(call: &Call) -> Result<Option<DateTime<Utc>>, Refusal> {
    call.query.instant("originalStart")
}

fn page_token(calendar: &Calendar, id: &str, shown: usize) -> PageToken {
    PageToken {
        of: calendar.ordinal,
        snapshot: calendar.change,
        cursor: id.to_owned(),
        shown,
        was_empty: false,
        query: "instances".into(),
    }
}

fn read_page(text: &str, calendar: &Calendar, id: &str) -> Result<PageToken, Refusal> {
    token::decode::<PageToken>(text)
        .filter(|page| {
            page.of == calendar.ordinal && page.cursor == id && page.query == "instances"
        })
        .ok_or_else(|| Refusal::invalid("Invalid page token value."))
}
