//! A calendar's config, and the config version that wrote it.

use serde::{Deserialize, Serialize};

use super::{Item, key_of, read, write};
use crate::model::{CalendarConfig, CalendarId};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::calendar;

#[derive(Serialize, Deserialize)]
struct Body {
    config: CalendarConfig,
    version: u64,
}

/// A calendar as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Stored {
    /// Which.
    pub(in crate::store) id: CalendarId,
    /// Its config.
    pub(in crate::store) config: CalendarConfig,
    /// The config version that wrote it.
    pub(in crate::store) version: u64,
}

/// The stored form.
pub(in crate::store) fn encode(stored: &Stored) -> Result<Item, StoreError> {
    let body = Body {
        config: stored.config.clone(),
        version: stored.version,
    };
    write(&calendar::key(stored.id), &body)
}

/// The calendar of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Stored, StoreError> {
    let key = key_of(&item);
    let id = calendar::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a calendar"))?;
    let body: Body = read(&key, item)?;
    Ok(Stored {
        id,
        config: body.config,
        version: body.version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Access, AccountId, GoogleCalendarId};

    #[test]
    fn calendars_read_back() {
        let stored = Stored {
            id: crate::store::keys::samples::calendar(),
            config: CalendarConfig {
                google: GoogleCalendarId::parse("ann@example.com").unwrap(),
                account: AccountId("work".into()),
                name: "Work".into(),
                access: Access::Write,
                enabled: true,
            },
            version: 4,
        };
        assert_eq!(decode(encode(&stored).unwrap()), Ok(stored));
    }
}
