//! The schema, the documentation and the reader say the same of every document.

use std::collections::BTreeSet;

use fastrand::Rng;
use jsonschema::Validator;
use local::config::read_rules;
use serde_json::{Map, Value, json};
use shared::model::{RuleProblem, RuleSet};

const SCHEMA: &str = include_str!("../../docs/rules.schema.json");
const GUIDE: &str = include_str!("../../docs/rules.md");
const DOCUMENTS: usize = 1_000;

/// What the reader refuses and a schema cannot see: the name in the guide, and how the problem begins.
const BEYOND: [(&str, &str); 6] = [
    ("unknown_zone", "the time zone is not in the IANA database"),
    ("hours_without_zone", "is missing; "),
    ("empty_hours", "from and to are the same; "),
    ("same_calendar", "from and to are the same calendar; "),
    ("same_pair", "has the same from and to as "),
    ("too_large", "longer than "),
];

fn schema() -> Validator {
    jsonschema::draft202012::new(&serde_json::from_str(SCHEMA).unwrap()).unwrap()
}

fn beyond(problem: &RuleProblem) -> Option<&'static str> {
    let mut all = BEYOND.iter();
    let found = all.find(|(_, begins)| problem.what.starts_with(begins));
    found.map(|(name, _)| *name)
}

fn one_of(rng: &mut Rng, all: &[&str]) -> Value {
    (*rng.choice(all).unwrap()).into()
}

const CALENDARS: [&str; 5] = ["Work", "Home", "Club", "a.b@example.com", "é"];
const WORDS: [&str; 5] = ["none", "NONE", "#nosync", "#Share", "zz"];
const CLOCKS: [&str; 5] = ["00:00", "09:30", "17:00", "23:59", "24:00"];
const TITLES: [&str; 5] = ["Busy", "{title}", "{calendar}: {title}", " x ", "ü"];
const COLOURS: [&str; 4] = ["none", "sage", "tomato", "graphite"];
const FLAGS: [&str; 8] = [
    "mirror",
    "all_day",
    "multi_day",
    "tentative",
    "unanswered",
    "out_of_office",
    "focus_time",
    "past",
];

/// What no field takes, or only some do.
fn junk(rng: &mut Rng) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(-1),
        json!(7),
        json!(721),
        json!(65_536),
        json!(1.5),
        json!(""),
        json!(" "),
        json!("x"),
        json!("two words"),
        json!("a\tb"),
        json!("on"),
        json!("of"),
        json!("{titel}"),
        json!("{title"),
        json!("{{title}calendar}"),
        json!("24:01"),
        json!("9:00"),
        json!("x".repeat(41)),
        json!("x".repeat(201)),
        json!([]),
        json!(["mon", "may"]),
        json!({}),
        json!({"from": "09:00"}),
        json!({"x": "off"}),
        json!({"x": 1}),
    ];
    rng.choice(all).unwrap()
}

fn hours(rng: &mut Rng) -> Value {
    let mut hours = Map::new();
    if rng.bool() {
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let count = rng.usize(1..4);
        let days: Vec<_> = (0..count).map(|_| one_of(rng, &days)).collect();
        hours.insert("days".into(), days.into());
    }
    for side in ["from", "to"] {
        if rng.bool() {
            hours.insert(side.into(), one_of(rng, &CLOCKS));
        }
    }
    hours.into()
}

fn pair(rng: &mut Rng) -> Map<String, Value> {
    let mut pair = Map::new();
    let mut put = |rng: &mut Rng, name: &str, value: &dyn Fn(&mut Rng) -> Value| {
        if rng.u8(..3) == 0 {
            pair.insert(name.to_owned(), value(rng));
        }
    };
    for end in ["from", "to"] {
        put(rng, end, &|rng| one_of(rng, &CALENDARS));
    }
    for flag in FLAGS {
        put(rng, flag, &|rng| rng.bool().into());
    }
    for minutes in ["before", "after"] {
        put(rng, minutes, &|rng| rng.u16(0..=720).into());
    }
    for word in ["opt_out", "opt_in"] {
        put(rng, word, &|rng| one_of(rng, &WORDS));
    }
    put(rng, "title", &|rng| one_of(rng, &TITLES));
    put(rng, "colour", &|rng| one_of(rng, &COLOURS));
    put(rng, "visibility", &|rng| {
        one_of(rng, &["private", "default"])
    });
    put(rng, "on_change", &|rng| {
        one_of(rng, &["restore", "dismiss"])
    });
    put(rng, "hours", &hours);
    pair
}

/// A document that means something.
fn document(rng: &mut Rng) -> Map<String, Value> {
    let mut whole = Map::new();
    if rng.u8(..4) > 0 {
        let zone = one_of(rng, &["Europe/Berlin", "UTC", "America/New_York"]);
        whole.insert("zone".into(), zone);
    }
    if rng.bool() {
        let switches = ["on", "paused", "off"];
        let count = rng.usize(0..3);
        let calendars = (0..count).map(|_| {
            let name = *rng.choice(&CALENDARS).unwrap();
            (name.to_owned(), one_of(rng, &switches))
        });
        whole.insert("calendars".into(), Value::Object(calendars.collect()));
    }
    if rng.u8(..5) > 0 {
        let count = rng.usize(0..4);
        let pairs: Vec<_> = (0..count).map(|_| Value::from(pair(rng))).collect();
        whole.insert("pairs".into(), pairs.into());
    }
    whole
}

