//! When a calendar was last compared with Google, and what that came to.

use serde::{Deserialize, Serialize};

use super::instant::Instant;
use super::{Item, key_of, read, write};
use crate::health::Audited;
use crate::model::CalendarId;
use crate::store::error::StoreError;
use crate::store::keys::audit;

/// The time's attribute.
pub(in crate::store) const AT: &str = "at";

#[derive(Serialize, Deserialize)]
struct Body {
    at: Instant,
    errors: u64,
    warnings: u64,
}

/// The stored form.
pub(in crate::store) fn encode(calendar: CalendarId, audited: Audited) -> Result<Item, StoreError> {
    let body = Body {
        at: Instant(audited.at),
        errors: audited.errors,
        warnings: audited.warnings,
    };
    write(&audit::key(calendar), &body)
}

/// The audit of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Audited, StoreError> {
    let body: Body = read(&key_of(&item), item)?;
    Ok(Audited {
        at: body.at.0,
        errors: body.errors,
        warnings: body.warnings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::keys::samples::calendar;

    #[test]
    fn audits_read_back() {
        let audited = Audited {
            at: jiff::Timestamp::new(9, 7).unwrap(),
            errors: 2,
            warnings: 3,
        };
        let item = encode(calendar(), audited).unwrap();
        assert!(item.contains_key(AT));
        assert_eq!(decode(item), Ok(audited));
    }
}
