//! Each kind of issue by the damage that it stands for, and nothing else with it.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use shared::health::{Audited, IssueKind, Level, Subject};
use shared::limits;
use shared::model::{CommitId, FailureClass, Rev, RowWrite};
use shared::store::Acquire;
use simulator::{Effect, Fault, Matcher, Role, Times};

use super::{HOUR, all_kinds, kinds, level, partition};
use crate::bench::{Bench, name, timed};
use crate::wiretap::refusal;

fn always(kind: &str, calendar: &str, code: u16, reason: &str) -> Fault {
    Fault {
        on: Matcher::kind(kind).on_calendar(calendar),
        times: Times::Always,
        effect: Effect::Status {
            code,
            reason: reason.into(),
            retry_after: None,
        },
    }
}

#[tokio::test(start_paused = true)]
async fn a_healthy_system_is_healthy() {
    let bench = Bench::well().await;
    let checkup = bench.checkup().await;
    let report = checkup.report(0);
    assert_eq!(all_kinds(&checkup), []);
    assert_eq!(report.overall, Level::Healthy);
    assert_eq!((report.calendars_checked, report.calendars_healthy), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn an_idle_system_that_is_synced_stays_healthy_for_days() {
    let bench = Bench::well().await;
    for hour in 0..60 {
        bench.world.clock().advance(HOUR / 4 * 3);
        bench.drive().await;
        if hour % 20 == 19 {
            bench.audit_all().await;
        }
        let checkup = bench.checkup().await;
        assert_eq!(all_kinds(&checkup), [], "round {hour}");
    }
}

#[tokio::test(start_paused = true)]
async fn calendars_that_nobody_syncs_are_stale_after_two_hours_and_critical_after_six() {
    let bench = Bench::well().await;
    bench.world.clock().advance(limits::STALE_DEGRADED);
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::Stale; 3]);
    assert_eq!(level(&checkup), Level::Degraded);
    assert_eq!(checkup.work(&Default::default()).to_sync.len(), 3);
    bench.world.clock().advance(limits::STALE_CRITICAL);
    assert_eq!(level(&bench.checkup().await), Level::Critical);
    bench.settle().await;
    assert_eq!(level(&bench.checkup().await), Level::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_was_never_synced_is_never_green() {
    let bench = Bench::with(2, |_| {}).await;
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::NeverChecked; 2]);
    assert_eq!(level(&checkup), Level::Degraded);
    bench.world.clock().advance(limits::UNCHECKED_CRITICAL);
    assert_eq!(level(&bench.checkup().await), Level::Critical);
    bench.settle().await;
    assert_eq!(level(&bench.checkup().await), Level::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_missing_or_damaged_is_critical_and_the_others_are_judged() {
    let bench = Bench::well().await;
    let (first, second) = (partition(bench.id(0)), partition(bench.id(1)));
    bench.remove(first, "STATE").await;
    let text = AttributeValue::S("many".into());
    bench.spoil(second, "STATE", "epoch", text).await;
    let checkup = bench.checkup().await;
    assert_eq!(kinds(&checkup, bench.id(0)), [IssueKind::StateMissing]);
    assert_eq!(kinds(&checkup, bench.id(1)), [IssueKind::StateUnreadable]);
    assert_eq!(kinds(&checkup, bench.id(2)), []);
    assert_eq!(level(&checkup), Level::Critical);
    let mut to_repair = checkup.work(&Default::default()).to_repair;
    to_repair.sort();
    let mut expected = vec![bench.id(0), bench.id(1)];
    expected.sort();
    assert_eq!(to_repair, expected);
}

#[tokio::test(start_paused = true)]
async fn an_item_of_newer_code_is_not_taken_for_health() {
    let bench = Bench::well().await;
    let newer = AttributeValue::N("99".into());
    let at = partition(bench.id(1));
    bench.spoil(at, "STATE", "v", newer).await;
    let checkup = bench.checkup().await;
    assert_eq!(kinds(&checkup, bench.id(1)), [IssueKind::Newer]);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_is_seen_when_rows_are_counted() {
    let bench = Bench::well().await;
    let bad = AttributeValue::S("none".into());
    let at = partition(bench.id(0));
    bench.spoil(at, "EVENT#event0", "facts", bad).await;
    let checkup = bench.checkup().await;
    assert_eq!(kinds(&checkup, bench.id(0)), [IssueKind::Damaged]);
    assert_eq!(level(&checkup), Level::Critical);
}

#[tokio::test(start_paused = true)]
async fn a_wake_that_nobody_serves_is_seen() {
    let bench = Bench::well().await;
    bench.worker().wake(bench.id(0)).await.unwrap();
    assert_eq!(all_kinds(&bench.checkup().await), []);
    bench.world.clock().advance(limits::WAKE_DEGRADED);
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::WakeUnserved]);
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_a_dead_worker_left_is_seen_and_one_that_never_ends_is_critical() {
    let bench = Bench::well().await;
    let worker = bench.worker();
    let now = worker.now();
    let ends = now.saturating_add(limits::SYNC_TIME).unwrap();
    let state = worker.store().state(bench.id(0)).await.unwrap().unwrap();
    let granted = worker.store().acquire(&state, "dead", now, ends).await;
    assert!(matches!(granted.unwrap(), Acquire::Granted(_)));
    assert_eq!(all_kinds(&bench.checkup().await), []);
    bench
        .world
        .clock()
        .advance(limits::SYNC_TIME + limits::LEASE_LEFT_DEGRADED);
    assert_eq!(all_kinds(&bench.checkup().await), [IssueKind::LeaseLeft]);
    let never = now.saturating_add(1_000 * HOUR).unwrap();
    let state = worker.store().state(bench.id(0)).await.unwrap().unwrap();
    let now = worker.now();
    let granted = worker.store().acquire(&state, "mad", now, never).await;
    assert!(matches!(granted.unwrap(), Acquire::Granted(_)));
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::LeaseStuck]);
    assert_eq!(level(&checkup), Level::Critical);
}

