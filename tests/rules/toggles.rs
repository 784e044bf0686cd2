//! Calendars on, off and paused: the end depends on the last setting alone.

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed, weekly};
use crate::fuzz::seeds;

fn switched(n: usize, to: &str) -> Value {
    json!({"calendars": {name(n): to}})
}

async fn of_three() -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..3 {
            for day in 0..3 {
                let id = format!("event{n}x{day}");
                google
                    .insert_event(&name(n), timed(&id, 4 + day, 8 + n as u32))
                    .unwrap();
            }
        }
        google
            .insert_event(&name(0), weekly("weekly", 4, 15, 6))
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_is_off_gives_its_blocks_back_on_both_sides_and_on_again_is_as_at_first() {
    let bench = of_three().await;
    let first: Vec<_> = (0..3).map(|n| bench.seen(n)).collect();
    for n in 0..3 {
        bench.rule(&switched(n, "off")).await;
        bench.settle_by(&switched(n, "off")).await;
        assert_eq!(bench.blocks(n).len(), 0);
        bench.rule(&json!({})).await;
        bench.settle_by(&json!({})).await;
        assert_eq!((0..3).map(|n| bench.seen(n)).collect::<Vec<_>>(), first);
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_calendar_keeps_what_is_there_and_adds_nothing() {
    let bench = of_three().await;
    let first: Vec<_> = (0..3).map(|n| bench.seen(n)).collect();
    bench.rule(&switched(1, "paused")).await;
    let driven = bench.drive().await;
    assert!(driven.quiet, "{driven:?}");
    bench.edit(|google| {
        // On the paused one, and elsewhere.
        google
            .insert_event(&name(1), timed("later1", 12, 9))
            .unwrap();
        google.delete_event(&name(1), "event1x0").unwrap();
        google
            .insert_event(&name(0), timed("later0", 12, 11))
            .unwrap();
        google.delete_event(&name(0), "event0x0").unwrap();
    });
    let before = bench.world.google().log().len();
    let driven = bench.drive().await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(
        bench.seen(1),
        first[1],
        "nothing comes to the paused calendar, and nothing goes"
    );
    assert!(
        bench.seen(0).iter().any(|one| one.1 == "03-04T09:00"),
        "a block of a paused calendar's event stays"
    );
    assert!(
        bench.seen(2).iter().any(|one| one.1 == "03-12T11:00"),
        "the others go on"
    );
    {
        let google = bench.world.google();
        let asked = google.log()[before..]
            .iter()
            .filter(|one| one.calendar.as_deref() == Some(name(1).as_str()));
        assert_eq!(asked.count(), 0, "a paused calendar is not looked at");
    }
    let report = bench.validated(false).await;
    assert_eq!(report.findings().count(), 0, "{report:#?}");
    bench.rule(&json!({})).await;
    bench.settle_by(&json!({})).await;
    // And from a pause to off.
    bench.rule(&switched(1, "paused")).await;
    bench.drive().await;
    bench.rule(&switched(1, "off")).await;
    bench.settle_by(&switched(1, "off")).await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_switched_off_gives_back_the_blocks_of_a_paused_calendar() {
    let bench = of_three().await;
    bench.rule(&switched(0, "paused")).await;
    bench.drive().await;
    let both = json!({"calendars": {name(0): "paused", name(1): "off"}});
    bench.rule(&both).await;
    let driven = bench.drive().await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.blocks(1).len(), 0);
    assert!(!bench.blocks(2).is_empty());
    let report = bench.validated(true).await;
    assert_eq!(report.findings().count(), 0, "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_end_of_a_pause_is_told_as_that() {
    let bench = of_three().await;
    bench.rule(&switched(1, "paused")).await;
    bench.drive().await;
    // Somebody deletes a block of the paused calendar's event.
    let block = bench.mirror(1, "event1x0", 2).await;
    assert!(block.in_step());
    let held = bench.blocks(2).into_iter().find(|one| {
        one.start
            .as_deref()
            .is_some_and(|start| start.starts_with("2026-03-04T09"))
    });
    bench.edit(|google| google.delete_event(&name(2), &held.unwrap().id).unwrap());
    bench.drive().await;
    let outlook = bench
        .worker()
        .outlook(bench.config.user, None)
        .await
        .unwrap();
    assert_eq!((outlook.paused, outlook.aside), (1, 0), "{outlook:?}");
}

/// Switches while workers are at it, some of which die, and only then lets things settle.
async fn storm(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let bench = of_three().await;
    let mut rules = json!({});
    for step in 0..rng.u32(2..7) {
        let mut calendars = json!({});
        for n in 0..3 {
            match rng.u32(0..4) {
                0 => calendars[name(n)] = "off".into(),
                1 => calendars[name(n)] = "paused".into(),
                _ => {}
            }
        }
        rules = json!({"calendars": calendars});
        bench.rule(&rules).await;
        bench.edit(|google| {
            let id = format!("late{step}");
            google
                .insert_event(&name(rng.usize(0..3)), timed(&id, 10 + step, 10))
                .unwrap();
        });
        let crash = rng.usize(0..80);
        let schedule = wire::Schedule::new(move |call| match call.index == crash {
            true => wire::faults::Verdict::Crash(wire::faults::Side::After),
            false => wire::faults::Verdict::Pass,
        });
        let worker = bench.world.worker(&schedule, rng.u64(..));
        let ids = bench.ids();
        tokio::select! {
            _ = worker.drive(&ids, std::time::Duration::from_secs(30), |_| {}) => {}
            () = schedule.crashed() => {}
        }
        bench
            .world
            .clock()
            .advance(std::time::Duration::from_secs(700));
    }
    // The last setting has no pause: so the end follows from it alone.
    let last = rules["calendars"].as_object_mut().unwrap();
    last.retain(|_, switch| *switch != "paused");
    bench.rule(&rules).await;
    bench.settle_by(&rules).await;
    let report = bench.validated(true).await;
    assert_eq!(report.findings().count(), 0, "seed {seed}: {report:#?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_storm_of_switches_the_last_setting_holds() {
    for seed in seeds(0..50) {
        storm(seed).await;
    }
}
