//! Access tokens: refreshed once, together, and not for ever.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use secrecy::ExposeSecret;

use super::script::{
    Answer, Script, Seen, answer, calendar, client, client_with, refresh_token, run, settings,
};
use crate::google::transport::TransportError;
use crate::google::{AccountDenial, Class, Client, Effect, Error, Group, Listing, Since};

const NEEDS_REAUTH: Class = Class::AccountDenied(AccountDenial::NeedsReauth);

fn page() -> Answer {
    answer(200, r#"{"nextSyncToken":"s"}"#)
}

fn unauthorized() -> Answer {
    super::script::refusal(401, "authError")
}

fn granted(token: &str) -> Answer {
    answer(
        200,
        format!(r#"{{"access_token":"{token}","expires_in":3599,"token_type":"Bearer"}}"#),
    )
}

fn account(script: &Arc<Script>) -> Client {
    client_with(script, refresh_token(), &settings(), &Group::default())
}

async fn list(client: &Client) -> Result<Listing, Error> {
    client
        .events_list(&calendar(), &Since::Start { time_min: None })
        .await
}

/// A server that accepts only the token that it gave last.
fn server(lasts: usize) -> Arc<Script> {
    let given = std::sync::Mutex::new(0);
    Script::slow(Duration::from_millis(20), move |seen: &Seen, _| {
        let mut given = given.lock().unwrap();
        if seen.is_token() {
            *given += 1;
            return granted(&format!("t{given}"));
        }
        let good = *given > lasts && seen.header("authorization") == format!("Bearer t{given}");
        if good { page() } else { unauthorized() }
    })
}

fn refreshes(script: &Script) -> usize {
    script.seen().iter().filter(|seen| seen.is_token()).count()
}

#[test]
fn a_token_is_asked_for_once_and_kept_until_a_minute_before_its_end() {
    let script = server(0);
    run(async {
        let client = account(&script);
        list(&client).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3599 - 61)).await;
        list(&client).await.unwrap();
        assert_eq!(refreshes(&script), 1);
        tokio::time::sleep(Duration::from_secs(1)).await;
        list(&client).await.unwrap();
        assert_eq!(refreshes(&script), 2);
    });
    let form = script.seen()[0].clone();
    assert_eq!(
        form.body,
        "grant_type=refresh_token&refresh_token=1%2F%2Frefresh%2Bcanary&client_id=cid&client_secret=secret-canary"
    );
    assert_eq!(
        form.header("content-type"),
        "application/x-www-form-urlencoded"
    );
}

#[test]
fn a_refused_token_is_replaced_once_and_the_call_repeated() {
    let script = server(1);
    run(async { list(&account(&script)).await.unwrap() });
    assert_eq!(refreshes(&script), 2);
    assert_eq!(script.seen().len(), 4);
}

#[test]
fn a_second_refusal_means_to_connect_again() {
    let script = server(usize::MAX);
    let error = run(async { list(&account(&script)).await.unwrap_err() });
    assert_eq!(error.class(), NEEDS_REAUTH);
    assert_eq!(
        script.seen().len(),
        4,
        "two refreshes, two attempts, no storm"
    );
}

#[test]
fn a_fixed_token_is_tried_twice_and_then_given_up() {
    let script = Script::always(unauthorized());
    let error = run(async { list(&client(&script)).await.unwrap_err() });
    assert_eq!((error.class(), script.seen().len()), (NEEDS_REAUTH, 2));
    let script = Script::new(|_, count| if count == 0 { unauthorized() } else { page() });
    run(async { list(&client(&script)).await.unwrap() });
}

#[test]
fn concurrent_calls_share_one_refresh() {
    for stale in [0, 1] {
        let script = server(stale);
        run(async {
            let client = account(&script);
            let calls = (0..8).map(|_| list(&client));
            for answer in futures::future::join_all(calls).await {
                answer.unwrap();
            }
        });
        assert_eq!(refreshes(&script), stale + 1, "with {stale} stale tokens");
    }
}

#[test]
fn a_revoked_grant_is_never_asked_for_again() {
    let script = Script::always(answer(400, r#"{"error":"invalid_grant"}"#));
    run(async {
        let client = account(&script);
        for _ in 0..3 {
            assert_eq!(list(&client).await.unwrap_err().class(), NEEDS_REAUTH);
            assert_eq!(
                list(&client.clone()).await.unwrap_err().class(),
                NEEDS_REAUTH
            );
        }
    });
    assert_eq!(script.seen().len(), 1);
}

#[test]
fn a_token_endpoint_that_is_down_is_tried_again() {
    let check = |answer: Answer, class: Class, attempts: usize| {
        let script = Script::always(answer);
        let error = run(async { list(&account(&script)).await.unwrap_err() });
        assert_eq!((error.class(), script.seen().len()), (class, attempts));
    };
    let unavailable = Class::Unavailable {
        effect: Effect::Nothing,
        retry_after: None,
    };
    check(answer(503, "<html>"), unavailable, 3);
    check(Err(TransportError::Timeout), unavailable, 3);
    check(answer(429, "{}"), Class::Throttled { retry_after: None }, 3);
    check(
        answer(401, r#"{"error":"invalid_client"}"#),
        Class::Config,
        1,
    );
    check(Ok(Response::default()), Class::Malformed, 1);
}

#[test]
fn a_replaced_refresh_token_is_used_and_handed_over() {
    let script = Script::new(|seen: &Seen, count| match (seen.is_token(), count) {
        (true, 0) => answer(
            200,
            r#"{"access_token":"a","expires_in":61,"refresh_token":"new"}"#,
        ),
        (true, _) => granted("b"),
        (false, _) => page(),
    });
    run(async {
        let client = account(&script);
        assert!(client.rotated_refresh_token().is_none());
        list(&client).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        list(&client).await.unwrap();
        let rotated = client.rotated_refresh_token().unwrap();
        assert_eq!(rotated.expose_secret(), "new");
    });
    let seen = script.seen();
    let last = seen.iter().rfind(|seen| seen.is_token()).unwrap();
    assert!(last.body.contains("refresh_token=new&"));
}
