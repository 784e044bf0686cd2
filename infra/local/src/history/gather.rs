//! From rows and records to a trail, names in place of ids.

use shared::engine::{ExplainedRow, ExplainedTarget, Named, Trail};
use shared::limits::CHANGES_KEPT;
use shared::model::{CalendarId, Change, Deed, Mirror, UserConfig};

use super::{ChangeMade, Due, History, Options, SourceTrail, TargetTrail};
use crate::answer::{Desk, Failure};
use crate::damaged::Damaged;
use crate::explain::{BlockOf, Stand, only, stand};
use crate::stack::Person;

pub(super) async fn history(desk: &Desk<'_, '_>, options: &Options) -> Result<History, Failure> {
    let mut history = History {
        event: options.event.clone(),
        at: desk.engine().now(),
        kept: CHANGES_KEPT,
        block_of: Vec::new(),
        foreign: false,
        sources: Vec::new(),
        damaged: Vec::new(),
        found: false,
    };
    let only = only(desk, options.calendar.as_deref()).await?;
    for person in desk.people()? {
        let Some(kept) = desk.engine().store().kept_config(person.id).await? else {
            continue;
        };
        let damaged = kept.damaged.iter().map(Damaged::from);
        history.damaged.extend(damaged);
        let look = Look {
            person,
            config: &kept.config,
        };
        look.add(desk, &mut history, only.as_deref()).await?;
    }
    history.found = !history.sources.is_empty() || !history.block_of.is_empty();
    history.foreign &= !history.found;
    Ok(history)
}

/// One person's part of it.
struct Look<'a> {
    person: &'a Person,
    config: &'a UserConfig,
}

impl Look<'_> {
    async fn add(
        &self,
        desk: &Desk<'_, '_>,
        history: &mut History,
        only: Option<&[CalendarId]>,
    ) -> Result<(), Failure> {
        let mut explained = desk.engine().explain(self.config, &history.event).await?;
        match explained.named {
            Named::Event => {}
            Named::Foreign => history.foreign = true,
            Named::Block(sealed, part) => history.block_of.push(BlockOf {
                user: self.person.name.clone(),
                calendar: self.name(sealed.calendar),
                event: sealed.event,
                generation: sealed.generation,
                part,
            }),
        }
        let asked = |row: &ExplainedRow| only.is_none_or(|only| only.contains(&row.row.calendar));
        explained.rows.retain(asked);
        let trail = desk.engine().trail(&explained.rows).await?;
        let damaged = explained.damaged.iter().chain(&trail.damaged);
        history.damaged.extend(damaged.map(Damaged::from));
        let sources = explained.rows.iter().map(|row| self.source(row, &trail));
        history.sources.extend(sources);
        Ok(())
    }

    fn name(&self, id: CalendarId) -> String {
        let own = self.config.calendars.get(&id);
        own.map_or_else(|| id.to_string(), |own| own.name.clone())
    }

    fn source(&self, explained: &ExplainedRow, trail: &Trail) -> SourceTrail {
        let row = &explained.row;
        let target = |target| self.target(row.calendar, target, trail);
        SourceTrail {
            user: self.person.name.clone(),
            calendar: self.name(row.calendar),
            calendar_id: row.calendar,
            key: row.key.clone(),
            follows_series: explained.follows,
            targets: explained.targets.iter().map(target).collect(),
        }
    }

    fn target(&self, source: CalendarId, target: &ExplainedTarget, trail: &Trail) -> TargetTrail {
        let changes = target.mirror.changes.iter();
        TargetTrail {
            calendar: self.name(target.calendar),
            calendar_id: target.calendar,
            block: target.block.as_ref().map(|block| block.event_id()),
            changes: changes.map(|change| made(source, change, trail)).collect(),
            now: due(target),
        }
    }
}

fn made(source: CalendarId, change: &Change, trail: &Trail) -> ChangeMade {
    ChangeMade {
        at: change.at,
        did: change.deed(),
        why: change.cause.reason(),
        before: change.before.clone(),
        after: change.after.clone(),
        epoch: change.epoch,
        commits: trail.commits(source, change),
    }
}

fn due(target: &ExplainedTarget) -> Due {
    let mirror = &target.mirror;
    let (standing, why_not) = stand(target.standing);
    let (want, have) = (mirror.due().to_string(), mirror.have.to_string());
    Due {
        standing,
        due: (mirror.pending() && !mirror.due_is_there()).then(|| Deed::between(&have, &want)),
        why: why(mirror, standing, why_not),
        want,
        have,
        strays: mirror.strays.len(),
    }
}

fn why(mirror: &Mirror, standing: Stand, why_not: Option<&'static str>) -> Option<String> {
    let cause = || mirror.cause.unwrap_or_default().reason();
    match standing {
        Stand::Blocked => None,
        Stand::Pending => Some(cause().to_owned()),
        Stand::Leaving => Some(why_not.map_or_else(
            || cause().to_owned(),
            |why_not| format!("{}: {why_not}", cause()),
        )),
        Stand::Parked => mirror.parked.as_ref().map(|park| park.reason.clone()),
        Stand::NotBlocked => why_not.map(str::to_owned),
    }
}
