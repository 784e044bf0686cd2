use chrono_tz::Tz;

use super::*;
use crate::{NewAccount, Role};

const OTHER: (&str, &str) = ("authorization", "Bearer other");

fn shared(role: Role) -> Simulator {
    let mut world = world();
    let account = NewAccount {
        email: "you@example.com".into(),
        access_tokens: vec!["other".into()],
        ..NewAccount::default()
    };
    world.add_account(account, Tz::Europe__Paris);
    world.set_role(SECOND_CALENDAR, "you@example.com", Some(role));
    let mut open = single("open1", 1);
    open["description"] = "text".into();
    world.insert_event(SECOND_CALENDAR, open).unwrap();
    let mut private = single("private1".replace('p', "b").as_str(), 2);
    private["visibility"] = "private".into();
    world.insert_event(SECOND_CALENDAR, private).unwrap();
    world
}

fn events(world: &mut Simulator) -> Answer {
    send(
        world,
        Method::GET,
        &format!("calendars/{SECOND_CALENDAR}/events"),
        &[OTHER],
        None,
    )
    .unwrap()
}

fn write(world: &mut Simulator) -> Answer {
    send(
        world,
        Method::POST,
        &format!("calendars/{SECOND_CALENDAR}/events"),
        &[OTHER],
        Some(single("mine1", 3)),
    )
    .unwrap()
}

#[test]
fn roles_decide_what_is_seen_and_written() {
    let check = |role: Role, titles: [bool; 2], writes: u16| {
        let mut world = shared(role);
        let seen = events(&mut world).body;
        assert_eq!(seen["accessRole"], role.name());
        let title = |index: usize| seen["items"][index].get("summary").is_some();
        // Ids sort "briv..." before "open".
        assert_eq!([title(1), title(0)], titles, "{role:?}");
        let answer = write(&mut world);
        assert_eq!(answer.status, writes, "{role:?} {}", answer.text);
    };
    check(Role::FreeBusyReader, [false, false], 403);
    check(Role::Reader, [true, false], 403);
    check(Role::WriterWithoutPrivateAccess, [true, false], 200);
    check(Role::Writer, [true, true], 200);
    check(Role::Owner, [true, true], 200);
}

#[test]
fn a_calendar_out_of_reach_does_not_exist() {
    let mut world = shared(Role::Reader);
    assert_eq!(write(&mut world).reason(), "requiredAccessLevel");
    world.set_role(SECOND_CALENDAR, "you@example.com", None);
    assert_eq!(events(&mut world).status, 404);
    world.delete_calendar(SECOND_CALENDAR);
    assert_eq!(
        get(&mut world, &format!("calendars/{SECOND_CALENDAR}/events")).status,
        404
    );
}

#[test]
fn calendar_lists_are_per_account_and_show_new_and_removed_lines_only() {
    let mut world = shared(Role::Reader);
    let list = |world: &mut Simulator, query: &str| {
        send(
            world,
            Method::GET,
            &format!("users/me/calendarList?{query}"),
            &[OTHER],
            None,
        )
        .unwrap()
    };
    let all = list(&mut world, "");
    assert_eq!(all.ids(), [SECOND_CALENDAR, "you@example.com"]);
    assert_eq!(all.body["items"][1]["primary"], true);
    let token = all.token().to_owned();
    world.set_role(SECOND_CALENDAR, "you@example.com", Some(Role::Writer));
    assert!(
        list(&mut world, &format!("syncToken={token}"))
            .ids()
            .is_empty()
    );
    world.set_role(SECOND_CALENDAR, "you@example.com", None);
    let delta = list(&mut world, &format!("syncToken={token}"));
    assert_eq!(delta.body["items"][0]["deleted"], true);
    assert_eq!(
        list(&mut world, "minAccessRole=owner").ids(),
        ["you@example.com"]
    );
}

#[test]
fn quotas_count_units_in_a_sliding_minute() {
    let mut world = world_with(|knobs| knobs.user_units_per_minute = Some(5));
    insert(&mut world, single("event", 1));
    assert_eq!(
        patch(&mut world, "event", json!({"summary": "x"})).status,
        200
    );
    assert_eq!(list(&mut world, "").status, 200);
    let over = list(&mut world, "");
    assert_eq!((over.status, over.reason()), (403, "rateLimitExceeded"));
    world.advance(chrono::Duration::seconds(61));
    assert_eq!(list(&mut world, "").status, 200);
    assert_eq!(world.units_by_kind()["events.patch"], 3);
}
