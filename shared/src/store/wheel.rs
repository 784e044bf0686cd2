//! The wheel: which calendars are looked at in which minute, without any trigger.
//!
//! It is read each minute and written only when a calendar's interval changes. Being on it twice is harmless.

use aws_sdk_dynamodb::types::{
    Delete, Put as PutAction, ReturnConsumedCapacity, TransactWriteItem,
};

use super::Store;
use super::call::unavailable;
use super::error::StoreError;
use super::items::{primary, wheel as item};
use super::keys::wheel as key;
use super::query::Which;
use crate::limits;
use crate::model::CalendarId;

/// How often a calendar is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// No push channel: every 5 minutes.
    Minutes5,
    /// Failing: every 15 minutes.
    Minutes15,
    /// Failing for long: every hour.
    Minutes60,
    /// Its push channel is alive: every 6 hours.
    Minutes360,
}

impl Interval {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [
        Self::Minutes5,
        Self::Minutes15,
        Self::Minutes60,
        Self::Minutes360,
    ];

    /// Its length in minutes.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        match self {
            Self::Minutes5 => 5,
            Self::Minutes15 => 15,
            Self::Minutes60 => 60,
            Self::Minutes360 => 360,
        }
    }

    /// The one of this length.
    #[must_use]
    pub fn of_minutes(minutes: u16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.minutes() == minutes)
    }
}

/// A place on the wheel: an interval, and the minute within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spoke {
    interval: Interval,
    phase: u16,
}

impl Spoke {
    /// The spoke of `interval` at `phase` minutes; a phase beyond the interval wraps around.
    #[must_use]
    pub fn new(interval: Interval, phase: u16) -> Self {
        let phase = phase.checked_rem(interval.minutes()).unwrap_or(0);
        Self { interval, phase }
    }

    /// The spoke of a calendar: ids are digests, so they spread evenly over the phases.
    #[must_use]
    pub fn of(calendar: CalendarId, interval: Interval) -> Self {
        let [.., a, b, _, _] = *calendar.bytes();
        Self::new(interval, u16::from_be_bytes([a, b]))
    }

    /// How often.
    #[must_use]
    pub fn interval(self) -> Interval {
        self.interval
    }

    /// In which minute of the interval.
    #[must_use]
    pub fn phase(self) -> u16 {
        self.phase
    }
}

/// The spokes that are due in a minute, counted from 1970: one of each interval.
#[must_use]
pub fn spokes_due(minute: u64) -> [Spoke; 4] {
    Interval::ALL.map(|interval| {
        let phase = minute.checked_rem(interval.minutes().into()).unwrap_or(0);
        Spoke::new(interval, u16::try_from(phase).unwrap_or(0))
    })
}

impl Store {
    /// Puts a calendar on a spoke.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn put_on_wheel(&self, calendar: CalendarId, spoke: Spoke) -> Result<(), StoreError> {
        let operation = "PutItem";
        let entry = item::encode(&key::key(spoke, calendar));
        let request = || {
            self.client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(entry.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(operation, request).await.done(operation)?;
        Ok(())
    }

    /// Takes a calendar off a spoke.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn take_off_wheel(
        &self,
        calendar: CalendarId,
        spoke: Spoke,
    ) -> Result<(), StoreError> {
        let operation = "DeleteItem";
        let entry = primary(&key::key(spoke, calendar));
        let request = || {
            self.client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(entry.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(operation, request).await.done(operation)?;
        Ok(())
    }

    /// Moves a calendar to another spoke, in one transaction: it is never on none.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn move_on_wheel(
        &self,
        calendar: CalendarId,
        from: Spoke,
        to: Spoke,
    ) -> Result<(), StoreError> {
        if from == to {
            return self.put_on_wheel(calendar, to).await;
        }
        let operation = "TransactWriteItems";
        let actions = self
            .moving(calendar, from, to)
            .ok_or_else(|| unavailable(operation, "not built"))?;
        let request = || {
            self.client
                .transact_write_items()
                .set_transact_items(Some(actions.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
        };
        self.call(operation, request).await.done(operation)?;
        Ok(())
    }

    fn moving(
        &self,
        calendar: CalendarId,
        from: Spoke,
        to: Spoke,
    ) -> Option<Vec<TransactWriteItem>> {
        let put = PutAction::builder()
            .table_name(&self.table)
            .set_item(Some(item::encode(&key::key(to, calendar))));
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(primary(&key::key(from, calendar))));
        Some(vec![
            TransactWriteItem::builder().put(put.build().ok()?).build(),
            TransactWriteItem::builder()
                .delete(delete.build().ok()?)
                .build(),
        ])
    }

    /// The calendars that are due in a minute, counted from 1970; each once.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn due(&self, minute: u64) -> Result<Vec<CalendarId>, StoreError> {
        let mut due = std::collections::BTreeSet::new();
        for spoke in spokes_due(minute) {
            for shard in 0..limits::WHEEL_SHARDS {
                let entries = self
                    .query(&Which::all(key::partition(spoke, shard)))
                    .await?;
                for entry in entries {
                    due.insert(item::decode(&entry)?.1);
                }
            }
        }
        Ok(due.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoke_is_due_once_in_its_interval() {
        for interval in Interval::ALL {
            let spoke = Spoke::new(interval, 3);
            let length = u64::from(interval.minutes());
            let start = 29_460_000;
            let times = (start..start + length)
                .filter(|minute| spokes_due(*minute).contains(&spoke))
                .count();
            assert_eq!(times, 1);
        }
    }

    #[test]
    fn a_phase_beyond_the_interval_wraps_around() {
        let spoke = Spoke::new(Interval::Minutes5, 13);
        assert_eq!(spoke, Spoke::new(Interval::Minutes5, 3));
    }
}
