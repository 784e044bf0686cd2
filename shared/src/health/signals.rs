//! What health knows of one calendar.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{CalendarId, ParkKind, Row, State};

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is there and is not what it should be.
    Damaged,
    /// A newer version of this program wrote it.
    Newer,
    /// No answer; the next look may get one.
    Unavailable,
}

/// Whether a calendar takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is in its user's config and enabled.
    Active,
    /// It is paused: nothing is looked at, and its blocks stay.
    Paused,
    /// It is switched off, or left the config: only what is left of its blocks matters.
    Off,
}

/// When a calendar's blocks were last compared with Google, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// When.
    pub at: Timestamp,
    /// What is wrong.
    pub errors: u64,
    /// What is odd.
    pub warnings: u64,
}

/// Rows with something to push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Since when the oldest of them has.
    pub since: Timestamp,
    /// How many.
    pub count: u64,
}

/// What is set aside for one sort of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Since when the oldest is.
    pub since: Timestamp,
    /// How many.
    pub count: u64,
}

/// A calendar's rows, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// What waits to be pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// What is set aside, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parked: BTreeMap<ParkKind, Parked>,
}

impl Tally {
    /// Counts these rows. A row that does not say since when it is pending counts from `now` on.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>, now: Timestamp) -> Self {
        let mut tally = Self::default();
        for row in rows {
            tally.add(row, now);
        }
        tally
    }

    fn add(&mut self, row: &Row, now: Timestamp) {
        if row.pending() {
            let since = row.pending_since.unwrap_or(now);
            let before = self
                .pending
                .map_or((since, 0), |old| (old.since, old.count));
            self.pending = Some(Pending {
                since: before.0.min(since),
                count: before.1.saturating_add(1),
            });
        }
        let of_mirrors = row.mirrors.values().map(|mirror| &mirror.parked);
        for park in of_mirrors.chain([&row.parked]).flatten() {
            let entry = self.parked.entry(park.kind).or_insert(Parked {
                since: park.since,
                count: 0,
            });
            entry.since = entry.since.min(park.since);
            entry.count = entry.count.saturating_add(1);
        }
    }
}

/// What health knows of one calendar; what could not be read says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signals {
    /// Which calendar.
    pub calendar: CalendarId,
    /// Whether it takes part.
    pub part: Part,
    /// Its state, if it has one.
    pub state: Result<Option<State>, Unread>,
    /// Since when a wake is unserved, if one is.
    pub wake: Result<Option<Timestamp>, Unread>,
    /// Its rows.
    pub tally: Result<Tally, Unread>,
    /// When it was last compared with Google, if ever.
    pub audited: Result<Option<Audited>, Unread>,
    /// When health first looked at it.
    pub first_seen: Timestamp,
}

/// The figures of all calendars that take part, whether or not they are an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vitals {
    /// The oldest of their last successful checks.
    pub oldest_check: Option<Timestamp>,
    /// The oldest row with something to push.
    pub oldest_pending: Option<Timestamp>,
    /// Rows with something to push.
    pub pending: u64,
    /// What is set aside.
    pub parked: u64,
}

impl Vitals {
    /// With one more calendar.
    #[must_use]
    pub fn and(self, signals: &Signals) -> Self {
        let state = signals.state.as_ref().ok().and_then(Option::as_ref);
        let active = state.filter(|_| signals.part == Part::Active);
        let tally = signals.tally.as_ref().ok();
        let pending = tally.and_then(|tally| tally.pending);
        let parked = tally.into_iter().flat_map(|tally| tally.parked.values());
        Self {
            oldest_check: older(
                self.oldest_check,
                active.and_then(|state| state.last_synced_at),
            ),
            oldest_pending: older(self.oldest_pending, pending.map(|pending| pending.since)),
            pending: pending.map_or(self.pending, |more| self.pending.saturating_add(more.count)),
            parked: parked.fold(self.parked, |sum, one| sum.saturating_add(one.count)),
        }
    }
}

fn older(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventKey, Mirror, Park, Stray};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn calendar(n: u8) -> CalendarId {
        CalendarId::from_bytes([n; CalendarId::BYTES])
    }

    fn park(kind: ParkKind, since: i64) -> Option<Park> {
        Some(Park {
            kind,
            reason: "because".into(),
            since: at(since),
        })
    }

    fn row(parked: Option<Park>, mirrors: Vec<Mirror>, pending: Option<i64>) -> Row {
        Row {
            parked,
            mirrors: (1..).map(calendar).zip(mirrors).collect(),
            pending_since: pending.map(at),
            ..Row::new(calendar(0), EventKey::parse("abc").unwrap())
        }
    }

    fn behind() -> Mirror {
        Mirror {
            strays: [Stray::default()].into(),
            ..Mirror::default()
        }
    }

    #[test]
    fn rows_are_counted_by_reason_with_the_oldest_of_each() {
        let set_aside = |kind, since| Mirror {
            parked: park(kind, since),
            ..behind()
        };
        let rows = [
            row(park(ParkKind::Unreadable, 7), vec![], None),
            row(
                None,
                vec![
                    set_aside(ParkKind::Frozen, 5),
                    set_aside(ParkKind::Frozen, 3),
                ],
                None,
            ),
            row(None, vec![behind(), Mirror::default()], Some(9)),
            row(None, vec![behind()], Some(8)),
            row(None, vec![Mirror::default()], None),
        ];
        let parked = |since, count| Parked {
            since: at(since),
            count,
        };
        let expected = Tally {
            pending: Some(Pending {
                since: at(8),
                count: 2,
            }),
            parked: [
                (ParkKind::Unreadable, parked(7, 1)),
                (ParkKind::Frozen, parked(3, 2)),
            ]
            .into(),
        };
        assert_eq!(Tally::of(&rows, at(99)), expected);
    }
}
