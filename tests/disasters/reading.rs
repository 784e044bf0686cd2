//! Reads that fail, lie or come in pieces: nothing follows from them but another read.

use std::time::Duration;

use serde_json::{Value, json};
use shared::google::transport::TransportError;
use shared::limits::FULL_READ_AGAIN;

use crate::bench::{Bench, name, timed};
use crate::wiretap::{Answer, Asked, Wiretap, answer, envelope, refusal, rewritten, text};

const EVENTS: u32 = 20;

/// Three calendars in step; the first has 20 events, one for each way to spoil an answer.
async fn filled() -> Bench {
    let bench = Bench::with(3, |google| {
        for n in 0..EVENTS {
            let event = timed(&format!("event{n:02}"), 3 + n, 9);
            google.insert_event(&name(0), event).unwrap();
        }
        google
            .insert_event(&name(1), timed("other", 9, 15))
            .unwrap();
    })
    .await;
    bench.settle().await;
    bench
}

/// What a spoiled answer looks like, given the true one.
type Spoiled = fn(&mut dyn FnMut() -> Answer) -> Answer;

const SPOILED: &[(&str, Spoiled)] = &[
    ("500", |_| refusal(500, "backendError")),
    ("503 as a page of HTML", |_| {
        text(503, "text/html", "<html>Sorry</html>")
    }),
    ("200 as a page of HTML", |_| {
        text(200, "text/html", "<html>Sorry</html>")
    }),
    ("404 as a page of HTML", |_| {
        text(404, "text/html", "<html>Not here</html>")
    }),
    ("an empty body", |_| text(200, "application/json", "")),
    ("an empty object", |_| text(200, "application/json", "{}")),
    ("a list where an object should be", |_| {
        text(200, "application/json", "[]")
    }),
    ("null", |_| text(200, "application/json", "null")),
    ("an error inside a success", |_| {
        answer(200, &envelope(500, "backendError"))
    }),
    ("the wrong content type", |perform| {
        perform().map(|mut response| {
            let plain = "text/plain".parse().unwrap();
            response
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, plain);
            response
        })
    }),
    ("half a page", |perform| {
        perform().map(|response| response.map(|body| body.slice(..body.len() / 2)))
    }),
    ("no sync token on the last page", |perform| {
        rewritten(perform(), |page| {
            page.as_object_mut().unwrap().remove("nextSyncToken");
        })
    }),
    ("an empty sync token", |perform| {
        rewritten(perform(), |page| {
            if page.get("nextSyncToken").is_some() {
                page["nextSyncToken"] = json!("");
            }
        })
    }),
    ("both tokens", |perform| {
        rewritten(perform(), |page| {
            page["nextSyncToken"] = json!("sync");
            page["nextPageToken"] = json!("page");
        })
    }),
    ("a page token that repeats", |perform| {
        rewritten(perform(), |page| {
            page.as_object_mut().unwrap().remove("nextSyncToken");
            page["items"] = json!([]);
            page["nextPageToken"] = json!("again");
        })
    }),
    ("a broken connection", |_| Err(TransportError::Interrupted)),
    ("silence", |_| Err(TransportError::Timeout)),
    ("no connection", |_| {
        Err(TransportError::Unreachable {
            host: "google".into(),
        })
    }),
    ("an answer without bounds", |_| {
        Err(TransportError::TooLarge { cap: 1 })
    }),
];

/// Which lists are spoiled.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Where {
    FirstPage,
    LaterPages,
}

/// Where and how often the lists of the first calendar are spoiled.
#[derive(Debug, Clone, Copy)]
struct Case {
    place: Where,
    full: bool,
    times: u32,
}

