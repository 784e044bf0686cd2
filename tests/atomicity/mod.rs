//! All or nothing at any size: whoever reads while a sync is at work sees the calendar as it was before the
//! commit, or as it is after it.
//!
//! The reader looks after the calls that a worker makes, through a client of its own. Small syncs are looked at
//! whole after every single call. Large ones are looked at whole whenever the state moved and every so many
//! calls, and after every other call that writes in a few rows.

mod watch;

use serde_json::json;
use simulator::Simulator;

use crate::bench::{Bench, name};
use watch::watched;

/// An event on one of twenty days; one in `opaque` takes time, so that there is something to push as well.
fn event(n: usize, opaque: usize) -> serde_json::Value {
    let (day, hour, minute) = (3 + n % 20, 6 + n / 20 % 12, n % 60);
    json!({
        "id": format!("event{n:05}"),
        "start": {"dateTime": format!("2026-03-{day:02}T{hour:02}:{minute:02}:00Z")},
        "end": {"dateTime": format!("2026-03-{day:02}T{:02}:{minute:02}:00Z", hour + 1)},
        "transparency": if n.is_multiple_of(opaque) { "opaque" } else { "transparent" },
    })
}

/// What happens to the n-th event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Insert,
    Move,
    Delete,
}

const MIX: [Edit; 3] = [Edit::Insert, Edit::Move, Edit::Delete];

fn apply(google: &mut Simulator, n: usize, edit: Edit, opaque: usize) {
    let id = format!("event{n:05}");
    match edit {
        Edit::Insert => drop(google.insert_event(&name(0), event(n, opaque)).unwrap()),
        Edit::Move => {
            let times = json!({
                "start": {"dateTime": "2026-03-28T10:00:00Z"}, "end": {"dateTime": "2026-03-28T11:00:00Z"},
            });
            google.patch_event(&name(0), &id, times).unwrap();
        }
        Edit::Delete => google.delete_event(&name(0), &id).unwrap(),
    }
}

/// A sync of `count` changed events, of the kinds in `mix` in turn, looked at whole every `stride` calls.
async fn check(count: usize, mix: &[Edit], stride: usize) {
    let opaque = if count > 101 { count / 5 } else { 10 };
    let edits: Vec<(usize, Edit)> = (0..count).zip(mix.iter().copied().cycle()).collect();
    let bench = Bench::with(2, |google| {
        for (n, _) in edits.iter().filter(|(_, edit)| *edit != Edit::Insert) {
            google.insert_event(&name(0), event(*n, opaque)).unwrap();
        }
        google
            .insert_event(&name(0), event(count + 1, opaque))
            .unwrap();
    })
    .await;
    bench.settle().await;
    for (n, edit) in &edits {
        apply(&mut bench.world.google(), *n, *edit, opaque);
    }
    let synced = watched(&bench, stride).await;
    let counts = synced.counts;
    assert_eq!(
        counts.created + counts.updated + counts.deleted,
        count as u64
    );
    bench.settle().await;
}

#[tokio::test(start_paused = true)]
async fn one_change_is_seen_whole_or_not_at_all() {
    for edit in MIX {
        check(1, &[edit], 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn around_the_size_of_a_transaction_changes_are_seen_whole_or_not_at_all() {
    for count in [97, 98, 99, 100, 101] {
        check(count, &MIX, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_changes_are_seen_whole_or_not_at_all() {
    check(1_000, &MIX, 25).await;
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_changes_are_seen_whole_or_not_at_all() {
    check(10_000, &MIX, 1_000).await;
}
