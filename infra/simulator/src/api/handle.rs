//! From a request to an outcome: faults, authorization, quota, the method itself, the log.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    faults::Effect,
    log::LoggedRequest,
    simulator::Simulator,
    wire::{
        call::Call,
        fields::Mask,
        refusal::Refusal,
        reply::{Reply, bytes_response, gzipped, refused},
        route::{Kind, Route},
    },
};

/// What comes back over the wire.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A complete answer.
    Response(Response<Bytes>),
    /// The connection broke; whether the request took effect, the client cannot tell.
    ConnectionLost,
}

impl Outcome {
    /// The answer, if there is one.
    pub fn response(self) -> Option<Response<Bytes>> {
        match self {
            Self::Response(response) => Some(response),
            Self::ConnectionLost => None,
        }
    }
}

/// An answer, and whether the request was carried out.
struct Served {
    outcome: Outcome,
    applied: bool,
}

impl Simulator {
    /// Answers one request. Paths: `/calendar/v3/...`, `/token`, `/revoke`, `/batch/calendar/v3`.
    pub fn handle(&mut self, request: Request<Bytes>) -> Outcome {
        let call = Call::new(request);
        let gzip = self.knobs.gzip && call.takes_gzip();
        match self.serve(&call) {
            Outcome::Response(response) if gzip => Outcome::Response(gzipped(response)),
            outcome @ (Outcome::Response(_) | Outcome::ConnectionLost) => outcome,
        }
    }

    /// Answers one call, also one inside a batch.
    pub(crate) fn serve(&mut self, call: &Call) -> Outcome {
        let mut route = Route::find(&call.method, &call.path);
        let caller = self.caller(call);
        if route.calendar.as_deref() == Some("primary") {
            route.calendar = caller.as_deref().map(str::to_owned);
        }
        let index = self.next_request;
        self.next_request += 1;
        let effect = self.strike(call.method.as_str(), &route);
        let served = self.with_fault(call, &route, effect);
        let status = match &served.outcome {
            Outcome::Response(response) => Some(response.status().as_u16()),
            Outcome::ConnectionLost => None,
        };
        self.log.push(LoggedRequest {
            index,
            method: call.method.to_string(),
            path: call.path.clone(),
            kind: route.kind.name(),
            calendar: route.calendar,
            event: route.event,
            body: call.body.clone(),
            status,
            applied: served.applied,
            units: if status == Some(401) {
                0
            } else {
                route.kind.units()
            },
            account: caller.map(|email| email.to_string()),
        });
        served.outcome
    }

    fn with_fault(&mut self, call: &Call, route: &Route, effect: Option<Effect>) -> Served {
        let not_done = |outcome| Served {
            outcome,
            applied: false,
        };
        match effect {
            None => self.carry_out(call, route),
            Some(Effect::Status {
                code,
                reason,
                retry_after,
            }) => not_done(Outcome::Response(injected(
                code,
                &reason,
                retry_after,
                route.kind,
            ))),
            Some(Effect::LostBefore) => not_done(Outcome::ConnectionLost),
            Some(Effect::HtmlBody(code)) => not_done(Outcome::Response(html(code))),
            Some(effect) => {
                let served = self.carry_out(call, route);
                if let Effect::Slow(seconds) = effect {
                    self.advance(chrono::Duration::seconds(i64::from(seconds)));
                }
                Served {
                    outcome: spoiled(served.outcome, effect, route.kind),
                    ..served
                }
            }
        }
    }

    fn carry_out(&mut self, call: &Call, route: &Route) -> Served {
        if route.kind == Kind::Batch {
            return Served {
                outcome: self.batch(call),
                applied: true,
            };
        }
        match self
            .answer(call, route)
            .and_then(|reply| masked(call, reply))
        {
            Ok(reply) => Served {
                outcome: Outcome::Response(reply.into_response()),
                applied: true,
            },
            Err(refusal) if refusal.status == 304 => Served {
                outcome: Outcome::Response(Reply::empty(304).into_response()),
                applied: true,
            },
            Err(refusal) => Served {
                outcome: Outcome::Response(refused(&refusal, route.kind.name())),
                applied: false,
            },
        }
    }

