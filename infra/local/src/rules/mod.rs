//! `tidelock rules`, `calendar`, `undo` and `plan`: what is mirrored where, how that is changed, and what a change comes to.
//!
//! A change is stored, and whatever looks after the calendars applies it; nothing here writes to Google. Rule: rules that the
//! config file has are the file's to change, as the next sync would put them back.

mod change;
mod check;
mod file;
mod plan;
mod show;
mod words;

use std::path::PathBuf;

use serde::Serialize;
use shared::model::{RuleProblem, RuleSet, Switch, UserConfig};

use crate::answer::{self, Ask, Desk, Failure};
use crate::exit::Exit;
use crate::host::Host;
use crate::stack::{Person, Purpose};

pub use change::Change;
pub use check::{Check, Checked};
pub use plan::{CalendarPlan, PersonPlan, Plan};
pub use show::{PersonRules, Shown};

/// Show, or do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Say what would be done.
    DryRun,
    /// Do it.
    Apply,
}

/// A change that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The rules of a file.
    File(PathBuf),
    /// A calendar, by name or by Google's id, switched so.
    Calendar(String, Switch),
    /// The rules before the last change.
    Undo,
}

/// What `rules set`, `calendar` and `undo` are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOptions {
    /// What every command is asked.
    pub ask: Ask,
    /// What is wanted.
    pub wanted: Wanted,
    /// Show, or do.
    pub mode: Mode,
}

/// What `plan` is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// What every command is asked.
    pub ask: Ask,
    /// A file of rules in the place of those that hold.
    pub rules: Option<PathBuf>,
}

/// What `rules check` is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOptions {
    /// The file of rules.
    pub file: PathBuf,
    /// The config whose calendars they are for, and whose: left out, no calendar is looked for.
    pub config: Option<PathBuf>,
    /// One person of it; none: all.
    pub user: Option<String>,
    /// Print one JSON object instead of text.
    pub json: bool,
}

/// `tidelock rules show`.
pub async fn show(ask: &Ask, host: &Host<'_>) -> Exit {
    answer::run("rules show", Purpose::Look, ask, host, show::show).await
}

/// `tidelock rules check`.
pub async fn check(options: &CheckOptions, host: &Host<'_>) -> Exit {
    check::run(options, host).await
}

/// `tidelock rules set`, `calendar` and `undo`.
pub async fn change(options: &ChangeOptions, host: &Host<'_>) -> Exit {
    let purpose = match options.mode {
        Mode::DryRun => Purpose::Look,
        Mode::Apply => Purpose::Mend,
    };
    let name = match options.wanted {
        Wanted::File(_) => "rules set",
        Wanted::Calendar(..) => "calendar",
        Wanted::Undo => "undo",
    };
    let work = async |desk: &Desk<'_, '_>| change::change(desk, options).await;
    answer::run(name, purpose, &options.ask, host, work).await
}

/// `tidelock plan`.
pub async fn plan(options: &PlanOptions, host: &Host<'_>) -> Exit {
    let work = async |desk: &Desk<'_, '_>| plan::plan(desk, options).await;
    answer::run("plan", Purpose::Look, &options.ask, host, work).await
}

/// A person's stored config.
async fn stored(desk: &Desk<'_, '_>, person: &Person) -> Result<UserConfig, Failure> {
    let config = desk.engine().store().user_config(person.id).await?;
    config.ok_or_else(|| {
        let name = &person.name;
        Failure::Usage(format!(
            "{name} is not connected; run `tidelock sync` once, it connects the calendars"
        ))
    })
}

/// Rules by Google's ids.
fn resolved(rules: &RuleSet, config: &UserConfig) -> Result<RuleSet, Failure> {
    let resolved = rules.with_ids(&config.calendars);
    resolved.map_err(|problems| Failure::Usage(listed(&problems)))
}

fn listed(problems: &[RuleProblem]) -> String {
    let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
    format!(
        "the rules do not fit the calendars:\n  {}",
        all.join("\n  ")
    )
}
