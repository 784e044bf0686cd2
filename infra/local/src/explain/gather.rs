//! From the engine's explanation to what is shown, names in place of ids.

use jiff::Timestamp;
use shared::engine::{BlockNow, Engine, ExplainedRow, ExplainedTarget, Named, Now};
use shared::model::{CalendarConfig, CalendarId, Source, SourceEvent, UserConfig};
use shared::plan::Standing;

use super::text::stretch;
use super::{
    BlockOf, BlockStatus, Explanation, Live, Options, SourceNow, SourceStatus, Stand, TargetStatus,
};
use crate::age::Since;
use crate::answer::{Desk, Failure};
use crate::damaged::Damaged;
use crate::stack::Person;

pub(super) async fn explanation(
    desk: &Desk<'_, '_>,
    options: &Options,
) -> Result<Explanation, Failure> {
    let mut explanation = Explanation {
        event: options.event.clone(),
        at: desk.engine().now(),
        block_of: Vec::new(),
        foreign: false,
        sources: Vec::new(),
        damaged: Vec::new(),
        found: false,
        in_order: true,
    };
    let only = only(desk, options.calendar.as_deref()).await?;
    for person in desk.people()? {
        let Some(kept) = desk.engine().store().kept_config(person.id).await? else {
            continue;
        };
        let damaged = kept.damaged.iter().map(Damaged::from);
        explanation.damaged.extend(damaged);
        let look = Look {
            engine: desk.engine(),
            person,
            config: &kept.config,
            live: options.live,
        };
        look.add(&mut explanation, only.as_deref()).await?;
    }
    let known = !explanation.sources.is_empty() || !explanation.block_of.is_empty();
    explanation.found = known;
    explanation.foreign &= !known;
    let sources = explanation.sources.iter().all(SourceStatus::in_order);
    explanation.in_order = explanation.damaged.is_empty() && sources;
    Ok(explanation)
}

/// The source calendars that are asked about; none: all.
pub(crate) async fn only(
    desk: &Desk<'_, '_>,
    calendar: Option<&str>,
) -> Result<Option<Vec<CalendarId>>, Failure> {
    let Some(name) = calendar else {
        return Ok(None);
    };
    let mut all = Vec::new();
    for person in desk.people()? {
        let kept = desk.engine().store().kept_config(person.id).await?;
        all.extend(kept.into_iter().flat_map(|kept| kept.config.calendars));
    }
    desk.called(&all, name).map(Some)
}

/// One person's part of it.
struct Look<'a> {
    engine: &'a Engine,
    person: &'a Person,
    config: &'a UserConfig,
    live: Live,
}

