//! Which class each answer has, by the table of Google's guide "Handle API errors" and field reports.

use std::time::Duration;

use super::script::{
    Answer, Script, answer, block_body, block_id, calendar, client, envelope, refusal, run,
};
use crate::google::classify::classify;
use crate::google::reason::Refusal;
use crate::google::transport::TransportError;
use crate::google::{AccountDenial, Class, Denial, Effect, Error, Operation, Reason, Since};
use crate::model::BlockRef;

const ALL: [Operation; 8] = [
    Operation::CalendarList,
    Operation::ListAll,
    Operation::ListChanges,
    Operation::Get,
    Operation::Instances,
    Operation::Insert,
    Operation::Update,
    Operation::Delete,
];
const NEEDS_REAUTH: Class = Class::AccountDenied(AccountDenial::NeedsReauth);
const THROTTLED: Class = Class::Throttled { retry_after: None };
const NO_ACCESS: Class = Class::Denied(Denial::NoAccess);
const NOT_FOUND: Class = Class::Denied(Denial::NotFound);

fn class(operation: Operation, status: u16, body: &str) -> Class {
    classify(operation, status, &Refusal::read(body.as_bytes()), None)
}

fn unavailable(effect: Effect) -> Class {
    Class::Unavailable {
        effect,
        retry_after: None,
    }
}

/// Every operation's class for one row, in the order of [`ALL`].
fn check(status: u16, reason: &str, expected: [Class; 8]) {
    for (operation, expected) in ALL.into_iter().zip(expected) {
        let found = class(operation, status, &envelope(status, reason));
        assert_eq!(found, expected, "{status} {reason} on {operation:?}");
    }
}

#[test]
fn each_row_of_the_error_table_has_its_class() {
    let (nothing, unknown) = (unavailable(Effect::Nothing), unavailable(Effect::Unknown));
    for reason in ["invalid", "badRequest", "required", "invalidParameter"] {
        let mut row = [Class::Invalid; 8];
        row[2] = Class::SyncTokenInvalid;
        check(400, reason, row);
    }
    for reason in [
        "timeRangeEmpty",
        "syncTokenWithRequestRestrictions",
        "eventTypeRestriction",
        "new",
    ] {
        check(400, reason, [Class::Invalid; 8]);
    }
    check(401, "authError", [NEEDS_REAUTH; 8]);
    check(401, "required", [NEEDS_REAUTH; 8]);
    for status in [403, 429] {
        check(status, "rateLimitExceeded", [THROTTLED; 8]);
        check(status, "userRateLimitExceeded", [THROTTLED; 8]);
        check(status, "quotaExceeded", [Class::QuotaExhausted; 8]);
    }
    check(403, "calendarUsageLimits", [Class::QuotaExhausted; 8]);
    check(403, "forbiddenForNonOrganizer", [Class::Invalid; 8]);
    check(403, "forbidden", [NO_ACCESS; 8]);
    check(403, "requiredAccessLevel", [NO_ACCESS; 8]);
    check(
        403,
        "insufficientPermissions",
        [Class::Denied(Denial::MissingScope); 8],
    );
    check(
        403,
        "accessNotConfigured",
        [Class::AccountDenied(AccountDenial::ApiDisabled); 8],
    );
    check(
        403,
        "notACalendarUser",
        [Class::AccountDenied(AccountDenial::NotACalendarUser); 8],
    );
    let absent = Class::Absent;
    check(
        404,
        "notFound",
        [
            Class::Config,
            NOT_FOUND,
            NOT_FOUND,
            absent,
            absent,
            NOT_FOUND,
            absent,
            absent,
        ],
    );
    let mut taken = [Class::Conflict; 8];
    taken[5] = Class::Exists;
    check(409, "duplicate", taken);
    check(409, "conflict", [nothing; 8]);
    for reason in ["fullSyncRequired", "updatedMinTooLongAgo", "deleted"] {
        let expired = Class::SyncTokenInvalid;
        check(
            410,
            reason,
            [
                nothing,
                nothing,
                expired,
                absent,
                absent,
                Class::Exists,
                absent,
                absent,
            ],
        );
    }
    check(412, "conditionNotMet", [Class::Conflict; 8]);
    for status in [500, 502, 503, 504] {
        check(
            status,
            "backendError",
            [
                nothing, nothing, nothing, nothing, nothing, unknown, unknown, unknown,
            ],
        );
    }
}

