//! What looks like a block is never a source, whoever made it; what is not ours is never touched.

use serde_json::{Value, json};
use shared::engine::Wish;
use shared::model::{
    AccountId, CalendarId, EventKey, Generation, GoogleCalendarId, GoogleEventId, InstallKey,
    Sealed, Sealer, UserId,
};
use simulator::Simulator;

use super::live_blocks;
use crate::bench::{Bench, name, timed, weekly};

/// One meeting on the first of three calendars, its blocks on the others.
async fn with_block() -> Bench {
    let bench = Bench::with(3, |google| {
        google
            .insert_event(&name(0), timed("meeting", 3, 9))
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench
}

/// How many events with this start stand on a calendar, of whatever kind.
fn at(google: &Simulator, calendar: &str, start: &str) -> usize {
    let events = google.events(calendar).into_iter();
    events
        .filter(|event| {
            event.status != simulator::Status::Cancelled && event.start.as_deref() == Some(start)
        })
        .count()
}

#[tokio::test(start_paused = true)]
async fn a_copied_block_never_becomes_a_source() {
    for (from, to) in [(1, 1), (1, 2), (1, 0)] {
        let bench = with_block().await;
        let block = bench.block(from).id;
        let copy = bench.edit(|google| google.copy_event(&name(from), &block, &name(to)).unwrap());
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        // The copy stays as the person made it, and nobody holds its time.
        assert_eq!(bench.faults(), [], "copied from {from} to {to}");
        assert!(bench.world.google().event(&name(to), &copy).is_some());
        let later = timed("any", 12, 12);
        bench.edit(|google| {
            google
                .patch_event(
                    &name(to),
                    &copy,
                    json!({"start": later["start"], "end": later["end"], "summary": "mine"}),
                )
                .unwrap();
        });
        bench.settle().await;
        for n in (0..3).filter(|n| *n != to) {
            assert_eq!(
                at(&bench.world.google(), &name(n), "2026-03-12T12:00:00Z"),
                0
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_moved_block_never_becomes_a_source_and_is_put_back() {
    for to in [2, 0] {
        let bench = with_block().await;
        let block = bench.block(1).id;
        let moved = bench.edit(|google| google.move_event_to(&name(1), &block, &name(to)));
        if moved.is_err() {
            // The other target has a block of the same id? Then Google refuses, and nothing happened.
            assert_eq!(to, 2);
        }
        let driven = bench.drive().await;
        assert!(driven.quiet, "moved to {to}: {driven:?}");
        assert_eq!(bench.faults(), [], "moved to {to}");
        assert_eq!(bench.blocks(0), [], "moved to {to}");
        bench.settle_for_good().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_block_stripped_of_its_properties_never_becomes_a_source_and_is_mended() {
    let bench = with_block().await;
    let block = bench.block(1).id;
    bench.edit(|google| google.strip_extended_properties(&name(1), &block).unwrap());
    bench.settle().await;
    assert_eq!(bench.block(1).private["tidelock"], "block");
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn an_edited_block_never_becomes_a_source_and_is_put_back() {
    for edit in [
        json!({"summary": "My own title"}),
        json!({"start": {"dateTime": "2026-03-05T10:00:00Z"}, "end": {"dateTime": "2026-03-05T12:00:00Z"}}),
        json!({"start": {"dateTime": null, "date": "2026-03-05"}, "end": {"dateTime": null, "date": "2026-03-06"}}),
        json!({"transparency": "transparent"}),
        json!({"visibility": "public"}),
        json!({"status": "tentative"}),
        json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=3"], "start": {"timeZone": "Europe/Berlin"}, "end": {"timeZone": "Europe/Berlin"}}),
        json!({"extendedProperties": {"private": {"tidelock": "other"}}}),
        json!({"extendedProperties": null, "summary": "both"}),
    ] {
        let bench = with_block().await;
        let block = bench.block(1);
        bench.edit(|google| {
            google
                .patch_event(&name(1), &block.id, edit.clone())
                .unwrap()
        });
        let driven = bench.drive().await;
        assert!(driven.quiet, "{edit}: {driven:?}");
        assert_eq!(bench.faults(), [], "{edit}");
        let after = bench.block(1);
        assert_eq!(
            (&after.id, &after.private, after.recurrence.len()),
            (&block.id, &block.private, 0),
            "{edit}"
        );
        bench.settle_for_good().await;
    }
}

/// Guests and text that a person adds to a block are no reason to write it again and again.
#[tokio::test(start_paused = true)]
async fn notes_on_a_block_end_in_step_without_a_loop() {
    let bench = with_block().await;
    let block = bench.block(1).id;
    let notes = json!({"description": "my notes", "location": "here", "colorId": "3", "attendees": [{"email": "guest@example.com"}]});
    bench.edit(|google| google.patch_event(&name(1), &block, notes).unwrap());
    bench.settle_for_good().await;
}

#[tokio::test(start_paused = true)]
async fn a_block_loses_nothing_of_its_nature_with_its_row() {
    let bench = with_block().await;
    let block = bench.block(1).id;
    bench.edit(|google| google.strip_extended_properties(&name(1), &block).unwrap());
    bench.lose_the_table().await;
    bench.settle_for_good().await;
    assert_eq!(bench.block(1).id, block);
}

fn foreign(key: u8, calendar: CalendarId, generation: u32) -> String {
    let sealed = Sealed {
        calendar,
        event: EventKey::of(&GoogleEventId::parse("meeting").unwrap()),
        generation: Generation(generation),
    };
    let id = Sealer::new(InstallKey::new([key; InstallKey::BYTES])).seal(&sealed);
    id.as_str().to_owned()
}

fn block_with(id: &str, marked: bool) -> Value {
    let mut event = timed(id, 12, 12);
    event["summary"] = json!("Busy");
    if marked {
        event["extendedProperties"] = json!({"private": {"tidelock": "block"}});
    }
    event
}

/// A block that is not this user's, with and without its mark: live, changed and deleted.
async fn check_foreign(id: &str, marked: bool, label: &str) {
    let bench = with_block().await;
    bench.edit(|google| {
        google
            .insert_event(&name(1), block_with(id, marked))
            .unwrap()
    });
    bench.world.google().clear_log();
    let quiet = |bench: &Bench| {
        assert_eq!(bench.google_writes(), [], "{label}");
        for n in [0, 2] {
            assert_eq!(
                at(&bench.world.google(), &name(n), "2026-03-12T12:00:00Z"),
                0,
                "{label}"
            );
        }
    };
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    quiet(&bench);
    bench.edit(|google| google.expire_sync_tokens(&name(1)));
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    quiet(&bench);
    bench.edit(|google| {
        google
            .patch_event(&name(1), id, json!({"summary": "changed"}))
            .unwrap()
    });
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    quiet(&bench);
    bench.edit(|google| google.delete_event(&name(1), id).unwrap());
    let driven = bench.drive().await;
    assert!(driven.quiet, "{label}: {driven:?}");
    quiet(&bench);
}

#[tokio::test(start_paused = true)]
async fn a_block_of_another_installation_is_never_a_source_and_never_touched() {
    let key = InstallKey::new([9; InstallKey::BYTES]);
    let google = GoogleCalendarId::parse(name(0)).unwrap();
    let calendar = CalendarId::derive(&key, UserId::derive(&key, "ann"), &google);
    for marked in [true, false] {
        check_foreign(&foreign(9, calendar, 0), marked, "another installation").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_block_of_another_user_is_never_a_source_and_never_touched() {
    let key = InstallKey::new([7; InstallKey::BYTES]);
    let google = GoogleCalendarId::parse(name(0)).unwrap();
    let calendar = CalendarId::derive(&key, UserId::derive(&key, "bob"), &google);
    for marked in [true, false] {
        check_foreign(&foreign(7, calendar, 3), marked, "another user").await;
    }
}

#[tokio::test(start_paused = true)]
async fn ids_that_imitate_ours_are_never_a_source_and_never_touched() {
    for id in [
        "tidelock",
        "tidelock1",
        "tidelock1abc",
        "tidelock2abcdefgh",
        "tidelock1vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
        "tidelock1_20260312T120000Z",
    ] {
        check_foreign(id, false, id).await;
    }
}

/// A mark that somebody put on an event of their own only keeps it from being mirrored.
#[tokio::test(start_paused = true)]
async fn a_forged_mark_never_makes_us_touch_an_event() {
    for extended in [
        json!({"private": {"tidelock": "block"}}),
        json!({"private": {"tidelock": "x".repeat(900)}}),
        json!({"shared": {"tidelock": "block"}}),
    ] {
        let bench = with_block().await;
        let mut event = timed("colleague", 12, 12);
        event["extendedProperties"] = extended.clone();
        bench.edit(|google| google.insert_event(&name(1), event).unwrap());
        bench.world.google().clear_log();
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        bench.edit(|google| google.delete_event(&name(1), "colleague").unwrap());
        let driven = bench.drive().await;
        assert!(driven.quiet, "{driven:?}");
        assert_eq!(bench.google_writes(), [], "{extended}");
    }
}

/// Ann has the first two calendars, Bob the second and third: through one account, as far as Google can see.
async fn two_users() -> (Bench, Bench) {
    let ann = Bench::with(3, |google| {
        google.insert_event(&name(0), timed("anns", 3, 9)).unwrap();
        google.insert_event(&name(1), timed("both", 4, 9)).unwrap();
        google
            .insert_event(&name(1), weekly("weekly", 5, 9, 4))
            .unwrap();
        google.insert_event(&name(2), timed("bobs", 6, 9)).unwrap();
    })
    .await;
    let wish = |names: [String; 2]| Wish {
        account: AccountId("work".into()),
        calendars: Some(names.into()),
    };
    let key = ann.world.key().clone();
    let worker = ann.worker();
    let connect = async |user: &str, names: [String; 2]| {
        let user = UserId::derive(&key, user);
        worker.connect(&key, user, &[wish(names)]).await.unwrap()
    };
    let bob = Bench {
        world: ann.world.clone(),
        config: connect("bob", [name(1), name(2)]).await,
        names: vec![name(1), name(2)],
    };
    let ann = Bench {
        config: connect("ann", [name(0), name(1)]).await,
        names: vec![name(0), name(1)],
        world: ann.world,
    };
    (ann, bob)
}

/// What each of the two has to hold, counted by hand: a block of the one is no event to the other.
fn holds(google: &Simulator) -> [usize; 3] {
    [0, 1, 2].map(|n| live_blocks(google, &name(n)).len())
}

#[tokio::test(start_paused = true)]
async fn two_users_of_one_calendar_do_not_affect_each_other() {
    let (ann, bob) = two_users().await;
    let both = async || {
        for _ in 0..4 {
            let ids = [0, 1].map(|n| ann.world.calendar(&ann.config, &name(n)).unwrap());
            let driven = ann
                .worker()
                .drive(&ids, std::time::Duration::from_secs(7200), |_| {})
                .await;
            assert!(driven.quiet, "{driven:?}");
            let ids = [1, 2].map(|n| bob.world.calendar(&bob.config, &name(n)).unwrap());
            let driven = bob
                .worker()
                .drive(&ids, std::time::Duration::from_secs(7200), |_| {})
                .await;
            assert!(driven.quiet, "{driven:?}");
        }
    };
    both().await;
    // On the first: the two of the second. On the second: one of each user's other calendar. On the third: two.
    assert_eq!(holds(&ann.world.google()), [2, 2, 2]);
    ann.world.google().clear_log();
    both().await;
    assert_eq!(ann.google_writes(), []);
    ann.edit(|google| {
        google.delete_event(&name(0), "anns").unwrap();
        google
            .replace_event(&name(1), "both", timed("both", 9, 9))
            .unwrap();
    });
    both().await;
    assert_eq!(holds(&ann.world.google()), [2, 1, 2]);
    // One of them loses everything the table knew of the shared calendar: the other's blocks stay as they are.
    ann.edit(|google| google.expire_sync_tokens(&name(1)));
    ann.world.google().clear_log();
    both().await;
    assert_eq!(ann.google_writes(), []);
    assert_eq!(holds(&ann.world.google()), [2, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_moved_to_another_users_calendar_is_none_of_their_business() {
    let (ann, bob) = two_users().await;
    let all = async || {
        let ann_ids = [0, 1].map(|n| ann.world.calendar(&ann.config, &name(n)).unwrap());
        let bob_ids = [1, 2].map(|n| bob.world.calendar(&bob.config, &name(n)).unwrap());
        let driven = ann
            .worker()
            .drive(
                &[ann_ids, bob_ids].concat(),
                std::time::Duration::from_secs(7200),
                |_| {},
            )
            .await;
        assert!(driven.quiet, "{driven:?}");
    };
    all().await;
    // A block of Ann's, from her own calendar to Bob's.
    let block = live_blocks(&ann.world.google(), &name(0)).pop().unwrap();
    ann.edit(|google| google.move_event_to(&name(0), &block.id, &name(2)).unwrap());
    all().await;
    assert_eq!(holds(&ann.world.google()), [2, 2, 3]);
    ann.world.google().clear_log();
    all().await;
    assert_eq!(ann.google_writes(), []);
    assert!(
        ann.world
            .google()
            .event(&name(2), &block.id)
            .is_some_and(|event| !event.etag.is_empty())
    );
}
