//! Outlook: what the next syncs would write and why, from what is stored alone. Reads the table, asks Google nothing, and
//! writes nothing: the same plans that a sync makes, over rows in memory.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::content::{differing, of_row};
use super::load::keyed;
use super::{Engine, Scope, SyncError};
use crate::model::{
    CalendarId, Epoch, Have, Mirror, Needs, Pairs, ParkKind, Row, RuleSet, State, UserConfig,
    UserId, Want,
};
use crate::plan::{self, NoBlock, Rows, Standing, standing};
use crate::store::RulesHistory;

/// What a push does about a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// It is not there, and is written.
    Insert,
    /// It is there otherwise, or was once, and is written anew.
    Update,
    /// It goes.
    Delete,
}

/// Some blocks that are to be written for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Prospect {
    /// The calendar that they are on.
    pub target: CalendarId,
    /// The calendar of their events.
    pub source: CalendarId,
    /// What is to be done.
    pub deed: Deed,
    /// Why, for a person.
    pub why: String,
    /// How many.
    pub count: u64,
}

/// What the next syncs would write, as far as the table tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The config that it holds for.
    pub config: UserConfig,
    /// What would be written, in order.
    pub prospects: Vec<Prospect>,
    /// Calendars that were never read: what they lead to is not known.
    pub unread: Vec<CalendarId>,
    /// Calendars that have to be read as a whole first, as the rules ask for something of titles that was not kept: what
    /// is named of their events is the least.
    pub to_be_read: Vec<CalendarId>,
    /// Blocks that wait for the end of a pause.
    pub paused: u64,
    /// Blocks that are set aside.
    pub aside: u64,
}

impl Outlook {
    /// How many blocks a deed is to be done to.
    #[must_use]
    pub fn count(&self, deed: Deed) -> u64 {
        let of = self.prospects.iter().filter(|one| one.deed == deed);
        of.map(|one| one.count).sum()
    }

    /// Nothing is to be written, and nothing is unknown.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.prospects.is_empty() && self.unread.is_empty() && self.to_be_read.is_empty()
    }
}

/// What an event's block is due for, before reasons are looked for.
const EVENT: &str = "the event changed, or its block was not written yet";
/// A block that the rules ask for since they were changed.
const TAKEN: &str = "the rules mirror it now";
/// Older blocks of an event that has another one.
const STRAY: &str = "an older block of the event";

impl Engine {
    /// What the next syncs of a user would write, with the rules in force or with others.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn outlook(
        &self,
        user: UserId,
        rules: Option<&RuleSet>,
    ) -> Result<Outlook, SyncError> {
        let failed = |why| SyncError::User { user, why };
        let config = self.config_of(user).await?;
        let history = self.store.rules_history(user).await.map_err(failed)?;
        let all: Vec<CalendarId> = config.calendars.keys().copied().collect();
        let bearings = self.store.bearings(&all).await.map_err(failed)?;
        let states = bearings.into_iter();
        let states = states.filter_map(|(id, bearing)| Some((id, bearing.state.ok()??)));
        let ground = Ground {
            now: self.now(),
            states: states.collect(),
            after: changed(&config, rules),
            config,
            history,
        };
        let Some(scope) = all.first().map(|id| Scope::new(*id, ground.after.clone())) else {
            return Ok(ground.outlook(&Rows::new(), &Rows::new()));
        };
        let before = self
            .readable_rows(&scope.setting(ground.now, Epoch(u64::MAX)))
            .await?;
        let after = ground.replanned(before.clone())?;
        Ok(ground.outlook(&before, &after))
    }
}

/// The config as it would be.
fn changed(config: &UserConfig, rules: Option<&RuleSet>) -> UserConfig {
    match rules.filter(|rules| **rules != config.rules) {
        None => config.clone(),
        Some(rules) => UserConfig {
            version: config.version + 1,
            rules: rules.clone(),
            ..config.clone()
        },
    }
}

/// Everything but the rows that an outlook goes by.
struct Ground {
    now: Timestamp,
    config: UserConfig,
    after: UserConfig,
    states: BTreeMap<CalendarId, State>,
    history: RulesHistory,
}

impl Ground {
    /// The rows as the syncs would leave them before they push.
    fn replanned(&self, mut rows: Rows) -> Result<Rows, SyncError> {
        for (calendar, state) in &self.states {
            // One that was never read has nothing to plan; one that follows the config is planned already.
            if state.token.is_none() || state.config_version == self.after.version {
                continue;
            }
            let scope = Scope::new(*calendar, self.after.clone());
            let setting = scope.setting(self.now, Epoch(u64::MAX));
            let plan = plan::replan(&setting, &rows);
            let plan = plan.map_err(|why| SyncError::Plan {
                calendar: *calendar,
                why,
            })?;
            rows.extend(plan.writes.into_iter().map(|write| keyed(write.row)));
        }
        Ok(rows)
    }

    fn outlook(&self, before: &Rows, after: &Rows) -> Outlook {
        let pairs = self.after.pairs();
        let mut counts = Counts::default();
        let mut held: BTreeMap<CalendarId, Pairs> = BTreeMap::new();
        for row in after.values() {
            let due = row.mirrors.values().any(|mirror| !mirror.in_step());
            if !due || !self.is_pushed(row.calendar) {
                continue;
            }
            let held = held
                .entry(row.calendar)
                .or_insert_with(|| self.held(row.calendar));
            let look = Look {
                ground: self,
                pairs: &pairs,
                held,
                before,
                after,
                row,
            };
            look.all(&mut counts);
        }
        let part = || Engine::enabled(&self.after).into_iter();
        let read = |id: &CalendarId| self.states.get(id).filter(|state| state.token.is_some());
        let lacks = |state: &State, needs: &Needs| !state.needs.cover(needs);
        Outlook {
            prospects: counts.prospects(),
            unread: part().filter(|id| read(id).is_none()).collect(),
            to_be_read: part()
                .filter(|id| read(id).is_some_and(|state| lacks(state, pairs.needs(*id))))
                .collect(),
            paused: counts.paused,
            aside: counts.aside,
            config: self.after.clone(),
        }
    }

