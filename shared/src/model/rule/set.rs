//! Rules as a person writes them: in a config file, as JSON, in the table. One type, one reader.
//!
//! Whatever is left out is as it is by default, and the defaults are the private ones. Of several entries that concern a
//! pair of calendars the later one counts, field by field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Clock, Colour, Day, Hours, Keyword, Minutes, OnChange, Rule, Title};
use crate::limits::{RULE_PAIRS, RULES_BYTES};
use crate::model::block::Visibility;
use crate::model::calendar::CalendarConfig;
use crate::model::ids::{CalendarId, GoogleCalendarId};
use crate::model::time::ZoneName;

/// Whether a calendar takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// It does.
    #[default]
    On,
    /// Not for now: blocks stay as they are.
    Paused,
    /// It does not: its blocks go, and those on it.
    Off,
}

/// A person's rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The zone of the hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
    /// Calendars that are off or paused, by Google's id or by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, Switch>,
    /// What holds between calendars; of several that concern a pair, the later one counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<PairRule>,
}

/// What holds between some calendars. What is left out is as entries before it have it, or as by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairRule {
    /// The source, by Google's id or by name; none: every calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The target, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether events are mirrored at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<bool>,
    /// What blocks are called; `{title}` is the event's title, `{calendar}` its calendar's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// Their colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<ColourText>,
    /// Who sees more than "busy".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<VisibilityText>,
    /// Whole days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_day: Option<bool>,
    /// What lasts longer than a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_day: Option<bool>,
    /// What is not certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tentative: Option<bool>,
    /// Invitations without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<bool>,
    /// Absences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_office: Option<bool>,
    /// Focus time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus_time: Option<bool>,
    /// What is over already, but not long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<bool>,
    /// Only what touches these hours; an empty table: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursText>,
    /// Minutes held before a timed event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Minutes>,
    /// Minutes held after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Minutes>,
    /// Keeps an event out whose title has it; `none`: no word does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<WordText>,
    /// Keeps every event out whose title does not have it; `none`: no word is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_in: Option<WordText>,
    /// What happens to a block that a person removes or changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_change: Option<OnChange>,
}

/// Hours and weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursText {
    /// The weekdays; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<BTreeSet<Day>>,
    /// From; none: the beginning of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Clock>,
    /// To; none: the end of the day. Earlier than `from`: of the next day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Clock>,
}

/// A colour, or the calendar's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "is no colour: take none, or lavender, sage, grape, flamingo, banana, tangerine, peacock, graphite, blueberry, basil or tomato"
)]
pub enum ColourText {
    /// One of Google's.
    Of(Colour),
    /// The calendar's.
    None(NoneText),
}

/// A keyword, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "is no keyword: write none, or one word of 2 to 40 characters, such as #nosync"
)]
pub enum WordText {
    /// None.
    None(NoneText),
    /// One.
    Of(Keyword),
}

/// The word `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoneText {
    /// `none`.
    None,
}

/// Who sees more than "busy".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisibilityText {
    /// Only the owners of the calendar.
    Private,
    /// Whoever sees the calendar's events.
    Default,
}

/// Something wrong in a set of rules. No value: it may be private.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct RuleProblem {
    /// The field, as in `pairs[2].title`; empty: the whole.
    pub field: String,
    /// What is wrong with it, and what to do.
    pub what: String,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.what),
            field => write!(f, "{field}: {}", self.what),
        }
    }
}

impl RuleSet {
    /// Reads rules: everything that is wrong with them is told at once.
    ///
    /// # Errors
    /// What is wrong.
    pub fn read(value: Value) -> Result<Self, Vec<RuleProblem>> {
        let mut problems = Vec::new();
        if value.to_string().len() > RULES_BYTES {
            return Err(vec![problem(
                "",
                format!("longer than {RULES_BYTES} bytes; shorten the rules"),
            )]);
        }
        let Value::Object(mut whole) = value else {
            return Err(vec![problem("", "is no object; write {} for the defaults")]);
        };
        let pairs = whole.remove("pairs");
        let pairs = read_pairs(pairs, &mut problems);
        let rest = read::<Self>("", Value::Object(whole), &mut problems);
        let set = Self {
            pairs,
            ..rest.unwrap_or_default()
        };
        set.check(&mut problems);
        match problems.is_empty() {
            true => Ok(set),
            false => Err(problems),
        }
    }

