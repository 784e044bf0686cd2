//! One alert when something comes, one when it goes; none lost, none twice.

use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use shared::alerts::{Log, Sink, SinkError, Sns};
use shared::health::{Change, IssueKind, Level};
use shared::limits;
use shared::model::FailureClass;
use simulator::{Effect, Fault, Matcher, Times};
use wire::Schedule;
use wire::faults::{Failure, Service, Side, Verdict};

use super::{HOUR, Kept, check, run, worker_on};
use crate::bench::{Bench, name};

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:tidelock";
const DENIED: IssueKind = IssueKind::Failing(FailureClass::Denied);

async fn damage(bench: &Bench) {
    bench.world.google().inject(Fault {
        on: Matcher::kind("events.list").on_calendar(&name(1)),
        times: Times::Always,
        effect: Effect::Status {
            code: 403,
            reason: "forbidden".into(),
            retry_after: None,
        },
    });
    bench.drive().await;
}

async fn mend(bench: &Bench) {
    bench.world.google().clear_faults();
    bench.settle().await;
}

#[tokio::test(start_paused = true)]
async fn one_alert_comes_one_goes_and_none_in_between() {
    let bench = Bench::well().await;
    let sink = Kept::default();
    let report = bench.health(&sink).await;
    assert_eq!((report.overall, sink.take()), (Level::Healthy, vec![]));
    damage(&bench).await;
    bench.health(&sink).await;
    assert_eq!(sink.take(), [(Change::Raised, DENIED)]);
    for _ in 0..5 {
        bench.world.clock().advance(HOUR / 12);
        bench.drive().await;
        bench.health(&sink).await;
        assert_eq!(sink.take(), []);
    }
    mend(&bench).await;
    bench.health(&sink).await;
    assert_eq!(sink.take(), [(Change::Cleared, DENIED)]);
    bench.health(&sink).await;
    assert_eq!(sink.take(), []);
    let latest = bench
        .worker()
        .store()
        .latest_health()
        .await
        .unwrap()
        .unwrap();
    assert_eq!((latest.standing, latest.unsent), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_becomes_critical_is_told_once_more() {
    let bench = Bench::well().await;
    let sink = Kept::default();
    bench.world.clock().advance(limits::STALE_DEGRADED);
    bench.health(&sink).await;
    assert_eq!(sink.take(), [(Change::Raised, IssueKind::Stale); 3]);
    bench.world.clock().advance(limits::STALE_CRITICAL);
    bench.health(&sink).await;
    assert_eq!(sink.take(), [(Change::Worsened, IssueKind::Stale); 3]);
}

#[tokio::test(start_paused = true)]
async fn alerts_hold_no_event_text_and_no_google_id() {
    let bench = Bench::well().await;
    let sink = Kept::default();
    damage(&bench).await;
    bench.world.clock().advance(7 * HOUR);
    bench.health(&sink).await;
    let told = sink.all();
    assert!(told.len() >= 3);
    for alert in told {
        let text = format!("{}\n{}", alert.headline(), alert.message());
        for never in ["secret", "example.com", "group.calendar", "event0", "tok"] {
            assert!(!text.replace("token", "").contains(never), "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_runs_at_once_send_one_alert() {
    for seed in 0..40 {
        let bench = Bench::well().await;
        damage(&bench).await;
        let sink = Kept::default();
        let schedule = |seed| Schedule::interleave(seed, 6);
        let workers = [1, 2, 3].map(|n| worker_on(&bench, &schedule(seed * 3 + n), n));
        let runs = workers.each_ref().map(|worker| run(&bench, worker, &sink));
        let told = futures::future::join_all(runs).await;
        assert_eq!(
            sink.take(),
            [(Change::Raised, DENIED)],
            "seed {seed}: {told:?}"
        );
        mend(&bench).await;
        let runs = workers.each_ref().map(|worker| run(&bench, worker, &sink));
        futures::future::join_all(runs).await;
        assert_eq!(sink.take(), [(Change::Cleared, DENIED)], "seed {seed}");
    }
}

/// The run dies at each of its calls in turn, on either side of the effect: nothing is lost, and nothing is told twice but what was
/// sent and not written down.
#[tokio::test(start_paused = true)]
async fn a_run_that_dies_at_any_call_loses_no_alert() {
    for side in [Side::Before, Side::After] {
        let mut index = 0;
        loop {
            let bench = Bench::well().await;
            damage(&bench).await;
            let sink = Kept::default();
            let schedule = Schedule::crash_at(index, side);
            let worker = worker_on(&bench, &schedule, 1);
            tokio::select! {
                () = schedule.crashed() => {}
                _ = run(&bench, &worker, &sink) => {}
            }
            let crashed = schedule.is_crashed();
            let before = sink.all().len();
            // Its successor first waits for the dead run's time to be over.
            bench.health(&sink).await;
            bench.world.clock().advance(limits::SENDING_TIME);
            bench.health(&sink).await;
            bench.health(&sink).await;
            let sent = sink.all();
            assert!(
                !sent.is_empty() && sent.len() <= before + 1,
                "call {index}: {sent:?}"
            );
            assert!(
                sent.iter().all(|alert| alert.number == 1),
                "call {index}: {sent:?}"
            );
            if !crashed {
                break;
            }
            index += 1;
        }
        assert!(index >= 8, "{index} calls");
    }
}

fn sns(topics: &wire::sns::Sns, schedule: &Schedule) -> Sns {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(topics.behind(schedule))
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url("http://sns.invalid")
        .build();
    Sns::new(&aws_sdk_sns::Client::from_conf(config), TOPIC)
}

#[tokio::test(start_paused = true)]
async fn alerts_reach_their_topic_through_the_real_client() {
    let bench = Bench::well().await;
    damage(&bench).await;
    let topics = wire::sns::Sns::with(&[TOPIC]);
    let sink = sns(&topics, &Schedule::none());
    let worker = bench.worker();
    let checkup = check(&bench, &worker).await;
    let told = worker.watch().conclude(&checkup, 0, &sink).await.unwrap();
    assert_eq!((told.sent, told.unsent), (1, 0));
    let published = topics.published();
    assert_eq!(published.len(), 1);
    let subject = published[0].subject.clone().unwrap();
    let expected = format!(
        "Tidelock critical: failing_denied of calendar {}",
        bench.id(1)
    );
    assert_eq!(subject, expected);
    assert!(published[0].message.contains("number: 1\n"));
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_does_not_answer_gets_its_alerts_later_and_once() {
    let failures = [
        Failure::Interrupted,
        Failure::Timeout,
        Failure::Answer {
            status: 503,
            body: "<nothing/>".into(),
        },
    ];
    for failure in failures {
        let bench = Bench::well().await;
        damage(&bench).await;
        let topics = wire::sns::Sns::with(&[TOPIC]);
        let down = Schedule::new(move |call| match call.service {
            Service::Sns => Verdict::fail_before(failure.clone()),
            Service::DynamoDb | Service::Google | Service::Sqs | Service::Secrets => Verdict::Pass,
        });
        let sink = sns(&topics, &down);
        let worker = bench.worker();
        for _ in 0..3 {
            let checkup = check(&bench, &worker).await;
            let told = worker.watch().conclude(&checkup, 0, &sink).await.unwrap();
            assert_eq!((told.sent, told.unsent), (0, 1));
        }
        assert_eq!(down.count(), 3, "one try a run");
        down.clear();
        for _ in 0..3 {
            let checkup = check(&bench, &worker).await;
            worker.watch().conclude(&checkup, 0, &sink).await.unwrap();
        }
        assert_eq!(topics.published().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_not_there_says_so() {
    let topics = wire::sns::Sns::with(&[]);
    let sink = sns(&topics, &Schedule::none());
    let bench = Bench::well().await;
    damage(&bench).await;
    let kept = Kept::default();
    bench.health(&kept).await;
    let alert = kept.all().remove(0);
    let refused = sink.send(&alert).await.unwrap_err();
    assert!(matches!(refused, SinkError::Refused { .. }), "{refused:?}");
    assert_eq!(Log.send(&alert).await, Ok(()));
}
