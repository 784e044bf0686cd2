//! events.get, insert, import, update, patch, delete, move (BEHAVIOUR.md 2).

use std::sync::Arc;

use chrono_tz::Tz;

use crate::{
    edit::Actor,
    simulator::Simulator,
    wire::{call::Call, refusal::Refusal, reply::Reply},
    world::{
        event::{Event, View},
        role::Role,
    },
};

impl Simulator {
    /// How a caller sees the events of a calendar.
    pub(crate) fn view<'a>(
        &self,
        call: &Call,
        calendar: &'a str,
        role: Role,
    ) -> Result<View<'a>, Refusal> {
        let zone = self.calendar(calendar)?.zone;
        let shown_in = match call.query.get("timeZone") {
            Some(name) => name
                .parse::<Tz>()
                .map_err(|_| Refusal::invalid_parameter("timeZone"))?,
            None => zone,
        };
        let most_attendees = call.query.count("maxAttendees")?;
        Ok(View {
            calendar,
            shown_in,
            role,
            most_attendees,
        })
    }

    fn shown(
        &self,
        call: &Call,
        calendar: &str,
        role: Role,
        event: &Event,
    ) -> Result<Reply, Refusal> {
        let view = self.view(call, calendar, role)?;
        Ok(Reply::json(event.show(&view)))
    }

    pub(crate) fn events_get(
        &self,
        call: &Call,
        email: &str,
        calendar: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.reader(calendar, email)?;
        let event = self.find(calendar, id, Actor::Client(email))?;
        if call
            .header("if-none-match")
            .is_some_and(|etag| etag == event.etag() || etag == "*")
        {
            return Err(Refusal::new(304, "global", "notModified", "Not Modified"));
        }
        self.shown(call, calendar, role, &event)
    }

    pub(crate) fn events_insert(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.writer(calendar, email)?;
        let event = self.create(calendar, Actor::Client(email), &call.object()?)?;
        self.shown(call, calendar, role, &event)
    }

    pub(crate) fn events_import(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.writer(calendar, email)?;
        let event = self.import(calendar, Actor::Client(email), &call.object()?)?;
        self.shown(call, calendar, role, &event)
    }

    pub(crate) fn events_update(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.writer(calendar, email)?;
        self.check_condition(call, calendar, id, email)?;
        let event = self.replace(calendar, id, Actor::Client(email), &call.object()?)?;
        self.shown(call, calendar, role, &event)
    }

    pub(crate) fn events_patch(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.writer(calendar, email)?;
        self.check_condition(call, calendar, id, email)?;
        let event = self.patch(calendar, id, Actor::Client(email), &call.object()?)?;
        self.shown(call, calendar, role, &event)
    }

    pub(crate) fn events_delete(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        self.writer(calendar, email)?;
        if !self.find(calendar, id, Actor::Client(email))?.is_live() {
            return Err(Refusal::deleted());
        }
        self.check_condition(call, calendar, id, email)?;
        self.delete(calendar, id, Actor::Client(email))?;
        Ok(Reply::empty(204))
    }

    /// Answers with a cancelled-looking resource although it worked, as Google does.
    pub(crate) fn events_move(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: &str,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let role = self.writer(calendar, email)?;
        let wanted = call
            .query
            .get("destination")
            .ok_or_else(|| Refusal::required("Required parameter: destination"))?;
        let destination = if wanted == "primary" { email } else { wanted };
        self.writer(destination, email)?;
        self.check_condition(call, calendar, id, email)?;
        let event = self.relocate(calendar, id, Actor::Client(email), destination)?;
        self.shown(call, calendar, role, &event)
    }

    /// `If-Match`, or 412.
    fn check_condition(
        &self,
        call: &Call,
        calendar: &str,
        id: &str,
        email: &str,
    ) -> Result<(), Refusal> {
        let event = self.find(calendar, id, Actor::Client(email))?;
        match call.header("if-match") {
            Some(etag) if etag != "*" && etag != event.etag() => Err(Refusal::condition_not_met()),
            Some(_) | None => Ok(()),
        }
    }
}
