//! What do a person's rules come to, how do they change, and what is kept of it?

mod accounts;
mod buffers;
mod change;
mod connect;
mod dismiss;
mod fuzz;
mod hours;
mod kept;
mod look;
mod noticed;
mod oracle;
mod progress;
mod schema;
mod table;
mod toggles;

use serde_json::{Value, json};
use shared::engine::RulesSet;
use shared::model::{
    Access, AccountId, CalendarConfig, CalendarId, ChangedBy, GoogleCalendarId, InstallKey,
    RuleSet, UserConfig, UserId,
};

use crate::bench::{Bench, name};

/// Rules by calendars' ids, as they are in force.
pub(crate) fn rules(document: Value) -> RuleSet {
    RuleSet::read(document).unwrap()
}

/// Every block is called so.
pub(crate) fn titled(title: &str) -> RuleSet {
    rules(json!({"pairs": [{"title": title}]}))
}

/// The n-th calendar is switched so.
pub(crate) fn switched(n: usize, to: &str) -> RuleSet {
    rules(json!({"calendars": {name(n): to}}))
}

/// A config of two calendars, without a table.
fn two_calendars() -> UserConfig {
    let key = InstallKey::new([7; InstallKey::BYTES]);
    let user = UserId::derive(&key, "ann");
    let calendar = |n| {
        let google = GoogleCalendarId::parse(name(n)).unwrap();
        let own = CalendarConfig {
            google: google.clone(),
            account: AccountId("work".into()),
            name: name(n),
            access: Access::Write,
            enabled: true,
        };
        (CalendarId::derive(&key, user, &google), own)
    };
    UserConfig {
        user,
        version: 1,
        calendars: (0..2).map(calendar).collect(),
        rules: RuleSet::default(),
    }
}

impl Bench {
    /// Puts these rules in force, as a person writes them: calendars may be called by name.
    pub(crate) async fn rule(&self, rules: &Value) {
        let config = self.worker().store().user_config(self.config.user).await;
        let config = config.unwrap().unwrap();
        let rules = RuleSet::read(rules.clone()).unwrap();
        self.set_rules(&rules.with_ids(&config.calendars).unwrap())
            .await;
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
        self.writes_no_more().await;
    }

    /// A second drive writes nothing to Google.
    pub(crate) async fn writes_no_more(&self) {
        let before = self.world.google().log().len();
        self.drive().await;
        let google = self.world.google();
        let again: Vec<_> = google.log()[before..]
            .iter()
            .filter(|one| one.method != "GET")
            .collect();
        assert!(again.is_empty(), "{again:#?}");
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

    /// Puts rules in force.
    pub(crate) async fn set_rules(&self, rules: &RuleSet) -> RulesSet {
        let user = self.config.user;
        let worker = self.worker();
        let set = worker.set_rules(user, rules, ChangedBy::Command).await;
        set.unwrap()
    }

    /// The rules in force.
    pub(crate) async fn rules(&self) -> RuleSet {
        let config = self.worker().store().user_config(self.config.user).await;
        config.unwrap().unwrap().rules
    }

    /// Drives everything, off or not, until nothing is left.
    pub(crate) async fn quiet(&self) {
        let driven = self.drive().await;
        assert!(driven.quiet, "{driven:?}");
    }

    /// What the blocks on the n-th calendar are called, each once.
    pub(crate) fn titles(&self, n: usize) -> Vec<String> {
        let google = self.world.google();
        let blocks = crate::disasters::live_blocks(&google, &name(n)).into_iter();
        let shown = blocks.map(|block| google.event_json(&name(n), &block.id).unwrap());
        let mut titles: Vec<_> = shown
            .map(|event| event["summary"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles.dedup();
        titles
    }

    /// How many blocks each calendar has.
    pub(crate) fn counts(&self) -> Vec<usize> {
        (0..self.names.len())
            .map(|n| self.blocks(n).len())
            .collect()
    }
}
