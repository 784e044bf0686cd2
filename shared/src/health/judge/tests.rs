use super::*;
use crate::health::{Parked, Pending, Remedy, When};
use crate::limits::{AUDIT_EVERY, IDLE_WRITE_EVERY};
use crate::model::{
    AccountId, CalendarId, CommitId, Epoch, Failing, FailureClass, GoogleCalendarId, Held,
    JournalPointer, SyncToken,
};

const SECOND: Duration = Duration::from_secs(1);

fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap()
}

fn ago(by: Duration) -> Timestamp {
    now().saturating_sub(by).unwrap()
}

fn calendar() -> CalendarId {
    CalendarId::from_bytes([7; CalendarId::BYTES])
}

/// A calendar with nothing to note, as long as an idle one may look.
fn healthy() -> Signals {
    let google = GoogleCalendarId::parse("ann@example.com").unwrap();
    let state = State {
        token: Some(SyncToken::parse("token").unwrap()),
        last_synced_at: Some(ago(IDLE_WRITE_EVERY)),
        ..State::new(calendar(), google, AccountId("work".into()))
    };
    Signals {
        calendar: calendar(),
        part: Part::Active,
        state: Ok(Some(state)),
        wake: Ok(None),
        tally: Ok(Tally::default()),
        audited: Ok(Some(Audited {
            at: ago(AUDIT_EVERY),
            errors: 0,
            warnings: 0,
        })),
        first_seen: ago(30 * AUDIT_EVERY),
    }
}

fn with_state(change: impl FnOnce(&mut State)) -> Signals {
    let mut signals = healthy();
    if let Ok(Some(state)) = &mut signals.state {
        change(state);
    }
    signals
}

fn with_parked(kind: ParkKind, count: u64) -> Signals {
    let parked = Parked {
        since: ago(SECOND),
        count,
    };
    Signals {
        tally: Ok(Tally {
            pending: None,
            parked: [(kind, parked)].into(),
        }),
        ..healthy()
    }
}

fn with_audit(age: Duration, errors: u64, warnings: u64) -> Signals {
    Signals {
        audited: Ok(Some(Audited {
            at: ago(age),
            errors,
            warnings,
        })),
        ..healthy()
    }
}

fn pointer() -> JournalPointer {
    JournalPointer {
        commit: CommitId::new(Epoch(1), 2),
        chunks: 1,
        digest: String::new(),
    }
}

fn lease(since: Timestamp, until: Timestamp) -> Option<Lease> {
    Some(Lease {
        owner: "worker".into(),
        since,
        until,
    })
}

/// A calendar that shows just this, for `age` and `count` times; none: it concerns no calendar.
fn showing(kind: IssueKind, age: Duration, count: u64) -> Option<Signals> {
    let since = ago(age);
    Some(match kind {
        IssueKind::ConfigMissing => return None,
        IssueKind::StateMissing => Signals {
            state: Ok(None),
            ..healthy()
        },
        IssueKind::StateUnreadable => Signals {
            state: Err(Unread::Damaged),
            ..healthy()
        },
        IssueKind::Damaged => Signals {
            tally: Err(Unread::Damaged),
            wake: Err(Unread::Damaged),
            ..healthy()
        },
        IssueKind::Newer => Signals {
            state: Err(Unread::Newer),
            ..healthy()
        },
        IssueKind::Blind => Signals {
            state: Err(Unread::Unavailable),
            wake: Err(Unread::Unavailable),
            tally: Err(Unread::Unavailable),
            audited: Err(Unread::Unavailable),
            ..healthy()
        },
        IssueKind::NeverChecked => Signals {
            first_seen: since,
            ..with_state(|state| (state.last_synced_at, state.token) = (None, None))
        },
        IssueKind::Stale => with_state(|state| state.last_synced_at = Some(since)),
        IssueKind::TimeAhead => {
            with_state(|state| state.last_synced_at = Some(later(now(), CLOCK_SKEW + SECOND)))
        }
        IssueKind::PendingTooLong => Signals {
            tally: Ok(Tally {
                pending: Some(Pending { since, count }),
                ..Tally::default()
            }),
            ..healthy()
        },
        IssueKind::WakeUnserved => Signals {
            wake: Ok(Some(since)),
            ..healthy()
        },
        // Its lease ran out then, or nobody knows.
        IssueKind::JournalLeft => with_state(|state| {
            state.journal = Some(pointer());
            state.lease = lease(ago(age + SYNC_TIME), since);
        }),
        IssueKind::LeaseLeft => with_state(|state| {
            state.lease = lease(ago(age + SYNC_TIME), since);
        }),
        IssueKind::LeaseStuck => with_state(|state| {
            state.lease = lease(since, later(now(), 2 * SYNC_TIME));
        }),
        IssueKind::Failing(class) => with_state(|state| {
            state.failing = Some(Failing {
                since,
                count: u32::try_from(count).unwrap_or(u32::MAX),
                class,
                error: "no answer".into(),
                account: None,
            });
        }),
        IssueKind::Parked => with_parked(ParkKind::Refused, count),
        IssueKind::Frozen => with_parked(ParkKind::Frozen, count),
        IssueKind::NoAccess => with_parked(ParkKind::NoAccess, count),
        IssueKind::Held => with_state(|state| {
            state.held = Some(Held {
                since,
                until: now(),
                deletions: count,
                events: pointer(),
            });
        }),
        IssueKind::AuditOverdue => with_audit(AUDIT_EVERY + age, 0, 0),
        IssueKind::AuditErrors => with_audit(SECOND, count, 0),
        IssueKind::AuditWarnings => with_audit(SECOND, 0, count),
    })
}

