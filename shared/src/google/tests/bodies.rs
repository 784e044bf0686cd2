//! What the body of an answer may be, and what fails the attempt.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Response;

use super::script::{Answer, Script, answer, calendar, client, run};
use crate::google::{BadBody, Cause, Class, Error, Since};

const EMPTY_PAGE: &str = r#"{"nextSyncToken":"s"}"#;

fn list(answer: Answer) -> Result<usize, Error> {
    let script = Script::always(answer);
    let since = Since::Start { time_min: None };
    run(async {
        let listing = client(&script).events_list(&calendar(), &since).await?;
        Ok(listing.items.len())
    })
}

fn why(answer: Answer) -> BadBody {
    let error = list(answer).unwrap_err();
    assert_eq!(error.class(), Class::Malformed, "{error}");
    let Cause::Body(why) = error.cause() else {
        panic!("{:?}", error.cause());
    };
    why.clone()
}

fn typed(content_type: &str, body: &str) -> Answer {
    let response = Response::builder().header("content-type", content_type);
    Ok(response.body(Bytes::from(body.to_owned())).unwrap())
}

fn packed(body: Vec<u8>) -> Answer {
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    Ok(response.body(Bytes::from(body)).unwrap())
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_packed_page_is_read_like_a_plain_one() {
    assert_eq!(list(answer(200, EMPTY_PAGE)).unwrap(), 0);
    assert_eq!(list(packed(gzip(EMPTY_PAGE.as_bytes()))).unwrap(), 0);
}

#[test]
fn a_gzip_bomb_stops_at_the_cap() {
    let mut bomb = EMPTY_PAGE.as_bytes().to_vec();
    bomb.resize(65 * 1024 * 1024, b' ');
    let bomb = gzip(&bomb);
    assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
    assert_eq!(
        why(packed(bomb)),
        BadBody::TooLarge {
            cap: 64 * 1024 * 1024
        }
    );
}

#[test]
fn a_body_above_the_cap_is_refused_even_if_it_arrived() {
    let mut body = EMPTY_PAGE.to_owned();
    body.push_str(&" ".repeat(10 * 1024 * 1024));
    assert_eq!(
        why(answer(200, body)),
        BadBody::TooLarge {
            cap: 10 * 1024 * 1024
        }
    );
}

#[test]
fn broken_packing_fails() {
    let whole = gzip(EMPTY_PAGE.as_bytes());
    let cut = whole[..whole.len() - 3].to_vec();
    assert_eq!(why(packed(cut)), BadBody::Encoding);
    assert_eq!(why(packed(EMPTY_PAGE.into())), BadBody::Encoding);
    let mut response = answer(200, EMPTY_PAGE).unwrap();
    response
        .headers_mut()
        .insert("content-encoding", "br".parse().unwrap());
    assert_eq!(why(Ok(response)), BadBody::Encoding);
}

#[test]
fn what_is_not_declared_as_json_is_not_read() {
    assert_eq!(why(typed("text/html", EMPTY_PAGE)), BadBody::ContentType);
    assert_eq!(list(typed("Application/JSON", EMPTY_PAGE)).unwrap(), 0);
}

#[test]
fn what_is_no_json_object_fails_without_a_word_of_it() {
    let deep = format!(
        r#"{{"items":[{}1{}],"nextSyncToken":"s"}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for body in [
        "",
        "null",
        "[]",
        "\"secret title\"",
        "{\"nextSyncToken\":\"s\"",
        "{\"nextSyncToken\":\"s\"}}",
        "{\"nextSyncToken\":{\"secret title\":1}}",
        "{\"items\":\"secret title\",\"nextSyncToken\":\"s\"}",
        "{\"items\":{},\"nextSyncToken\":\"s\"}",
        &deep,
    ] {
        let why = why(answer(200, body));
        assert!(matches!(why, BadBody::Json { .. }), "{why}");
        assert!(!format!("{why} {why:?}").contains("secret"), "{why:?}");
    }
}

#[test]
fn absurd_depth_in_a_field_nobody_reads_is_no_harm() {
    let deep = format!(
        r#"{{"x":{}1{},"nextSyncToken":"s"}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(list(answer(200, deep)).unwrap(), 0);
}

#[test]
fn an_error_inside_a_success_is_no_empty_page() {
    let body = r#"{"error":{"code":503,"message":"x"},"nextSyncToken":"s"}"#;
    assert_eq!(why(answer(200, body)), BadBody::ErrorInSuccess);
}

#[test]
fn an_item_that_cannot_be_read_stands_apart_from_its_page() {
    let items =
        r#"{"items":[{"id":"a","start":7},{"id":"b"},7,{"summary":"x"}],"nextSyncToken":"s"}"#;
    let script = Script::always(answer(200, items));
    let since = Since::Start { time_min: None };
    let listing = run(async {
        client(&script)
            .events_list(&calendar(), &since)
            .await
            .unwrap()
    });
    let ids: Vec<_> = listing.items.iter().map(|item| item.id()).collect();
    assert_eq!(ids, [Some("a"), Some("b"), None, None]);
}
