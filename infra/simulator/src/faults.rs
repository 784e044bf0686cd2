//! Faults on the wire: which request they hit, and what then happens.
//!
//! A fault never changes what a request means; it replaces or spoils the answer, before or after the effect.

use crate::{simulator::Simulator, wire::route::Route};

/// Which requests a fault looks at. Empty fields match everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matcher {
    /// Method of the API, such as `events.list`.
    pub kind: Option<String>,
    /// Calendar id.
    pub calendar: Option<String>,
    /// Event id in the path.
    pub event: Option<String>,
    /// HTTP method.
    pub method: Option<String>,
    /// Matching requests that pass before the first that is hit.
    pub skip: u32,
}

impl Matcher {
    /// Every request of a kind.
    pub fn kind(kind: &str) -> Self {
        Self {
            kind: Some(kind.to_owned()),
            ..Self::default()
        }
    }

    /// Only on this calendar.
    #[must_use]
    pub fn on_calendar(mut self, calendar: &str) -> Self {
        self.calendar = Some(calendar.to_owned());
        self
    }

    /// Only this event.
    #[must_use]
    pub fn on_event(mut self, event: &str) -> Self {
        self.event = Some(event.to_owned());
        self
    }

    /// Starting with the nth match, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.skip = nth.saturating_sub(1);
        self
    }
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Once.
    Once,
    /// This many times.
    N(u32),
    /// Until cleared.
    Always,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Google refuses, nothing happened.
    Status {
        /// HTTP status.
        code: u16,
        /// Reason in the envelope.
        reason: String,
        /// `Retry-After` in seconds.
        retry_after: Option<u32>,
    },
    /// Google refuses, though the request took effect.
    StatusAfter {
        /// HTTP status.
        code: u16,
        /// Reason in the envelope.
        reason: String,
        /// `Retry-After` in seconds.
        retry_after: Option<u32>,
    },
    /// The connection breaks before the request takes effect.
    LostBefore,
    /// The connection breaks after it took effect.
    LostAfter,
    /// The edge answers with a page of HTML, nothing happened.
    HtmlBody(u16),
    /// The answer's body is cut in half, after the effect.
    TruncatedBody,
    /// The answer's media type is `text/plain`, after the effect.
    WrongContentType,
    /// The answer has no body, after the effect.
    EmptyBody,
    /// The answer is JSON of another shape (`[]`), after the effect.
    WrongShape,
    /// The simulated clock moves this many seconds before the answer, after the effect.
    Slow(u32),
}

/// A fault to inject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which requests.
    pub on: Matcher,
    /// How often.
    pub times: Times,
    /// What happens.
    pub effect: Effect,
}

/// A fault with what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Armed {
    fault: Fault,
    skip: u32,
    left: Option<u32>,
}

impl Armed {
    fn matches(&self, method: &str, route: &Route) -> bool {
        let fits = |wanted: &Option<String>, got: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| Some(wanted) == got)
        };
        let on = &self.fault.on;
        fits(&on.kind, Some(route.kind.name()))
            && fits(&on.calendar, route.calendar.as_deref())
            && fits(&on.event, route.event.as_deref())
            && fits(&on.method, Some(method))
    }
}

impl Simulator {
    /// Adds a fault; the earliest added one that matches a request strikes.
    pub fn inject(&mut self, fault: Fault) {
        let left = match fault.times {
            Times::Once => Some(1),
            Times::N(count) => Some(count),
            Times::Always => None,
        };
        self.faults.push(Armed {
            skip: fault.on.skip,
            left,
            fault,
        });
    }

    /// Removes all faults.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Faults that can still strike.
    pub fn pending_faults(&self) -> usize {
        self.faults
            .iter()
            .filter(|armed| armed.left != Some(0))
            .count()
    }

    /// The effect for a request. Every matching fault counts the request; the first that is ready strikes.
    pub(crate) fn strike(&mut self, method: &str, route: &Route) -> Option<Effect> {
        let mut effect = None;
        for armed in self
            .faults
            .iter_mut()
            .filter(|armed| armed.left != Some(0) && armed.matches(method, route))
        {
            if armed.skip > 0 {
                armed.skip -= 1;
            } else if effect.is_none() {
                armed.left = armed.left.map(|left| left - 1);
                effect = Some(armed.fault.effect.clone());
            }
        }
        effect
    }
}
