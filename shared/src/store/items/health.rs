//! What is known of health now, and the reports of the past.

use serde::{Deserialize, Serialize};

use super::instant;
use super::{Item, key_of, read, write};
use crate::health::{Latest, Report};
use crate::limits;
use crate::store::error::StoreError;
use crate::store::keys::health as key;

/// The compare-and-set counter's attribute.
pub(in crate::store) const REV: &str = "rev";

/// The stored form of what is known now.
pub(in crate::store) fn encode(latest: &Latest) -> Result<Item, StoreError> {
    write(&key::latest(), latest)
}

/// What is known, of an item.
pub(in crate::store) fn decode(item: Item) -> Result<Latest, StoreError> {
    read(&key_of(&item), item)
}

#[derive(Serialize, Deserialize)]
struct Past {
    report: Report,
    expires: i64,
}

/// The stored form of a report of the past.
pub(in crate::store) fn encode_report(report: &Report) -> Result<Item, StoreError> {
    let kept = limits::REPORT_DAYS.saturating_mul(86_400);
    let past = Past {
        report: report.clone(),
        expires: instant::seconds(report.checked_at).saturating_add(kept),
    };
    write(&key::report(report.checked_at), &past)
}

/// The report of an item.
pub(in crate::store) fn decode_report(item: Item) -> Result<Report, StoreError> {
    let past: Past = read(&key_of(&item), item)?;
    Ok(past.report)
}

#[cfg(test)]
mod tests {
    use super::super::{EXPIRES, size};
    use super::*;
    use crate::health::{Checkup, Issue, IssueKind, Level, Subject, Verdict};
    use crate::model::CalendarId;
    use jiff::Timestamp;
    use std::collections::{BTreeMap, BTreeSet};

    fn at() -> Timestamp {
        Timestamp::new(1_780_000_000, 123_456_789).unwrap()
    }

    /// A look at so many calendars, each of which shows everything there is.
    fn checkup(calendars: u16) -> Checkup {
        let verdict = |n: u16| {
            let mut bytes = [255; CalendarId::BYTES];
            bytes[..2].copy_from_slice(&n.to_be_bytes());
            let issues = IssueKind::ALL.map(|kind| Issue {
                kind,
                level: Level::Critical,
                since: Some(at()),
                count: u64::MAX,
            });
            let subject = Subject::Calendar(CalendarId::from_bytes(bytes));
            Verdict::of(subject, issues.to_vec())
        };
        Checkup {
            at: at(),
            users: BTreeSet::new(),
            verdicts: (0..calendars).map(verdict).collect(),
            audits: BTreeMap::new(),
            vitals: crate::health::Vitals::default(),
        }
    }

    fn latest(calendars: u16) -> Latest {
        let checkup = checkup(calendars);
        Latest::after(None, &checkup, checkup.report(3), "run").unwrap()
    }

    #[test]
    fn what_is_known_reads_back() {
        for calendars in [0, 3] {
            let latest = latest(calendars);
            let item = encode(&latest).unwrap();
            assert!(item.contains_key(REV));
            assert_eq!(decode(item), Ok(latest));
        }
    }

    #[test]
    fn reports_read_back_and_expire() {
        let report = checkup(2).report(1);
        let item = encode_report(&report).unwrap();
        assert!(item.contains_key(EXPIRES));
        assert_eq!(decode_report(item), Ok(report));
    }

    #[test]
    fn the_largest_that_there_is_fits_an_item() {
        let bytes = size::item(&encode(&latest(1_000)).unwrap());
        assert!(bytes < 400_000, "{bytes}");
    }
}
