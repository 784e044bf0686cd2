//! A file of rules: JSON or TOML, by its name.

use std::path::Path;

use shared::model::RuleSet;

use crate::answer::Failure;
use crate::config::{Problem, read_rules};
use crate::files;

/// The rules of a file, or all that is wrong with them, each in one line.
///
/// # Errors
/// The file cannot be read, or its name does not tell what it is.
pub(super) fn read(path: &Path) -> Result<Result<RuleSet, Vec<String>>, Failure> {
    let usage = |why: String| Failure::Usage(why);
    let text = files::text(path).map_err(|why| usage(why.to_string()))?;
    let kind = path.extension().and_then(|kind| kind.to_str());
    match kind {
        Some("toml") => Ok(read_rules(&text).map_err(|all| lines(&all))),
        Some("json") => Ok(json(&text)),
        Some(_) | None => Err(usage(format!(
            "{} is neither called .json nor .toml; name it after what it is",
            path.display()
        ))),
    }
}

fn json(text: &str) -> Result<RuleSet, Vec<String>> {
    let value =
        serde_json::from_str(text).map_err(|error| vec![format!("is not JSON: {error}")])?;
    let rules = RuleSet::read(value);
    rules.map_err(|all| all.iter().map(ToString::to_string).collect())
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// The rules of a file that has to be right.
///
/// # Errors
/// It is not.
pub(super) fn rules(path: &Path) -> Result<RuleSet, Failure> {
    read(path)?.map_err(|problems| {
        let problems = problems.join("\n  ");
        Failure::Usage(format!("{} cannot be used:\n  {problems}", path.display()))
    })
}
