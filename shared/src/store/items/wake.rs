//! A wake counter.

use serde::{Deserialize, Serialize};

use super::{Item, key_of, read};
use crate::model::CalendarId;
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::wake;

/// The counter's attribute.
pub(in crate::store) const WANTED: &str = "wanted";

#[derive(Serialize, Deserialize)]
struct Body {
    wanted: u64,
}

/// The calendar and count of an item.
pub(in crate::store) fn decode(item: Item) -> Result<(CalendarId, u64), StoreError> {
    let key = key_of(&item);
    let calendar = wake::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a wake"))?;
    let body: Body = read(&key, item)?;
    Ok((calendar, body.wanted))
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn wakes_read_back() {
        let item = write(&wake::key(calendar()), &Body { wanted: 5 }).unwrap();
        assert!(item.contains_key(WANTED));
        assert_eq!(decode(item), Ok((calendar(), 5)));
    }
}
