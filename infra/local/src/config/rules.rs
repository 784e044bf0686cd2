//! Rules in TOML: `[user.rules]` of the config, or a file of their own. They are read by the one reader that there is; here
//! TOML becomes JSON, and each problem gets the line that it is about.

use serde_json::{Map, Number, Value};
use shared::model::{RuleProblem, RuleSet};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::Problem;
use super::sheet::Sheet;

/// Ends what is wrong: the documentation has it all.
const FIX: &str = "docs/rules.md shows every field";

/// Reads the rules that `table` holds, whose line is `line` and whose place in the file is `place`; none: some are wrong,
/// which is noted.
pub(super) fn read(
    sheet: &Sheet<'_>,
    place: &str,
    line: usize,
    table: &DeTable<'_>,
) -> Option<RuleSet> {
    match RuleSet::read(of_table(table)) {
        Ok(rules) => Some(rules),
        Err(problems) => {
            for problem in problems {
                let line = line_of(sheet, line, table, &problem.field);
                sheet.wrong(line, within(place, &problem), &problem.what, FIX);
            }
            None
        }
    }
}

/// Reads a file of rules.
///
/// # Errors
/// All that is wrong with it.
pub fn read_rules(text: &str) -> Result<RuleSet, Vec<Problem>> {
    let sheet = Sheet::new(text, &|_| None);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| sheet.syntax(error)).collect());
    }
    let rules = read(&sheet, "", 1, table.get_ref());
    rules.ok_or_else(|| sheet.into_problems())
}

fn within(place: &str, problem: &RuleProblem) -> String {
    match (place, problem.field.as_str()) {
        ("", field) => field.to_owned(),
        (place, "") => place.to_owned(),
        (place, field) => format!("{place}.{field}"),
    }
}

fn of_table(table: &DeTable<'_>) -> Value {
    let fields = table.iter();
    let fields = fields.map(|(name, value)| (name.get_ref().to_string(), of_value(value)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn of_value(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => whole(number.as_str(), number.radix()),
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or(Value::Null, Value::Number)
        }
        DeValue::Boolean(flag) => Value::Bool(*flag),
        // A time of day without quotes means what it says.
        DeValue::Datetime(at) => Value::String(at.to_string()),
        DeValue::Array(list) => Value::Array(list.iter().map(of_value).collect()),
        DeValue::Table(table) => of_table(table),
    }
}

/// A number that is too large for a rule is wrong whatever it is.
fn whole(digits: &str, radix: u32) -> Value {
    let number = i64::from_str_radix(digits, radix).unwrap_or(i64::MAX);
    Value::Number(number.into())
}

/// The line of the field at a path like `pairs[1].hours.days[0]`, or of the last part of it that is there.
fn line_of(sheet: &Sheet<'_>, line: usize, table: &DeTable<'_>, path: &str) -> usize {
    let path = path.trim_start_matches('.');
    // Names of calendars may hold dots: the longest field that fits is the one.
    let fits = |name: &str| {
        let rest = path.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
    };
    let fields = table.iter().filter_map(|(name, value)| {
        let rest = fits(name.get_ref())?;
        Some((name, value, rest))
    });
    match fields.min_by_key(|(_, _, rest)| rest.len()) {
        Some((name, value, rest)) => below(sheet, sheet.line(&name.span()), value, rest),
        None => line,
    }
}

fn below(sheet: &Sheet<'_>, line: usize, value: &Spanned<DeValue<'_>>, path: &str) -> usize {
    match value.get_ref() {
        DeValue::Table(table) => line_of(sheet, line, table, path),
        DeValue::Array(list) => element(sheet, line, list, path),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => line,
    }
}

fn element(sheet: &Sheet<'_>, line: usize, list: &DeArray<'_>, path: &str) -> usize {
    let named = path.strip_prefix('[').and_then(|path| path.split_once(']'));
    let found = named.and_then(|(at, rest)| Some((list.get(at.parse::<usize>().ok()?)?, rest)));
    match found {
        Some((value, rest)) => below(sheet, sheet.line(&value.span()), value, rest),
        None => line,
    }
}
