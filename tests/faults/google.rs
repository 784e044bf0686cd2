//! Google's errors, each on each call where it can occur, once and for good.
//!
//! Once: whatever it was, the calendars are in step afterwards, without a hand's help. For good: few requests,
//! nothing lost, nothing deleted, the failure where it can be seen, the other calendars served; and in step as
//! soon as the error is gone.

use std::io::Write;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use shared::engine::{Driven, SyncError, Wish, chain};
use shared::google::transport::TransportError;
use shared::limits::FULL_READ_AGAIN;
use shared::model::{AccountId, Mirror};

use crate::bench::{Bench, name, timed};
use crate::wiretap::{Answer, Asked, Wiretap, answer, envelope, refusal, refusal_after, text};

/// One error: what comes back, and whether the request took effect first.
#[derive(Clone, Copy)]
struct Failure {
    label: &'static str,
    answer: fn() -> Answer,
    after: bool,
    /// The class that a failed read of a calendar ends with.
    read: &'static str,
}

const fn before(label: &'static str, read: &'static str, answer: fn() -> Answer) -> Failure {
    Failure {
        label,
        answer,
        after: false,
        read,
    }
}

const fn after(label: &'static str, read: &'static str, answer: fn() -> Answer) -> Failure {
    Failure {
        label,
        answer,
        after: true,
        read,
    }
}

/// 70 MB of blanks, packed.
static BOMB: LazyLock<Bytes> = LazyLock::new(|| {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..70 {
        packed.write_all(&blanks).unwrap();
    }
    packed.finish().unwrap().into()
});

fn bomb() -> Answer {
    text(200, "application/json", "").map(|mut response| {
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_ENCODING, "gzip".parse().unwrap());
        response.map(|_| BOMB.clone())
    })
}

const FAILURES: &[Failure] = &[
    before("400", "Invalid", || refusal(400, "invalid")),
    before("400 badRequest", "Invalid", || refusal(400, "badRequest")),
    before("401", "AccountDenied(NeedsReauth)", || {
        refusal(401, "authError")
    }),
    before("403 rateLimitExceeded", "Throttled", || {
        refusal(403, "rateLimitExceeded")
    }),
    before("403 userRateLimitExceeded", "Throttled", || {
        refusal(403, "userRateLimitExceeded")
    }),
    before("403 quotaExceeded", "QuotaExhausted", || {
        refusal(403, "quotaExceeded")
    }),
    before("403 forbidden", "Denied(NoAccess)", || {
        refusal(403, "forbidden")
    }),
    before(
        "403 insufficientPermissions",
        "Denied(MissingScope)",
        || refusal(403, "insufficientPermissions"),
    ),
    before(
        "403 accessNotConfigured",
        "AccountDenied(ApiDisabled)",
        || refusal(403, "accessNotConfigured"),
    ),
    before("404", "Denied(NotFound)", || refusal(404, "notFound")),
    before("404 of a proxy", "Malformed", || {
        text(404, "text/html", "<html>Not Found</html>")
    }),
    before("409", "Conflict", || refusal(409, "duplicate")),
    before("410", "Unavailable", || refusal(410, "deleted")),
    before("412", "Conflict", || refusal(412, "conditionNotMet")),
    before("429", "Throttled", || refusal(429, "rateLimitExceeded")),
    before("429 with a wait", "Throttled", || {
        refusal_after(429, "rateLimitExceeded", 30)
    }),
    before("429 with a long wait", "Throttled", || {
        refusal_after(429, "rateLimitExceeded", 300)
    }),
    before("500", "Unavailable", || refusal(500, "backendError")),
    before("502 of a proxy", "Unavailable", || {
        text(502, "text/html", "<html>Bad Gateway</html>")
    }),
    before("503 with a wait", "Unavailable", || {
        refusal_after(503, "backendError", 20)
    }),
    before("504", "Unavailable", || text(504, "text/plain", "")),
    before("no connection", "Unavailable", || {
        Err(TransportError::Unreachable {
            host: "google".into(),
        })
    }),
    before("connection lost before", "Unavailable", || {
        Err(TransportError::Interrupted)
    }),
    before("timeout before", "Unavailable", || {
        Err(TransportError::Timeout)
    }),
    after("connection lost after", "Unavailable", || {
        Err(TransportError::Interrupted)
    }),
    after("timeout after", "Unavailable", || {
        Err(TransportError::Timeout)
    }),
    after("500 after", "Unavailable", || refusal(500, "backendError")),
    after("503 after", "Unavailable", || {
        text(503, "text/html", "<html>Sorry</html>")
    }),
    after("truncated JSON", "Malformed", || {
        text(200, "application/json", "{\"items\": [{\"id\": \"ab")
    }),
    after("no body", "Malformed", || text(200, "application/json", "")),
    after("wrong content type", "Malformed", || {
        text(200, "text/html", "<html></html>")
    }),
    after("an error inside a success", "Malformed", || {
        answer(200, &envelope(500, "backendError"))
    }),
    after("another shape", "Malformed", || {
        text(200, "application/json", "[]")
    }),
    after("gzip bomb", "Malformed", bomb),
    after("too large", "Malformed", || {
        Err(TransportError::TooLarge { cap: 10 })
    }),
    before("a redirect", "Malformed", || text(302, "text/html", "")),
    before("418", "Malformed", || {
        text(418, "text/plain", "I'm a teapot")
    }),
];

