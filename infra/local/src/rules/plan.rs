//! `tidelock plan`: what the next syncs would write, and why. The engine works it out from the table; here it is told.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::engine::{Deed, Outlook};
use shared::model::{CalendarId, RuleSet};

use super::{PlanOptions, file, resolved, stored};
use crate::answer::{Answer, Desk, Failure};
use crate::exit::Exit;
use crate::findings::{Names, count};
use crate::plain::one_line;
use crate::stack::Person;

/// What the next syncs would write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Everybody who was asked about.
    pub people: Vec<PersonPlan>,
    /// Nothing is to be done.
    pub nothing: bool,
}

/// One person's part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PersonPlan {
    /// What they are called in the config.
    pub user: String,
    /// Blocks to be written anew.
    pub inserts: u64,
    /// Blocks to be changed.
    pub updates: u64,
    /// Blocks to be removed.
    pub deletes: u64,
    /// The same by the calendar that they are on; only those with something to do.
    pub calendars: Vec<CalendarPlan>,
    /// Calendars that were never read: what they lead to is not known.
    pub unread: Vec<String>,
    /// Calendars that have to be read as a whole first: the numbers of their events are the least.
    pub to_be_read: Vec<String>,
    /// Blocks that wait for the end of a pause.
    pub paused: u64,
    /// Blocks that are set aside.
    pub aside: u64,
}

/// What is to be written on one calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CalendarPlan {
    /// What a person calls it.
    pub name: String,
    /// Blocks to be written anew.
    pub inserts: u64,
    /// Blocks to be changed.
    pub updates: u64,
    /// Blocks to be removed.
    pub deletes: u64,
    /// The same by events' calendar and reason.
    pub because: Vec<Because>,
}

/// Blocks on one calendar for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The calendar of their events.
    pub from: String,
    /// What is to be done.
    pub deed: Deed,
    /// How many.
    pub count: u64,
    /// Why.
    pub why: String,
}

pub(super) async fn plan(desk: &Desk<'_, '_>, options: &PlanOptions) -> Result<Plan, Failure> {
    let written = options.rules.as_deref().map(file::rules).transpose()?;
    let mut people = Vec::new();
    for person in desk.people()? {
        people.push(one(desk, person, written.as_ref()).await?);
    }
    Ok(Plan {
        nothing: people.iter().all(PersonPlan::is_nothing),
        people,
    })
}

/// Without rules to try, those of the config file count: the next sync puts them in force.
async fn one(
    desk: &Desk<'_, '_>,
    person: &Person,
    written: Option<&RuleSet>,
) -> Result<PersonPlan, Failure> {
    let config = stored(desk, person).await?;
    let rules = written.or(person.rules.as_ref());
    let rules = rules.map(|rules| resolved(rules, &config)).transpose()?;
    foreseen(desk, person, rules.as_ref()).await
}

/// What the next syncs of a person would write, with these rules or those in force.
pub(super) async fn foreseen(
    desk: &Desk<'_, '_>,
    person: &Person,
    rules: Option<&RuleSet>,
) -> Result<PersonPlan, Failure> {
    let outlook = Box::pin(desk.engine().outlook(person.id, rules)).await?;
    Ok(PersonPlan::of(&person.name, &outlook))
}

impl PersonPlan {
    fn of(user: &str, outlook: &Outlook) -> Self {
        let names = Names::of(Some(&outlook.config));
        let mut calendars: BTreeMap<(String, CalendarId), CalendarPlan> = BTreeMap::new();
        for one in &outlook.prospects {
            let name = names.get(one.target);
            let calendar = calendars.entry((name.clone(), one.target)).or_default();
            calendar.name = name;
            *match one.deed {
                Deed::Insert => &mut calendar.inserts,
                Deed::Update => &mut calendar.updates,
                Deed::Delete => &mut calendar.deletes,
            } += one.count;
            calendar.because.push(Because {
                from: names.get(one.source),
                deed: one.deed,
                count: one.count,
                why: one.why.clone(),
            });
        }
        let named = |all: &[CalendarId]| all.iter().map(|id| names.get(*id)).collect();
        Self {
            user: user.to_owned(),
            inserts: outlook.count(Deed::Insert),
            updates: outlook.count(Deed::Update),
            deletes: outlook.count(Deed::Delete),
            calendars: calendars.into_values().collect(),
            unread: named(&outlook.unread),
            to_be_read: named(&outlook.to_be_read),
            paused: outlook.paused,
            aside: outlook.aside,
        }
    }

    fn is_nothing(&self) -> bool {
        self.calendars.is_empty() && self.unread.is_empty() && self.to_be_read.is_empty()
    }

    /// `insert 1, update 2, delete 3`.
    pub(super) fn numbers(&self) -> String {
        let Self {
            inserts,
            updates,
            deletes,
            ..
        } = self;
        let least = match self.unread.is_empty() && self.to_be_read.is_empty() {
            true => "",
            false => ", at least",
        };
        format!("insert {inserts}, update {updates}, delete {deletes}{least}")
    }

    /// What would be written where and why, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for calendar in &self.calendars {
            let name = &calendar.name;
            for one in &calendar.because {
                let what = match one.deed {
                    Deed::Insert => "insert",
                    Deed::Update => "update",
                    Deed::Delete => "delete",
                };
                let (blocks, from, why) = (count(one.count, "block"), &one.from, &one.why);
                lines.push(format!("  {name}: {what} {blocks} of {from}: {why}"));
            }
        }
        for name in &self.unread {
            lines.push(format!(
                "  {name} was never read: what its events lead to is not known yet"
            ));
        }
        for name in &self.to_be_read {
            lines.push(format!(
                "  {name} is read as a whole first, as the rules ask for something of titles that was not kept: the \
                 numbers for its events are the least"
            ));
        }
        if self.paused > 0 {
            let blocks = count(self.paused, "block");
            lines.push(format!("  {blocks} waiting for the end of a pause"));
        }
        if self.aside > 0 {
            lines.push(format!("  {} set aside", count(self.aside, "block")));
        }
        lines
    }
}

impl Answer for Plan {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        for person in &self.people {
            let user = one_line(&person.user);
            lines.push(match person.is_nothing() {
                true => format!("{user}: nothing is to be done"),
                false => format!("{user}: would {}", person.numbers()),
            });
            lines.extend(person.lines());
        }
        lines.push("from the table alone; what changed at Google since comes on top".to_owned());
        lines.join("\n") + "\n"
    }

    fn exit(&self) -> Exit {
        match self.nothing {
            true => Exit::Fine,
            false => Exit::NotInStep,
        }
    }
}