impl Look<'_> {
    async fn add(
        &self,
        explanation: &mut Explanation,
        only: Option<&[CalendarId]>,
    ) -> Result<(), Failure> {
        let explained = self.engine.explain(self.config, &explanation.event).await?;
        match explained.named {
            Named::Event => {}
            Named::Foreign => explanation.foreign = true,
            Named::Block(sealed, part) => explanation.block_of.push(BlockOf {
                user: self.person.name.clone(),
                calendar: self.name(sealed.calendar),
                event: sealed.event,
                generation: sealed.generation,
                part,
            }),
        }
        let damaged = explained.damaged.iter().map(Damaged::from);
        explanation.damaged.extend(damaged);
        let asked = |row: &&ExplainedRow| only.is_none_or(|only| only.contains(&row.row.calendar));
        for row in explained.rows.iter().filter(asked) {
            explanation.sources.push(self.source(row).await);
        }
        Ok(())
    }

    fn own(&self, id: CalendarId) -> Option<&CalendarConfig> {
        self.config.calendars.get(&id)
    }

    fn name(&self, id: CalendarId) -> String {
        let own = self.own(id);
        own.map_or_else(|| id.to_string(), |own| own.name.clone())
    }

    async fn source(&self, explained: &ExplainedRow) -> SourceStatus {
        let row = &explained.row;
        let mut targets = Vec::new();
        for target in &explained.targets {
            targets.push(self.target(target).await);
        }
        let since = |at: Timestamp| Since::new(at, self.engine.now());
        SourceStatus {
            user: self.person.name.clone(),
            calendar: self.name(row.calendar),
            calendar_id: row.calendar,
            takes_part: self.config.takes_part(row.calendar),
            key: row.key.clone(),
            follows_series: explained.follows,
            source: without_title(row.source.clone()),
            parked: row.parked.clone(),
            pending: row.pending_since.map(since),
            now: self.source_now(row.calendar, &row.source).await,
            targets,
        }
    }

    async fn source_now(&self, calendar: CalendarId, source: &Source) -> Option<SourceNow> {
        self.own(calendar).filter(|_| self.live == Live::Yes)?;
        let id = match source {
            Source::Live(event) => &event.id,
            Source::Hidden { id, .. } => id,
            Source::Unseen | Source::Follows { .. } | Source::Gone => return None,
        };
        Some(compared(
            self.engine.source_now(self.config, calendar, id).await,
            source,
        ))
    }

    async fn target(&self, explained: &ExplainedTarget) -> TargetStatus {
        let mirror = &explained.mirror;
        let (standing, why_not) = stand(explained.standing);
        TargetStatus {
            calendar: self.name(explained.calendar),
            calendar_id: explained.calendar,
            access: self.own(explained.calendar).map(|own| own.access),
            standing,
            why_not,
            want: mirror.due().to_string(),
            have: mirror.have.to_string(),
            twin: mirror.twin,
            alone: mirror.alone,
            parked: mirror.parked.clone(),
            retry: mirror.retry.clone(),
            rewrites: mirror.rewrites,
            generation: mirror.generation,
            block: explained.block.as_ref().map(|block| block.event_id()),
            strays: mirror.strays.len(),
            now: self.block_now(explained).await,
        }
    }

    async fn block_now(&self, explained: &ExplainedTarget) -> Option<BlockStatus> {
        let own = self
            .own(explained.calendar)
            .filter(|_| self.live == Live::Yes)?;
        let block = explained.block.as_ref()?;
        let content = explained.content.as_ref();
        Some(shown(self.engine.block_now(own, block, content).await))
    }
}

/// How it stands, and why there is no block.
pub(crate) fn stand(standing: Standing) -> (Stand, Option<&'static str>) {
    match standing {
        Standing::There => (Stand::Blocked, None),
        Standing::Due => (Stand::Pending, None),
        Standing::Leaving(why) => (Stand::Leaving, Some(why.reason())),
        Standing::Aside => (Stand::Parked, None),
        Standing::Nothing(why) => (Stand::NotBlocked, Some(why.reason())),
    }
}

/// A title is for blocks alone, also where a rule has it kept.
fn without_title(mut source: Source) -> Source {
    if let Source::Live(event) = &mut source {
        event.title = None;
    }
    source
}

fn compared(now: Now<SourceEvent>, known: &Source) -> SourceNow {
    match now {
        Now::There(event) => {
            let etag = known.live().and_then(|known| known.etag.clone());
            let now = Source::Live(SourceEvent { etag, ..event });
            match now == *known {
                true => SourceNow::Same,
                false => SourceNow::Changed {
                    source: Box::new(without_title(now)),
                },
            }
        }
        Now::Deleted if matches!(known, Source::Hidden { .. }) => SourceNow::Same,
        Now::Deleted => SourceNow::Deleted,
        Now::Absent => SourceNow::Absent,
        Now::Unknown(why) => SourceNow::Unknown { why },
    }
}

fn shown(now: Now<BlockNow>) -> BlockStatus {
    match now {
        Now::There(block) => BlockStatus::There {
            time: stretch(&block.content.time),
            differs: block.differs,
        },
        Now::Deleted => BlockStatus::Deleted,
        Now::Absent => BlockStatus::Absent,
        Now::Unknown(why) => BlockStatus::Unknown { why },
    }
}
