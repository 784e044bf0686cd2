//! `tidelock rules set`, `calendar` and `undo`: one change of the rules, shown with what it comes to, and stored with `--apply`.

use serde::Serialize;
use shared::engine::RulesSet;
use shared::model::{CalendarId, ChangedBy, RuleSet, Switch, UserConfig};

use super::plan::{PersonPlan, foreseen};
use super::show::called;
use super::{ChangeOptions, Mode, Wanted, file, resolved, stored};
use crate::answer::{Answer, Desk, Failure};
use crate::exit::Exit;
use crate::plain::one_line;
use crate::stack::Person;

/// A change of the rules, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whose.
    pub user: String,
    /// Show, or do.
    pub mode: Mode,
    /// What is changed, in words.
    pub what: String,
    /// The rules are these already.
    pub same: bool,
    /// The config version that holds now.
    pub version: u64,
    /// The rules, calendars by Google's ids.
    pub rules: RuleSet,
    /// What the next syncs write with them.
    pub plan: PersonPlan,
}

/// What is wanted, and of whom.
struct Meant<'a> {
    person: &'a Person,
    config: UserConfig,
    rules: RuleSet,
    what: String,
}

pub(super) async fn change(
    desk: &Desk<'_, '_>,
    options: &ChangeOptions,
) -> Result<Change, Failure> {
    let meant = match &options.wanted {
        Wanted::File(path) => {
            let written = file::rules(path)?;
            let (person, config) = one_person(desk).await?;
            Meant {
                rules: resolved(&written, &config)?,
                what: format!("the rules of {}", path.display()),
                person,
                config,
            }
        }
        Wanted::Calendar(name, to) => one_calendar(desk, name, *to).await?,
        Wanted::Undo => {
            let (person, config) = one_person(desk).await?;
            let last = desk.engine().last_change(person.id).await?;
            Meant {
                what: format!(
                    "the rules before version {} ({:.0}, {})",
                    last.version, last.at, last.by
                ),
                rules: last.before,
                person,
                config,
            }
        }
    };
    if meant.person.rules.is_some() {
        let name = &meant.person.name;
        return Err(Failure::Usage(format!(
            "the config file has rules for {name}, and each sync puts them in force; change them there"
        )));
    }
    // Foreseen before it is done: afterwards a running sync may have done some of it.
    let plan = foreseen(desk, meant.person, Some(&meant.rules)).await?;
    let same = meant.config.rules == meant.rules;
    let set = match options.mode {
        Mode::DryRun => None,
        Mode::Apply => Some(apply(desk, options, &meant).await?),
    };
    let now = set.as_ref().map_or(&meant.config, RulesSet::config);
    Ok(Change {
        user: meant.person.name.clone(),
        mode: options.mode,
        what: meant.what,
        same,
        version: now.version,
        rules: match &set {
            Some(set) => set.config().rules.clone(),
            None => meant.rules,
        },
        plan,
    })
}

async fn apply(
    desk: &Desk<'_, '_>,
    options: &ChangeOptions,
    meant: &Meant<'_>,
) -> Result<RulesSet, Failure> {
    let (engine, user) = (desk.engine(), meant.person.id);
    let set = match &options.wanted {
        Wanted::File(_) => {
            engine
                .set_rules(user, &meant.rules, ChangedBy::Command)
                .await
        }
        Wanted::Undo => engine.undo_rules(user).await,
        // Whatever else was changed meanwhile stays.
        Wanted::Calendar(name, to) => {
            let id = desk.called(&own(&meant.config), name)?;
            let change = |config: &UserConfig| {
                id.iter().fold(config.rules.clone(), |rules, id| {
                    switched(rules, config, *id, *to)
                })
            };
            engine.change_rules(user, ChangedBy::Command, change).await
        }
    };
    Ok(set?)
}

/// The one person who is asked about.
async fn one_person<'a>(desk: &Desk<'a, '_>) -> Result<(&'a Person, UserConfig), Failure> {
    let people = desk.people()?;
    match people.as_slice() {
        [person] => Ok((person, stored(desk, person).await?)),
        people => {
            let names: Vec<_> = people.iter().map(|one| one.name.as_str()).collect();
            let names = names.join(", ");
            Err(Failure::Usage(format!(
                "name one person with --user; the config has: {names}"
            )))
        }
    }
}

async fn one_calendar<'a>(
    desk: &Desk<'a, '_>,
    name: &str,
    to: Switch,
) -> Result<Meant<'a>, Failure> {
    let mut people = Vec::new();
    for person in desk.people()? {
        people.push((person, stored(desk, person).await?));
    }
    let all: Vec<_> = people.iter().flat_map(|(_, config)| own(config)).collect();
    let id = match desk.called(&all, name)?.as_slice() {
        [id] => *id,
        _ => {
            return Err(Failure::Usage(format!(
                "several calendars are called {name}; give Google's id of the one that is meant, or --user"
            )));
        }
    };
    let mut people = people.into_iter();
    let meant = people.find(|(person, _)| person.id == id.user());
    let (person, config) =
        meant.ok_or_else(|| Failure::Usage(format!("no calendar {name} is known")))?;
    Ok(Meant {
        rules: switched(config.rules.clone(), &config, id, to),
        what: format!("{} {}", one_line(name), called(to)),
        person,
        config,
    })
}

fn own(config: &UserConfig) -> Vec<(CalendarId, shared::model::CalendarConfig)> {
    config.calendars.clone().into_iter().collect()
}

/// The rules with one calendar switched; on is what is not named.
fn switched(mut rules: RuleSet, config: &UserConfig, id: CalendarId, to: Switch) -> RuleSet {
    let Some(calendar) = config.calendars.get(&id) else {
        return rules;
    };
    let google = calendar.google.to_string();
    match to {
        Switch::On => rules.calendars.remove(&google),
        Switch::Paused | Switch::Off => rules.calendars.insert(google, to),
    };
    rules
}

impl Answer for Change {
    fn text(&self) -> String {
        let (user, what) = (one_line(&self.user), one_line(&self.what));
        let mut lines = Vec::new();
        match (self.same, self.mode) {
            (true, _) => lines.push(format!("{user}: {what}: they are in force already")),
            (false, Mode::DryRun) => lines.push(format!("{user}: would put in force: {what}")),
            (false, Mode::Apply) => {
                let version = self.version;
                lines.push(format!("{user}: in force as version {version}: {what}"));
            }
        }
        let numbers = self.plan.numbers();
        lines.push(match self.mode {
            Mode::DryRun => format!("  the next syncs would {numbers}"),
            Mode::Apply => format!("  to be done: {numbers}"),
        });
        lines.extend(self.plan.lines());
        lines.push(match (self.same, self.mode) {
            (true, _) => "nothing was changed".to_owned(),
            (false, Mode::DryRun) => "nothing was changed; --apply does it".to_owned(),
            (false, Mode::Apply) => {
                "stored; all calendars are woken, and the `sync` or `up` that runs, or the next one, does the rest".to_owned()
            }
        });
        lines.join("\n") + "\n"
    }

    fn exit(&self) -> Exit {
        match (self.same, self.mode) {
            (false, Mode::DryRun) => Exit::NotInStep,
            (true, _) | (false, Mode::Apply) => Exit::Fine,
        }
    }
}
