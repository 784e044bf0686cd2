//! Findings for people, and who is meant by a command about them: what `validate` and `repair` share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::engine::Extent;
pub use shared::model::counted as count;
use shared::model::{CalendarId, UserConfig};
use shared::validate::{Finding, Kind, Severity};

use crate::age::Since;
use crate::answer::{Desk, Failure};
use crate::plain::one_line;
use crate::stack::Person;

/// Findings of one kind that are shown; the rest is counted.
const SHOWN: usize = 10;

/// One person, and what of theirs is meant.
#[derive(Debug)]
pub(crate) struct Meant<'a> {
    pub(crate) person: &'a Person,
    pub(crate) extent: Extent,
    pub(crate) names: Names,
    /// The calendars that are meant.
    pub(crate) calendars: Vec<CalendarId>,
}

/// Who and what is meant: everybody who is asked about, or a calendar of theirs.
///
/// # Errors
/// No calendar is called so, or the table could not be read.
pub(crate) async fn meant<'a>(
    desk: &Desk<'a, '_>,
    calendar: Option<&str>,
) -> Result<Vec<Meant<'a>>, Failure> {
    let mut people = Vec::new();
    for person in desk.people()? {
        let kept = desk.engine().store().kept_config(person.id).await;
        let config = match (kept, calendar) {
            (Ok(kept), _) => kept.map(|kept| kept.config),
            (Err(why), Some(_)) => return Err(why.into()),
            // Whoever works with it tells, and goes on with the others.
            (Err(_), None) => None,
        };
        people.push((person, config));
    }
    match calendar {
        Some(name) => called(desk, &people, name),
        None => Ok(people.iter().map(whole).collect()),
    }
}

type Known<'a> = (&'a Person, Option<UserConfig>);

fn whole<'a>((person, config): &Known<'a>) -> Meant<'a> {
    let calendars = config.iter().flat_map(|config| config.calendars.keys());
    Meant {
        person,
        extent: Extent::User,
        names: Names::of(config.as_ref()),
        calendars: calendars.copied().collect(),
    }
}

fn called<'a>(
    desk: &Desk<'a, '_>,
    people: &[Known<'a>],
    name: &str,
) -> Result<Vec<Meant<'a>>, Failure> {
    let configs = people.iter().filter_map(|(_, config)| config.as_ref());
    let all: Vec<_> = configs
        .flat_map(|config| config.calendars.clone())
        .collect();
    let ids = desk.called(&all, name)?;
    let meant = people.iter().flat_map(|known| {
        let (person, config) = known;
        let own = ids.iter().filter(|id| id.user() == person.id);
        own.map(|id| Meant {
            person,
            extent: Extent::Calendar(*id),
            names: Names::of(config.as_ref()),
            calendars: vec![*id],
        })
    });
    Ok(meant.collect())
}

/// What people call their calendars.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names(BTreeMap<CalendarId, String>);

impl Names {
    /// Those of a config.
    #[must_use]
    pub fn of(config: Option<&UserConfig>) -> Self {
        let calendars = config.into_iter().flat_map(|config| &config.calendars);
        Self(
            calendars
                .map(|(id, own)| (*id, one_line(&own.name).into_owned()))
                .collect(),
        )
    }

    /// These and those.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The name, or our id of a calendar that has none any more.
    #[must_use]
    pub fn get(&self, id: CalendarId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// `1 copy of a block, made by a person`.
#[must_use]
pub fn counted_copies(number: u64) -> String {
    match number {
        1 => "1 copy of a block, made by a person".to_owned(),
        _ => format!("{number} copies of blocks, made by a person"),
    }
}

/// The findings by kind, errors first: what it means, how many, each of them, and what helps.
#[must_use]
pub fn lines(findings: &[Finding], names: &Names, now: Timestamp) -> Vec<String> {
    let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, Kind, bool), Vec<&Finding>> =
        BTreeMap::new();
    for one in findings {
        let key = (std::cmp::Reverse(one.severity), one.kind, one.fresh);
        kinds.entry(key).or_default().push(one);
    }
    let mut lines = Vec::new();
    for ((std::cmp::Reverse(severity), kind, fresh), found) in kinds {
        let severity = match severity {
            Severity::Error => "ERROR",
            Severity::Warning => "warning",
        };
        let (number, meaning) = (found.len(), kind.meaning());
        lines.push(format!("  {severity} {kind} ({number}): {meaning}"));
        let shown = found.iter().take(SHOWN);
        lines.extend(shown.map(|one| format!("    {}", line(one, names, now))));
        if number > SHOWN {
            lines.push(format!("    and {} more", number - SHOWN));
        }
        let helps = match fresh {
            true => "nothing to do: the next sync brings it",
            false => kind.advice(),
        };
        lines.push(format!("    helps: {helps}"));
    }
    lines
}

fn line(finding: &Finding, names: &Names, now: Timestamp) -> String {
    let mut line = names.get(finding.calendar);
    if let Some(event) = &finding.event {
        line += &format!(": event {}", one_line(&event.to_string()));
    }
    if let Some(source) = finding.source {
        line += &format!(" of {}", names.get(source));
    }
    if let Some(target) = finding.target {
        line += &format!(", block on {}", names.get(target));
    }
    if !finding.detail.is_empty() {
        line += &format!(": {}", one_line(&finding.detail));
    }
    if let Some(since) = finding.since {
        line += &format!(" (for {})", Since::new(since, now));
    }
    line
}
