//! Rules: what is mirrored, how it looks, and who decides.

mod accounts;
mod buffers;
mod dismiss;
mod fuzz;
mod hours;
mod look;
mod noticed;
mod oracle;
mod table;
mod toggles;

use serde_json::Value;
use shared::model::{RuleSet, Switch, UserConfig};
use shared::store::Put;

use crate::bench::Bench;

impl Bench {
    /// Puts these rules in force, as a person who writes them does: calendars may be called by name.
    pub(crate) async fn rule(&self, rules: &Value) {
        let store = self.world.store(&wire::Schedule::none(), 77);
        let before = store.user_config(self.config.user).await.unwrap().unwrap();
        let rules = RuleSet::read(rules.clone()).unwrap();
        let mut after = UserConfig {
            version: before.version + 1,
            rules: rules.with_ids(&before.calendars).unwrap(),
            ..before.clone()
        };
        for calendar in after.calendars.values_mut() {
            calendar.enabled = after.rules.switch(&calendar.google) != Switch::Off;
        }
        let put = store.put_user_config(&after, Some(before.version)).await;
        assert_eq!(put, Ok(Put::Written));
        let now = self.worker().now();
        for calendar in after.calendars.keys() {
            store.bump(*calendar, now).await.unwrap();
        }
    }

    /// Drives until quiet and demands what `rules` come to, and that a second drive does nothing.
    pub(crate) async fn settle_by(&self, rules: &Value) {
        let driven = self.drive().await;
        assert!(
            driven.quiet && driven.failed.is_empty(),
            "{driven:?}\n{rules}"
        );
        let faults = oracle::faults(&self.world.google(), &self.names, rules);
        assert!(faults.is_empty(), "{rules:#}\n{faults:#?}");
        let before = self.world.google().log().len();
        self.drive().await;
        let google = self.world.google();
        let again: Vec<_> = google.log()[before..]
            .iter()
            .filter(|one| one.method != "GET")
            .collect();
        assert!(again.is_empty(), "{rules}\n{again:#?}");
    }

    /// The first title, start and end of the blocks on a calendar, sorted by start.
    pub(crate) fn seen(&self, calendar: usize) -> Vec<(String, String, String)> {
        let google = self.world.google();
        let from = google.now() - chrono::Duration::days(60);
        let blocks = google.occurrences(
            &self.names[calendar],
            from,
            from + chrono::Duration::days(400),
        );
        blocks
            .into_iter()
            .filter(|one| one.event_id.starts_with("tidelock"))
            .map(|one| {
                let time = |at: chrono::DateTime<chrono::Utc>| at.format("%m-%dT%H:%M").to_string();
                (
                    one.summary.unwrap_or_default(),
                    time(one.start),
                    time(one.end),
                )
            })
            .collect()
    }
}
