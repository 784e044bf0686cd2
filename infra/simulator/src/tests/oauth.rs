use super::*;
use crate::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN};

fn form(world: &mut Simulator, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .body(Bytes::from(body))
        .unwrap();
    read(world.handle(request)).unwrap()
}

fn refresh(world: &mut Simulator, token: &str, secret: &str) -> Answer {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", CLIENT_ID),
        ("client_secret", secret),
    ];
    form(world, "/token", &fields)
}

fn list_with(world: &mut Simulator, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    send(
        world,
        Method::GET,
        "calendars/primary/events",
        &[("authorization", &bearer)],
        None,
    )
    .unwrap()
    .status
}

#[test]
fn access_tokens_expire_and_refresh() {
    let mut world = world();
    let token = refresh(&mut world, REFRESH_TOKEN, CLIENT_SECRET).body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(list_with(&mut world, &token), 200);
    world.advance(chrono::Duration::hours(1));
    assert_eq!(list_with(&mut world, &token), 401);
}

#[test]
fn a_revoked_grant_is_dead_for_good() {
    let mut world = world();
    let token = refresh(&mut world, REFRESH_TOKEN, CLIENT_SECRET).body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        form(&mut world, "/revoke", &[("token", &token)]).status,
        200
    );
    assert_eq!(list_with(&mut world, &token), 401);
    let answer = refresh(&mut world, REFRESH_TOKEN, CLIENT_SECRET);
    assert_eq!(
        (answer.status, &answer.body["error"]),
        (400, &json!("invalid_grant"))
    );
    assert_eq!(
        form(&mut world, "/revoke", &[("token", &token)]).body["error"],
        "invalid_token"
    );
}

#[test]
fn a_wrong_client_is_refused() {
    let answer = refresh(&mut world(), REFRESH_TOKEN, "wrong");
    assert_eq!(
        (answer.status, &answer.body["error"]),
        (401, &json!("invalid_client"))
    );
}

#[test]
fn missing_scopes_are_named_by_the_front_end() {
    let mut world = world();
    world.set_scopes(EMAIL, &["https://www.googleapis.com/auth/calendar.events"]);
    assert_eq!(list(&mut world, "").status, 200);
    let answer = get(&mut world, "users/me/calendarList");
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "insufficientPermissions")
    );
    assert_eq!(
        answer.body["error"]["details"][0]["reason"],
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    );
    assert_eq!(answer.body["error"]["status"], "PERMISSION_DENIED");
}
