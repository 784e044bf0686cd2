//! `tidelock rules check`: whether a file of rules can be used. Needs no installation, unless calendars are to be looked for.

use serde::Serialize;

use super::{CheckOptions, file, stored};
use crate::answer::{self, Answer, Ask, Desk, Failure};
use crate::exit::Exit;
use crate::host::Host;
use crate::plain::one_line;
use crate::stack::Purpose;
use shared::model::RuleSet;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The file.
    pub file: String,
    /// All that is wrong with it by itself.
    pub problems: Vec<String>,
    /// Whose calendars it was held against.
    pub people: Vec<Checked>,
    /// It can be used.
    pub valid: bool,
}

/// How rules fit one person's calendars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What they are called in the config.
    pub user: String,
    /// Names that fit no calendar, or several.
    pub problems: Vec<String>,
}

/// Checks, and prints.
pub(super) async fn run(options: &CheckOptions, host: &Host<'_>) -> Exit {
    let name = "rules check";
    let Some(config) = &options.config else {
        let answered = alone(options).map(|(check, _)| check);
        return answer::told(name, options.json, host, answered);
    };
    let ask = Ask {
        config: config.clone(),
        user: options.user.clone(),
        json: options.json,
    };
    let work = async |desk: &Desk<'_, '_>| with_calendars(desk, options).await;
    answer::run(name, Purpose::Look, &ask, host, work).await
}

fn alone(options: &CheckOptions) -> Result<(Check, Option<RuleSet>), Failure> {
    let (problems, rules) = match file::read(&options.file)? {
        Ok(rules) => (Vec::new(), Some(rules)),
        Err(problems) => (problems, None),
    };
    let check = Check {
        file: options.file.display().to_string(),
        valid: problems.is_empty(),
        problems,
        people: Vec::new(),
    };
    Ok((check, rules))
}

async fn with_calendars(desk: &Desk<'_, '_>, options: &CheckOptions) -> Result<Check, Failure> {
    let (mut check, rules) = alone(options)?;
    let Some(rules) = rules else {
        return Ok(check);
    };
    for person in desk.people()? {
        let config = stored(desk, person).await?;
        let problems = rules.with_ids(&config.calendars).err().unwrap_or_default();
        check.valid &= problems.is_empty();
        check.people.push(Checked {
            user: person.name.clone(),
            problems: problems.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(check)
}

impl Answer for Check {
    fn text(&self) -> String {
        let mut lines = self.problems.clone();
        for person in &self.people {
            let user = one_line(&person.user);
            let problems = person.problems.iter();
            lines.extend(problems.map(|problem| format!("{user}: {problem}")));
        }
        let file = one_line(&self.file);
        lines.push(match (self.valid, self.people.is_empty()) {
            (true, true) => {
                format!("{file} can be used; --config FILE also looks for the calendars it names")
            }
            (true, false) => format!("{file} can be used"),
            (false, _) => format!("{file} cannot be used"),
        });
        lines.join("\n") + "\n"
    }

    fn exit(&self) -> Exit {
        match self.valid {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
