//! Validation and repair: what is wrong is found, nothing else is, and what can be put right is.

pub(crate) mod damage;
mod linear;
mod planted;
mod random;
mod rebuild;
mod underway;

use serde_json::json;
use shared::engine::{Extent, Repaired, Repairing};
use shared::validate::{Kind, Report};

use crate::bench::{Bench, name, timed, weekly};

impl Bench {
    /// The whole user, validated.
    pub(crate) async fn validated(&self, deep: bool) -> Report {
        let user = self.config.user;
        let report = self.worker().validate(user, &Extent::User, deep).await;
        report.unwrap()
    }

    pub(crate) async fn repaired(&self, how: Repairing) -> Repaired {
        let user = self.config.user;
        let repaired = self.worker().repair(user, &Extent::User, true, how).await;
        repaired.unwrap()
    }
}

fn kinds(report: &Report) -> Vec<Kind> {
    report.findings().map(|finding| finding.kind).collect()
}

/// Three calendars in step: single events, whole days, a series with exceptions, a meeting on two of them.
async fn in_step() -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..3 {
            for day in 0..4 {
                let id = format!("event{n}x{day}");
                let body = timed(&id, 4 + day, 8 + n as u32);
                google.insert_event(&name(n), body).unwrap();
            }
        }
        let days = json!({"id": "days", "summary": "secret days",
            "start": {"date": "2026-03-20"}, "end": {"date": "2026-03-22"}});
        google.insert_event(&name(1), days).unwrap();
        google
            .insert_event(&name(0), weekly("weekly", 4, 15, 6))
            .unwrap();
        google
            .cancel_occurrence(&name(0), "weekly", "2026-03-18T15:00:00+01:00")
            .unwrap();
        let at = |hour: u32| json!({"dateTime": format!("2026-03-25T{hour}:00:00"), "timeZone": "Europe/Berlin"});
        google
            .move_occurrence(&name(0), "weekly", "2026-03-25T15:00:00+01:00", at(18), at(19))
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench.world.google().clear_log();
    bench
}

#[tokio::test(start_paused = true)]
async fn a_clean_system_has_no_finding() {
    let bench = in_step().await;
    for deep in [false, true] {
        let report = bench.validated(deep).await;
        assert!(report.clean() && report.valid, "{report:#?}");
        assert_eq!(report.calendars_checked, 3);
        // Twelve single events, whole days, a series and one moved occurrence of it; each of them but the last on two more.
        assert_eq!(report.total_events, 15);
        assert_eq!(report.stats.blocks, 28);
        assert_eq!(report.stats.total, 43);
    }
    let repaired = bench.repaired(Repairing::Apply).await;
    assert!(
        repaired.success && repaired.actions.is_empty(),
        "{repaired:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn validation_writes_nothing() {
    let bench = in_step().await;
    let before = crate::crash::snapshot::scan(bench.world.table());
    bench.validated(true).await;
    assert_eq!(crate::crash::snapshot::scan(bench.world.table()), before);
    let google = bench.world.google();
    assert!(google.log().iter().all(|request| request.method == "GET"));
}
