//! A start or an end as Google writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{Fields, Unreadable};

/// `EventDateTime`: a date for whole days, or a date-time, with its zone. Google's text, unparsed: a date-time
/// may lack its offset when a zone is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct When {
    /// `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_time: Option<String>,
    /// An IANA name, or what a client took for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl When {
    pub(super) fn read(value: Value, field: &'static str) -> Result<Self, Unreadable> {
        let inner = || {
            let mut fields = Fields::of(value)?;
            Ok(Self {
                date: fields.text("date")?,
                date_time: fields.text("dateTime")?,
                time_zone: fields.text("timeZone")?,
            })
        };
        inner().map_err(|_: Unreadable| Unreadable::Field(field))
    }
}
