//! What do a person's rules come to, how do they change, and what is kept of it?

mod change;
mod connect;
mod kept;
mod progress;
mod schema;

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