/// Where the error strikes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum At {
    Changes,
    LaterPage,
    FullRead,
    Get,
    Insert,
    Update,
    Delete,
}

impl At {
    fn is_read(self) -> bool {
        matches!(self, Self::Changes | Self::LaterPage | Self::FullRead)
    }

    /// Reads fail on the source calendar, writes on the first target.
    fn is(self, asked: &Asked) -> bool {
        let calendar = if self.is_read() { name(0) } else { name(1) };
        asked.calendar == calendar
            && match self {
                Self::Changes => {
                    asked.operation == "events.list"
                        && !asked.is_full_list()
                        && !asked.is_later_page()
                }
                Self::LaterPage => asked.is_later_page(),
                Self::FullRead => asked.is_full_list() && !asked.is_later_page(),
                Self::Get => asked.operation == "events.get",
                Self::Insert => asked.operation == "events.insert",
                Self::Update => asked.operation == "events.update",
                Self::Delete => asked.operation == "events.delete",
            }
    }
}

async fn settled() -> Bench {
    let bench = Bench::with(3, |_| {}).await;
    bench.settle().await;
    bench
}

/// Three events whose blocks are there, and which then move, go and come.
async fn prepare(bench: &Bench, round: usize, at: At) {
    // One refused sync token may follow another, but not at once.
    bench.world.clock().advance(FULL_READ_AGAIN);
    let id = |what: &str| format!("{what}{round}");
    let day = 3 + u32::try_from(round).unwrap() % 20;
    bench.edit(|google| {
        google
            .insert_event(&name(0), timed(&id("moves"), day, 8))
            .unwrap();
        google
            .insert_event(&name(0), timed(&id("goes"), day, 10))
            .unwrap();
    });
    bench.settle().await;
    bench.edit(|google| {
        google
            .replace_event(&name(0), &id("moves"), timed(&id("moves"), day, 14))
            .unwrap();
        google.delete_event(&name(0), &id("goes")).unwrap();
        google
            .insert_event(&name(0), timed(&id("comes"), day, 16))
            .unwrap();
        if at == At::FullRead {
            google.expire_sync_tokens(&name(0));
        }
    });
    bench.world.google().clear_log();
}

fn strike(tap: &Wiretap, at: At, failure: Failure, times: u32) {
    let mut left = times;
    let mut look = at == At::Get;
    tap.set(move |asked, perform| {
        if !at.is(asked) || left == 0 {
            // A block is read only when somebody was faster: so the first update is told.
            let provoked = look && At::Update.is(asked);
            look &= !provoked;
            return if provoked {
                refusal(412, "conditionNotMet")
            } else {
                perform()
            };
        }
        left -= 1;
        // "Gone already" is true of a delete.
        let gone = at == At::Delete && (failure.label == "404" || failure.label == "410");
        if failure.after || gone {
            drop(perform());
        }
        (failure.answer)()
    });
}

async fn mirrors(bench: &Bench, round: usize) -> Vec<Mirror> {
    let view = bench.view(0).await;
    let rows = view
        .rows
        .into_iter()
        .filter(|row| row.key.as_str().ends_with(&round.to_string()));
    rows.filter_map(|mut row| row.mirrors.remove(&bench.id(1)))
        .collect()
}