/// Spoils the lists of the first calendar while an event is deleted, one is moved and one is new.
async fn check(bench: &Bench, nth: usize, case: Case) {
    let (label, spoiled) = SPOILED[nth];
    let label = format!("{label}: {case:?}");
    let before = (bench.blocks(0), bench.blocks(1), bench.blocks(2));
    let token = bench.state(0).await.token;
    bench.world.clock().advance(FULL_READ_AGAIN);
    bench.edit(|google| {
        google
            .delete_event(&name(0), &format!("event{nth:02}"))
            .unwrap();
        google
            .insert_event(
                &name(0),
                timed(&format!("newer{nth:02}"), 3 + nth as u32, 11),
            )
            .unwrap();
        let moved = timed("other", 3 + nth as u32, 15);
        google.replace_event(&name(0), "event19", moved).unwrap();
        if case.full {
            google.expire_sync_tokens(&name(0));
        }
    });
    let tap = bench.tap().with_pages_of(match case.place {
        Where::FirstPage => 2_500,
        Where::LaterPages => 2,
    });
    let mut left = case.times;
    tap.set(move |asked: &Asked, perform| {
        let here = asked.operation == "events.list" && asked.calendar == name(0);
        let hit = here && (case.place == Where::LaterPages) == asked.is_later_page();
        // A refused token is no failure of the list: it is answered as Google does.
        if !hit || left == 0 || (case.full && !asked.is_full_list()) {
            return perform();
        }
        left -= 1;
        spoiled(perform)
    });
    let worker = tap.worker();
    if case.times == u32::MAX {
        let driven = bench.drive_for(&worker, Duration::from_secs(60)).await;
        assert!(
            driven.failed.contains_key(&bench.id(0)),
            "{label}: {driven:?}"
        );
        let after = (bench.blocks(0), bench.blocks(1), bench.blocks(2));
        assert_eq!(after, before, "{label}");
        assert_eq!(bench.state(0).await.token, token, "{label}");
        let asked = tap.asked().len();
        assert!(asked < 500, "{label}: {asked} requests");
        tap.clear();
    }
    let driven = bench
        .drive_for(&worker, Duration::from_secs(3 * 3600))
        .await;
    assert!(driven.quiet, "{label}: {driven:?}");
    assert_eq!(bench.faults(), [], "{label}");
    assert_eq!(bench.blocks(1).len(), EVENTS as usize, "{label}");
    assert_eq!(bench.world.google().violations(), [], "{label}");
}

