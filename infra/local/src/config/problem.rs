//! What is wrong with a config, where, and what to do about it.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line in the file, counted from 1.
    pub line: usize,
    /// The field, as in `user.account.name`; none: the file's own grammar.
    pub field: Option<String>,
    /// What is wrong with it. No value: it may be a secret.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(field) = &self.field {
            write!(f, "{field} ")?;
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}

/// A config file with something wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BadConfig {
    /// Which file.
    pub path: PathBuf,
    /// All that is wrong, in the order of lines.
    pub problems: Vec<Problem>,
}

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the config {} cannot be used:", self.path.display())?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}
