//! Pages of lists as they arrive. Whether the pages of one listing fit together is judged in `pages`.

use serde::{Deserialize, Deserializer};

use super::calendar::CalendarListEntry;
use super::item::Item;

/// A page of `events.list` or `events.instances`. Google may leave out an empty `items`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct RawEventsPage {
    #[serde(default, deserialize_with = "list")]
    pub(in super::super) items: Vec<Item>,
    pub(in super::super) next_page_token: Option<String>,
    pub(in super::super) next_sync_token: Option<String>,
    pub(in super::super) time_zone: Option<String>,
    pub(in super::super) access_role: Option<String>,
    pub(in super::super) etag: Option<String>,
    pub(in super::super) error: Option<serde::de::IgnoredAny>,
}

/// A page of `calendarList.list`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CalendarListPage {
    #[serde(default, deserialize_with = "list")]
    pub(in super::super) items: Vec<CalendarListEntry>,
    pub(in super::super) next_page_token: Option<String>,
    pub(in super::super) error: Option<serde::de::IgnoredAny>,
}

fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