fn level_of(verdict: &Verdict, kind: IssueKind) -> Level {
    let issue = verdict.issues.iter().find(|issue| issue.kind == kind);
    issue.map_or(Level::Healthy, |issue| issue.level)
}

/// Just below and at each threshold.
fn ages(kind: IssueKind) -> Vec<Duration> {
    let mut ages = vec![Duration::ZERO];
    for when in [kind.scale().degraded, kind.scale().critical] {
        match when {
            When::After(limit) => ages.extend([limit - SECOND, limit]),
            When::AtOnce | When::Count(_) | When::Never => {}
        }
    }
    ages
}

#[test]
fn a_calendar_that_is_idle_for_as_long_as_it_may_be_is_healthy() {
    let verdict = judge(&healthy(), now(), AUDIT_EVERY);
    assert_eq!(verdict.issues, []);
    assert_eq!(verdict.level, Level::Healthy);
}

#[test]
fn every_kind_is_seen_from_its_thresholds_on_and_nothing_else_with_it() {
    for kind in IssueKind::ALL {
        for age in ages(kind) {
            for count in [1, 24, 25] {
                let Some(signals) = showing(kind, age, count) else {
                    continue;
                };
                let verdict = judge(&signals, now(), AUDIT_EVERY);
                let expected = kind.scale().level(Some(age), count);
                let what = format!("{kind} for {age:?}, {count} times: {verdict:?}");
                assert_eq!(level_of(&verdict, kind), expected, "{what}");
                let others = verdict.issues.iter().filter(|issue| issue.kind != kind);
                // The lease that a journal's worker left behind is an issue of its own.
                let others = others.filter(|issue| issue.kind != IssueKind::LeaseLeft);
                assert_eq!(others.count(), 0, "{what}");
            }
        }
    }
}

#[test]
fn a_journal_or_lease_of_a_worker_that_may_live_is_no_issue() {
    let signals = with_state(|state| {
        state.journal = Some(pointer());
        state.lease = lease(now(), later(now(), SYNC_TIME + LEASE_MARGIN));
    });
    assert_eq!(judge(&signals, now(), AUDIT_EVERY).issues, []);
}

#[test]
fn a_journal_without_any_lease_is_an_issue_whose_age_nobody_knows() {
    let signals = with_state(|state| state.journal = Some(pointer()));
    let verdict = judge(&signals, now(), AUDIT_EVERY);
    assert!(verdict.shows(IssueKind::JournalLeft));
    assert_eq!(verdict.level, Level::Degraded);
}

#[test]
fn no_signal_at_all_is_never_healthy() {
    for why in [Unread::Damaged, Unread::Newer, Unread::Unavailable] {
        for n in 0..4 {
            let mut signals = healthy();
            match n {
                0 => signals.state = Err(why),
                1 => signals.wake = Err(why),
                2 => signals.tally = Err(why),
                _ => signals.audited = Err(why),
            }
            let verdict = judge(&signals, now(), AUDIT_EVERY);
            assert!(verdict.level > Level::Healthy && verdict.is_blind());
        }
    }
}

#[test]
fn a_calendar_never_audited_is_overdue_from_its_first_look_on() {
    let signals = |first_seen| Signals {
        audited: Ok(None),
        first_seen,
        ..healthy()
    };
    let verdict = judge(&signals(now()), now(), AUDIT_EVERY);
    assert_eq!(verdict.issues, []);
    let verdict = judge(&signals(ago(3 * AUDIT_EVERY)), now(), AUDIT_EVERY);
    assert!(verdict.shows(IssueKind::AuditOverdue));
}

#[test]
fn of_a_calendar_that_is_off_only_what_is_left_matters() {
    let off = |signals: Signals| Signals {
        part: Part::Off,
        ..signals
    };
    let day = Duration::from_secs(86_400);
    for (kind, matters) in [
        (IssueKind::Stale, false),
        (IssueKind::StateMissing, false),
        (IssueKind::NeverChecked, false),
        (IssueKind::AuditOverdue, false),
        (IssueKind::Failing(FailureClass::Denied), false),
        (IssueKind::PendingTooLong, true),
        (IssueKind::WakeUnserved, true),
        (IssueKind::JournalLeft, true),
    ] {
        let signals = off(showing(kind, 10 * day, 1).unwrap());
        let verdict = judge(&signals, now(), AUDIT_EVERY);
        assert_eq!(verdict.shows(kind), matters, "{kind}");
    }
}

fn cell(when: When) -> String {
    match when {
        When::AtOnce => "at once".into(),
        When::After(limit) if limit.as_secs() % 3600 == 0 => {
            format!("after {} h", limit.as_secs() / 3600)
        }
        When::After(limit) => format!("after {} min", limit.as_secs() / 60),
        When::Count(limit) => format!("from {limit} on"),
        When::Never => "never".into(),
    }
}

fn remedy(of: Remedy) -> &'static str {
    match of {
        Remedy::Sync => "sync",
        Remedy::Repair => "repair",
        Remedy::Audit => "audit",
        Remedy::Person => "a person",
    }
}

#[test]
fn the_documented_table_is_what_the_code_does() {
    let document = include_str!("../../../../docs/health.md");
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let documented: Vec<Vec<&str>> = rows
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(documented.len(), IssueKind::ALL.len());
    for (kind, row) in IssueKind::ALL.into_iter().zip(documented) {
        let scale = kind.scale();
        let expected = [
            format!("`{kind}`"),
            row[1].to_owned(),
            cell(scale.degraded),
            cell(scale.critical),
            remedy(scale.remedy).to_owned(),
        ];
        assert_eq!(row, expected);
    }
}
