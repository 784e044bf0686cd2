use super::*;
use crate::{Effect, Fault, Matcher, Times};

fn inject(world: &mut Simulator, on: Matcher, times: Times, effect: Effect) {
    world.inject(Fault { on, times, effect });
}

fn try_insert(world: &mut Simulator, id: &str) -> Option<Answer> {
    send(
        world,
        Method::POST,
        "calendars/primary/events",
        &[],
        Some(single(id, 1)),
    )
}

#[test]
fn faults_before_leave_no_trace_and_faults_after_do() {
    let check = |effect: Effect, status: Option<u16>, stored: bool| {
        let mut world = world();
        inject(
            &mut world,
            Matcher::kind("events.insert"),
            Times::Once,
            effect.clone(),
        );
        assert_eq!(
            try_insert(&mut world, "event").map(|answer| answer.status),
            status,
            "{effect:?}"
        );
        assert_eq!(world.event(EMAIL, "event").is_some(), stored, "{effect:?}");
        let last = world.log().last().unwrap();
        assert_eq!((last.status, last.applied), (status, stored), "{effect:?}");
        let again = if stored { 409 } else { 200 };
        assert_eq!(
            try_insert(&mut world, "event").unwrap().status,
            again,
            "{effect:?}"
        );
    };
    let status = |code| Effect::Status {
        code,
        reason: "backendError".into(),
        retry_after: None,
    };
    let after = |code| Effect::StatusAfter {
        code,
        reason: "backendError".into(),
        retry_after: None,
    };
    check(status(500), Some(500), false);
    check(after(503), Some(503), true);
    check(Effect::LostBefore, None, false);
    check(Effect::LostAfter, None, true);
    check(Effect::HtmlBody(503), Some(503), false);
    check(Effect::TruncatedBody, Some(200), true);
    check(Effect::EmptyBody, Some(200), true);
    check(Effect::WrongShape, Some(200), true);
    check(Effect::WrongContentType, Some(200), true);
}

#[test]
fn matchers_choose_by_kind_calendar_event_method_and_count() {
    let mut world = world();
    let effect = Effect::Status {
        code: 429,
        reason: "rateLimitExceeded".into(),
        retry_after: Some(7),
    };
    inject(
        &mut world,
        Matcher::kind("events.get")
            .on_calendar(EMAIL)
            .on_event("event")
            .nth(2),
        Times::N(2),
        effect,
    );
    insert(&mut world, single("event", 1));
    let mut read = |path: &str| get(&mut world, path);
    let seen: Vec<u16> = (0..4)
        .map(|_| read("calendars/primary/events/event").status)
        .collect();
    assert_eq!(seen, [200, 429, 429, 200]);
    assert_eq!(world.pending_faults(), 0);
}

#[test]
fn injected_refusals_look_like_googles() {
    let mut world = world();
    let effect = Effect::Status {
        code: 403,
        reason: "quotaExceeded".into(),
        retry_after: Some(30),
    };
    inject(&mut world, Matcher::default(), Times::Always, effect);
    let answer = list(&mut world, "");
    assert_eq!(answer.body["error"]["errors"][0]["domain"], "usageLimits");
    assert_eq!(answer.headers["retry-after"], "30");
    world.clear_faults();
    assert_eq!(list(&mut world, "").status, 200);
}

#[test]
fn a_batch_carries_its_parts_and_a_lost_part_loses_it_all() {
    let mut world = world();
    let part = |id: &str| {
        format!(
            "--b\r\nContent-Type: application/http\r\nContent-ID: <{id}>\r\n\r\nPOST /calendar/v3/calendars/primary/events HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{}\r\n",
            single(id, 1)
        )
    };
    let batch = |world: &mut Simulator, ids: &[&str]| {
        let body: String = ids.iter().map(|id| part(id)).collect::<String>() + "--b--\r\n";
        let request = Request::builder()
            .method(Method::POST)
            .uri("/batch/calendar/v3");
        let request = request
            .header("content-type", "multipart/mixed; boundary=b")
            .header("authorization", "Bearer tok_test");
        read(world.handle(request.body(Bytes::from(body)).unwrap()))
    };
    let answer = batch(&mut world, &["aaaaa", "bbbbb", "aaaaa"]).unwrap();
    assert_eq!(answer.text.matches("HTTP/1.1 200").count(), 2);
    assert_eq!(answer.text.matches("HTTP/1.1 409").count(), 1);
    assert!(answer.text.contains("Content-ID: <response-bbbbb>"));
    inject(
        &mut world,
        Matcher::kind("events.insert").nth(2),
        Times::Once,
        Effect::LostAfter,
    );
    assert!(batch(&mut world, &["ccccc", "ddddd"]).is_none());
    assert!(world.event(EMAIL, "ddddd").is_some());
    assert_eq!(world.requests_by_kind()["events.insert"], 5);
}
