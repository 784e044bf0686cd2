//! The runtime API around a real process: the example `handler`, which cargo builds with the tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use wire::Clock;

use super::{Invoke, InvokeError, Lambda, Launch, Log};
use crate::lock::lock;
use crate::shape::Function;
use crate::site::Site;

fn handler() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let target = tests.ancestors().nth(2).unwrap();
    let handler = target.join("examples/handler");
    assert!(
        handler.exists(),
        "build it: cargo test -p aws, or cargo build -p aws --examples"
    );
    handler
}

struct Host {
    lambda: Arc<Lambda>,
    lines: Arc<Mutex<Vec<String>>>,
}

fn host(change: impl FnOnce(&mut Launch)) -> Host {
    let mut launch = Launch {
        name: "tidelock-sync".to_owned(),
        binary: handler(),
        timeout: Duration::from_millis(700),
        memory: 128,
        concurrency: 2,
        variables: BTreeMap::new(),
    };
    change(&mut launch);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = {
        let lines = Arc::clone(&lines);
        Log::new(move |line| lock(&lines).push(line.text))
    };
    let launches = BTreeMap::from([(Function::Sync, launch)]);
    let lambda = Lambda::new(&Site::default(), launches, &Clock::system(), &log, 1);
    Host {
        lambda: Arc::new(lambda),
        lines,
    }
}

impl Host {
    async fn say(&self, word: &str) -> Result<Value, InvokeError> {
        let event = Bytes::from(format!("\"{word}\""));
        let answer = self.lambda.invoke(Function::Sync, event).await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    fn starts(&self) -> u64 {
        self.lambda.tally(Function::Sync).starts
    }
}

#[tokio::test]
async fn an_instance_stays_warm_and_sees_what_lambda_shows() {
    let host = host(|_| ());
    let before = Clock::system().now_millis();
    assert_eq!(host.say("go").await.unwrap()["served"], 1);
    let answer = host.say("go").await.unwrap();
    assert_eq!(answer["served"], 2);
    assert_eq!(answer["name"], "tidelock-sync");
    assert_eq!(
        answer["arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:tidelock-sync"
    );
    assert_eq!(answer["home"], false);
    let left = answer["deadline"].as_u64().unwrap() - before;
    assert!((700..60_000).contains(&left), "{left}");
    assert_eq!(host.starts(), 1);
    host.lambda.close().await;
    assert_eq!(
        lock(&host.lines).as_slice(),
        ["event \"go\"", "event \"go\""]
    );
}

#[tokio::test]
async fn an_error_of_the_handlers_is_told_and_the_instance_goes_on() {
    let host = host(|_| ());
    let told = host.say("fail").await.unwrap_err().to_string();
    assert_eq!(told, "the function failed with Told: as it was told");
    assert_eq!(host.say("go").await.unwrap()["served"], 2);
    assert_eq!(host.lambda.tally(Function::Sync).failed, 1);
}

#[tokio::test]
async fn what_takes_too_long_is_killed_and_the_next_event_gets_a_new_process() {
    let host = host(|_| ());
    let hung = host.say("hang").await;
    assert!(
        matches!(hung, Err(InvokeError::TimedOut { .. })),
        "{hung:?}"
    );
    assert_eq!(host.say("go").await.unwrap()["served"], 1);
    assert_eq!(host.starts(), 2);
}

#[tokio::test]
async fn a_process_that_ends_is_noticed_at_once_and_replaced() {
    let host = host(|launch| launch.timeout = Duration::from_secs(60));
    let told = host.say("exit").await.unwrap_err().to_string();
    assert!(told.contains("exit status: 3"), "{told}");
    assert_eq!(host.say("go").await.unwrap()["served"], 1);
}

#[tokio::test]
async fn a_start_that_fails_says_why() {
    let host_of = |name: &str| (name.to_owned(), "1".to_owned());
    let failing = host(|launch| launch.variables.extend([host_of("FIXTURE_INIT")]));
    let told = failing.say("go").await.unwrap_err().to_string();
    assert_eq!(
        told,
        "the function failed with NoConfig: nothing to work with"
    );
    let absent = host(|launch| launch.binary = PathBuf::from("/nowhere/at/all"));
    let told = absent.say("go").await;
    assert!(matches!(told, Err(InvokeError::Start { .. })), "{told:?}");
}

#[tokio::test]
async fn no_more_instances_run_than_may() {
    let host = host(|_| ());
    let said = ["go"; 8].map(|word| host.say(word));
    let answers = futures::future::join_all(said).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!((1..=2).contains(&host.starts()));
}

#[tokio::test]
async fn closing_lets_what_is_under_way_finish_and_takes_no_more() {
    let host = host(|_| ());
    let (answer, ()) = tokio::join!(host.say("go"), host.lambda.close());
    assert_eq!(answer.unwrap()["served"], 1);
    assert!(matches!(host.say("go").await, Err(InvokeError::Closed)));
}