#[tokio::test(start_paused = true)]
async fn a_committed_journal_that_nobody_applies_is_seen() {
    let bench = Bench::well().await;
    let commit = CommitId::new(shared::model::Epoch(1), 2).to_string();
    let pointer = AttributeValue::M(
        [
            ("commit".to_owned(), AttributeValue::S(commit)),
            ("chunks".to_owned(), AttributeValue::N("1".into())),
            ("digest".to_owned(), AttributeValue::S("d".into())),
        ]
        .into(),
    );
    bench
        .spoil(partition(bench.id(2)), "STATE", "journal", pointer)
        .await;
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::JournalLeft]);
    assert_eq!(checkup.work(&Default::default()).to_sync, [bench.id(2)]);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_google_refuses_is_critical_at_once_and_passes_with_consent() {
    let bench = Bench::well().await;
    bench
        .world
        .google()
        .inject(always("events.list", &name(1), 403, "forbidden"));
    bench.drive().await;
    let checkup = bench.checkup().await;
    let denied = IssueKind::Failing(FailureClass::Denied);
    assert_eq!(all_kinds(&checkup), [denied]);
    assert_eq!(kinds(&checkup, bench.id(1)), [denied]);
    assert_eq!(level(&checkup), Level::Critical);
    bench.world.google().clear_faults();
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_google_that_does_not_answer_is_an_issue_once_it_lasts() {
    let bench = Bench::well().await;
    bench
        .world
        .google()
        .inject(always("events.list", &name(1), 500, "backendError"));
    bench.drive().await;
    bench.world.clock().advance(limits::FAILING_DEGRADED);
    let later = IssueKind::Failing(FailureClass::Later);
    let checkup = bench.checkup().await;
    assert!(kinds(&checkup, bench.id(1)).contains(&later), "{checkup:?}");
    assert_eq!(kinds(&checkup, bench.id(0)), []);
    bench.world.google().clear_faults();
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_future_does_not_hide_that_nothing_happens() {
    let bench = Bench::well().await;
    let ahead = AttributeValue::S("2030-01-01T00:00:00.000000000Z".into());
    let at = partition(bench.id(0));
    bench.spoil(at, "STATE", "last_synced_at", ahead).await;
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::TimeAhead]);
    assert_eq!(level(&checkup), Level::Critical);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_google_refuses_for_good_is_seen_though_nothing_is_left_to_push() {
    let bench = Bench::well().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
    bench
        .world
        .google()
        .insert_event(&name(0), timed("refused", 9, 9))
        .unwrap();
    let tap = bench.tap();
    tap.set(|asked, perform| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        match asked.operation == "events.insert" && body.contains("2026-03-09T") {
            true => refusal(400, "invalid"),
            false => perform(),
        }
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    for _ in 0..2 {
        let checkup = bench.checkup().await;
        assert_eq!(all_kinds(&checkup), [IssueKind::Parked]);
        let parked = checkup.verdicts.iter().flat_map(|verdict| &verdict.issues);
        assert_eq!(parked.map(|issue| issue.count).sum::<u64>(), 2);
        assert_eq!(level(&checkup), Level::Degraded);
    }
    // Its owner moves it, and it is gone.
    tap.clear();
    bench.edit(|google| google.delete_event(&name(0), "refused").unwrap());
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_google_does_not_let_write_any_more_is_seen_as_pending() {
    let bench = Bench::well().await;
    bench.edit(|google| google.set_role(&name(2), &name(0), Some(Role::Reader)));
    bench.edit(|google| google.insert_event(&name(0), timed("new", 9, 9)).unwrap());
    bench.drive().await;
    let checkup = bench.checkup().await;
    assert_eq!(kinds(&checkup, bench.id(0)), [IssueKind::PendingTooLong]);
    bench.edit(|google| google.set_role(&name(2), &name(0), Some(Role::Owner)));
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_somebody_keeps_rewriting_is_seen_as_frozen() {
    let bench = Bench::well().await;
    for n in 0..20 {
        let block = bench.blocks(1).into_iter().next().unwrap().id;
        let hour = 10 + n % 5;
        let start = json!({"dateTime": format!("2026-03-20T{hour}:00:00Z")});
        let end = json!({"dateTime": format!("2026-03-20T{hour}:30:00Z")});
        bench.edit(|google| {
            google
                .patch_event(&name(1), &block, json!({"start": start, "end": end}))
                .unwrap()
        });
        bench.drive().await;
    }
    assert!(all_kinds(&bench.checkup().await).contains(&IssueKind::Frozen));
}

#[tokio::test(start_paused = true)]
async fn a_block_that_fails_for_hours_is_seen_as_pending() {
    let bench = Bench::well().await;
    bench
        .world
        .google()
        .inject(always("events.insert", &name(1), 500, "backendError"));
    bench.edit(|google| google.insert_event(&name(0), timed("new", 9, 9)).unwrap());
    let worker = bench.worker();
    for _ in 0..8 {
        worker
            .drive(&bench.ids(), std::time::Duration::ZERO, |_| {})
            .await;
        bench.world.clock().advance(HOUR / 4);
    }
    let checkup = bench.checkup().await;
    assert_eq!(kinds(&checkup, bench.id(0)), [IssueKind::PendingTooLong]);
    bench.world.google().clear_faults();
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_mass_deletion_is_seen_as_held_until_the_second_look() {
    let bench = Bench::with(2, |google| {
        for n in 0..30 {
            let id = format!("event{n:02}");
            google
                .insert_event(&name(0), timed(&id, 3 + n % 25, 9 + n / 25))
                .unwrap();
        }
    })
    .await;
    bench.settle().await;
    bench.audit_all().await;
    bench.edit(|google| {
        for n in 0..30 {
            google
                .delete_event(&name(0), &format!("event{n:02}"))
                .unwrap();
        }
    });
    bench.worker().sync(bench.id(0)).await.unwrap();
    assert_eq!(all_kinds(&bench.checkup().await), [IssueKind::Held]);
    bench.settle().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
}

#[tokio::test(start_paused = true)]
async fn audits_count_when_they_are_late_and_by_what_they_found() {
    let bench = Bench::well().await;
    let late = limits::AUDIT_EVERY + limits::AUDIT_LATE_DEGRADED;
    bench.world.clock().advance(late);
    bench.settle().await;
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::AuditOverdue; 3]);
    assert_eq!(checkup.work(&Default::default()).to_audit.len(), 1);
    bench.audit_all().await;
    let worker = bench.worker();
    let bad = Audited {
        at: worker.now(),
        errors: 2,
        warnings: 1,
    };
    let _ = worker.store().note_audit(bench.id(1), bad).await.unwrap();
    let checkup = bench.checkup().await;
    let expected = [IssueKind::AuditErrors, IssueKind::AuditWarnings];
    assert_eq!(all_kinds(&checkup), expected);
    assert_eq!(checkup.work(&Default::default()).to_repair, [bench.id(1)]);
    // An earlier comparison does not replace a later one.
    let early = Audited {
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        ..bad
    };
    let _ = worker.store().note_audit(bench.id(1), early).await.unwrap();
    assert_eq!(worker.store().audited(bench.id(1)).await, Ok(Some(bad)));
}

#[tokio::test(start_paused = true)]
async fn a_user_without_a_config_is_not_green() {
    let bench = Bench::well().await;
    let other = shared::model::UserId::derive(bench.world.key(), "bob");
    let pace = Default::default();
    let checkup = bench
        .worker()
        .watch()
        .health(&[bench.config.user, other], &pace)
        .await;
    assert_eq!(all_kinds(&checkup), [IssueKind::ConfigMissing]);
    assert_eq!(checkup.report(0).calendars_healthy, 3);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_that_left_is_seen_until_it_is_served_and_what_stays_on_it_for_good() {
    let bench = Bench::well().await;
    let gone = bench.id(2);
    let mut config = bench.config.clone();
    config.version += 1;
    config.calendars.remove(&gone);
    let worker = bench.worker();
    let store = worker.store();
    let before = Some(bench.config.version);
    let _ = store.put_user_config(&config, before).await.unwrap();
    store.bump(gone, worker.now()).await.unwrap();
    bench.world.clock().advance(limits::WAKE_DEGRADED);
    let checkup = bench.checkup().await;
    assert_eq!(kinds(&checkup, gone), [IssueKind::WakeUnserved]);
    bench.drive().await;
    // Blocks on a calendar that is not connected any more cannot be removed: that is said.
    let checkup = bench.checkup().await;
    assert_eq!(all_kinds(&checkup), [IssueKind::NoAccess; 2]);
    assert_eq!(level(&checkup), Level::Critical);
    let left = |verdict: &shared::health::Verdict| verdict.subject == Subject::Calendar(gone);
    assert!(!checkup.verdicts.iter().any(left));
}

/// Nobody's epoch moves when a row is written by hand: a day later it is counted all the same.
#[tokio::test(start_paused = true)]
async fn a_count_is_taken_again_once_a_day() {
    let bench = Bench::well().await;
    assert_eq!(all_kinds(&bench.checkup().await), []);
    let mut row = bench.row(0, "event0").await;
    let park = shared::model::Park {
        kind: shared::model::ParkKind::Refused,
        reason: "by hand".into(),
        since: bench.worker().now(),
    };
    row.parked = Some(park);
    let expected = row.rev;
    row.rev = Rev(expected.0 + 1);
    let write = RowWrite { row, expected };
    let _ = bench.worker().store().put_row(&write).await.unwrap();
    bench.world.clock().advance(limits::TALLY_FOR);
    bench.settle().await;
    bench.audit_all().await;
    assert_eq!(all_kinds(&bench.checkup().await), [IssueKind::Parked]);
}
