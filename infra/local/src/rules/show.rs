//! `tidelock rules show`: the rules in force, and what they come to.

use jiff::Timestamp;
use serde::Serialize;
use shared::model::{RuleSet, Switch, UserConfig};

use super::words;
use crate::answer::{Answer, Desk, Failure};
use crate::exit::Exit;
use crate::plain::one_line;
use crate::stack::{Person, advice};

/// Changes of the past that people are shown.
const CHANGES_SHOWN: usize = 5;

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Everybody who was asked about.
    pub people: Vec<PersonRules>,
}

/// One person's rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PersonRules {
    /// What they are called in the config.
    pub user: String,
    /// The config version; none: not connected yet.
    pub version: Option<u64>,
    /// The rules, calendars by Google's ids.
    pub rules: RuleSet,
    /// The config file has rules, which each sync puts in force.
    pub from_file: bool,
    /// Their calendars.
    pub calendars: Vec<SwitchedCalendar>,
    /// What they come to for each two calendars.
    pub pairs: Vec<PairInWords>,
    /// Changes that are on record, oldest first.
    pub changes: Vec<PastChange>,
    /// What could not be read, if anything.
    pub failed: Vec<String>,
}

/// One calendar and whether it takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwitchedCalendar {
    /// What a person calls it.
    pub name: String,
    /// What Google calls it.
    pub google: String,
    /// Whether it takes part.
    pub switch: Switch,
}

/// What is held of one calendar on another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairInWords {
    /// The events' calendar.
    pub from: String,
    /// The blocks' calendar.
    pub to: String,
    /// What, in words.
    pub mirrors: String,
}

/// A change of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastChange {
    /// The config version that it made.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

pub(super) async fn show(desk: &Desk<'_, '_>) -> Result<Shown, Failure> {
    let mut people = Vec::new();
    for person in desk.people()? {
        people.push(one(desk, person).await);
    }
    Ok(Shown { people })
}

/// What cannot be read of one person keeps no other waiting.
async fn one(desk: &Desk<'_, '_>, person: &Person) -> PersonRules {
    let store = desk.engine().store();
    let mut shown = PersonRules {
        user: person.name.clone(),
        from_file: person.rules.is_some(),
        ..PersonRules::default()
    };
    match store.user_config(person.id).await {
        Ok(Some(config)) => shown.take(&config),
        Ok(None) => {}
        Err(why) => shown.failed.push(Failure::from(why).to_string()),
    }
    match store.rules_history(person.id).await {
        Ok(history) => {
            let changes = history.changes.iter().map(|change| PastChange {
                version: change.version,
                at: change.at,
                by: change.by.to_string(),
            });
            shown.changes = changes.collect();
            let damaged = history.damaged.iter();
            shown
                .failed
                .extend(damaged.map(|why| format!("{why}; {}", advice::of_store(why))));
        }
        Err(why) => shown.failed.push(Failure::from(why).to_string()),
    }
    shown
}

impl PersonRules {
    fn take(&mut self, config: &UserConfig) {
        let mut all: Vec<_> = config.calendars.iter().collect();
        all.sort_by_key(|(_, own)| (&own.name, own.google.as_str()));
        let pairs = config.pairs();
        for (source, own) in &all {
            self.calendars.push(SwitchedCalendar {
                name: own.name.clone(),
                google: own.google.to_string(),
                switch: config.switch(**source).unwrap_or(Switch::Off),
            });
            for (target, other) in all.iter().filter(|(target, _)| target != source) {
                self.pairs.push(PairInWords {
                    from: own.name.clone(),
                    to: other.name.clone(),
                    mirrors: words::pair(config, &pairs, **source, **target),
                });
            }
        }
        self.version = Some(config.version);
        self.rules.clone_from(&config.rules);
    }

    fn text(&self) -> String {
        let user = one_line(&self.user);
        let mut lines = Vec::new();
        lines.push(match (self.version, self.rules == RuleSet::default()) {
            (None, _) => {
                format!("{user}: not connected yet; `tidelock sync` connects the calendars")
            }
            (Some(version), true) => {
                format!("{user}: no rules, so the defaults hold (version {version})")
            }
            (Some(version), false) => format!("{user}: rules of version {version}"),
        });
        if self.from_file {
            lines.push("  the config file has rules: each sync puts them in force".to_owned());
        }
        for calendar in self.calendars.iter().filter(|one| one.switch != Switch::On) {
            let name = one_line(&calendar.name);
            lines.push(format!("  {name} is {}", called(calendar.switch)));
        }
        for pair in &self.pairs {
            let (from, to) = (one_line(&pair.from), one_line(&pair.to));
            lines.push(format!("  {from} → {to}: {}", pair.mirrors));
        }
        let skipped = self.changes.len().saturating_sub(CHANGES_SHOWN);
        for change in self.changes.iter().skip(skipped) {
            let PastChange { version, at, by } = change;
            lines.push(format!("  version {version}: {at:.0}, {by}"));
        }
        lines.extend(
            self.failed
                .iter()
                .map(|why| format!("{user}: FAILED: {why}")),
        );
        lines.join("\n")
    }
}

/// A switch in one word.
pub(super) fn called(switch: Switch) -> &'static str {
    match switch {
        Switch::On => "on",
        Switch::Paused => "paused",
        Switch::Off => "off",
    }
}

impl Answer for Shown {
    fn text(&self) -> String {
        let people: Vec<_> = self.people.iter().map(PersonRules::text).collect();
        people.join("\n") + "\n"
    }

    fn exit(&self) -> Exit {
        match self.people.iter().all(|one| one.failed.is_empty()) {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
