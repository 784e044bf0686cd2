//! The file while it is read: which line a place is on, and what was found wrong so far.

use std::cell::RefCell;
use std::ops::Range;

use super::problem::Problem;
use crate::host::Environment;

/// The file while it is read.
pub(super) struct Sheet<'a> {
    text: &'a str,
    environment: Environment<'a>,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(text: &'a str, environment: Environment<'a>) -> Self {
        Self {
            text,
            environment,
            problems: RefCell::default(),
        }
    }

    /// The line on which something begins.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start);
        let breaks = before.map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count());
        breaks + 1
    }

    /// A variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }

    /// Notes something wrong.
    pub(super) fn wrong(&self, line: usize, field: String, what: &str, fix: &str) {
        self.problems.borrow_mut().push(Problem {
            line,
            field: Some(field),
            what: what.to_owned(),
            fix: fix.to_owned(),
        });
    }

    /// What the grammar of TOML has against the file. The parser's message names no value; its picture of the line would.
    pub(super) fn syntax(&self, error: &toml::de::Error) -> Problem {
        Problem {
            line: error.span().map_or(1, |span| self.line(&span)),
            field: None,
            what: format!("is not TOML ({})", error.message()),
            fix: "mend the line; the example in README.md shows the form".to_owned(),
        }
    }

    /// All that is wrong, in the order of lines.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems
    }
}
