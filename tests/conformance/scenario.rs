//! A scenario in which the client makes every kind of request that it has.

use std::collections::BTreeMap;

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;
use shared::engine::{Engine, Parts, Wish};
use shared::google::{Client, Credentials, Group, InstanceRange, Settings};
use shared::model::{AccountId, GoogleCalendarId, GoogleEventId, Sealer, UserId};
use wire::Schedule;

use super::recorder::{Exchange, Recorder};
use crate::bench::{Bench, NOW, name, timed, weekly};

/// Plays it, and returns all that went over the wire.
pub(super) async fn played() -> Vec<Exchange> {
    let bench = Bench::with(3, |google| {
        google.knobs_mut().gzip = false;
        google.knobs_mut().short_pages = 0.5;
        google.knobs_mut().empty_pages = 0.2;
        fill(google);
    })
    .await;
    let recorder = Recorder::over(&bench.world);
    let client = client(&bench, &recorder);
    let worker = worker(&bench, client.clone());
    let everything = Wish {
        account: AccountId("work".into()),
        calendars: None,
    };
    let user = UserId::derive(bench.world.key(), "ann");
    worker
        .connect(bench.world.key(), user, &[everything])
        .await
        .unwrap();
    settle(&bench, &worker).await;
    let edits = [
        people_edit,
        blocks_are_touched,
        time_is_freed,
        time_is_held_again,
        tokens_expire,
    ];
    for edit in edits {
        edit(&bench);
        settle(&bench, &worker).await;
    }
    occurrences_are_listed(&client).await;
    recorder.exchanges()
}

async fn occurrences_are_listed(client: &Client) {
    let calendar = GoogleCalendarId::parse(name(0)).unwrap();
    let series = GoogleEventId::parse("weekly").unwrap();
    let range = InstanceRange {
        time_min: Some(NOW.parse().unwrap()),
        time_max: None,
    };
    let listed = client.instances(&calendar, &series, range).await.unwrap();
    assert_eq!(listed.len(), 10);
}

fn client(bench: &Bench, recorder: &Recorder) -> Client {
    let settings = Settings {
        units_per_minute: u32::MAX,
        ..Settings::default()
    };
    Client::new(
        Arc::new(recorder.clone()),
        Credentials::AccessToken(SecretString::from("tok")),
        &settings,
        &Group::default(),
        bench.world.clock().shared(),
        fastrand::Rng::with_seed(1),
    )
}

fn worker(bench: &Bench, client: Client) -> Engine {
    let world = &bench.world;
    Engine::new(Parts {
        store: world.store(&Schedule::none(), 1),
        crew: BTreeMap::from([(AccountId("work".into()), client)]).into(),
        sealer: Sealer::new(world.key().clone()),
        clock: world.clock().shared(),
        owner: "recorded".into(),
        seed: 1,
    })
}

async fn settle(bench: &Bench, worker: &Engine) {
    let driven = bench.drive_with(worker).await;
    assert!(driven.quiet, "not quiet: {driven:?}");
    assert_eq!(bench.faults(), []);
}

fn fill(google: &mut simulator::Simulator) {
    for day in 3..9 {
        google
            .insert_event(&name(0), timed(&format!("single{day}"), day, 9))
            .unwrap();
        google
            .insert_event(&name(1), timed(&format!("other{day}"), day, 14))
            .unwrap();
    }
    let days =
        json!({"id": "allday", "start": {"date": "2026-03-09"}, "end": {"date": "2026-03-11"}});
    google.insert_event(&name(0), days).unwrap();
    google
        .insert_event(&name(0), weekly("weekly", 4, 15, 10))
        .unwrap();
    google
        .insert_event(&name(1), weekly("other", 5, 16, 6))
        .unwrap();
    google
        .cancel_occurrence(&name(0), "weekly", "2026-03-11T15:00:00+01:00")
        .unwrap();
}

fn people_edit(bench: &Bench) {
    let mut google = bench.world.google();
    let later = timed("single3", 3, 11);
    let later = json!({"start": later["start"], "end": later["end"]});
    google.patch_event(&name(0), "single3", later).unwrap();
    google.delete_event(&name(0), "single4").unwrap();
    google
        .cancel_occurrence(&name(1), "other", "2026-03-12T16:00:00+01:00")
        .unwrap();
    let at = |hour| json!({"dateTime": format!("2026-03-18T{hour}:00:00+01:00"), "timeZone": "Europe/Berlin"});
    google
        .move_occurrence(
            &name(0),
            "weekly",
            "2026-03-18T15:00:00+01:00",
            at(17),
            at(18),
        )
        .unwrap();
}

/// A person deletes one block and drags another.
fn blocks_are_touched(bench: &Bench) {
    let mut google = bench.world.google();
    let events = google.events(&name(2)).into_iter().map(|event| event.id);
    let single = |id: &String| {
        let event = google.event_json(&name(2), id).unwrap();
        id.starts_with("tidelock")
            && event.get("recurrence").is_none()
            && event.get("recurringEventId").is_none()
            && event["start"]["dateTime"].is_string()
            && event["status"] != "cancelled"
    };
    let blocks: Vec<String> = events.filter(single).collect();
    google.delete_event(&name(2), &blocks[0]).unwrap();
    let there = timed("there", 20, 8);
    let times = json!({"start": there["start"], "end": there["end"]});
    google.patch_event(&name(2), &blocks[1], times).unwrap();
}

fn time_is_freed(bench: &Bench) {
    let free = json!({"transparency": "transparent"});
    let mut google = bench.world.google();
    google.patch_event(&name(0), "single6", free).unwrap();
}

/// Its block is revived.
fn time_is_held_again(bench: &Bench) {
    let busy = json!({"transparency": "opaque"});
    let mut google = bench.world.google();
    google.patch_event(&name(0), "single6", busy).unwrap();
}

fn tokens_expire(bench: &Bench) {
    let mut google = bench.world.google();
    for n in 0..3 {
        google.expire_sync_tokens(&name(n));
    }
    google.delete_event(&name(0), "single5").unwrap();
}
