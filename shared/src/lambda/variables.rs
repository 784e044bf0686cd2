//! The environment: read once, and everything that is wrong with it said at once.

use std::collections::BTreeSet;

use url::Url;

/// One variable that cannot be used. It never carries the value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{name} {what}")]
pub struct Problem {
    /// The variable.
    pub name: &'static str,
    /// What is wrong, and what it should be.
    pub what: &'static str,
}

/// Reads variables and notes what is wrong with them.
pub struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    asked: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl std::fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variables")
            .field("asked", &self.asked)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl<'a> Variables<'a> {
    /// Over an environment.
    #[must_use]
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            lookup,
            asked: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// A value that may be left out; an empty one is.
    pub fn optional(&mut self, name: &'static str) -> Option<String> {
        self.asked.insert(name);
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// A value that has to be there.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.wrong(name, "is missing");
        }
        value
    }

    /// A web address that has to be there.
    pub fn address(&mut self, name: &'static str) -> Option<String> {
        let value = self.text(name)?;
        self.checked(name, value)
    }

    /// A web address; left out, the `usual` one.
    pub fn address_or(&mut self, name: &'static str, usual: &str) -> Option<String> {
        match self.optional(name) {
            None => Some(usual.to_owned()),
            Some(value) => self.checked(name, value),
        }
    }

    /// A whole number within bounds; left out, the `usual` one.
    pub fn number_or(
        &mut self,
        name: &'static str,
        usual: u32,
        bounds: std::ops::RangeInclusive<u32>,
        what: &'static str,
    ) -> Option<u32> {
        let Some(text) = self.optional(name) else {
            return Some(usual);
        };
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            self.wrong(name, what);
        }
        number
    }

    /// One word of several; left out, the first.
    pub fn word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
        what: &'static str,
    ) -> Option<&'static str> {
        let Some(text) = self.optional(name) else {
            return words.first().copied();
        };
        let word = words.iter().find(|word| **word == text).copied();
        if word.is_none() {
            self.wrong(name, what);
        }
        word
    }

    fn checked(&mut self, name: &'static str, value: String) -> Option<String> {
        let fits = Url::parse(&value)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !fits {
            self.wrong(name, "is no address; it begins with https://");
        }
        fits.then_some(value)
    }

    fn wrong(&mut self, name: &'static str, what: &'static str) {
        self.problems.push(Problem { name, what });
    }

    /// Every variable that was asked for.
    #[must_use]
    pub fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    /// All that is wrong.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let lookup = |name: &str| match name {
            "EMPTY" => Some(String::new()),
            "ADDRESS" | "NUMBER" | "WORD" => Some("nonsense".to_owned()),
            _ => None,
        };
        let mut variables = Variables::new(&lookup);
        assert_eq!(variables.text("MISSING"), None);
        assert_eq!(variables.text("EMPTY"), None);
        assert_eq!(variables.address("ADDRESS"), None);
        assert_eq!(
            variables.number_or("NUMBER", 5, 1..=60, "is no number"),
            None
        );
        assert_eq!(
            variables.word("WORD", &["info", "warn"], "is no level"),
            None
        );
        let names: Vec<_> = variables.problems().iter().map(|one| one.name).collect();
        assert_eq!(names, ["MISSING", "EMPTY", "ADDRESS", "NUMBER", "WORD"]);
    }

    #[test]
    fn what_is_left_out_is_as_usual() {
        let lookup = |_: &str| None;
        let mut variables = Variables::new(&lookup);
        assert_eq!(
            variables.address_or("A", "https://x.test").as_deref(),
            Some("https://x.test")
        );
        assert_eq!(variables.number_or("N", 5, 1..=60, "is no number"), Some(5));
        assert_eq!(
            variables.word("W", &["info", "warn"], "is no level"),
            Some("info")
        );
        assert_eq!(variables.optional("O"), None);
        assert!(variables.problems().is_empty());
        assert_eq!(variables.asked().len(), 4);
    }
}