    /// What is wrong with rules by themselves, whatever the calendars are.
    fn check(&self, problems: &mut Vec<RuleProblem>) {
        if self.pairs.len() > RULE_PAIRS {
            problems.push(problem(
                "pairs",
                format!("has more than {RULE_PAIRS} entries; join some"),
            ));
        }
        let mut known: BTreeMap<(&Option<String>, &Option<String>), usize> = BTreeMap::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            let field = format!("pairs[{at}]");
            if pair.from.is_some() && pair.from == pair.to {
                problems.push(problem(
                    &field,
                    "from and to are the same calendar; no calendar is mirrored onto itself",
                ));
            }
            if let Some(other) = known.insert((&pair.from, &pair.to), at) {
                problems.push(problem(
                    &field,
                    format!("has the same from and to as pairs[{other}]; join the two"),
                ));
            }
            let Some(hours) = pair.hours.as_ref().filter(|hours| !hours.is_any()) else {
                continue;
            };
            let field = format!("{field}.hours");
            if self.zone.is_none() {
                problems.push(problem("zone", format!("is missing; {field} needs to know whose wall clock is meant: write one like Europe/Berlin")));
            }
            if hours.days.as_ref().is_some_and(BTreeSet::is_empty) {
                problems.push(problem(
                    &format!("{field}.days"),
                    "is empty; name days, or leave it out for all",
                ));
            }
            if hours.from.unwrap_or(Clock::FIRST) == hours.to.unwrap_or(Clock::LAST) {
                problems.push(problem(
                    &field,
                    "from and to are the same; leave both out for the whole day",
                ));
            }
        }
    }

    /// The same rules with every calendar named by Google's id.
    ///
    /// # Errors
    /// A name that none or several of the calendars have.
    pub fn with_ids(
        &self,
        calendars: &BTreeMap<CalendarId, CalendarConfig>,
    ) -> Result<Self, Vec<RuleProblem>> {
        let mut problems = Vec::new();
        let mut id = |field: String, name: &str| match named(calendars, name) {
            Ok(id) => Some(id),
            Err(what) => {
                problems.push(problem(&field, what));
                None
            }
        };
        let mut set = self.clone();
        set.calendars = self
            .calendars
            .iter()
            .filter_map(|(name, switch)| Some((id(format!("calendars.{name}"), name)?, *switch)))
            .collect();
        for (at, pair) in set.pairs.iter_mut().enumerate() {
            for (side, name) in [("from", &mut pair.from), ("to", &mut pair.to)] {
                let resolved = name
                    .as_deref()
                    .map(|name| id(format!("pairs[{at}].{side}"), name));
                *name = resolved.flatten();
            }
        }
        if problems.is_empty() {
            // Two names may turn out to be one calendar.
            set.check(&mut problems);
        }
        match problems.is_empty() {
            true => Ok(set),
            false => Err(problems),
        }
    }

    /// Whether a calendar takes part.
    #[must_use]
    pub fn switch(&self, calendar: &GoogleCalendarId) -> Switch {
        self.calendars
            .get(calendar.as_str())
            .copied()
            .unwrap_or_default()
    }

    /// The rule between two calendars; none: nothing is mirrored.
    #[must_use]
    pub(super) fn rule(&self, source: &CalendarConfig, target: &CalendarConfig) -> Option<Rule> {
        let mut rule = Rule::default();
        let mut mirror = true;
        for pair in &self.pairs {
            let meant = |name: &Option<String>, calendar: &CalendarConfig| {
                name.as_ref()
                    .is_none_or(|name| name == calendar.google.as_str())
            };
            if meant(&pair.from, source) && meant(&pair.to, target) {
                mirror = pair.mirror.unwrap_or(mirror);
                pair.lay_over(&mut rule, self.zone.as_ref());
            }
        }
        if rule.title.names_calendar() {
            rule.calendar.clone_from(&source.name);
        }
        mirror.then_some(rule)
    }
}