/// Gives everything parked a new start, as its owner would: by a change.
fn unpark(bench: &Bench, round: usize) {
    let day = 3 + u32::try_from(round).unwrap() % 20;
    bench.edit(|google| {
        for (what, hour) in [("moves", 15), ("comes", 17)] {
            let id = format!("{what}{round}");
            google
                .replace_event(&name(0), &id, timed(&id, day, hour))
                .unwrap();
        }
        // A block that cannot be deleted through us is deleted by hand.
        let left = format!("2026-03-{day:02}T10:00:00Z");
        for block in google
            .events(&name(1))
            .into_iter()
            .filter(|block| block.start.as_deref() == Some(&left))
        {
            if block.status != simulator::Status::Cancelled {
                google.delete_event(&name(1), &block.id).unwrap();
            }
        }
    });
}

async fn check(bench: &Bench, round: usize, at: At, failure: Failure) {
    for times in [1, u32::MAX] {
        let round = round * 2 + usize::from(times != 1);
        let label = format!("{} at {at:?}, {times} times", failure.label);
        prepare(bench, round, at).await;
        let blocks = (bench.blocks(1), bench.blocks(2));
        let token = bench.state(0).await.token;
        let tap = bench
            .tap()
            .with_pages_of(if at == At::LaterPage { 1 } else { 2_500 });
        strike(&tap, at, failure, times);
        let worker = tap.worker();
        if times == 1 {
            let first = bench.drive_with(&worker).await;
            assert!(
                tap.asked().iter().any(|asked| at.is(asked)),
                "{label}: never asked"
            );
            let driven = bench.drive_with(&worker).await;
            assert!(driven.quiet, "{label}: {first:?}, then {driven:?}");
        } else {
            // Unpacking takes its time.
            let seconds = if failure.label == "gzip bomb" { 5 } else { 50 };
            let driven = bench.drive_for(&worker, Duration::from_secs(seconds)).await;
            let asked = tap.asked();
            let hits = asked.iter().filter(|asked| at.is(asked)).count();
            assert!(hits > 0, "{label}: never asked");
            assert!(
                hits <= 60 && asked.len() <= 300,
                "{label}: {hits} of {} requests",
                asked.len()
            );
            match at.is_read() {
                true => check_failed_read(bench, &label, at, failure, &driven),
                false => check_failed_write(bench, &label, round, &driven).await,
            }
            if at.is_read() && matches!(driven.failed[&bench.id(0)], SyncError::Google { .. }) {
                assert_eq!((bench.blocks(1), bench.blocks(2)), blocks, "{label}");
                assert_eq!(bench.state(0).await.token, token, "{label}");
            }
            tap.clear();
        }
        if parked(bench, round).await {
            unpark(bench, round);
        }
        let driven = bench.drive_with(&tap.worker()).await;
        assert!(driven.quiet, "{label}: not healed: {driven:?}");
        assert_eq!(bench.faults(), [], "{label}");
        assert!(!parked(bench, round).await, "{label}: still parked");
    }
}

async fn parked(bench: &Bench, round: usize) -> bool {
    let mirrors = mirrors(bench, round).await;
    mirrors
        .iter()
        .any(|mirror| mirror.parked.is_some() && !mirror.in_step())
}

fn check_failed_read(bench: &Bench, label: &str, at: At, failure: Failure, driven: &Driven) {
    // A refused token leads to a full read, which is not refused here; but to no second one.
    if at == At::Changes && matches!(failure.label, "400" | "400 badRequest" | "410") {
        let refused = matches!(driven.failed[&bench.id(0)], SyncError::TokenRefused { .. });
        assert!(refused, "{label}: {driven:?}");
        assert_eq!(bench.faults(), [], "{label}");
        return;
    }
    let Some(SyncError::Google { why, .. }) = driven.failed.get(&bench.id(0)) else {
        panic!("{label}: {driven:?}");
    };
    let class = format!("{:?}", why.class());
    assert!(class.starts_with(failure.read), "{label}: {class}");
    assert_eq!(driven.failed.len(), 1, "{label}: {driven:?}");
}

