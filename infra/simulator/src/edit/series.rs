//! What happens to the exceptions when a whole series changes, and "this and following" in Google's interface (BEHAVIOUR.md 1).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    edit::{Actor, change::merge},
    simulator::Simulator,
    wire::refusal::Refusal,
    world::{
        content::{Content, Status},
        event::Event,
        expand, recurrence,
        time::EventTime,
    },
};

impl Simulator {
    /// After a series was written: new times or rules drop its exceptions, other changes reset the exceptions' other fields.
    pub(crate) fn settle_exceptions(
        &mut self,
        calendar: &str,
        old: &Event,
        new: &Event,
    ) -> Result<(), Refusal> {
        if !old.is_master() || old.content == new.content {
            return Ok(());
        }
        let same_times = old.content.start == new.content.start
            && old.content.end == new.content.end
            && old.content.recurrence == new.content.recurrence;
        if !new.is_live() || !old.is_live() || !same_times {
            return self.drop_exceptions(calendar, new);
        }
        for exception in self.calendar(calendar)?.exceptions_of(&new.id) {
            let mut content = Content {
                start: exception.content.start,
                end: exception.content.end,
                ..new.content.clone()
            };
            content.recurrence = Vec::new();
            if exception.content.status == Status::Cancelled {
                content.status = Status::Cancelled;
            }
            if content != exception.content {
                self.write(
                    calendar,
                    &exception,
                    Actor::Person(&new.creator),
                    content,
                    exception.sequence,
                )?;
            }
        }
        Ok(())
    }

    fn drop_exceptions(&mut self, calendar: &str, master: &Event) -> Result<(), Refusal> {
        let zone = self.calendar(calendar)?.zone;
        let dropped = self.calendar(calendar)?.exceptions_of(&master.id);
        for exception in dropped {
            let gone = exception
                .series
                .as_ref()
                .is_some_and(|(_, original)| !expand::has(master, zone, *original));
            if self.knobs.announce_dropped_exceptions && master.is_live() && gone {
                let content = Content {
                    status: Status::Cancelled,
                    ..exception.content.clone()
                };
                self.write(
                    calendar,
                    &exception,
                    Actor::Person(&master.creator),
                    content,
                    exception.sequence,
                )?;
            } else {
                self.calendar_mut(calendar)?.forget_exception(&exception.id);
            }
        }
        Ok(())
    }

    pub(crate) fn forget_exceptions(
        &mut self,
        calendar: &str,
        master: &str,
    ) -> Result<(), Refusal> {
        let stored = self.calendar_mut(calendar)?;
        for exception in stored.exceptions_of(master) {
            stored.forget_exception(&exception.id);
        }
        Ok(())
    }

    /// Splits a series at an occurrence: the old one ends before it, a new one `<id>_R<stamp>` goes on with the changes.
    /// Exceptions from the split on are dropped; earlier ones stay.
    pub(crate) fn split(
        &mut self,
        calendar: &str,
        master: &str,
        at: EventTime,
        changes: &Map<String, Value>,
    ) -> Result<Arc<Event>, Refusal> {
        let stored = self.calendar(calendar)?;
        let (zone, owner) = (stored.zone, stored.owner.clone());
        let old = stored
            .get(master)
            .cloned()
            .filter(|old| old.is_live())
            .ok_or_else(Refusal::not_found)?;
        let (Some(start), Some(end)) = (old.content.start, old.content.end) else {
            return Err(Refusal::not_found());
        };
        if !expand::has(&old, zone, at) {
            return Err(Refusal::not_found());
        }
        let actor = Actor::Person(&owner);
        let gone = expand::count_before(&old, zone, at);
        if gone == 0 {
            return self.patch(calendar, master, actor, changes);
        }
        let mut rest = old.content.clone();
        rest.start = Some(at);
        rest.end = Some(at.plus(start.until(end)));
        rest.recurrence = recurrence::counted_down(&old.content.recurrence, gone);
        let mut body = Value::Object(rest.to_map(zone));
        merge(&mut body, changes, 0);
        let mut body = body.as_object().cloned().unwrap_or_default();
        body.insert("id".into(), split_id(master, at).into());
        let new = self.create(calendar, actor, &body)?;
        let mut content = old.content.clone();
        content.recurrence = recurrence::ended_before(&old.content.recurrence, at);
        self.write(calendar, &old, actor, content, old.sequence)?;
        self.drop_exceptions_from(calendar, master, at)?;
        Ok(new)
    }

    fn drop_exceptions_from(
        &mut self,
        calendar: &str,
        master: &str,
        at: EventTime,
    ) -> Result<(), Refusal> {
        let stored = self.calendar_mut(calendar)?;
        let bound = at.instant(stored.zone);
        for exception in stored.exceptions_of(master) {
            let original = exception
                .series
                .as_ref()
                .map(|(_, original)| original.instant(stored.zone));
            if original.is_some_and(|original| original >= bound) {
                stored.forget_exception(&exception.id);
            }
        }
        Ok(())
    }
}

/// The id of a series split off by Google's interface: the stamp has no `Z`.
fn split_id(master: &str, at: EventTime) -> String {
    format!("{master}_R{}", at.stamp().trim_end_matches('Z'))
}
