//! Changes to an event that is there: replace, patch, delete (BEHAVIOUR.md 2).

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};

use crate::{
    edit::{Actor, instance},
    settings::Revive,
    simulator::Simulator,
    wire::refusal::Refusal,
    world::{
        calendar::Calendar,
        content::{Content, Status},
        event::Event,
    },
};

impl Simulator {
    /// An event by id, for a read or a write; a new one may not be visible yet.
    pub(crate) fn find(
        &self,
        calendar: &str,
        id: &str,
        actor: Actor<'_>,
    ) -> Result<Arc<Event>, Refusal> {
        let event = instance::find(self.calendar(calendar)?, id).ok_or_else(Refusal::not_found)?;
        let lag = self.knobs.read_lag;
        let young = lag > Duration::zero() && event.created > self.now - lag;
        if young && !actor.is_person() {
            Err(Refusal::not_found())
        } else {
            Ok(event)
        }
    }

    /// PUT: what is left out is erased.
    pub(crate) fn replace(
        &mut self,
        calendar: &str,
        id: &str,
        actor: Actor<'_>,
        body: &Map<String, Value>,
    ) -> Result<Arc<Event>, Refusal> {
        let old = self.find(calendar, id, actor)?;
        let how = self.reading(self.calendar(calendar)?.zone, actor, old.series.is_some());
        let mut typed = body.clone();
        typed
            .entry("eventType")
            .or_insert_with(|| old.content.kind().into());
        let mut content = Content::read(&typed, how)?;
        keep_organizer(&old, &mut content, actor);
        self.apply(calendar, &old, actor, content, sent_sequence(body))
    }

    /// PATCH: merged deeply, arrays whole, null removes.
    pub(crate) fn patch(
        &mut self,
        calendar: &str,
        id: &str,
        actor: Actor<'_>,
        patch: &Map<String, Value>,
    ) -> Result<Arc<Event>, Refusal> {
        let old = self.find(calendar, id, actor)?;
        if !old.is_live() && !patch.contains_key("status") && !actor.is_person() {
            return Err(Refusal::deleted());
        }
        let zone = self.calendar(calendar)?.zone;
        let mut merged = Value::Object(old.content.to_map(zone));
        merge(&mut merged, patch, 0);
        let how = self.reading(zone, actor, old.series.is_some());
        let mut content = Content::read(merged.as_object().unwrap_or(&Map::new()), how)?;
        keep_organizer(&old, &mut content, actor);
        let unchanged = content == old.content
            && sent_sequence(patch).is_none_or(|number| number == old.sequence);
        if unchanged && self.knobs.noop_patch_keeps_etag {
            return Ok(old);
        }
        self.apply(calendar, &old, actor, content, sent_sequence(patch))
    }

