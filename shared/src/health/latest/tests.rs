use super::*;
use crate::model::{CalendarId, FailureClass, UserId};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn calendar(n: u8) -> CalendarId {
    CalendarId::from_bytes([n; CalendarId::BYTES])
}

fn on(n: u8, kinds: &[IssueKind]) -> Verdict {
    let subject = Subject::Calendar(calendar(n));
    let issues = kinds
        .iter()
        .flat_map(|kind| Verdict::only(subject, *kind).issues);
    Verdict::of(subject, issues.collect())
}

fn look(second: i64, verdicts: Vec<Verdict>) -> Checkup {
    Checkup {
        at: at(second),
        users: (0..=255).map(|n| calendar(n).user()).collect(),
        verdicts,
        audits: BTreeMap::new(),
        vitals: crate::health::Vitals::default(),
    }
}

fn next(before: Option<&Latest>, checkup: &Checkup, run: &str) -> Latest {
    Latest::after(before, checkup, checkup.report(0), run).unwrap()
}

/// Sends everything and says what it was.
fn empty(latest: &mut Latest, run: &str) -> Vec<(Change, IssueKind, Level)> {
    let told = latest.unsent.iter();
    let told = told.map(|one| (one.change, one.kind, one.level)).collect();
    let numbers: Vec<u64> = latest.unsent.iter().map(|one| one.number).collect();
    *latest = latest.sent(&numbers, run, latest.report.checked_at);
    told
}

#[test]
fn an_issue_is_told_once_when_it_comes_and_once_when_it_goes() {
    let parked = || vec![on(1, &[IssueKind::Parked]), on(2, &[])];
    let mut latest = next(None, &look(0, parked()), "a");
    let kind = IssueKind::Parked;
    assert_eq!(
        empty(&mut latest, "a"),
        [(Change::Raised, kind, Level::Degraded)]
    );
    for second in 1..5 {
        latest = next(Some(&latest), &look(second, parked()), "a");
        assert_eq!(empty(&mut latest, "a"), []);
    }
    latest = next(Some(&latest), &look(9, vec![on(1, &[]), on(2, &[])]), "a");
    assert_eq!(
        empty(&mut latest, "a"),
        [(Change::Cleared, kind, Level::Degraded)]
    );
    assert_eq!(latest.standing, []);
}

#[test]
fn getting_worse_is_told_and_getting_a_little_better_is_not() {
    let with = |level| {
        let mut verdict = on(1, &[IssueKind::Held]);
        verdict.issues[0].level = level;
        vec![verdict]
    };
    let mut latest = next(None, &look(0, with(Level::Degraded)), "a");
    let _ = empty(&mut latest, "a");
    latest = next(Some(&latest), &look(1, with(Level::Critical)), "a");
    let worse = (Change::Worsened, IssueKind::Held, Level::Critical);
    assert_eq!(empty(&mut latest, "a"), [worse]);
    latest = next(Some(&latest), &look(2, with(Level::Degraded)), "a");
    assert_eq!(empty(&mut latest, "a"), []);
}

#[test]
fn what_cannot_be_seen_has_not_gone() {
    let kind = IssueKind::Failing(FailureClass::Denied);
    let before = next(None, &look(0, vec![on(1, &[kind])]), "a");
    let stays = |checkup: &Checkup| {
        let after = next(Some(&before), checkup, "a");
        after.standing.iter().any(|one| one.kind == kind)
    };
    assert!(stays(&look(1, vec![on(1, &[IssueKind::Blind])])));
    let user = Subject::User(calendar(1).user());
    let blind = Verdict::only(user, IssueKind::Blind);
    assert!(stays(&look(1, vec![blind])));
    let of_others = Checkup {
        users: [calendar(2).user()].into(),
        ..look(1, vec![on(2, &[])])
    };
    assert!(stays(&of_others));
    // Its user was looked at, and it is not among the calendars any more.
    assert!(!stays(&look(1, vec![on(2, &[])])));
}

#[test]
fn an_earlier_look_never_replaces_a_later_one() {
    let latest = next(None, &look(5, vec![]), "a");
    let earlier = look(4, vec![on(1, &[IssueKind::Parked])]);
    assert_eq!(
        Latest::after(Some(&latest), &earlier, earlier.report(0), "b"),
        None
    );
}

#[test]
fn one_run_at_a_time_empties_the_outbox() {
    let first = next(None, &look(0, vec![on(1, &[IssueKind::Parked])]), "a");
    assert!(first.is_sending("a"));
    let both = vec![on(1, &[IssueKind::Parked]), on(2, &[IssueKind::Held])];
    let second = next(Some(&first), &look(1, both.clone()), "b");
    assert!(second.is_sending("a") && !second.is_sending("b"));
    assert_eq!(second.unsent.len(), 2);
    // The first goes on with what the second left there.
    let third = second.sent(&[1], "a", at(2));
    assert!(third.is_sending("a"));
    assert_eq!(third.unsent.len(), 1);
    let fourth = third.sent(&[2], "a", at(3));
    assert_eq!((fourth.unsent.len(), &fourth.sending), (0, &None));
    // Had it died, another would have taken over.
    let late = SENDING_TIME.as_secs() as i64;
    let fifth = next(Some(&second), &look(late, both), "b");
    assert!(fifth.is_sending("b"));
    assert_eq!(fifth.unsent.len(), 2);
}

#[test]
fn what_a_run_could_not_send_is_left_to_the_next() {
    let first = next(None, &look(0, vec![on(1, &[IssueKind::Parked])]), "a");
    let left = first.given_up(&[], "a", at(1));
    assert_eq!((left.unsent.len(), &left.sending), (1, &None));
    let verdicts = vec![on(1, &[IssueKind::Parked])];
    assert!(next(Some(&left), &look(2, verdicts), "b").is_sending("b"));
}

#[test]
fn beyond_its_bounds_it_keeps_what_stands_and_counts_what_is_lost() {
    let kinds = [
        IssueKind::Parked,
        IssueKind::Held,
        IssueKind::NoAccess,
        IssueKind::TimeAhead,
    ];
    let verdicts = || (0..=255).map(|n| on(n, &kinds)).collect();
    let first = next(None, &look(0, verdicts()), "a");
    assert_eq!(first.standing.len(), STANDING_ISSUES);
    assert_eq!(first.unsent.len(), UNSENT_ALERTS);
    assert_eq!(first.lost, (STANDING_ISSUES - UNSENT_ALERTS) as u64);
    let mut second = next(Some(&first), &look(1, verdicts()), "a");
    assert_eq!(second.standing, first.standing);
    assert_eq!(empty(&mut second, "a").len(), UNSENT_ALERTS);
}

#[test]
fn a_users_issue_reads_as_its_own() {
    let user: UserId = calendar(1).user();
    let verdict = Verdict::only(Subject::User(user), IssueKind::ConfigMissing);
    let latest = next(None, &look(0, vec![verdict]), "a");
    let text = serde_json::to_string(&latest).unwrap();
    assert_eq!(serde_json::from_str::<Latest>(&text).unwrap(), latest);
}