async fn check_all(place: Where, full: bool, times: u32) {
    let bench = filled().await;
    for nth in 0..SPOILED.len() {
        check(&bench, nth, Case { place, full, times }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_failed_list_of_changes_deletes_nothing() {
    check_all(Where::FirstPage, false, 1).await;
}

#[tokio::test(start_paused = true)]
async fn lists_of_changes_that_keep_failing_delete_nothing() {
    check_all(Where::FirstPage, false, u32::MAX).await;
}

#[tokio::test(start_paused = true)]
async fn one_failed_page_in_the_middle_of_changes_deletes_nothing() {
    check_all(Where::LaterPages, false, 1).await;
}

#[tokio::test(start_paused = true)]
async fn one_failed_full_read_deletes_nothing() {
    check_all(Where::FirstPage, true, 1).await;
}

#[tokio::test(start_paused = true)]
async fn full_reads_that_keep_failing_delete_nothing() {
    check_all(Where::FirstPage, true, u32::MAX).await;
}

#[tokio::test(start_paused = true)]
async fn one_failed_page_in_the_middle_of_a_full_read_deletes_nothing() {
    check_all(Where::LaterPages, true, 1).await;
}

#[tokio::test(start_paused = true)]
async fn pages_that_keep_failing_in_the_middle_of_a_full_read_delete_nothing() {
    check_all(Where::LaterPages, true, u32::MAX).await;
}

#[tokio::test(start_paused = true)]
async fn empty_pages_and_short_pages_lose_nothing() {
    for (empty, short) in [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5)] {
        let bench = Bench::with(3, |google| {
            google.knobs_mut().empty_pages = empty;
            google.knobs_mut().short_pages = short;
            for n in 0..EVENTS {
                google
                    .insert_event(&name(0), timed(&format!("event{n:02}"), 3 + n, 9))
                    .unwrap();
            }
        })
        .await;
        let tap = bench.tap().with_pages_of(7);
        let driven = bench.drive_with(&tap.worker()).await;
        assert!(driven.quiet, "{driven:?}");
        assert_eq!(bench.faults(), []);
        assert!(tap.asked().iter().any(Asked::is_later_page));
        bench.edit(|google| {
            for n in 0..EVENTS {
                google
                    .delete_event(&name(0), &format!("event{n:02}"))
                    .unwrap();
                google
                    .insert_event(&name(0), timed(&format!("again{n:02}"), 3 + n, 9))
                    .unwrap();
            }
        });
        let driven = bench.drive_with(&tap.worker()).await;
        assert!(driven.quiet, "{driven:?}");
        assert_eq!(bench.faults(), []);
        assert_eq!(bench.blocks(2).len(), EVENTS as usize);
    }
}

/// The only page comes last, behind thirty empty ones.
#[tokio::test(start_paused = true)]
async fn many_empty_pages_in_a_row_lose_nothing() {
    let bench = filled().await;
    bench.edit(|google| google.expire_sync_tokens(&name(0)));
    let tap = bench.tap();
    let mut listed = None;
    tap.set(move |asked, perform| {
        if asked.calendar != name(0) || !(asked.is_full_list() || asked.is_later_page()) {
            return perform();
        }
        let page = match asked.target.split_once("pageToken=empty") {
            // The true answer is kept for the end.
            None => {
                listed = Some(perform());
                1
            }
            Some((_, page)) => page.parse::<u32>().unwrap() + 1,
        };
        match page {
            1..=30 => answer(
                200,
                &json!({"items": [], "nextPageToken": format!("empty{page}")}),
            ),
            _ => listed.take().unwrap(),
        }
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.faults(), []);
    assert_eq!(bench.blocks(1).len(), EVENTS as usize);
}

async fn arrive_whole(count: u32) {
    let bench = Bench::with(2, |google| {
        for n in 0..count {
            let (day, hour) = (3 + n % 25, n / 25 % 22);
            google
                .insert_event(&name(0), timed(&format!("event{n:04}"), day, hour))
                .unwrap();
        }
    })
    .await;
    bench.settle().await;
    assert_eq!(bench.blocks(1).len(), count as usize);
    let requests = bench.world.google().requests_by_kind();
    assert_eq!(requests["events.insert"], u64::from(count));
}

#[tokio::test(start_paused = true)]
async fn three_hundred_events_arrive_whole() {
    arrive_whole(300).await;
}

#[tokio::test(start_paused = true)]
async fn twenty_six_hundred_events_arrive_whole() {
    arrive_whole(2_600).await;
}

/// Repeats the first items of each page on the next one, with other content first.
#[tokio::test(start_paused = true)]
async fn an_id_that_comes_twice_counts_once_and_as_it_came_last() {
    let bench = filled().await;
    bench.edit(|google| google.expire_sync_tokens(&name(0)));
    let tap = bench.tap().with_pages_of(5);
    tap.set(|asked, perform| {
        let answer = perform();
        if !asked.is_full_list() {
            return answer;
        }
        rewritten(answer, stale_copies_first)
    });
    let driven = bench.drive_with(&tap.worker()).await;
    assert!(driven.quiet, "{driven:?}");
    assert_eq!(bench.faults(), []);
    assert_eq!(
        bench
            .google_writes()
            .iter()
            .filter(|asked| asked.kind != "events.insert")
            .count(),
        0
    );
    bench.settle_for_good().await;
}

/// Each item comes first as it never was: deleted, or at another time.
fn stale_copies_first(page: &mut Value) {
    let Some(items) = page["items"].as_array().cloned() else {
        return;
    };
    let mut all = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let mut stale = item.clone();
        match n % 2 {
            0 => stale["status"] = json!("cancelled"),
            _ => stale["start"] = json!({"dateTime": "2026-03-01T00:00:00Z"}),
        }
        all.push(stale);
    }
    all.extend(items);
    page["items"] = Value::Array(all);
}

#[tokio::test(start_paused = true)]
async fn a_sync_token_that_is_refused_again_and_again_ends_in_a_wait() {
    let bench = filled().await;
    let tap: Wiretap = bench.tap();
    tap.set(|asked, perform| {
        match asked.target.contains("syncToken=") && asked.calendar == name(0) {
            true => refusal(410, "fullSyncRequired"),
            false => perform(),
        }
    });
    let before = bench.blocks(1);
    tap.forget();
    let driven = bench
        .drive_for(&tap.worker(), Duration::from_secs(600))
        .await;
    assert_eq!(bench.blocks(1), before);
    let full = tap
        .asked()
        .iter()
        .filter(|asked| asked.is_full_list())
        .count();
    assert!(full <= 2, "{full} full reads, {driven:?}");
    assert!(driven.failed.contains_key(&bench.id(0)), "{driven:?}");
    tap.clear();
    bench.settle().await;
}
