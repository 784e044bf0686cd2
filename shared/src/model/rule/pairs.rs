//! What a user's rules come to for each pair of their calendars.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Keyword, Needs, OPT_OUT, Rule, RuleSet, Switch};
use crate::model::calendar::{Access, CalendarConfig, UserConfig};
use crate::model::ids::CalendarId;

/// What holds between a source and a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pair {
    /// Events are mirrored by this rule.
    Mirrors(Box<Rule>),
    /// One of the two is paused: whatever is there stays as this rule made it, and nothing is added.
    Paused(Box<Rule>),
}

/// What holds between a user's calendars. A pair that is not in it mirrors nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairs {
    by: BTreeMap<CalendarId, BTreeMap<CalendarId, Pair>>,
    needs: BTreeMap<CalendarId, Needs>,
}

impl Pairs {
    /// What a config comes to.
    #[must_use]
    pub fn of(config: &UserConfig) -> Self {
        let mut pairs: BTreeMap<CalendarId, BTreeMap<CalendarId, Pair>> = BTreeMap::new();
        for (source, own) in &config.calendars {
            for (target, other) in config.calendars.iter().filter(|(id, _)| *id != source) {
                let pair = pair(&config.rules, own, other);
                if let Some(pair) = pair {
                    pairs.entry(*source).or_default().insert(*target, pair);
                }
            }
        }
        let needs = pairs
            .iter()
            .map(|(source, targets)| (*source, needs(targets)));
        Self {
            needs: needs.collect(),
            by: pairs,
        }
    }

    /// What holds between two calendars; none: nothing is mirrored.
    #[must_use]
    pub fn get(&self, source: CalendarId, target: CalendarId) -> Option<&Pair> {
        self.by.get(&source)?.get(&target)
    }

    /// The rule between two calendars, if one mirrors the other now.
    #[must_use]
    pub fn rule(&self, source: CalendarId, target: CalendarId) -> Option<&Rule> {
        match self.get(source, target)? {
            Pair::Mirrors(rule) => Some(rule),
            Pair::Paused(_) => None,
        }
    }

    /// The calendars on which a calendar's events are held, or were until it was paused.
    pub fn targets_of(&self, source: CalendarId) -> impl Iterator<Item = CalendarId> {
        let targets = self.by.get(&source).into_iter();
        targets.flat_map(|targets| targets.keys().copied())
    }

    /// What is taken of the titles of a calendar's events.
    #[must_use]
    pub fn needs(&self, source: CalendarId) -> &Needs {
        self.needs.get(&source).unwrap_or(&LEAST)
    }
}

/// What is taken where no rule asks for anything: so the first rule of a calendar finds it there.
static LEAST: LazyLock<Needs> = LazyLock::new(|| Needs {
    titles: false,
    words: Keyword::parse(OPT_OUT).into_iter().collect(),
});

fn needs(targets: &BTreeMap<CalendarId, Pair>) -> Needs {
    let mut needs = LEAST.clone();
    for pair in targets.values() {
        let (Pair::Mirrors(rule) | Pair::Paused(rule)) = pair;
        needs.titles |= rule.title.copies();
        needs.words.extend(rule.opt_out.clone());
        needs.words.extend(rule.opt_in.clone());
    }
    needs
}

fn pair(rules: &RuleSet, source: &CalendarConfig, target: &CalendarConfig) -> Option<Pair> {
    if !source.enabled || !target.enabled || target.access != Access::Write {
        return None;
    }
    match (rules.switch(&source.google), rules.switch(&target.google)) {
        (Switch::Off, _) | (_, Switch::Off) => None,
        (Switch::Paused, _) | (_, Switch::Paused) => {
            let rule = rules.rule(source, target)?;
            Some(Pair::Paused(Box::new(rule)))
        }
        (Switch::On, Switch::On) => {
            let rule = rules.rule(source, target)?;
            Some(Pair::Mirrors(Box::new(rule)))
        }
    }
}
