//! How fast and how many at once: budget, gates, retries, meter.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use super::script::{
    Answer, Script, answer, block_body, block_id, calendar, client, client_with, fixed_token,
    refresh_token, refusal, run, settings,
};
use crate::google::{Client, Group, Meter, Settings, Since};
use crate::model::{BlockRef, GoogleCalendarId};

fn page() -> Answer {
    answer(200, r#"{"nextSyncToken":"s"}"#)
}

async fn list(client: &Client) {
    let since = Since::Start { time_min: None };
    client.events_list(&calendar(), &since).await.unwrap();
}

#[test]
fn an_account_keeps_to_its_budget_however_many_ask() {
    let script = Script::always(page());
    let settings = Settings {
        units_per_minute: 60,
        ..settings()
    };
    run(async {
        let client = client_with(&script, fixed_token(), &settings, &Group::default());
        let start = Instant::now();
        join_all((0..10).map(|_| list(&client))).await;
        assert_eq!(
            start.elapsed(),
            Duration::ZERO,
            "a sixth of the minute's units at once"
        );
        join_all((0..50).map(|_| list(&client))).await;
        let elapsed = start.elapsed();
        assert!(
            (Duration::from_secs(59)..=Duration::from_secs(61)).contains(&elapsed),
            "{elapsed:?}"
        );
    });
}

#[test]
fn a_new_attempt_costs_a_unit_and_all_is_counted() {
    let script = Script::new(|seen, count| {
        if seen.is_token() {
            return answer(200, r#"{"access_token":"a","expires_in":3600}"#);
        }
        if count < 2 {
            refusal(503, "backendError")
        } else {
            page()
        }
    });
    let group = Group::new(Arc::new(Meter::new()));
    run(async {
        list(&client_with(&script, refresh_token(), &settings(), &group)).await;
        list(&client_with(&script, fixed_token(), &settings(), &group)).await;
    });
    let usage = group.usage();
    assert_eq!(usage.units, 3);
    let kinds: Vec<_> = usage.requests_by_kind.into_iter().collect();
    assert_eq!(
        kinds,
        [("events.list".to_owned(), 3), ("oauth.token".to_owned(), 1)]
    );
}

async fn write(client: &Client, calendar: &str) {
    let calendar = GoogleCalendarId::parse(calendar).unwrap();
    let block = BlockRef::Own(block_id());
    client
        .update_block(&calendar, &block, &block_body(), None)
        .await
        .unwrap();
}

#[test]
fn one_write_at_a_time_goes_to_a_calendar_whichever_account_makes_it() {
    let slow = || {
        Script::slow(Duration::from_millis(100), |_, _| {
            answer(200, r#"{"id":"x"}"#)
        })
    };
    let group = Group::default();
    run(async {
        let script = slow();
        let one = client_with(&script, fixed_token(), &settings(), &group);
        let other = client_with(&script, refresh_like(), &settings(), &group);
        join_all((0..6).map(|n| write(if n % 2 == 0 { &one } else { &other }, "same"))).await;
        assert_eq!(script.at_once(), 1);
        let script = slow();
        let one = client_with(&script, fixed_token(), &settings(), &group);
        join_all(["a", "b", "c", "a"].map(|calendar| write(&one, calendar))).await;
        assert_eq!(script.at_once(), 3);
    });
}

fn refresh_like() -> crate::google::Credentials {
    crate::google::Credentials::AccessToken("another".into())
}

#[test]
fn reads_wait_for_no_write() {
    let script = Script::slow(Duration::from_millis(100), |_, _| {
        answer(200, r#"{"id":"x","nextSyncToken":"s"}"#)
    });
    run(async {
        let client = client(&script);
        let calendar = calendar();
        futures::join!(write(&client, calendar.as_str()), list(&client));
    });
    assert_eq!(script.at_once(), 2);
}

#[test]
fn googles_wait_is_waited_for() {
    let script = Script::new(|_, count| {
        let mut response = refusal(429, "rateLimitExceeded");
        if let Ok(response) = &mut response {
            response
                .headers_mut()
                .insert("retry-after", "30".parse().unwrap());
        }
        if count == 0 { response } else { page() }
    });
    run(async {
        let start = Instant::now();
        list(&client(&script)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    });
}

#[test]
fn the_same_seed_waits_the_same() {
    let elapsed = || {
        let script = Script::new(|_, count| {
            if count < 2 {
                refusal(503, "backendError")
            } else {
                page()
            }
        });
        run(async {
            let start = Instant::now();
            list(&client(&script)).await;
            start.elapsed()
        })
    };
    let first = elapsed();
    assert_eq!(first, elapsed());
    assert!(
        first > Duration::ZERO && first <= Duration::from_millis(1_503),
        "{first:?}"
    );
}
