//! What a look asks for is done, and one calendar's failure never stops the others.

use std::collections::BTreeSet;

use shared::engine::Cared;
use shared::health::{IssueKind, Level, Pace};
use shared::model::CalendarId;
use simulator::{Effect, Fault, Matcher, Times};

use super::{HOUR, kinds};
use crate::bench::{Bench, name};

fn refuse(bench: &Bench, n: usize) {
    bench.world.google().inject(Fault {
        on: Matcher::kind("events.list").on_calendar(&name(n)),
        times: Times::Always,
        effect: Effect::Status {
            code: 403,
            reason: "forbidden".into(),
            retry_after: None,
        },
    });
}

async fn care(bench: &Bench) -> Cared {
    let checkup = bench.checkup().await;
    bench.worker().care(&checkup, &Pace::default()).await
}

#[tokio::test(start_paused = true)]
async fn a_healthy_system_is_left_alone() {
    let bench = Bench::well().await;
    let units = bench.world.google().units();
    assert_eq!(care(&bench).await, Cared::default());
    assert_eq!(bench.world.google().units(), units);
}

#[tokio::test(start_paused = true)]
async fn what_a_sync_mends_is_synced_and_counted_once_it_is_gone() {
    let bench = Bench::well().await;
    bench.world.clock().advance(3 * HOUR);
    let cared = care(&bench).await;
    assert_eq!((cared.fixes, cared.synced.len()), (3, 3), "{cared:?}");
    assert!(cared.failed.is_empty(), "{cared:?}");
    assert_eq!(bench.checkup().await.report(0).overall, Level::Healthy);
    assert_eq!(care(&bench).await, Cared::default());
}

#[tokio::test(start_paused = true)]
async fn one_calendar_that_fails_stops_no_other_and_counts_as_no_fix() {
    let bench = Bench::well().await;
    bench.world.clock().advance(3 * HOUR);
    refuse(&bench, 1);
    let cared = care(&bench).await;
    assert_eq!((cared.fixes, cared.synced.len()), (2, 2), "{cared:?}");
    let failed: Vec<CalendarId> = cared.failed.keys().copied().collect();
    assert_eq!(failed, [bench.id(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_cannot_be_compared_gives_the_others_their_turn() {
    let bench = Bench::well().await;
    bench.world.clock().advance(25 * HOUR);
    refuse(&bench, 0);
    let mut audited = BTreeSet::new();
    for _ in 0..3 {
        let cared = care(&bench).await;
        assert_eq!(cared.audited.len(), 1, "{cared:?}");
        for (calendar, found) in cared.audited {
            // That access is refused is told by an issue of its own.
            assert_eq!(found.errors, 0, "{found:?}");
            audited.insert(calendar);
        }
        bench.world.clock().advance(HOUR / 12);
    }
    assert_eq!(audited, bench.ids().into_iter().collect());
    let shown = kinds(&bench.checkup().await, bench.id(0));
    assert!(
        shown
            .iter()
            .any(|kind| matches!(kind, IssueKind::Failing(_))),
        "{shown:?}"
    );
}