/// The failure stands in the table, and the other target is in step.
async fn check_failed_write(bench: &Bench, label: &str, round: usize, driven: &Driven) {
    assert!(driven.failed.is_empty(), "{label}: {driven:?}");
    let others: Vec<_> = bench
        .faults()
        .into_iter()
        .filter(|fault| !format!("{fault:?}").contains(&name(1)))
        .collect();
    assert_eq!(others, [], "{label}");
    let state = bench.state(0).await;
    let mirrors = mirrors(bench, round).await;
    for mirror in &mirrors {
        // The first that is refused may stop the target, and with it the others.
        let waits = mirror.pending() && state.unpushed && !driven.quiet;
        let visible = mirror.parked.is_some() || waits || mirror.in_step();
        assert!(visible, "{label}: {mirror:?}, {driven:?}");
    }
    let in_step = mirrors.iter().all(Mirror::in_step);
    let told = |mirror: &Mirror| mirror.retry.is_some() || mirror.parked.is_some();
    assert!(in_step || mirrors.iter().any(told), "{label}: {mirrors:?}");
    assert!(
        !in_step || bench.faults().is_empty(),
        "{label}: {:?}",
        bench.faults()
    );
}

async fn check_all(at: At) {
    for (round, failure) in FAILURES.iter().enumerate() {
        check(&settled().await, round, at, *failure).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_list_of_changes_has_its_outcome() {
    check_all(At::Changes).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_later_page_has_its_outcome() {
    check_all(At::LaterPage).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_full_read_has_its_outcome() {
    check_all(At::FullRead).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_get_has_its_outcome() {
    check_all(At::Get).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_an_insert_has_its_outcome() {
    check_all(At::Insert).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_an_update_has_its_outcome() {
    check_all(At::Update).await;
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_delete_has_its_outcome() {
    check_all(At::Delete).await;
}

/// The list of calendars is read when somebody connects: a failure changes nothing, and says what it is.
#[tokio::test(start_paused = true)]
async fn every_error_of_the_list_of_calendars_leaves_the_config_as_it_is() {
    let bench = settled().await;
    let wish = [Wish {
        account: AccountId("work".into()),
        calendars: Some(vec![name(0), name(1)]),
    }];
    let before = bench
        .worker()
        .store()
        .user_config(bench.config.user)
        .await
        .unwrap()
        .unwrap();
    for failure in FAILURES {
        let tap = bench.tap();
        let failure = *failure;
        tap.set(move |_, _| (failure.answer)());
        let failed = tap
            .worker()
            .connect(bench.world.key(), bench.config.user, &wish)
            .await;
        let why = failed.expect_err(failure.label);
        assert!(
            chain(&why).contains("calendars cannot be listed"),
            "{}: {}",
            failure.label,
            chain(&why)
        );
        assert!(
            tap.asked().len() <= 3,
            "{}: {} requests",
            failure.label,
            tap.asked().len()
        );
        let config = bench
            .worker()
            .store()
            .user_config(bench.config.user)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(config, before, "{}", failure.label);
    }
    let wish = [Wish {
        account: AccountId("work".into()),
        calendars: None,
    }];
    let again = bench
        .worker()
        .connect(bench.world.key(), bench.config.user, &wish)
        .await
        .unwrap();
    assert_eq!(again, before);
}

/// An answer of the token endpoint: its class, and whether the refresh token may be sent again after it.
struct Grant {
    label: &'static str,
    answer: fn() -> Answer,
    class: &'static str,
    again: bool,
}

const GRANTS: &[Grant] = &[
    Grant {
        label: "invalid_grant",
        answer: || {
            answer(
                400,
                &json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
            )
        },
        class: "AccountDenied(NeedsReauth)",
        again: false,
    },
    Grant {
        label: "invalid_client",
        answer: || answer(401, &json!({"error": "invalid_client"})),
        class: "Config",
        again: true,
    },
    Grant {
        label: "unauthorized_client",
        answer: || answer(400, &json!({"error": "unauthorized_client"})),
        class: "Config",
        again: true,
    },
    Grant {
        label: "500",
        answer: || answer(500, &json!({"error": "internal_failure"})),
        class: "Unavailable",
        again: true,
    },
    Grant {
        label: "503 of a proxy",
        answer: || text(503, "text/html", "<html></html>"),
        class: "Unavailable",
        again: true,
    },
    Grant {
        label: "429",
        answer: || answer(429, &json!({"error": "rate_limit_exceeded"})),
        class: "Throttled",
        again: true,
    },
    Grant {
        label: "no connection",
        answer: || {
            Err(TransportError::Unreachable {
                host: "oauth".into(),
            })
        },
        class: "Unavailable",
        again: true,
    },
    Grant {
        label: "timeout",
        answer: || Err(TransportError::Timeout),
        class: "Unavailable",
        again: true,
    },
    Grant {
        label: "connection lost",
        answer: || Err(TransportError::Interrupted),
        class: "Unavailable",
        again: true,
    },
    Grant {
        label: "a page of HTML",
        answer: || text(200, "text/html", "<html></html>"),
        class: "Malformed",
        again: true,
    },
    Grant {
        label: "an empty answer",
        answer: || answer(200, &json!({})),
        class: "Malformed",
        again: true,
    },
    Grant {
        label: "half an answer",
        answer: || text(200, "application/json", "{\"access_token\": \"ab"),
        class: "Malformed",
        again: true,
    },
];

async fn check_grant(bench: &Bench, round: usize, grant: &Grant) {
    let label = grant.label;
    let answer = grant.answer;
    prepare(bench, 100 + round, At::Changes).await;
    // Once, before the first sync.
    let tap = bench.tap();
    let mut left = 1;
    tap.set(
        move |asked, perform| match asked.operation == "token" && left > 0 {
            true => {
                left -= 1;
                answer()
            }
            false => perform(),
        },
    );
    let worker = tap.refreshing_worker();
    bench.drive_with(&worker).await;
    let worker = if grant.again {
        worker
    } else {
        tap.refreshing_worker()
    };
    let driven = bench.drive_with(&worker).await;
    assert!(driven.quiet, "{label}, once: {driven:?}");
    assert_eq!(bench.faults(), [], "{label}, once");
    // For good.
    prepare(bench, 200 + round, At::Changes).await;
    let blocks = (bench.blocks(1), bench.blocks(2));
    let tap = bench.tap();
    tap.set(move |asked, perform| {
        if asked.operation == "token" {
            answer()
        } else {
            perform()
        }
    });
    let worker = tap.refreshing_worker();
    let driven = bench.drive_for(&worker, Duration::from_secs(120)).await;
    bench.drive_for(&worker, Duration::from_secs(1)).await;
    assert_eq!(driven.failed.len(), 3, "{label}: {driven:?}");
    for why in driven.failed.values() {
        let SyncError::Google { why, .. } = why else {
            panic!("{label}: {why:?}")
        };
        let class = format!("{:?}", why.class());
        assert!(class.starts_with(grant.class), "{label}: {class}");
    }
    assert_eq!((bench.blocks(1), bench.blocks(2)), blocks, "{label}");
    assert!(
        tap.asked().iter().all(|asked| asked.operation == "token"),
        "{label}"
    );
    let sent = tap.asked().len();
    assert!(
        sent <= if grant.again { 300 } else { 1 },
        "{label}: sent {sent} times"
    );
    tap.clear();
    let driven = bench.drive_with(&tap.refreshing_worker()).await;
    assert!(driven.quiet, "{label}: not healed: {driven:?}");
    assert_eq!(bench.faults(), [], "{label}");
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_token_refresh_has_its_outcome() {
    let bench = settled().await;
    bench.edit(|google| google.add_refresh_token(&name(0), "1//good"));
    for (round, grant) in GRANTS.iter().enumerate() {
        check_grant(&bench, round, grant).await;
    }
}

/// An access token that dies in the middle of a sync is replaced once, and nobody notices.
#[tokio::test(start_paused = true)]
async fn a_refused_access_token_is_refreshed_once_and_the_call_sent_again() {
    let bench = settled().await;
    bench.edit(|google| google.add_refresh_token(&name(0), "1//good"));
    for nth in 1..8 {
        prepare(&bench, 300 + nth, At::Changes).await;
        let tap = bench.tap();
        let world = bench.world.clone();
        let mut calls = 0;
        tap.set(move |asked, perform| {
            calls += usize::from(asked.operation != "token");
            if calls == nth && asked.operation != "token" {
                world.google().expire_access_tokens_of(&name(0));
            }
            perform()
        });
        let driven = bench.drive_with(&tap.refreshing_worker()).await;
        assert!(driven.quiet, "{nth}: {driven:?}");
        assert_eq!(bench.faults(), [], "{nth}");
        let refreshed = tap
            .asked()
            .iter()
            .filter(|asked| asked.operation == "token")
            .count();
        assert_eq!(refreshed, 2, "{nth}");
        let account = simulator::NewAccount {
            email: name(0),
            access_tokens: vec!["tok".into()],
            ..Default::default()
        };
        bench.edit(|google| google.add_account(account, chrono_tz::Tz::UTC));
    }
}
