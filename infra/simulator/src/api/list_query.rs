//! The parameters of events.list: reading them, and which of them forbid each other (BEHAVIOUR.md 1).

use chrono::{DateTime, Utc};

use crate::{
    token::fingerprint,
    wire::{call::Call, query::Query, refusal::Refusal},
    world::{content::Properties, event::Event},
};

/// Rows on a page when nothing is said.
const DEFAULT_PAGE: usize = 250;
/// Rows on a page at most.
const LARGEST_PAGE: usize = 2_500;
/// Parameters that a sync token does not go with.
const FORBIDDEN: &[&str] = &[
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];
/// Parameters that must stay the same from one list to the next.
const FIXED: &[&str] = &[
    "singleEvents",
    "showDeleted",
    "eventTypes",
    "maxAttendees",
    "timeZone",
    "showHiddenInvitations",
];

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Unspecified but stable.
    Stable,
    /// By start; single events only.
    StartTime,
    /// By last change.
    Updated,
}

/// What a list asks for.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    pub(crate) single: bool,
    pub(crate) show_deleted: bool,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
    pub(crate) updated_min: Option<DateTime<Utc>>,
    pub(crate) order: Order,
    pub(crate) page_size: usize,
    pub(crate) sync: Option<String>,
    pub(crate) page: Option<String>,
    pub(crate) fingerprint: String,
    text: Option<String>,
    uid: Option<String>,
    types: Vec<String>,
    private: Vec<(String, String)>,
    shared: Vec<(String, String)>,
}

impl ListQuery {
    pub(crate) fn read(call: &Call) -> Result<Self, Refusal> {
        let query = &call.query;
        let sync = query.get("syncToken").map(str::to_owned);
        let show_deleted = query.flag("showDeleted")?;
        if sync.is_some()
            && (FORBIDDEN.iter().any(|name| query.has(name)) || show_deleted == Some(false))
        {
            return Err(Refusal::token_with_restrictions());
        }
        let single = query.flag("singleEvents")?.unwrap_or(false);
        let (from, to) = (query.instant("timeMin")?, query.instant("timeMax")?);
        if matches!((from, to), (Some(from), Some(to)) if to <= from) {
            return Err(Refusal::range_empty());
        }
        let text = |name: &str| query.get(name).map(str::to_owned);
        Ok(Self {
            single,
            show_deleted: show_deleted.unwrap_or(false),
            from,
            to,
            updated_min: query.instant("updatedMin")?,
            order: order(query, single)?,
            page_size: query
                .count("maxResults")?
                .unwrap_or(DEFAULT_PAGE)
                .min(LARGEST_PAGE),
            sync,
            page: text("pageToken"),
            fingerprint: fingerprint_of(query),
            text: text("q").map(|text| text.to_lowercase()),
            uid: text("iCalUID"),
            types: query
                .all("eventTypes")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            private: pairs(query, "privateExtendedProperty")?,
            shared: pairs(query, "sharedExtendedProperty")?,
        })
    }

    /// Whether the last page names a sync token.
    pub(crate) fn yields_token(&self) -> bool {
        self.order == Order::Stable
            && self.text.is_none()
            && self.uid.is_none()
            && self.updated_min.is_none()
            && self.private.is_empty()
            && self.shared.is_empty()
    }

    /// Whether an event passes the filters that look at its content.
    pub(crate) fn accepts(&self, event: &Event) -> bool {
        let content = &event.content;
        (self.types.is_empty() || self.types.iter().any(|kind| kind == content.kind()))
            && self.uid.as_ref().is_none_or(|uid| *uid == event.ical_uid())
            && self.updated_min.is_none_or(|min| event.updated >= min)
            && self.text.as_ref().is_none_or(|text| mentions(event, text))
            && self
                .private
                .iter()
                .all(|pair| holds(&content.private, pair))
            && self.shared.iter().all(|pair| holds(&content.shared, pair))
    }
}

fn order(query: &Query, single: bool) -> Result<Order, Refusal> {
    match query.get("orderBy") {
        None => Ok(Order::Stable),
        Some("updated") => Ok(Order::Updated),
        Some("startTime") if single => Ok(Order::StartTime),
        Some("startTime") => Err(Refusal::bad_request(
            "The requested ordering is not available for the particular query.",
        )),
        Some(_) => Err(Refusal::invalid_parameter("orderBy")),
    }
}

fn fingerprint_of(query: &Query) -> String {
    let parts: Vec<String> = FIXED
        .iter()
        .map(|name| {
            let mut values = query.all(name);
            values.sort_unstable();
            values.retain(|value| *value != "false");
            format!("{name}={}", values.join(","))
        })
        .collect();
    fingerprint(&parts)
}

fn pairs(query: &Query, name: &str) -> Result<Vec<(String, String)>, Refusal> {
    let pair = |text: &str| {
        text.split_once('=')
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    query
        .all(name)
        .into_iter()
        .map(|text| pair(text).ok_or_else(|| Refusal::invalid_parameter(name)))
        .collect()
}

fn holds(properties: &Properties, (key, value): &(String, String)) -> bool {
    properties
        .iter()
        .any(|(k, v)| **k == **key && **v == **value)
}

fn mentions(event: &Event, text: &str) -> bool {
    let field = |name: &str| {
        event
            .content
            .extra
            .get(name)
            .and_then(serde_json::Value::as_str)
    };
    let texts = [
        event.content.summary.as_deref(),
        field("description"),
        field("location"),
    ];
    texts
        .into_iter()
        .flatten()
        .any(|value| value.to_lowercase().contains(text))
}
