//! A calendar's rows as counted by health, and for which epochs the count holds.

use serde::{Deserialize, Serialize};

use super::instant::Instant;
use super::{Item, key_of, read, write};
use crate::health::Tally;
use crate::model::CalendarId;
use crate::store::error::StoreError;
use crate::store::health::Counted;
use crate::store::keys::tally;

#[derive(Serialize, Deserialize)]
struct Body {
    tally: Tally,
    stamp: String,
    at: Instant,
    first_seen: Instant,
}

/// The stored form.
pub(in crate::store) fn encode(
    calendar: CalendarId,
    counted: &Counted,
) -> Result<Item, StoreError> {
    let body = Body {
        tally: counted.tally.clone(),
        stamp: counted.stamp.clone(),
        at: Instant(counted.at),
        first_seen: Instant(counted.first_seen),
    };
    write(&tally::key(calendar), &body)
}

/// The count of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Counted, StoreError> {
    let body: Body = read(&key_of(&item), item)?;
    Ok(Counted {
        tally: body.tally,
        stamp: body.stamp,
        at: body.at.0,
        first_seen: body.first_seen.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Parked, Pending};
    use crate::model::ParkKind;
    use crate::store::keys::samples::calendar;
    use jiff::Timestamp;

    #[test]
    fn tallies_read_back() {
        let at = |second| Timestamp::new(second, 5).unwrap();
        let parked = Parked {
            since: at(2),
            count: 3,
        };
        let full = Tally {
            pending: Some(Pending {
                since: at(1),
                count: 2,
            }),
            parked: [(ParkKind::Refused, parked), (ParkKind::NoAccess, parked)].into(),
        };
        for tally in [full, Tally::default()] {
            let counted = Counted {
                tally,
                stamp: "abc".into(),
                at: at(4),
                first_seen: at(3),
            };
            let item = encode(calendar(), &counted).unwrap();
            assert_eq!(decode(item), Ok(counted));
        }
    }
}
