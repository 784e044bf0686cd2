//! The fields of one table of the file: taken one by one, and what is left at the end is unknown.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::rules;
use super::sheet::Sheet;
use shared::model::RuleSet;

/// Begins a value that stands in the environment.
const ENVIRONMENT: &str = "env:";

/// A text and where it stands.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) line: usize,
}

type Entry<'a> = (usize, &'a Spanned<DeValue<'a>>);

/// One table of the file.
pub(super) struct Fields<'a> {
    sheet: &'a Sheet<'a>,
    path: String,
    line: usize,
    known: Vec<&'static str>,
    left: BTreeMap<&'a str, Entry<'a>>,
}

impl<'a> Fields<'a> {
    /// The file's outermost table.
    pub(super) fn root(sheet: &'a Sheet<'a>, table: &'a DeTable<'a>) -> Self {
        Self::of(sheet, String::new(), 1, table)
    }

    fn of(sheet: &'a Sheet<'a>, path: String, line: usize, table: &'a DeTable<'a>) -> Self {
        let left = table.iter().map(|(name, value)| {
            let entry = (sheet.line(&name.span()), value);
            (name.get_ref().as_ref(), entry)
        });
        Self {
            sheet,
            path,
            line,
            known: Vec::new(),
            left: left.collect(),
        }
    }

    /// The line on which the table begins.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Whether a field is there, whatever it is.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// Notes that a field is wrong.
    pub(super) fn wrong(&self, line: usize, name: &str, what: &str, fix: &str) {
        self.sheet.wrong(line, self.field(name), what, fix);
    }

    /// Notes that a field is not there.
    pub(super) fn missing(&self, name: &str, fix: &str) {
        self.wrong(self.line, name, "is missing", fix);
    }

    fn field(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Entry<'a>> {
        self.known.push(name);
        self.left.remove(name)
    }

    /// A text that is not empty; none if it is not there, or wrong, which is noted then.
    pub(super) fn text(&mut self, name: &'static str) -> Option<Text> {
        let (line, value) = self.take(name)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong(line, name, "is no text", "put it in quotes");
            return None;
        };
        self.resolved(line, name, text)
    }

    /// A text that has to be there.
    pub(super) fn required_text(&mut self, name: &'static str, fix: &str) -> Option<Text> {
        if !self.has(name) {
            self.known.push(name);
            self.missing(name, fix);
        }
        self.text(name)
    }

    fn resolved(&self, line: usize, name: &str, text: &str) -> Option<Text> {
        let value = match text.strip_prefix(ENVIRONMENT) {
            None => text.to_owned(),
            Some(variable) => match self.sheet.variable(variable) {
                Some(value) => value,
                None => {
                    let what =
                        format!("names the environment variable {variable:?}, which is not set");
                    self.wrong(line, name, &what, "set it, or write the value here");
                    return None;
                }
            },
        };
        if value.trim().is_empty() {
            self.wrong(
                line,
                name,
                "is empty",
                "write a value, or leave the field out",
            );
            return None;
        }
        Some(Text { value, line })
    }

    /// A list of different texts; it may be empty.
    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let (line, value) = self.take(name)?;
        let DeValue::Array(list) = value.get_ref() else {
            let fix = "write it as [\"one\", \"two\"]";
            self.wrong(line, name, "is no list of texts", fix);
            return None;
        };
        let mut texts: Vec<String> = Vec::new();
        for value in list.iter() {
            let line = self.sheet.line(&value.span());
            match value.get_ref() {
                DeValue::String(text) if text.trim().is_empty() => {
                    self.wrong(line, name, "holds an empty text", "take it out");
                }
                DeValue::String(text) if texts.iter().any(|known| known == text) => {
                    let what = format!("holds {text:?} twice");
                    self.wrong(line, name, &what, "take one of them out");
                }
                DeValue::String(text) => texts.push(text.to_string()),
                DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => {
                    self.wrong(
                        line,
                        name,
                        "holds something that is no text",
                        "put it in quotes",
                    );
                }
            }
        }
        Some(texts)
    }

    /// A table; none if it is not there, or wrong, which is noted then.
    pub(super) fn table(&mut self, name: &'static str) -> Option<Fields<'a>> {
        let (line, value) = self.take(name)?;
        let DeValue::Table(table) = value.get_ref() else {
            let fix = format!("write it as [{}]", self.field(name));
            self.wrong(line, name, "is no table", &fix);
            return None;
        };
        Some(Self::of(self.sheet, self.field(name), line, table))
    }

    /// Rules; `Some(None)` if there are none, and none if they are wrong, which is noted then.
    #[allow(
        clippy::option_option,
        reason = "that nothing is written is another thing than that it is wrong"
    )]
    pub(super) fn rules(&mut self, name: &'static str) -> Option<Option<RuleSet>> {
        let Some((line, value)) = self.take(name) else {
            return Some(None);
        };
        let DeValue::Table(table) = value.get_ref() else {
            let fix = format!("write it as [{}]", self.field(name));
            self.wrong(line, name, "is no table", &fix);
            return None;
        };
        rules::read(self.sheet, &self.field(name), line, table).map(Some)
    }

    /// A table that has to be there.
    pub(super) fn required_table(&mut self, name: &'static str) -> Option<Fields<'a>> {
        if !self.has(name) {
            self.known.push(name);
            self.missing(name, &format!("add a table [{}]", self.field(name)));
        }
        self.table(name)
    }

    /// A list of tables, at least one.
    pub(super) fn tables(&mut self, name: &'static str) -> Vec<Fields<'a>> {
        let fix = format!("add a table [[{}]]", self.field(name));
        let Some((line, value)) = self.take(name) else {
            self.missing(name, &fix);
            return Vec::new();
        };
        let mut tables = Vec::new();
        let list = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => Vec::new(),
        };
        for value in &list {
            match value.get_ref() {
                DeValue::Table(table) => {
                    let line = self.sheet.line(&value.span());
                    tables.push(Self::of(self.sheet, self.field(name), line, table));
                }
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => {
                    self.wrong(line, name, "holds something that is no table", &fix)
                }
            }
        }
        if list.is_empty() {
            self.wrong(line, name, "is no list of tables", &fix);
        }
        tables
    }

    /// Notes every field that nobody asked for.
    pub(super) fn finish(self) {
        let mut known = self.known.clone();
        known.sort_unstable();
        let fix = format!(
            "take it out, or correct it: known here are {}",
            known.join(", ")
        );
        for (name, (line, _)) in &self.left {
            self.wrong(*line, name, "is not known", &fix);
        }
    }
}
