//! Which method of the API a request means, its cost and the scopes it takes (BEHAVIOUR.md 3, 5).

use http::Method;

/// The path below which the API lives.
const ROOT: &str = "/calendar/v3/";

/// One method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    CalendarListList,
    CalendarListGet,
    CalendarListWatch,
    CalendarsGet,
    EventsList,
    EventsGet,
    EventsInsert,
    EventsImport,
    EventsUpdate,
    EventsPatch,
    EventsDelete,
    EventsMove,
    EventsInstances,
    EventsWatch,
    ChannelsStop,
    FreeBusyQuery,
    Token,
    Revoke,
    Batch,
    Unknown,
}

impl Kind {
    /// The name as in the discovery document, without the leading `calendar.`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CalendarListList => "calendarList.list",
            Self::CalendarListGet => "calendarList.get",
            Self::CalendarListWatch => "calendarList.watch",
            Self::CalendarsGet => "calendars.get",
            Self::EventsList => "events.list",
            Self::EventsGet => "events.get",
            Self::EventsInsert => "events.insert",
            Self::EventsImport => "events.import",
            Self::EventsUpdate => "events.update",
            Self::EventsPatch => "events.patch",
            Self::EventsDelete => "events.delete",
            Self::EventsMove => "events.move",
            Self::EventsInstances => "events.instances",
            Self::EventsWatch => "events.watch",
            Self::ChannelsStop => "channels.stop",
            Self::FreeBusyQuery => "freebusy.query",
            Self::Token => "oauth.token",
            Self::Revoke => "oauth.revoke",
            Self::Batch => "batch",
            Self::Unknown => "unknown",
        }
    }

    /// Quota units one call costs.
    pub(crate) fn units(self) -> u32 {
        match self {
            Self::EventsPatch => 3,
            Self::Token | Self::Revoke | Self::Batch | Self::Unknown => 0,
            Self::CalendarListList
            | Self::CalendarListGet
            | Self::CalendarListWatch
            | Self::CalendarsGet
            | Self::EventsList
            | Self::EventsGet
            | Self::EventsInsert
            | Self::EventsImport
            | Self::EventsUpdate
            | Self::EventsDelete
            | Self::EventsMove
            | Self::EventsInstances
            | Self::EventsWatch
            | Self::ChannelsStop
            | Self::FreeBusyQuery => 1,
        }
    }

    /// Scopes (without their common prefix) of which one is needed; empty: any calendar scope.
    pub(crate) fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::EventsList | Self::EventsGet | Self::EventsWatch | Self::EventsInstances => &[
                "calendar",
                "calendar.readonly",
                "calendar.events",
                "calendar.events.readonly",
                "calendar.events.owned",
                "calendar.events.owned.readonly",
                "calendar.events.public.readonly",
                "calendar.events.freebusy",
                "calendar.app.created",
            ],
            Self::EventsInsert
            | Self::EventsImport
            | Self::EventsUpdate
            | Self::EventsPatch
            | Self::EventsDelete
            | Self::EventsMove => &[
                "calendar",
                "calendar.events",
                "calendar.events.owned",
                "calendar.app.created",
            ],
            Self::CalendarListList | Self::CalendarListGet | Self::CalendarListWatch => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendarlist",
                "calendar.calendarlist.readonly",
            ],
            Self::CalendarsGet => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendars",
                "calendar.calendars.readonly",
                "calendar.app.created",
            ],
            Self::FreeBusyQuery => &[
                "calendar",
                "calendar.readonly",
                "calendar.freebusy",
                "calendar.events.freebusy",
            ],
            Self::ChannelsStop | Self::Token | Self::Revoke | Self::Batch | Self::Unknown => &[],
        }
    }
}

/// A request's method, calendar and event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) kind: Kind,
    pub(crate) calendar: Option<String>,
    pub(crate) event: Option<String>,
}

impl Route {
    fn of(kind: Kind, calendar: Option<&String>, event: Option<&String>) -> Self {
        Self {
            kind,
            calendar: calendar.cloned(),
            event: event.cloned(),
        }
    }

