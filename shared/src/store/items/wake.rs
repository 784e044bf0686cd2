//! A wake counter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instant::Instant;
use super::{Item, key_of, read};
use crate::model::Wake;
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::wake;

/// The counter's attribute.
pub(in crate::store) const WANTED: &str = "wanted";
/// When the first wake came that is not served.
pub(in crate::store) const SINCE: &str = "since";

#[derive(Serialize, Deserialize)]
struct Body {
    wanted: u64,
    since: Instant,
}

/// The wake of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Wake, StoreError> {
    let key = key_of(&item);
    let calendar = wake::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a wake"))?;
    let body: Body = read(&key, item)?;
    Ok(Wake {
        calendar,
        count: body.wanted,
        since: body.since.0,
    })
}

/// The wake of an item, or, of one that cannot be read, what its key alone says: somebody wants the calendar looked at.
pub(in crate::store) fn seen(item: Item) -> Option<Wake> {
    let calendar = wake::parse(&key_of(&item))?;
    let of_key = Wake {
        calendar,
        count: 0,
        since: Timestamp::UNIX_EPOCH,
    };
    Some(decode(item).unwrap_or(of_key))
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn wakes_read_back() {
        let since = jiff::Timestamp::from_second(9).unwrap();
        let body = Body {
            wanted: 5,
            since: Instant(since),
        };
        let item = write(&wake::key(calendar()), &body).unwrap();
        assert!(item.contains_key(WANTED) && item.contains_key(SINCE));
        let wake = Wake {
            calendar: calendar(),
            count: 5,
            since,
        };
        assert_eq!(decode(item), Ok(wake));
    }
}
