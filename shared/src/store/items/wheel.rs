//! A calendar on the wheel: its key says everything.

use super::{Item, SCHEMA, V, check_schema, key_of, number, primary};
use crate::model::{CalendarId, Spoke};
use crate::store::call::corrupt;
use crate::store::error::StoreError;
use crate::store::keys::{Key, wheel};

/// The stored form.
pub(in crate::store) fn encode(key: &Key) -> Item {
    let mut item = primary(key);
    item.insert(V.to_owned(), number(SCHEMA.into()));
    item
}

/// The spoke and calendar of an item.
pub(in crate::store) fn decode(item: &Item) -> Result<(Spoke, CalendarId), StoreError> {
    let key = key_of(item);
    check_schema(&key, item)?;
    wheel::parse(&key).ok_or_else(|| corrupt(&key, "not the key of a wheel entry"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Interval;
    use crate::store::keys::samples::calendar;

    #[test]
    fn wheel_entries_read_back() {
        let spoke = Spoke::of(calendar(), Interval::Minutes15);
        let item = encode(&wheel::key(spoke, calendar()));
        assert_eq!(decode(&item), Ok((spoke, calendar())));
    }
}