/// Every object and list in a document.
fn spoil(rng: &mut Rng, value: &mut Value) {
    let deeper = rng.u8(..4) > 0;
    match value {
        Value::Object(object) => {
            let names: Vec<_> = object.keys().cloned().collect();
            match rng.choice(&names) {
                Some(name) if deeper => spoil(rng, &mut object[name]),
                _ => {
                    let known = [
                        "zone",
                        "pairs",
                        "calendars",
                        "title",
                        "before",
                        "hours",
                        "days",
                        "other",
                    ];
                    let name = *rng.choice(&known).unwrap();
                    object.insert(name.to_owned(), junk(rng));
                }
            }
        }
        Value::Array(list) if deeper && !list.is_empty() => {
            let at = rng.usize(..list.len());
            spoil(rng, &mut list[at]);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            *value = junk(rng);
        }
    }
}

#[test]
fn schema_and_reader_agree_on_every_document() {
    let schema = schema();
    let mut rng = Rng::with_seed(42);
    let mut used = BTreeSet::new();
    let (mut good, mut bad) = (0, 0);
    for _ in 0..DOCUMENTS {
        let mut document = Value::from(document(&mut rng));
        for _ in 0..rng.usize(0..3) {
            spoil(&mut rng, &mut document);
        }
        let read = RuleSet::read(document.clone());
        let valid = schema.is_valid(&document);
        good += u32::from(valid);
        bad += u32::from(!valid);
        match (valid, read) {
            (true, Ok(rules)) => {
                let stored = serde_json::to_value(&rules).unwrap();
                assert!(schema.is_valid(&stored), "{stored}");
                assert_eq!(RuleSet::read(stored), Ok(rules));
            }
            (false, Err(_)) => {}
            (false, Ok(_)) => {
                let why: Vec<_> = schema
                    .iter_errors(&document)
                    .map(|error| error.to_string())
                    .collect();
                panic!("only the schema refuses {document}: {why:?}");
            }
            (true, Err(problems)) => {
                for problem in problems {
                    let name = beyond(&problem);
                    used.insert(name.unwrap_or_else(|| {
                        panic!("only the reader refuses {document}: {problem}")
                    }));
                }
            }
        }
    }
    assert!(good > 200 && bad > 200, "{good} valid, {bad} not");
    // What only a special document shows is shown by one.
    let large = json!({"calendars": {"x".repeat(65_536): "off"}});
    let nowhere = json!({"zone": "Mars/Olympus"});
    for document in [large, nowhere] {
        assert!(schema.is_valid(&document));
        let problems = RuleSet::read(document).unwrap_err();
        used.extend(problems.iter().filter_map(beyond));
    }
    let all: BTreeSet<_> = BEYOND.iter().map(|(name, _)| *name).collect();
    assert_eq!(used, all);
    let (_, listed) = GUIDE.split_once("## What the schema does not see").unwrap();
    let rows = listed
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let listed: BTreeSet<_> = rows.map(|(name, _)| name).collect();
    assert_eq!(listed, all);
}

/// The blocks of a language in the guide.
fn examples(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let mut blocks = GUIDE.split(begin.as_str());
    blocks.next();
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_examples_of_the_guide_can_be_used_and_say_the_same_in_both_languages() {
    let schema = schema();
    let json = examples("json").into_iter().map(|text| {
        let value: Value = serde_json::from_str(text).unwrap();
        assert!(schema.is_valid(&value), "{text}");
        RuleSet::read(value).unwrap()
    });
    let json: Vec<_> = json.collect();
    let (config, alone): (Vec<_>, Vec<_>) = examples("toml")
        .into_iter()
        .partition(|text| text.contains("[user.rules]"));
    let toml: Vec<_> = alone
        .into_iter()
        .map(|text| read_rules(text).unwrap())
        .collect();
    assert_eq!(toml, json);
    assert_eq!(toml.len(), 2);
    for text in config {
        let text = text
            .replace("[user.rules]\n", "")
            .replace("user.rules.", "");
        assert!(read_rules(&text).is_ok(), "{text}");
    }
}

#[test]
fn the_guide_and_the_schema_name_every_field_with_its_default() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let pair = &schema["$defs"]["pair"]["properties"];
    for (name, field) in pair.as_object().unwrap() {
        assert!(GUIDE.contains(&format!("`{name}`")), "{name}");
        let described = field["description"].is_string() || field["$ref"].is_string();
        assert!(described, "{name}");
    }
    let default = |name: &str| {
        let field = &pair[name];
        let reference = field["$ref"].as_str().map(|path| &path["#/$defs/".len()..]);
        match (&field["default"], reference) {
            (Value::Null, Some(name)) => schema["$defs"][name]["default"].clone(),
            (own, _) => own.clone(),
        }
    };
    // With every default written out, nothing is another rule.
    let fields = pair.as_object().unwrap().keys();
    let written = fields.filter(|name| !default(name).is_null());
    let written: Map<_, _> = written.map(|name| (name.clone(), default(name))).collect();
    assert_eq!(written.len(), pair.as_object().unwrap().len() - 3);
    let rules = RuleSet::read(json!({"pairs": [written]})).unwrap();
    let config = |rules: RuleSet| {
        let bench = crate::rules::two_calendars();
        shared::model::UserConfig { rules, ..bench }.pairs()
    };
    assert_eq!(config(rules), config(RuleSet::default()));
}