impl HoursText {
    fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

impl PairRule {
    fn lay_over(&self, rule: &mut Rule, zone: Option<&ZoneName>) {
        let Self {
            from: _,
            to: _,
            mirror: _,
            title,
            colour,
            visibility,
            all_day,
            multi_day,
            tentative,
            unanswered,
            out_of_office,
            focus_time,
            past,
            hours,
            before,
            after,
            opt_out,
            opt_in,
            on_change,
        } = self;
        lay(&mut rule.title, title.clone());
        lay(
            &mut rule.colour,
            colour.map(|colour| match colour {
                ColourText::Of(colour) => Some(colour),
                ColourText::None(NoneText::None) => None,
            }),
        );
        lay(
            &mut rule.visibility,
            visibility.map(|visibility| match visibility {
                VisibilityText::Private => Visibility::Private,
                VisibilityText::Default => Visibility::Default,
            }),
        );
        lay(&mut rule.all_day, *all_day);
        lay(&mut rule.multi_day, *multi_day);
        lay(&mut rule.tentative, *tentative);
        lay(&mut rule.unanswered, *unanswered);
        lay(&mut rule.out_of_office, *out_of_office);
        lay(&mut rule.focus_time, *focus_time);
        lay(&mut rule.past, *past);
        lay(
            &mut rule.hours,
            hours.as_ref().map(|hours| resolved(hours, zone)),
        );
        lay(&mut rule.before, *before);
        lay(&mut rule.after, *after);
        lay(&mut rule.opt_out, opt_out.as_ref().map(word));
        lay(&mut rule.opt_in, opt_in.as_ref().map(word));
        lay(&mut rule.on_change, *on_change);
    }
}

fn lay<T>(field: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *field = said;
    }
}

fn resolved(hours: &HoursText, zone: Option<&ZoneName>) -> Option<Hours> {
    if hours.is_any() {
        return None;
    }
    // Hours without a zone are no rules: `check` refuses them.
    Some(Hours {
        zone: zone?.clone(),
        days: hours.days.clone().unwrap_or_else(|| Day::ALL.into()),
        from: hours.from.unwrap_or(Clock::FIRST),
        to: hours.to.unwrap_or(Clock::LAST),
    })
}

fn word(text: &WordText) -> Option<Keyword> {
    match text {
        WordText::Of(word) => Some(word.clone()),
        WordText::None(NoneText::None) => None,
    }
}

fn problem(field: &str, what: impl Into<String>) -> RuleProblem {
    RuleProblem {
        field: field.to_owned(),
        what: what.into(),
    }
}

fn read_pairs(value: Option<Value>, problems: &mut Vec<RuleProblem>) -> Vec<PairRule> {
    match value {
        None => Vec::new(),
        Some(Value::Array(list)) => {
            let entries = list.into_iter().enumerate();
            // One that is wrong stands as an empty one, so that the others keep their places.
            entries
                .map(|(at, entry)| {
                    read(&format!("pairs[{at}]"), entry, problems).unwrap_or_default()
                })
                .collect()
        }
        Some(_) => {
            problems.push(problem("pairs", "is no list"));
            Vec::new()
        }
    }
}

/// Reads one object; what is wrong with it is noted with its place.
fn read<T: DeserializeOwned>(
    place: &str,
    value: Value,
    problems: &mut Vec<RuleProblem>,
) -> Option<T> {
    if !value.is_object() {
        problems.push(problem(place, "is no object"));
        return None;
    }
    match serde_path_to_error::deserialize(value) {
        Ok(read) => Some(read),
        Err(error) => {
            let inner = error.path().to_string();
            let field = match (place, inner.as_str()) {
                (place, "." | "") => place.to_owned(),
                ("", inner) => inner.to_owned(),
                (place, inner) => format!("{place}.{inner}"),
            };
            problems.push(problem(&field, error.into_inner().to_string()));
            None
        }
    }
}

/// Google's id of the calendar that is meant by a name.
fn named(calendars: &BTreeMap<CalendarId, CalendarConfig>, name: &str) -> Result<String, String> {
    let google = |calendar: &CalendarConfig| calendar.google.as_str().to_owned();
    if let Some(calendar) = calendars.values().find(|own| own.google.as_str() == name) {
        return Ok(google(calendar));
    }
    let mut called = calendars.values().filter(|own| own.name == name);
    match (called.next(), called.next()) {
        (Some(calendar), None) => Ok(google(calendar)),
        (Some(_), Some(_)) => Err(
            "several calendars have this name; write Google's id of the one that is meant"
                .to_owned(),
        ),
        (None, _) => {
            let mut known: Vec<_> = calendars.values().map(|own| own.name.as_str()).collect();
            known.sort_unstable();
            Err(format!(
                "no calendar has this name or id; known are: {}",
                known.join(", ")
            ))
        }
    }
}
