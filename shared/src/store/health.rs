//! What health reads of a calendar and keeps: signals, counted rows, audits, reports.

use jiff::Timestamp;

use super::Store;
use super::error::StoreError;
use super::expression::{names, values};
use super::items::instant::Instant;
use super::items::{
    Item, audit as audit_item, health as health_item, key_of, number, state as state_item,
    tally as tally_item, text, wake as wake_item,
};
use super::keys::{Kind, audit, health, state, tally, wake};
use super::outcome::Put;
use super::put::Condition;
use super::query::Which;
use super::state::settled;
use crate::health::{Audited, Latest, Report, Tally};
use crate::model::{CalendarId, Rev, State, Wake};

/// A calendar's rows as they were counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What was counted.
    pub tally: Tally,
    /// The epochs for which it holds, as the caller writes them; empty: for none.
    pub stamp: String,
    /// When.
    pub at: Timestamp,
    /// When health first looked at the calendar.
    pub first_seen: Timestamp,
}

/// Everything that says how a calendar is, each part by itself: one that is damaged does not hide the others.
#[derive(Debug)]
pub struct Marks {
    /// Its state.
    pub state: Result<Option<State>, StoreError>,
    /// Its unserved wake.
    pub wake: Result<Option<Wake>, StoreError>,
    /// Its last comparison with Google.
    pub audited: Result<Option<Audited>, StoreError>,
    /// Its rows, as they were last counted.
    pub counted: Result<Option<Counted>, StoreError>,
}

impl Marks {
    fn of(items: Vec<Item>) -> Self {
        let mut marks = Self {
            state: Ok(None),
            wake: Ok(None),
            audited: Ok(None),
            counted: Ok(None),
        };
        for item in items {
            match Kind::of(&key_of(&item)) {
                Some(Kind::State) => marks.state = state_item::decode(item).map(Some),
                Some(Kind::Wake) => marks.wake = wake_item::decode(item).map(Some),
                Some(Kind::Audit) => marks.audited = audit_item::decode(item).map(Some),
                Some(Kind::Tally) => marks.counted = tally_item::decode(item).map(Some),
                Some(
                    Kind::Install
                    | Kind::Profile
                    | Kind::Account
                    | Kind::Calendar
                    | Kind::Event
                    | Kind::Journal
                    | Kind::SyncRecord
                    | Kind::User
                    | Kind::Wheel
                    | Kind::Latest
                    | Kind::Report
                    | Kind::Rules
                    | Kind::Forgetting,
                )
                | None => {}
            }
        }
        marks
    }
}

impl Store {
    /// Everything that says how a calendar is, in one request, strongly consistent.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn marks(&self, calendar: CalendarId) -> Result<Marks, StoreError> {
        let keys = [
            state::key(calendar),
            wake::key(calendar),
            audit::key(calendar),
            tally::key(calendar),
        ];
        Ok(Marks::of(self.get_all(&keys).await?))
    }

    /// When a calendar was last compared with Google; none: never.
    ///
    /// # Errors
    /// The table could not be read, or the audit is damaged or newer than this program.
    pub async fn audited(&self, calendar: CalendarId) -> Result<Option<Audited>, StoreError> {
        let found = self.get(&audit::key(calendar)).await?;
        found.map(audit_item::decode).transpose()
    }

    /// Notes that a calendar was compared with Google. Conflict: a later comparison is noted already.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn note_audit(
        &self,
        calendar: CalendarId,
        audited: Audited,
    ) -> Result<Put, StoreError> {
        let condition = Condition {
            text: "attribute_not_exists(#at) OR #at <= :at",
            names: names([audit_item::AT]),
            values: values([("at", text(Instant(audited.at).text()))]),
        };
        let whole = audit_item::encode(calendar, audited)?;
        self.put_where(whole, condition).await
    }

    /// Keeps a calendar's counted rows.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn note_counted(
        &self,
        calendar: CalendarId,
        counted: &Counted,
    ) -> Result<(), StoreError> {
        self.put_plain(tally_item::encode(calendar, counted)?).await
    }

    /// What is known of health, strongly consistent; none: nothing yet.
    ///
    /// # Errors
    /// The table could not be read, or it is damaged or newer than this program.
    pub async fn latest_health(&self) -> Result<Option<Latest>, StoreError> {
        let found = self.get(&health::latest()).await?;
        found.map(health_item::decode).transpose()
    }

    /// Replaces what is known of health, if it is still at the rev `expected` (0: nothing is known).
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn put_latest_health(
        &self,
        latest: &Latest,
        expected: Rev,
    ) -> Result<Put, StoreError> {
        let condition = match expected {
            Rev(0) => Condition::absent(),
            Rev(rev) => Condition {
                text: "#rev = :rev",
                names: names([health_item::REV]),
                values: values([("rev", number(rev))]),
            },
        };
        self.put_where(health_item::encode(latest)?, condition)
            .await
    }

    /// Keeps a report for as long as reports are kept. The same one again changes nothing.
    ///
    /// # Errors
    /// The table could not be written.
    pub async fn keep_report(&self, report: &Report) -> Result<(), StoreError> {
        self.put_plain(health_item::encode_report(report)?).await
    }

    /// The reports that are kept, oldest first.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn health_reports(&self) -> Result<Vec<Report>, StoreError> {
        let which = Which::beginning(health::HEALTH.to_owned(), health::REPORTS);
        let found = self.query(&which).await?;
        found.into_iter().map(health_item::decode_report).collect()
    }

    /// Written twice it is the same: what stands there after a lost answer is compared with what was written.
    async fn put_where(&self, whole: Item, condition: Condition) -> Result<Put, StoreError> {
        let called = self.put(&whole, &condition).await;
        settled(called, |there| {
            Ok(there.is_some_and(|there| *there == whole))
        })
    }
}