    /// Rows of a calendar that takes no part and was never read are nobody's to push.
    fn is_pushed(&self, calendar: CalendarId) -> bool {
        let state = self.states.get(&calendar);
        state.is_some_and(|state| state.token.is_some()) || self.after.takes_part(calendar)
    }

    /// What held when a calendar's rows were planned last.
    fn held(&self, calendar: CalendarId) -> Pairs {
        let state = self.states.get(&calendar);
        let version = state.map_or(self.config.version, |state| state.config_version);
        let mut changes = self.history.changes.iter();
        let later = changes.find(|change| change.version > version);
        let rules = later.map_or(&self.config.rules, |change| &change.before);
        Pairs::of(&UserConfig {
            rules: rules.clone(),
            ..self.config.clone()
        })
    }
}

type Group = (CalendarId, CalendarId, Deed, String);

#[derive(Default)]
struct Counts {
    by: BTreeMap<Group, u64>,
    paused: u64,
    aside: u64,
}

impl Counts {
    fn add(&mut self, row: &Row, target: CalendarId, deed: Deed, why: String, count: u64) {
        let group = (target, row.calendar, deed, why);
        *self.by.entry(group).or_default() += count;
    }

    fn prospects(&mut self) -> Vec<Prospect> {
        let all = std::mem::take(&mut self.by).into_iter();
        let prospects = all.map(|((target, source, deed, why), count)| Prospect {
            target,
            source,
            deed,
            why,
            count,
        });
        prospects.collect()
    }
}

/// One row, and all that tells why something is due of it.
struct Look<'a> {
    ground: &'a Ground,
    pairs: &'a Pairs,
    held: &'a Pairs,
    before: &'a Rows,
    after: &'a Rows,
    row: &'a Row,
}

impl Look<'_> {
    fn all(&self, counts: &mut Counts) {
        for (target, mirror) in self.row.mirrors.iter().filter(|(_, one)| !one.in_step()) {
            match mirror.parked.as_ref().map(|park| park.kind) {
                None => {}
                Some(ParkKind::Paused) => {
                    counts.paused += 1;
                    continue;
                }
                Some(
                    ParkKind::Unreadable
                    | ParkKind::Refused
                    | ParkKind::Frozen
                    | ParkKind::NoAccess,
                ) => {
                    counts.aside += 1;
                    continue;
                }
            }
            let strays = mirror.strays.len() as u64;
            if strays > 0 {
                counts.add(self.row, *target, Deed::Delete, STRAY.to_owned(), strays);
            }
            if let Some(deed) = deed(mirror) {
                counts.add(self.row, *target, deed, self.why(*target, mirror, deed), 1);
            }
        }
    }

    fn why(&self, target: CalendarId, mirror: &Mirror, deed: Deed) -> String {
        if deed == Deed::Delete {
            return self.why_gone(target);
        }
        let before = self.was(target);
        let was_due = before.map(Mirror::due);
        if was_due == Some(mirror.due()) && before.is_some_and(|before| !before.in_step()) {
            return EVENT.to_owned();
        }
        match mirror.have {
            Have::Nothing | Have::Deleted => TAKEN.to_owned(),
            Have::Own(have) | Have::Instance(have) => {
                let was = self.content(self.held, target);
                let is = self.content(self.pairs, target);
                match (was, is) {
                    (Some(was), Some(is)) if was.fingerprint() == have => {
                        format!("the rules change its {}", differing(&was, &is))
                    }
                    _ => EVENT.to_owned(),
                }
            }
            Have::Hidden | Have::Unknown => EVENT.to_owned(),
        }
    }

    fn why_gone(&self, target: CalendarId) -> String {
        let standing = standing(
            self.row,
            target,
            &self.ground.after,
            self.pairs,
            self.ground.now,
        );
        match standing {
            Standing::Leaving(NoBlock::NotPlanned)
            | Standing::There
            | Standing::Due
            | Standing::Aside => EVENT.to_owned(),
            Standing::Leaving(why) | Standing::Nothing(why) => why.reason().to_owned(),
        }
    }

    fn was(&self, target: CalendarId) -> Option<&Mirror> {
        let at = (self.row.calendar, self.row.key.clone());
        self.before.get(&at)?.mirrors.get(&target)
    }

    /// What its block on a target holds by some rules.
    fn content(&self, pairs: &Pairs, target: CalendarId) -> Option<crate::model::BlockContent> {
        let rule = pairs.rule(self.row.calendar, target)?;
        let series = self.row.source.occurrence();
        let series = series.and_then(|(key, _)| self.after.get(&(self.row.calendar, key.clone())));
        of_row(self.row, series, rule)
    }
}

/// What a push does about a mirror, leaving aside blocks that must go; none: nothing.
fn deed(mirror: &Mirror) -> Option<Deed> {
    if mirror.due_is_there() {
        return None;
    }
    Some(match (mirror.due(), mirror.have) {
        (Want::Own(_), Have::Nothing) => Deed::Insert,
        (Want::Own(_) | Want::Instance(_), _) => Deed::Update,
        (Want::Nothing | Want::Hidden, _) => Deed::Delete,
    })
}
