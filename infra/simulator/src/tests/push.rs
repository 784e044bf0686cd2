use super::*;

fn watch(world: &mut Simulator, id: &str) -> Answer {
    let body = json!({"id": id, "type": "web_hook", "address": "https://hook.example.org/x", "token": "secret", "params": {"ttl": "3600"}});
    post(world, "calendars/primary/events/watch", body)
}

fn states(world: &mut Simulator) -> Vec<&'static str> {
    world
        .take_notifications()
        .iter()
        .map(|message| message.state)
        .collect()
}

#[test]
fn a_channel_tells_of_changes_until_it_stops_or_expires() {
    let mut world = world();
    let channel = watch(&mut world, "c1").body;
    insert(&mut world, single("event", 1));
    assert_eq!(states(&mut world), ["sync", "exists"]);
    assert!(states(&mut world).is_empty());
    let stop = json!({"id": "c1", "resourceId": channel["resourceId"]});
    assert_eq!(post(&mut world, "channels/stop", stop.clone()).status, 204);
    delete(&mut world, "event");
    assert!(states(&mut world).is_empty());
    assert_eq!(post(&mut world, "channels/stop", stop).status, 404);
    watch(&mut world, "c2");
    world.advance(chrono::Duration::hours(2));
    insert(&mut world, single("other", 1));
    assert_eq!(states(&mut world), ["sync"]);
}

#[test]
fn two_channels_on_a_calendar_share_a_resource_id() {
    let mut world = world();
    assert_eq!(
        watch(&mut world, "c1").body["resourceId"],
        watch(&mut world, "c2").body["resourceId"]
    );
    assert_eq!(watch(&mut world, "c1").reason(), "channelIdNotUnique");
}

#[test]
fn addresses_must_be_https_and_some_calendars_cannot_push() {
    let mut world = world();
    let body = |address: &str| json!({"id": "c", "type": "web_hook", "address": address});
    assert_eq!(
        post(
            &mut world,
            "calendars/primary/events/watch",
            body("http://hook.example.org")
        )
        .status,
        400
    );
    world.set_push_supported(EMAIL, false);
    let refused = post(
        &mut world,
        "calendars/primary/events/watch",
        body("https://hook.example.org"),
    );
    assert_eq!(refused.reason(), "pushNotSupportedForRequestedResource");
}

#[test]
fn notifications_can_be_dropped_doubled_and_late() {
    let mut world = world_with(|knobs| knobs.push.drop = 1.0);
    watch(&mut world, "c1");
    insert(&mut world, single("event", 1));
    assert_eq!(states(&mut world), ["sync"]);
    world.knobs_mut().push.drop = 0.0;
    world.knobs_mut().push.duplicate = 1.0;
    world.knobs_mut().push.delay = chrono::Duration::minutes(5);
    delete(&mut world, "event");
    assert!(states(&mut world).is_empty());
    world.advance(chrono::Duration::minutes(5));
    assert_eq!(states(&mut world), ["exists", "exists"]);
}

#[test]
fn only_server_errors_are_tried_again() {
    let mut world = world();
    watch(&mut world, "c1");
    let message = world.take_notifications().remove(0);
    world.report_delivery(message.clone(), Some(404));
    assert_eq!(world.pending_notifications(), 0);
    world.report_delivery(message, Some(503));
    assert_eq!(world.pending_notifications(), 1);
    world.advance(chrono::Duration::seconds(2));
    assert_eq!(world.take_notifications()[0].attempt, 1);
}