    /// Finds the method for a path; anything else is `Unknown`.
    pub(crate) fn find(method: &Method, path: &str) -> Self {
        match path.trim_end_matches('/') {
            "/token" if method == Method::POST => return Self::of(Kind::Token, None, None),
            "/revoke" => return Self::of(Kind::Revoke, None, None),
            "/batch/calendar/v3" if method == Method::POST => {
                return Self::of(Kind::Batch, None, None);
            }
            _ => {}
        }
        let Some(rest) = path.strip_prefix(ROOT) else {
            return Self::of(Kind::Unknown, None, None);
        };
        let segments: Vec<String> = rest.split('/').map(decoded).collect();
        Self::in_api(method, &segments)
    }

    fn in_api(method: &Method, segments: &[String]) -> Self {
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (calendar, event) = (segments.get(1), segments.get(3));
        let verb = method.as_str();
        match (verb, words.as_slice()) {
            ("GET", ["users", "me", "calendarList"]) => {
                Self::of(Kind::CalendarListList, None, None)
            }
            ("POST", ["users", "me", "calendarList", "watch"]) => {
                Self::of(Kind::CalendarListWatch, None, None)
            }
            ("GET", ["users", "me", "calendarList", _]) => {
                Self::of(Kind::CalendarListGet, event, None)
            }
            ("GET", ["calendars", _]) => Self::of(Kind::CalendarsGet, calendar, None),
            ("GET", ["calendars", _, "events"]) => Self::of(Kind::EventsList, calendar, None),
            ("POST", ["calendars", _, "events"]) => Self::of(Kind::EventsInsert, calendar, None),
            ("POST", ["calendars", _, "events", "import"]) => {
                Self::of(Kind::EventsImport, calendar, None)
            }
            ("POST", ["calendars", _, "events", "watch"]) => {
                Self::of(Kind::EventsWatch, calendar, None)
            }
            ("GET", ["calendars", _, "events", _]) => Self::of(Kind::EventsGet, calendar, event),
            ("PUT", ["calendars", _, "events", _]) => Self::of(Kind::EventsUpdate, calendar, event),
            ("PATCH", ["calendars", _, "events", _]) => {
                Self::of(Kind::EventsPatch, calendar, event)
            }
            ("DELETE", ["calendars", _, "events", _]) => {
                Self::of(Kind::EventsDelete, calendar, event)
            }
            ("GET", ["calendars", _, "events", _, "instances"]) => {
                Self::of(Kind::EventsInstances, calendar, event)
            }
            ("POST", ["calendars", _, "events", _, "move"]) => {
                Self::of(Kind::EventsMove, calendar, event)
            }
            ("POST", ["channels", "stop"]) => Self::of(Kind::ChannelsStop, None, None),
            ("POST", ["freeBusy"]) => Self::of(Kind::FreeBusyQuery, None, None),
            _ => Self::of(Kind::Unknown, None, None),
        }
    }
}

/// Percent-decoding of one path segment; `+` stays a plus.
fn decoded(segment: &str) -> String {
    let protected = segment.replace('+', "%2B").replace('&', "%26");
    url::form_urlencoded::parse(format!("x={protected}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_method_calendar_and_event() {
        let found = Route::find(&Method::PUT, "/calendar/v3/calendars/a%23b%40c/events/e_1");
        assert_eq!(
            (
                found.kind,
                found.calendar.as_deref(),
                found.event.as_deref()
            ),
            (Kind::EventsUpdate, Some("a#b@c"), Some("e_1"))
        );
        let found = Route::find(&Method::GET, "/calendar/v3/users/me/calendarList/x+y@z");
        assert_eq!(
            (found.kind, found.calendar.as_deref()),
            (Kind::CalendarListGet, Some("x+y@z"))
        );
        assert_eq!(Route::find(&Method::POST, "/batch").kind, Kind::Unknown);
        assert_eq!(
            Route::find(&Method::POST, "/batch/calendar/v3").kind,
            Kind::Batch
        );
    }
}
