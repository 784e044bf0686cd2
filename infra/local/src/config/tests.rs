//! What is read, and everything that is refused.

use std::path::Path;

use super::*;
use shared::google::{CALENDAR_URL, Credentials};

const GOOD: &str = r#"
[google]
api = "http://127.0.0.1:4599/calendar/v3"
token = "http://127.0.0.1:4599/token"
[store]
data = "./state"
[[user]]
name = "ann"
  [[user.account]]
  name = "work"
  access_token = "env:WORK"
  calendars = ["primary", "team@example.com"]
  [[user.account]]
  name = "home"
  refresh_token = "1//good"
  client_id = "cid"
  client_secret = "sec"
[[user]]
name = "bob"
  [[user.account]]
  name = "work"
  access_token = "tok_bob"
"#;

fn environment(name: &str) -> Option<String> {
    match name {
        "WORK" => Some("tok_work".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn problems(text: &str) -> Vec<Problem> {
    read(text, Path::new("there"), &environment)
        .map(drop)
        .unwrap_err()
}

/// `text` in place of the line of [`GOOD`] that begins with `line`: where and which field.
#[track_caller]
fn check(line: &str, text: &str, expected: &[(usize, &str)]) {
    let at = GOOD
        .lines()
        .position(|has| has.trim_start().starts_with(line))
        .unwrap();
    let lines = GOOD.lines().enumerate();
    let changed: Vec<_> = lines
        .map(|(n, has)| if n == at { text } else { has })
        .collect();
    let found = problems(&changed.join("\n"));
    let found: Vec<_> = found
        .iter()
        .map(|problem| (problem.line, problem.field.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_good_config_is_read() {
    let config = read(GOOD, Path::new("there"), &environment).unwrap();
    assert_eq!(config.google.api, "http://127.0.0.1:4599/calendar/v3");
    assert!(config.google.is_plain());
    assert_eq!(
        config.place,
        Place::Folder(Path::new("there").join("./state"))
    );
    assert!(config.key.is_none());
    let names: Vec<_> = config
        .users
        .iter()
        .map(|user| (user.name.as_str(), user.accounts.len()))
        .collect();
    assert_eq!(names, [("ann", 2), ("bob", 1)]);
    let [work, home] = config.users[0].accounts.as_slice() else {
        panic!()
    };
    assert_eq!(
        work.calendars.as_deref(),
        Some(&["primary".to_owned(), "team@example.com".to_owned()][..])
    );
    assert!(matches!(work.credentials, Credentials::AccessToken(_)));
    assert!(
        matches!(&home.credentials, Credentials::RefreshToken { client_id, .. } if client_id == "cid")
    );
}

#[test]
fn google_is_googles_own_unless_said() {
    let text = GOOD
        .replace("[google]", "")
        .replace("api =", "#")
        .replace("token = \"http", "#");
    let config = read(&text, Path::new(""), &environment).unwrap();
    assert_eq!(config.google.api, CALENDAR_URL);
    assert!(!config.google.is_plain());
}

#[test]
fn an_endpoint_has_a_table_and_may_have_a_key() {
    let store = format!(
        "endpoint = \"http://127.0.0.1:8000\"\nregion = \"eu-central-1\"\nkey = \"{}\"",
        "ab".repeat(64)
    );
    let config = read(
        &GOOD.replace("data = \"./state\"", &store),
        Path::new(""),
        &environment,
    )
    .unwrap();
    let Place::Endpoint { url, table, region } = config.place else {
        panic!()
    };
    assert_eq!(
        (url.as_str(), table.as_str(), region.as_deref()),
        ("http://127.0.0.1:8000", "tidelock", Some("eu-central-1"))
    );
    assert!(config.key.is_some());
}

#[test]
fn addresses_are_checked() {
    for bad in [
        "api = \"127.0.0.1:4599\"",
        "api = \"ftp://x/\"",
        "api = \"http://u:p@x/\"",
        "api = \"http://x/?a=b\"",
        "api = 5",
    ] {
        check("api", bad, &[(3, "google.api")]);
    }
    check("token", "token = \"\"", &[(4, "google.token")]);
    check("token", "tokne = \"http://x/\"", &[(4, "google.tokne")]);
}

#[test]
fn the_table_is_in_one_place() {
    check("data", "", &[(5, "store.data")]);
    check(
        "data",
        "data = \"a\"\nendpoint = \"http://x\"",
        &[(7, "store.endpoint")],
    );
    check(
        "data",
        "data = \"a\"\ntable = \"other\"",
        &[(7, "store.table")],
    );
    check(
        "data",
        "data = \"a\"\nregion = \"x\"",
        &[(7, "store.region")],
    );
    check("data", "endpoint = \"nowhere\"", &[(6, "store.endpoint")]);
    check(
        "data",
        "endpoint = \"http://x\"\ntable = \"a b\"",
        &[(7, "store.table")],
    );
    check("data", "data = \"a\"\nkey = \"beef\"", &[(7, "store.key")]);
    check("[store]", "[stroe]", &[(1, "store"), (5, "stroe")]);
}

#[test]
fn names_are_there_short_and_different() {
    check("name = \"ann\"", "", &[(7, "user.name")]);
    check("name = \"ann\"", "name = \" \"", &[(8, "user.name")]);
    check("name = \"ann\"", "name = \"a/b\"", &[(8, "user.name")]);
    check("name = \"bob\"", "name = \"ann\"", &[(19, "user.name")]);
    check(
        "name = \"home\"",
        "name = \"work\"",
        &[(14, "user.account.name")],
    );
}

#[test]
fn an_account_has_one_kind_of_credentials() {
    check("access_token", "", &[(9, "user.account.access_token")]);
    check(
        "access_token",
        "access_token = \"env:NOWHERE\"",
        &[(11, "user.account.access_token")],
    );
    check(
        "access_token",
        "access_token = \"env:EMPTY\"",
        &[(11, "user.account.access_token")],
    );
    check(
        "access_token",
        "access_token = \"a b\"",
        &[(11, "user.account.access_token")],
    );
    check("client_id", "", &[(13, "user.account.client_id")]);
    check(
        "client_id",
        "client_id = \"cid\"\naccess_token = \"tok\"",
        &[(17, "user.account.access_token")],
    );
}

#[test]
fn calendars_are_different_texts() {
    for bad in [
        "calendars = \"primary\"",
        "calendars = [1]",
        "calendars = [\"\"]",
        "calendars = [\"a\", \"a\"]",
    ] {
        check("calendars", bad, &[(12, "user.account.calendars")]);
    }
}

#[test]
fn somebody_has_some_account() {
    let text = "[store]\ndata = \"x\"\n";
    assert_eq!(problems(text)[0].field.as_deref(), Some("user"));
    let found = problems(&format!("{text}[[user]]\nname = \"ann\"\n"));
    assert_eq!(
        (found[0].line, found[0].field.as_deref()),
        (3, Some("user.account"))
    );
    assert_eq!(problems(&format!("user = 5\n{text}")).len(), 1);
}

#[test]
fn what_is_no_toml_is_told_by_line() {
    let found = problems("[store]\ndata = \"x\ntable = \"t\"\n");
    assert!(
        found.iter().all(|problem| problem.field.is_none()),
        "{found:?}"
    );
    assert_eq!(found[0].line, 2);
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_no_value_with_it() {
    let text = GOOD
        .replace("data =", "dta =")
        .replace("client_secret = \"sec\"", "client_secret = \"se cret\"")
        .replace("name = \"bob\"", "nickname = \"hidden-value\"");
    let found = problems(&text);
    let fields: Vec<_> = found
        .iter()
        .filter_map(|problem| problem.field.as_deref())
        .collect();
    assert_eq!(
        fields,
        [
            "store.data",
            "store.dta",
            "user.account.client_secret",
            "user.name",
            "user.nickname"
        ]
    );
    let bad = BadConfig {
        path: "tidelock.toml".into(),
        problems: found,
    };
    let shown = bad.to_string();
    assert!(
        shown.starts_with(
            "the config tidelock.toml cannot be used:\n  line 5: store.data is missing; "
        ),
        "{shown}"
    );
    for secret in ["se cret", "hidden-value", "tok_", "1//good"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

const RULES: &str = r##"
  [user.rules]
  zone = "Europe/Berlin"
  [user.rules.calendars]
  "Tom.Home" = "off"
  [[user.rules.pairs]]
  title = "Taken"
  hours = { from = "09:00", days = ["mon", "tue"] }
  [[user.rules.pairs]]
  from = "Work"
  opt_in = "#sync"
  before = 10
"##;

fn with_rules(rules: &str) -> String {
    GOOD.replacen(
        "[[user]]\nname = \"bob\"",
        &format!("{rules}[[user]]\nname = \"bob\""),
        1,
    )
}

#[test]
fn rules_are_read_as_everywhere_else() {
    let config = read(&with_rules(RULES), Path::new("there"), &environment).unwrap();
    let json = serde_json::json!({
        "zone": "Europe/Berlin",
        "calendars": {"Tom.Home": "off"},
        "pairs": [
            {"title": "Taken", "hours": {"from": "09:00", "days": ["mon", "tue"]}},
            {"from": "Work", "opt_in": "#sync", "before": 10},
        ],
    });
    assert_eq!(config.users[0].rules, RuleSet::read(json).ok());
    assert!(config.users[1].rules.is_none());
}

#[test]
fn every_problem_of_rules_is_told_with_its_line_and_field() {
    let first = GOOD
        .lines()
        .position(|line| line.contains("\"bob\""))
        .unwrap();
    let check = |from: &str, to: &str, expected: &[(usize, &str)]| {
        assert!(RULES.contains(from), "{from}");
        let found = problems(&with_rules(&RULES.replacen(from, to, 1)));
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.line - first, one.field.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(found, expected, "{to}");
    };
    check(
        "zone = ",
        "zoen = ",
        &[(1, "user.rules.zone"), (2, "user.rules.zoen")],
    );
    check("\"off\"", "\"of\"", &[(4, "user.rules.calendars.Tom.Home")]);
    check(
        "\"Taken\"",
        "\"{tilte}\"",
        &[(6, "user.rules.pairs[0].title")],
    );
    check(
        "\"tue\"",
        "\"may\"",
        &[(7, "user.rules.pairs[0].hours.days[1]")],
    );
    check(
        "before = 10",
        "before = 1e3",
        &[(11, "user.rules.pairs[1].before")],
    );
    check(
        "before = 10",
        "before = 0xFFFFFFFFFFFFFFFFFF",
        &[(11, "user.rules.pairs[1].before")],
    );
    check(
        "before = 10",
        "begin = 1\n  after = \"x\"",
        &[
            (11, "user.rules.pairs[1].begin"),
            (12, "user.rules.pairs[1].after"),
        ],
    );
    check("from = \"Work\"", "", &[(8, "user.rules.pairs[1]")]);
}

#[test]
fn rules_that_are_no_table_are_told() {
    let found = problems(&with_rules("  rules = \"none\"\n"));
    assert_eq!(found[0].field.as_deref(), Some("user.account.rules"));
    let found = problems(&GOOD.replacen("name = \"ann\"", "name = \"ann\"\nrules = 7", 1));
    assert_eq!(found[0].field.as_deref(), Some("user.rules"));
}

#[test]
fn a_file_of_rules_is_read_by_itself() {
    let rules = read_rules("zone = \"UTC\"\n[[pairs]]\nhours = { from = \"09:00\" }\n").unwrap();
    assert_eq!(rules.pairs.len(), 1);
    let found = read_rules("[[pairs]]\nbefore = 2000\n").unwrap_err();
    let told: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(
        told[0].starts_with("line 2: pairs[0].before is more than"),
        "{told:?}"
    );
}