#[test]
fn a_400_about_another_parameter_keeps_the_sync_token() {
    let body = |location: &str| {
        format!(r#"{{"error":{{"errors":[{{"reason":"invalid","location":"{location}"}}]}}}}"#)
    };
    let check = |location, expected| {
        assert_eq!(
            class(Operation::ListChanges, 400, &body(location)),
            expected,
            "{location}"
        );
    };
    check("syncToken", Class::SyncTokenInvalid);
    check("pageToken", Class::Invalid);
}

#[test]
fn the_front_ends_envelope_is_read_like_the_backends() {
    let check = |status, body: &str, expected: Reason| {
        assert_eq!(
            Refusal::read(body.as_bytes()).reason,
            expected,
            "{status} {body}"
        );
    };
    check(
        403,
        r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"@type":"x"},{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#,
        Reason::InsufficientPermissions,
    );
    check(
        403,
        r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}"#,
        Reason::AccessNotConfigured,
    );
    check(
        429,
        r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#,
        Reason::RateLimitExceeded,
    );
    check(
        401,
        r#"{"error":{"errors":[],"status":"UNAUTHENTICATED"}}"#,
        Reason::AuthError,
    );
    check(404, r#"{"error":{"code":404}}"#, Reason::Unsaid);
    check(400, r#"{"error":"invalid_grant"}"#, Reason::NoEnvelope);
}

#[test]
fn a_page_of_some_proxy_proves_nothing() {
    let html = "<html><title>Error 404 (Not Found)!!1</title></html>";
    for operation in ALL {
        for status in [400, 403, 404, 405, 301, 304, 418] {
            assert_eq!(
                class(operation, status, html),
                Class::Malformed,
                "{status} {operation:?}"
            );
        }
        assert_eq!(class(operation, 429, html), THROTTLED);
        assert!(class(operation, 503, html).is_passing());
    }
    assert_eq!(class(Operation::Delete, 410, html), Class::Malformed);
    assert_eq!(
        class(Operation::ListChanges, 410, html),
        Class::SyncTokenInvalid
    );
}

#[test]
fn an_unknown_reason_is_shown_only_if_it_is_a_plain_word() {
    let check = |word: &str, shown: &str| {
        let body = envelope(403, word);
        let reason = Refusal::read(body.as_bytes()).reason.to_string();
        assert_eq!(reason, shown);
        assert_eq!(class(Operation::Insert, 403, &body), NO_ACCESS);
    };
    check("newReason", "newReason");
    check("Private title", "not a known word");
    check("ya29.a0AfH6SMB", "not a known word");
    check(&"x".repeat(41), "not a known word");
}

fn lists(answer: Answer) -> (Error, usize) {
    let script = Script::always(answer);
    let since = Since::Start { time_min: None };
    let error = run(async {
        client(&script)
            .events_list(&calendar(), &since)
            .await
            .unwrap_err()
    });
    (error, script.seen().len())
}

fn updates(answer: Answer) -> (Error, usize) {
    let script = Script::always(answer);
    let block = BlockRef::Own(block_id());
    let error = run(async {
        client(&script)
            .update_block(&calendar(), &block, &block_body(), None)
            .await
            .unwrap_err()
    });
    (error, script.seen().len())
}

#[test]
fn only_passing_failures_are_tried_again_and_not_for_ever() {
    for (status, reason, attempts) in [
        (429, "rateLimitExceeded", 3),
        (403, "userRateLimitExceeded", 3),
        (503, "backendError", 3),
        (409, "conflict", 3),
        (403, "quotaExceeded", 1),
        (403, "forbidden", 1),
        (400, "timeRangeEmpty", 1),
        (412, "conditionNotMet", 1),
        (404, "notFound", 1),
    ] {
        assert_eq!(
            lists(refusal(status, reason)).1,
            attempts,
            "list {status} {reason}"
        );
        assert_eq!(
            updates(refusal(status, reason)).1,
            attempts,
            "update {status} {reason}"
        );
    }
}

#[test]
fn a_lost_answer_to_a_write_leaves_its_effect_open() {
    let check = |error: TransportError, read: Effect, write: Effect| {
        assert_eq!(
            lists(Err(error.clone())).0.class(),
            unavailable(read),
            "{error}"
        );
        assert_eq!(
            updates(Err(error.clone())).0.class(),
            unavailable(write),
            "{error}"
        );
    };
    let host = "google.test".to_owned();
    check(
        TransportError::Unreachable { host },
        Effect::Nothing,
        Effect::Nothing,
    );
    check(TransportError::Timeout, Effect::Nothing, Effect::Unknown);
    check(
        TransportError::Interrupted,
        Effect::Nothing,
        Effect::Unknown,
    );
    assert_eq!(
        lists(Err(TransportError::TooLarge { cap: 1 })).0.class(),
        Class::Malformed
    );
}

#[test]
fn the_wait_that_google_asks_for_reaches_the_caller() {
    let mut response = refusal(429, "rateLimitExceeded").unwrap();
    response
        .headers_mut()
        .insert("retry-after", "600".parse().unwrap());
    let (error, attempts) = lists(Ok(response));
    let retry_after = Some(Duration::from_secs(600));
    assert_eq!(error.class(), Class::Throttled { retry_after });
    assert_eq!(attempts, 1, "a wait of ten minutes is the caller's");
}

#[test]
fn an_error_names_operation_calendar_and_event() {
    let (error, _) = updates(refusal(412, "conditionNotMet"));
    assert_eq!(error.operation(), Operation::Update);
    assert_eq!(error.calendar(), Some(calendar().as_str()));
    assert_eq!(error.event(), Some(block_id().as_str()));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "answered 412 (conditionNotMet)");
    assert!(
        error
            .to_string()
            .starts_with("events.update on calendar team/a#b@example.com, event tidelock1")
    );
}

#[test]
fn a_delete_of_what_is_gone_says_so() {
    for (status, reason) in [(404, "notFound"), (410, "deleted")] {
        let script = Script::always(refusal(status, reason));
        let block = BlockRef::Own(block_id());
        let error = run(async {
            client(&script)
                .delete_block(&calendar(), &block, None)
                .await
        });
        assert_eq!(error.unwrap_err().class(), Class::Absent);
    }
    let script = Script::always(answer(204, ""));
    let block = BlockRef::Own(block_id());
    run(async {
        client(&script)
            .delete_block(&calendar(), &block, None)
            .await
            .unwrap()
    });
}
