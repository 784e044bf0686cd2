//! A calendar as the account's list shows it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::fields::{Fields, Unreadable};
use super::text::Text;

/// The fields of the resource `CalendarList` that Tidelock looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarListEntry {
    /// Google's id; of a primary calendar usually the account's address.
    pub id: String,
    /// Title, as its owner gave it.
    pub summary: Option<Text>,
    /// Title, as the account changed it for itself.
    pub summary_override: Option<Text>,
    /// An IANA name.
    pub time_zone: Option<String>,
    /// `freeBusyReader`, `reader`, `writerWithoutPrivateAccess`, `writer`, `owner`.
    pub access_role: Option<String>,
    /// Whether it is the account's primary calendar.
    pub primary: bool,
    /// Whether the account hides it.
    pub hidden: bool,
    /// Whether it was taken off the list.
    pub deleted: bool,
    /// Opaque.
    pub etag: Option<String>,
}

impl CalendarListEntry {
    fn read(value: Value) -> Result<Self, Unreadable> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            id: fields.id()?,
            summary: fields.text_if_any("summary").map(Text::from),
            summary_override: fields.text_if_any("summaryOverride").map(Text::from),
            time_zone: fields.text_if_any("timeZone"),
            access_role: fields.text("accessRole")?,
            primary: fields.flag("primary"),
            hidden: fields.flag("hidden"),
            deleted: fields.flag("deleted"),
            etag: fields.text_if_any("etag"),
        })
    }
}

impl<'de> Deserialize<'de> for CalendarListEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
