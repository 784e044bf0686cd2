//! Nothing printable holds a token, a secret or event text.

use super::script::{
    Answer, Script, Seen, answer, block_body, block_id, calendar, client_with, envelope,
    fixed_token, refresh_token, run, settings,
};
use crate::google::transport::TransportError;
use crate::google::wire::Item;
use crate::google::{Group, Since};
use crate::model::{BlockRef, SyncToken};

const CANARIES: [&str; 5] = ["access-canary", "canary", "secret", "Bearer", "1//"];

fn clean(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(" <- {cause} {cause:?}"));
        next = cause.source();
    }
    text
}

#[test]
fn credentials_and_clients_show_no_secret() {
    let script = Script::new(|seen: &Seen, _| {
        if seen.is_token() {
            return answer(
                200,
                r#"{"access_token":"canary-1","expires_in":3600,"refresh_token":"canary-2"}"#,
            );
        }
        answer(200, r#"{"nextSyncToken":"canary-3"}"#)
    });
    for credentials in [fixed_token(), refresh_token()] {
        clean(&format!("{credentials:?}"));
        run(async {
            let client = client_with(&script, credentials, &settings(), &Group::default());
            let since = Since::Token(SyncToken::parse("canary-4").unwrap());
            let listing = client.events_list(&calendar(), &since).await.unwrap();
            clean(&format!("{client:?} {since:?} {listing:?}"));
            clean(&format!("{:?}", client.events_pages(&calendar(), &since)));
        });
    }
}

#[test]
fn errors_show_nothing_of_request_or_answer() {
    let answers: Vec<Answer> = vec![
        answer(403, envelope(403, "ya29.canary-1")),
        answer(400, r#"{"error":"secret canary"}"#),
        answer(200, r#"{"summary":"canary"}"#),
        answer(200, r#"{"id":"x","start":"canary"}"#),
        answer(200, "canary"),
        answer(500, "<html>canary</html>"),
        Err(TransportError::Timeout),
        Err(TransportError::Interrupted),
    ];
    for bad in answers {
        let script = Script::always(bad);
        for credentials in [fixed_token(), refresh_token()] {
            let error = run(async {
                let client = client_with(&script, credentials, &settings(), &Group::default());
                let block = BlockRef::Own(block_id());
                client
                    .update_block(&calendar(), &block, &block_body(), None)
                    .await
            });
            clean(&chain(&error.unwrap_err()));
        }
    }
}

#[test]
fn events_and_blocks_show_no_text() {
    let event = r#"{"id":"x","summary":"canary","extendedProperties":{"private":{"k":"canary"},"shared":{"k":"canary"}},"attendees":[{"self":true,"email":"canary","responseStatus":"accepted"}]}"#;
    let item: Item = serde_json::from_str(event).unwrap();
    clean(&format!("{item:?} {:?}", block_body()));
}