    /// DELETE: of an event, of a series with its exceptions, or of one occurrence.
    pub(crate) fn delete(
        &mut self,
        calendar: &str,
        id: &str,
        actor: Actor<'_>,
    ) -> Result<(), Refusal> {
        let old = self.find(calendar, id, actor)?;
        if !old.is_live() {
            return Err(Refusal::deleted());
        }
        let mut content = old.content.clone();
        content.status = Status::Cancelled;
        self.write(calendar, &old, actor, content, old.sequence)?;
        if old.is_master() {
            self.forget_exceptions(calendar, &old.id)?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        calendar: &str,
        old: &Event,
        actor: Actor<'_>,
        content: Content,
        sent: Option<u32>,
    ) -> Result<Arc<Event>, Refusal> {
        if !actor.is_person() {
            check_client(self.calendar(calendar)?, old, &content)?;
        }
        self.check_revival(old, &content, actor)?;
        let sequence = match sent {
            Some(sent) if sent < old.sequence => {
                return Err(Refusal::invalid("Invalid sequence value."));
            }
            Some(sent) => sent,
            None => old.sequence,
        };
        let moved = !same_start(&content, &old.content);
        let event = self.write(
            calendar,
            old,
            actor,
            content,
            sequence.saturating_add(u32::from(moved)),
        )?;
        self.settle_exceptions(calendar, old, &event)?;
        Ok(event)
    }

    fn check_revival(
        &self,
        old: &Event,
        content: &Content,
        actor: Actor<'_>,
    ) -> Result<(), Refusal> {
        if old.is_live() || content.status == Status::Cancelled || actor.is_person() {
            return Ok(());
        }
        let allowed = match self.knobs.revive {
            Revive::Allowed => !old.bare,
            Revive::UnlessDeletedByPerson => !old.bare && !old.deleted_by_person,
            Revive::Forbidden => false,
        };
        if allowed {
            Ok(())
        } else {
            Err(Refusal::forbidden())
        }
    }

    /// Stores the next state of an event; an occurrence that existed only by its rule becomes an exception here.
    pub(crate) fn write(
        &mut self,
        calendar: &str,
        old: &Event,
        actor: Actor<'_>,
        content: Content,
        sequence: u32,
    ) -> Result<Arc<Event>, Refusal> {
        let stamp = self.stamp();
        let at: DateTime<Utc> = DateTime::from_timestamp_micros(stamp).unwrap_or(self.now);
        let cancelled = content.status == Status::Cancelled;
        let event = Event {
            updated: if only_reminders(&old.content, &content) {
                old.updated
            } else {
                at
            },
            deleted_by_person: cancelled && actor.is_person(),
            bare: old.bare && cancelled,
            content,
            sequence,
            stamp,
            ..old.clone()
        };
        self.store(calendar, event)
    }
}

fn same_start(a: &Content, b: &Content) -> bool {
    match (a.start, b.start) {
        (Some(a), Some(b)) => a.same_moment(b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn sent_sequence(body: &Map<String, Value>) -> Option<u32> {
    body.get("sequence")
        .and_then(Value::as_u64)
        .and_then(|number| u32::try_from(number).ok())
}

/// The organizer is not a client's to change.
fn keep_organizer(old: &Event, content: &mut Content, actor: Actor<'_>) {
    if actor.is_person() && content.extra.contains_key("organizer") {
        return;
    }
    match old.content.extra.get("organizer") {
        Some(organizer) => content.extra.insert("organizer".into(), organizer.clone()),
        None => content.extra.remove("organizer"),
    };
}

fn only_reminders(old: &Content, new: &Content) -> bool {
    old.reminders != new.reminders
        && Content {
            reminders: None,
            ..old.clone()
        } == Content {
            reminders: None,
            ..new.clone()
        }
}

fn check_client(calendar: &Calendar, old: &Event, content: &Content) -> Result<(), Refusal> {
    if content.kind() != old.content.kind() {
        return Err(Refusal::type_restriction(old.content.kind()));
    }
    if old.content.kind() == "birthday" && content.shared_part() != old.content.shared_part() {
        return Err(Refusal::type_restriction("birthday"));
    }
    let may = old.content.extra.get("guestsCanModify") == Some(&Value::Bool(true));
    let foreign = old.organizer(&calendar.id) != &*calendar.id;
    if foreign && !may && content.shared_part() != old.content.shared_part() {
        return Err(Refusal::non_organizer());
    }
    Ok(())
}

/// Objects nested deeper than this are taken whole.
const DEEPEST: u32 = 16;

/// JSON merge patch, deep for objects.
pub(crate) fn merge(target: &mut Value, patch: &Map<String, Value>, depth: u32) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else {
        return;
    };
    for (key, value) in patch {
        match value {
            Value::Null => {
                map.remove(key);
            }
            Value::Object(inner) if depth < DEEPEST => {
                merge(
                    map.entry(key.clone()).or_insert(Value::Null),
                    inner,
                    depth + 1,
                );
            }
            Value::Object(_)
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}
