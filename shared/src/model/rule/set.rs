//! Rules as a person writes them: in a config file, as JSON, in the table. One type, one reader.
//!
//! Whatever is left out is as it is by default, and the defaults are the private ones. Of several entries that concern a
//! pair of calendars the later one counts, field by field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::keyword::BadKeyword;
use super::{Clock, Colour, Day, Hours, Keyword, Minutes, OnChange, Rule, Title};
use crate::limits::{RULE_PAIRS, RULES_BYTES};
use crate::model::block::Visibility;
use crate::model::calendar::CalendarConfig;
use crate::model::ids::{CalendarId, GoogleCalendarId};
use crate::model::time::ZoneName;

/// What is wrong with a name that is none.
const UNNAMED: &str = "is empty; write a calendar's name, or Google's id of it";

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

/// A keyword, or `none` in any case: keywords are kept in lower case, so that one would read back as the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WordText {
    /// None.
    None,
    /// One.
    Of(Keyword),
}

const NO_WORD: &str = "none";

impl TryFrom<String> for WordText {
    type Error = BadKeyword;
    fn try_from(text: String) -> Result<Self, BadKeyword> {
        match text.to_lowercase().as_str() {
            NO_WORD => Ok(Self::None),
            _ => Keyword::parse(&text).map(Self::Of),
        }
    }
}
impl From<WordText> for String {
    fn from(text: WordText) -> String {
        match text {
            WordText::None => NO_WORD.to_owned(),
            WordText::Of(word) => word.into(),
        }
    }
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
        if self.calendars.contains_key("") {
            problems.push(problem("calendars", UNNAMED));
        }
        let mut known: BTreeMap<(&Option<String>, &Option<String>), usize> = BTreeMap::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            let field = format!("pairs[{at}]");
            for (side, name) in [("from", &pair.from), ("to", &pair.to)] {
                if name.as_deref() == Some("") {
                    problems.push(problem(&format!("{field}.{side}"), UNNAMED));
                }
            }
            // Where an end could not be read, it is not known which pair is meant.
            let ends = [&field, &format!("{field}.from"), &format!("{field}.to")];
            let readable = !problems.iter().any(|known| ends.contains(&&known.field));
            if readable && pair.from.is_some() && pair.from == pair.to {
                problems.push(problem(
                    &field,
                    "from and to are the same calendar; no calendar is mirrored onto itself",
                ));
            }
            let other = known
                .insert((&pair.from, &pair.to), at)
                .filter(|_| readable);
            if let Some(other) = other {
                problems.push(problem(
                    &field,
                    format!("has the same from and to as pairs[{other}]; join the two"),
                ));
            }
            if !readable {
                known.remove(&(&pair.from, &pair.to));
            }
            let Some(hours) = pair.hours.as_ref().filter(|hours| !hours.is_any()) else {
                continue;
            };
            let field = format!("{field}.hours");
            if self.zone.is_none() && !problems.iter().any(|known| known.field == "zone") {
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
        set.calendars.clear();
        let mut twice = Vec::new();
        for (name, switch) in &self.calendars {
            let field = format!("calendars.{name}");
            let known = id(field.clone(), name).and_then(|id| set.calendars.insert(id, *switch));
            twice.extend(known.map(|_| {
                problem(
                    &field,
                    "is named twice, by its name and by Google's id; take one out",
                )
            }));
        }
        for (at, pair) in set.pairs.iter_mut().enumerate() {
            for (side, name) in [("from", &mut pair.from), ("to", &mut pair.to)] {
                let resolved = name
                    .as_deref()
                    .map(|name| id(format!("pairs[{at}].{side}"), name));
                *name = resolved.flatten();
            }
        }
        problems.extend(twice);
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
        WordText::None => None,
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

/// Reads one object; whatever is wrong with it is noted with its place, and left out of what is read.
fn read<T: DeserializeOwned>(
    place: &str,
    value: Value,
    problems: &mut Vec<RuleProblem>,
) -> Option<T> {
    let Value::Object(mut left) = value else {
        problems.push(problem(place, "is no object"));
        return None;
    };
    take_nulls(place, &mut left, problems);
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(Value::Object(left.clone())) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let path = error.path().to_string();
        let keys: Vec<&str> = error.path().iter().filter_map(key).collect();
        let taken = take(&mut left, &keys);
        problems.push(problem(
            &within(place, path.trim_start_matches('.')),
            in_words(&error.inner().to_string()),
        ));
        if !taken {
            // It is the object as a whole; every other field is taken out once, so this ends.
            return None;
        }
    }
}

fn within(place: &str, inner: &str) -> String {
    match (place, inner) {
        (place, "") => place.to_owned(),
        ("", inner) => inner.to_owned(),
        (place, inner) => format!("{place}.{inner}"),
    }
}

/// A field without a value is not the same as none: JSON can say it, TOML cannot.
fn take_nulls(place: &str, object: &mut Map<String, Value>, problems: &mut Vec<RuleProblem>) {
    object.retain(|name, value| {
        let field = within(place, name);
        match value {
            Value::Null => problems.push(problem(&field, "is null; leave the field out")),
            Value::Object(inner) => take_nulls(&field, inner, problems),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
        }
        !value.is_null()
    });
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Map { key } => Some(key),
        Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Takes out what lies at a path, as deep as objects go; false: nothing lies there.
fn take(object: &mut Map<String, Value>, path: &[&str]) -> bool {
    let Some((name, rest)) = path.split_first() else {
        return false;
    };
    match object.get_mut(*name) {
        Some(Value::Object(inner)) if !rest.is_empty() => take(inner, rest),
        _ => object.remove(*name).is_some(),
    }
}

/// What a reader has against a value, without the value.
fn in_words(message: &str) -> String {
    let expected = message.rsplit_once(", expected ").map(|(_, text)| text);
    let is = |what: &str| message.starts_with(what);
    match expected {
        Some(known) if is("unknown field") => format!(
            "is not known; known here are {}",
            known.trim_start_matches("one of ").replace('`', "")
        ),
        Some(known) if is("unknown variant") => format!(
            "is none of {}",
            known.trim_start_matches("one of ").replace('`', "")
        ),
        Some(wanted) if is("invalid") => match wanted {
            "a boolean" => "is neither true nor false".to_owned(),
            "u16" => "is no whole number of minutes".to_owned(),
            "a sequence" => "is no list".to_owned(),
            "a map" => "is no object".to_owned(),
            wanted if wanted.starts_with("struct") => "is no object".to_owned(),
            _ => "is no text".to_owned(),
        },
        Some(_) | None => message.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calendar::{Access, AccountId};
    use serde_json::json;

    /// Calendars by their names and Google's ids.
    fn calendars(all: &[(&str, &str)]) -> BTreeMap<CalendarId, CalendarConfig> {
        let calendar = |(n, (name, google)): (usize, &(&str, &str))| {
            let own = CalendarConfig {
                google: GoogleCalendarId::parse(*google).unwrap(),
                account: AccountId("ann/work".into()),
                name: (*name).to_owned(),
                access: Access::Write,
                enabled: true,
            };
            let id = CalendarId::from_bytes([u8::try_from(n).unwrap(); CalendarId::BYTES]);
            (id, own)
        };
        all.iter().enumerate().map(calendar).collect()
    }

    fn three() -> BTreeMap<CalendarId, CalendarConfig> {
        calendars(&[("Work", "w@x"), ("Home", "h@x"), ("Club", "c@x")])
    }

    fn set(value: Value) -> RuleSet {
        RuleSet::read(value).unwrap()
    }

    /// The rule from the first of three calendars to the second one.
    fn rule(value: Value) -> Option<Rule> {
        let all = three();
        let rules = set(value).with_ids(&all).unwrap();
        let calendars: Vec<_> = all.values().collect();
        rules.rule(calendars[0], calendars[1])
    }

    #[track_caller]
    fn wrong(value: &Value, expected: &[&str]) {
        let problems = RuleSet::read(value.clone()).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, expected, "{value}: {problems:?}");
        for problem in problems {
            assert!(!problem.what.contains("secret"), "{problem}");
        }
    }

    #[test]
    fn nothing_written_is_everything_mirrored_as_a_private_busy() {
        let rule = rule(json!({})).unwrap();
        assert_eq!(rule, Rule::default());
        assert_eq!(rule.title.to_string(), "Busy");
        assert_eq!(rule.visibility, Visibility::Private);
        assert_eq!(rule.opt_out, Keyword::parse("#nosync").ok());
        let nothing = GoogleCalendarId::parse("w@x").unwrap();
        assert_eq!(RuleSet::default().switch(&nothing), Switch::On);
    }

    #[test]
    fn a_later_entry_counts_field_by_field() {
        let rule = rule(json!({"pairs": [
            {"title": "Taken", "before": 10, "after": 5, "opt_in": "#sync"},
            {"from": "Work", "to": "Home", "after": 15, "opt_in": "none"},
            {"from": "Club", "title": "Sport"},
        ]}))
        .unwrap();
        assert_eq!(rule.title.to_string(), "Taken");
        assert_eq!(Some(rule.before), Minutes::new(10).ok());
        assert_eq!(Some(rule.after), Minutes::new(15).ok());
        assert_eq!(rule.opt_in, None);
    }

    #[test]
    fn what_is_switched_off_for_all_can_be_switched_on_for_some() {
        let document = |to: &str| json!({"pairs": [{"mirror": false}, {"to": to, "mirror": true}]});
        assert!(rule(document("Home")).is_some());
        assert!(rule(document("Club")).is_none());
    }

    #[test]
    fn an_empty_table_of_hours_is_any_time_again() {
        let nine = json!({"from": "09:00"});
        let document = |hours: Value| json!({"zone": "Europe/Berlin", "pairs": [{"hours": nine}, {"to": "Home", "hours": hours}]});
        assert_eq!(rule(document(json!({}))).unwrap().hours, None);
        let hours = rule(document(json!({"days": ["mon"]}))).unwrap().hours;
        let hours = hours.unwrap();
        assert_eq!((hours.from, hours.to), (Clock::FIRST, Clock::LAST));
    }

    #[test]
    fn the_calendar_s_name_reaches_the_rule_only_where_titles_name_it() {
        assert_eq!(rule(json!({})).unwrap().calendar, "");
        let named = rule(json!({"pairs": [{"title": "{calendar}: busy"}]}));
        assert_eq!(named.unwrap().calendar, "Work");
    }

    #[test]
    fn every_error_is_told_with_its_field_and_without_its_value() {
        wrong(&json!([]), &[""]);
        wrong(&json!({"zone": "secret"}), &["zone"]);
        wrong(&json!({"colour": 1, "zone": 2}), &["colour", "zone"]);
        wrong(&json!({"calendars": []}), &["calendars"]);
        wrong(
            &json!({"calendars": {"Home": "secret"}}),
            &["calendars.Home"],
        );
        wrong(&json!({"calendars": {"": "off"}}), &["calendars"]);
        wrong(&json!({"pairs": {}}), &["pairs"]);
        wrong(&json!({"pairs": [{}, 1]}), &["pairs[1]"]);
        wrong(&json!({"zone": null}), &["zone"]);
        let field = |field: &str, value: Value| {
            wrong(
                &json!({"pairs": [{field: value}]}),
                &[&format!("pairs[0].{field}")],
            );
        };
        for flag in [
            "mirror",
            "all_day",
            "multi_day",
            "tentative",
            "unanswered",
            "out_of_office",
            "focus_time",
            "past",
        ] {
            field(flag, json!("secret"));
        }
        for minutes in ["before", "after"] {
            for value in [
                json!(-5),
                json!(721),
                json!(70_000),
                json!(1.5),
                json!("secret"),
            ] {
                field(minutes, value);
            }
        }
        for text in [
            "from",
            "to",
            "title",
            "colour",
            "visibility",
            "opt_out",
            "opt_in",
            "on_change",
        ] {
            field(text, json!(17));
            field(text, json!(null));
        }
        for (text, value) in [
            ("from", ""),
            ("to", ""),
            ("title", " "),
            ("title", "{secret}"),
            ("colour", "secret"),
            ("visibility", "secret"),
            ("opt_out", "secret words"),
            ("opt_in", "secret words"),
            ("on_change", "secret"),
            ("hours", "secret"),
            ("secret_field", "secret"),
        ] {
            let problems = RuleSet::read(json!({"pairs": [{text: value}]})).unwrap_err();
            assert_eq!(problems[0].field, format!("pairs[0].{text}"));
            assert!(!problems[0].what.contains("secret"), "{problems:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        wrong(
            &json!({"zone": 1, "extra": 1, "pairs": [
                {"title": 1, "colour": "red", "hours": {"from": "9", "to": "secret", "days": ["mon", "may"]}},
                {"to": "Home", "before": -1, "hours": {"from": "09:00"}},
            ]}),
            &[
                "pairs[0].colour",
                "pairs[0].hours.days[1]",
                "pairs[0].hours.from",
                "pairs[0].hours.to",
                "pairs[0].title",
                "pairs[1].before",
                "extra",
                "zone",
            ],
        );
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        let hours = |hours: Value| json!({"zone": "UTC", "pairs": [{"hours": hours}]});
        wrong(&json!({"pairs": [{"hours": {"from": "09:00"}}]}), &["zone"]);
        wrong(&hours(json!({"days": []})), &["pairs[0].hours.days"]);
        wrong(
            &hours(json!({"from": "09:00", "to": "09:00"})),
            &["pairs[0].hours"],
        );
        wrong(&json!({"pairs": [{"from": "a", "to": "a"}]}), &["pairs[0]"]);
        wrong(
            &json!({"pairs": [{"to": "a"}, {}, {"to": "a"}]}),
            &["pairs[2]"],
        );
        wrong(
            &json!({"pairs": [{"to": 1}, {"from": 2}, {}]}),
            &["pairs[0].to", "pairs[1].from"],
        );
        let many: Vec<_> = (0..=RULE_PAIRS)
            .map(|n| json!({"to": n.to_string()}))
            .collect();
        wrong(&json!({"pairs": many}), &["pairs"]);
        wrong(
            &json!({"calendars": {"x".repeat(RULES_BYTES): "off"}}),
            &[""],
        );
    }

    #[test]
    fn rules_are_stored_as_they_are_read() {
        for word in ["None", "NONE", "#NoSync"] {
            let rules = set(
                json!({"zone": "Europe/Berlin", "calendars": {"Home": "paused"}, "pairs": [
                    {"opt_out": word, "colour": "none", "hours": {}, "title": "{title}", "visibility": "default"},
                ]}),
            );
            let stored = serde_json::to_value(&rules).unwrap();
            assert_eq!(set(stored), rules, "{word}");
        }
    }

    #[test]
    fn names_become_ids_and_an_id_counts_before_a_name() {
        let all = calendars(&[("Work", "w@x"), ("w@x", "h@x")]);
        let rules = set(json!({"calendars": {"Work": "off"}, "pairs": [{"from": "w@x"}]}));
        let resolved = rules.with_ids(&all).unwrap();
        assert_eq!(resolved.calendars.keys().collect::<Vec<_>>(), ["w@x"]);
        assert_eq!(resolved.pairs[0].from.as_deref(), Some("w@x"));
        assert_eq!(resolved.with_ids(&all).unwrap(), resolved);
    }

    #[test]
    fn a_name_of_none_or_several_calendars_is_refused() {
        let all = calendars(&[("Work", "w@x"), ("Home", "h@x"), ("Home", "c@x")]);
        let fields = |value: Value| {
            let problems = set(value).with_ids(&all).unwrap_err().into_iter();
            problems.map(|one| one.field).collect::<Vec<_>>()
        };
        assert_eq!(
            fields(json!({"calendars": {"Gym": "off"}})),
            ["calendars.Gym"]
        );
        assert_eq!(
            fields(json!({"pairs": [{"from": "Gym", "to": "Home"}]})),
            ["pairs[0].from", "pairs[0].to"]
        );
        assert_eq!(
            fields(json!({"pairs": [{"from": "Work", "to": "w@x"}]})),
            ["pairs[0]"]
        );
        let twice = json!({"calendars": {"Work": "off", "w@x": "on"}});
        assert_eq!(fields(twice), ["calendars.w@x"]);
        assert!(
            set(json!({"pairs": [{"to": "c@x"}]}))
                .with_ids(&all)
                .is_ok()
        );
    }
}