    fn answer(&mut self, call: &Call, route: &Route) -> Result<Reply, Refusal> {
        if route.kind == Kind::Token {
            return Ok(self.token(call));
        }
        if route.kind == Kind::Revoke {
            return Ok(self.revoke(call));
        }
        if matches!(route.kind, Kind::Unknown | Kind::Batch) {
            return Err(Refusal::not_found());
        }
        let email = self.authorize(call, route.kind)?;
        if let Some(mask) = call.query.get("fields") {
            Mask::parse(mask)?;
        }
        self.spending
            .spend(&self.knobs, self.now, &email, route.kind.units())?;
        self.method(call, route, &email)
    }

    fn method(&mut self, call: &Call, route: &Route, email: &Arc<str>) -> Result<Reply, Refusal> {
        let calendar = route.calendar.as_deref().unwrap_or_default();
        let event = route.event.as_deref().unwrap_or_default();
        match route.kind {
            Kind::CalendarListList => self.calendar_list(call, email),
            Kind::CalendarListGet => self.calendar_list_get(email, calendar),
            Kind::CalendarListWatch => self.watch(call, email, None),
            Kind::CalendarsGet => self.calendars_get(email, calendar),
            Kind::EventsList => self.events_list(call, email, calendar),
            Kind::EventsGet => self.events_get(call, email, calendar, event),
            Kind::EventsInsert => self.events_insert(call, email, calendar),
            Kind::EventsImport => self.events_import(call, email, calendar),
            Kind::EventsUpdate => self.events_update(call, email, calendar, event),
            Kind::EventsPatch => self.events_patch(call, email, calendar, event),
            Kind::EventsDelete => self.events_delete(call, email, calendar, event),
            Kind::EventsMove => self.events_move(call, email, calendar, event),
            Kind::EventsInstances => self.events_instances(call, email, calendar, event),
            Kind::EventsWatch => self.watch(call, email, Some(calendar)),
            Kind::ChannelsStop => self.stop(call, email),
            Kind::FreeBusyQuery => self.free_busy(call, email),
            Kind::Token | Kind::Revoke | Kind::Batch | Kind::Unknown => Err(Refusal::not_found()),
        }
    }
}

fn masked(call: &Call, mut reply: Reply) -> Result<Reply, Refusal> {
    if let Some(text) = call.query.get("fields") {
        let mask = Mask::parse(text)?;
        reply.body = reply.body.map(|body| mask.apply(body));
    }
    Ok(reply)
}

fn injected(code: u16, reason: &str, retry_after: Option<u32>, kind: Kind) -> Response<Bytes> {
    refused(&Refusal::injected(code, reason, retry_after), kind.name())
}

fn html(code: u16) -> Response<Bytes> {
    let page = "<!DOCTYPE html><html lang=en><title>Error (Service Unavailable)!!1</title><p>That\u{2019}s an error.</html>";
    bytes_response(
        code,
        "text/html; charset=UTF-8",
        Bytes::from_static(page.as_bytes()),
    )
}

/// The answer as a fault leaves it, the request being done.
fn spoiled(outcome: Outcome, effect: Effect, kind: Kind) -> Outcome {
    let Outcome::Response(response) = outcome else {
        return Outcome::ConnectionLost;
    };
    let status = response.status().as_u16();
    match effect {
        Effect::LostAfter | Effect::LostBefore => Outcome::ConnectionLost,
        Effect::StatusAfter {
            code,
            reason,
            retry_after,
        }
        | Effect::Status {
            code,
            reason,
            retry_after,
        } => Outcome::Response(injected(code, &reason, retry_after, kind)),
        Effect::HtmlBody(code) => Outcome::Response(html(code)),
        Effect::TruncatedBody => {
            let half = response.body().len() / 2;
            Outcome::Response(response.map(|body| body.slice(..half)))
        }
        Effect::WrongContentType => {
            Outcome::Response(bytes_response(status, "text/plain", response.into_body()))
        }
        Effect::EmptyBody => Outcome::Response(response.map(|_| Bytes::new())),
        Effect::WrongShape => Outcome::Response(response.map(|_| Bytes::from_static(b"[]"))),
        Effect::Slow(_) => Outcome::Response(response),
    }
}
