//! The name of the operation that a request to Google asks for.

use http::Method;

/// `events.list`, `calendarList.list`, `token` and so on, as Google's discovery document names them;
/// method and path for anything else.
#[must_use]
pub fn operation(method: &Method, path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    known(method, &segments).map_or_else(|| format!("{method} {path}"), str::to_owned)
}

fn known(method: &Method, segments: &[&str]) -> Option<&'static str> {
    let below = |collection: &str| {
        let at = segments.iter().position(|part| *part == collection)?;
        segments.get(at.saturating_add(1)..)
    };
    if let Some(rest) = below("calendars") {
        return match rest {
            [_, "events", rest @ ..] => events(method, rest),
            [_, "acl", ..] => None,
            [_] => calendar(method),
            _ => None,
        };
    }
    if let Some(rest) = below("calendarList") {
        return calendar_list(method, rest);
    }
    match (method, segments) {
        (&Method::POST, [.., "token"]) => Some("token"),
        (&Method::POST, [.., "revoke"]) => Some("revoke"),
        (&Method::POST, [.., "channels", "stop"]) => Some("channels.stop"),
        (&Method::POST, [.., "freeBusy"]) => Some("freebusy.query"),
        (&Method::POST, ["batch", ..]) => Some("batch"),
        _ => None,
    }
}

fn events(method: &Method, rest: &[&str]) -> Option<&'static str> {
    match (method, rest) {
        (&Method::GET, []) => Some("events.list"),
        (&Method::POST, []) => Some("events.insert"),
        (&Method::POST, ["watch"]) => Some("events.watch"),
        (&Method::POST, ["import"]) => Some("events.import"),
        (&Method::POST, ["quickAdd"]) => Some("events.quickAdd"),
        (&Method::GET, [_]) => Some("events.get"),
        (&Method::PUT, [_]) => Some("events.update"),
        (&Method::PATCH, [_]) => Some("events.patch"),
        (&Method::DELETE, [_]) => Some("events.delete"),
        (&Method::GET, [_, "instances"]) => Some("events.instances"),
        (&Method::POST, [_, "move"]) => Some("events.move"),
        _ => None,
    }
}

fn calendar(method: &Method) -> Option<&'static str> {
    match *method {
        Method::GET => Some("calendars.get"),
        Method::PUT => Some("calendars.update"),
        Method::PATCH => Some("calendars.patch"),
        Method::DELETE => Some("calendars.delete"),
        _ => None,
    }
}

fn calendar_list(method: &Method, rest: &[&str]) -> Option<&'static str> {
    match (method, rest) {
        (&Method::GET, []) => Some("calendarList.list"),
        (&Method::POST, []) => Some("calendarList.insert"),
        (&Method::POST, ["watch"]) => Some("calendarList.watch"),
        (&Method::GET, [_]) => Some("calendarList.get"),
        (&Method::PUT, [_]) => Some("calendarList.update"),
        (&Method::PATCH, [_]) => Some("calendarList.patch"),
        (&Method::DELETE, [_]) => Some("calendarList.delete"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::operation;
    use http::Method;

    #[track_caller]
    fn check(method: Method, path: &str, expected: &str) {
        assert_eq!(operation(&method, path), expected);
    }

    #[test]
    fn every_request_of_ours_has_its_name() {
        let base = "/calendar/v3";
        let list = format!("{base}/users/me/calendarList");
        let events = format!("{base}/calendars/me%40example.com/events");
        check(Method::GET, &list, "calendarList.list");
        check(Method::GET, &events, "events.list");
        check(Method::POST, &events, "events.insert");
        check(Method::GET, &format!("{events}/e1"), "events.get");
        check(Method::PUT, &format!("{events}/e1"), "events.update");
        check(Method::PATCH, &format!("{events}/e1"), "events.patch");
        check(Method::DELETE, &format!("{events}/e1"), "events.delete");
        check(
            Method::GET,
            &format!("{events}/e1/instances"),
            "events.instances",
        );
        check(Method::POST, &format!("{events}/watch"), "events.watch");
        check(Method::POST, "/token", "token");
        check(Method::POST, "/batch/calendar/v3", "batch");
        check(
            Method::POST,
            &format!("{base}/channels/stop"),
            "channels.stop",
        );
    }

    #[test]
    fn a_calendar_or_event_may_be_named_like_a_part_of_the_path() {
        check(Method::GET, "/calendars/events/events", "events.list");
        check(
            Method::GET,
            "/calendars/calendars/events/watch",
            "events.get",
        );
        check(Method::GET, "/calendars/calendarList", "calendars.get");
    }

    #[test]
    fn anything_else_is_named_by_method_and_path() {
        check(Method::GET, "/nowhere", "GET /nowhere");
        check(Method::GET, "/", "GET /");
    }
}
