//! How blocks look, and what they let out.

use serde_json::{Value, json};

use crate::bench::{Bench, name, timed, weekly};

const CANARY: &str = "canary-7f3a";

async fn with_secrets() -> Bench {
    Bench::with(3, |google| {
        let mut open = timed("open", 4, 9);
        open["summary"] = format!("{CANARY} open").into();
        google.insert_event(&name(0), open).unwrap();
        let mut private = timed("private", 4, 11);
        private["summary"] = format!("{CANARY} private").into();
        private["visibility"] = "private".into();
        private["description"] = format!("{CANARY} description").into();
        private["location"] = format!("{CANARY} location").into();
        google.insert_event(&name(0), private).unwrap();
        let mut series = weekly("weekly", 5, 15, 4);
        series["summary"] = format!("{CANARY} series").into();
        google.insert_event(&name(0), series).unwrap();
    })
    .await
}

impl Bench {
    /// All that requests to Google and items of the table hold.
    fn everything(&self) -> String {
        let google: String = {
            let google = self.world.google();
            google
                .log()
                .iter()
                .map(|one| String::from_utf8_lossy(&one.body).into_owned())
                .collect()
        };
        let rows: String = self.items().iter().map(|item| item.0.to_string()).collect();
        google + &rows
    }
}

#[tokio::test(start_paused = true)]
async fn text_leaves_only_by_a_rule_that_says_so_and_only_to_where_it_says() {
    let bench = with_secrets().await;
    let silent = [
        json!({}),
        json!({"pairs": [{"title": "{calendar}", "colour": "tomato", "visibility": "default"}]}),
        json!({"pairs": [{"opt_in": "canary-7f3a"}]}),
    ];
    for rules in silent {
        bench.world.google().clear_log();
        bench.rule(&rules).await;
        bench.settle_by(&rules).await;
        let titles = format!("{} open", CANARY);
        assert!(!bench.everything().contains(&titles), "{rules}");
    }
    let rules =
        json!({"pairs": [{"from": name(0), "to": name(1), "title": "{calendar}: {title}"}]});
    bench.world.google().clear_log();
    bench.rule(&rules).await;
    bench.settle_by(&rules).await;
    let on = |n: usize| {
        let events = bench.blocks(n).into_iter().filter_map(|one| one.summary);
        let mut titles: Vec<_> = events.collect();
        titles.sort();
        titles
    };
    let named = |what: &str| format!("ann@example.com: {what}");
    assert_eq!(
        on(1),
        [
            named("Busy"),
            named(&format!("{CANARY} open")),
            named(&format!("{CANARY} series"))
        ]
    );
    assert_eq!(on(2), ["Busy", "Busy", "Busy"]);
    let sent: String = {
        let google = bench.world.google();
        let bodies = google
            .log()
            .iter()
            .map(|one| String::from_utf8_lossy(&one.body).into_owned());
        bodies.collect()
    };
    assert!(
        !sent.contains(&format!("{CANARY} private")),
        "a private event's title was sent"
    );
    assert!(!sent.contains("description") && !sent.contains("location"));
    // What a rule once let out is taken back with it, from Google and from the table.
    bench.rule(&json!({})).await;
    bench.settle_by(&json!({})).await;
    bench.world.google().clear_log();
    // (A keyword is the person's own word in the rules, and stays in their history.)
    let everything = bench.everything();
    for what in ["open", "private", "series"] {
        assert!(!everything.contains(&format!("{CANARY} {what}")), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_title_is_an_update_in_place_and_no_call_more() {
    let bench = with_secrets().await;
    bench.settle_by(&json!({})).await;
    bench.world.google().clear_log();
    let rules = json!({"pairs": [{"title": "Taken"}]});
    bench.rule(&rules).await;
    bench.drive().await;
    let writes: Vec<_> = {
        let google = bench.world.google();
        google
            .log()
            .iter()
            .filter(|one| one.method != "GET")
            .map(|one| one.kind)
            .collect()
    };
    assert_eq!(writes, ["events.update"; 6]);
    bench.settle_by(&rules).await;
}

#[tokio::test(start_paused = true)]
async fn a_title_that_changes_follows_and_a_title_that_is_not_copied_does_not_matter() {
    let bench = with_secrets().await;
    let rules = json!({"pairs": [{"to": name(1), "title": "{title}"}]});
    bench.rule(&rules).await;
    bench.settle_by(&rules).await;
    bench.world.google().clear_log();
    bench.edit(|google| {
        google
            .patch_event(&name(0), "open", json!({"summary": "renamed"}))
            .unwrap()
    });
    bench.settle_by(&rules).await;
    let google = bench.world.google();
    let writes = google
        .log()
        .iter()
        .filter(|one| one.method != "GET")
        .count();
    assert_eq!(
        writes, 1,
        "the calendar that does not copy it is not written"
    );
}

async fn check_keyword(rules: Value, title: &str, held: bool) {
    let bench = Bench::with(2, |google| {
        let mut event = timed("one", 4, 9);
        event["summary"] = title.into();
        google.insert_event(&name(0), event).unwrap();
    })
    .await;
    bench.settle_by(&json!({})).await;
    bench.rule(&rules).await;
    bench.settle_by(&rules).await;
    assert_eq!(bench.blocks(1).len(), usize::from(held), "{title}: {rules}");
}

#[tokio::test(start_paused = true)]
async fn keywords_keep_events_out_and_let_them_in() {
    let in_only = json!({"pairs": [{"opt_in": "#work"}]});
    let none = json!({"pairs": [{"opt_out": "none"}]});
    check_keyword(json!({}), "lunch #nosync", false).await;
    check_keyword(json!({}), "lunch #NoSync", false).await;
    check_keyword(json!({}), "lunch", true).await;
    check_keyword(none, "lunch #nosync", true).await;
    check_keyword(in_only.clone(), "lunch", false).await;
    check_keyword(in_only.clone(), "lunch #work", true).await;
    check_keyword(in_only, "lunch #work #nosync", false).await;
}

/// Rules that need titles, rules that do not, cut short at any call, and back: what was dropped is read again.
#[tokio::test(start_paused = true)]
async fn rules_there_and_back_around_a_crash_leave_nothing_out() {
    let copied = json!({"pairs": [{"title": "{title}", "opt_in": "secret"}]});
    let plain = json!({"pairs": [{"colour": "sage"}]});
    for crash in 0..60 {
        let bench = Bench::with(2, |google| {
            for day in 4..8 {
                google
                    .insert_event(&name(0), timed(&format!("day{day}"), day, 9))
                    .unwrap();
            }
        })
        .await;
        bench.rule(&copied).await;
        bench.settle_by(&copied).await;
        bench.rule(&plain).await;
        let schedule = wire::Schedule::new(move |call| match call.index == crash {
            true => wire::faults::Verdict::Crash(wire::faults::Side::After),
            false => wire::faults::Verdict::Pass,
        });
        let worker = bench.world.worker(&schedule, 9);
        tokio::select! {
            _ = worker.sync(bench.id(0)) => {}
            () = schedule.crashed() => {}
        }
        let ended = !schedule.is_crashed();
        bench.rule(&copied).await;
        bench
            .world
            .clock()
            .advance(std::time::Duration::from_secs(700));
        bench.settle_by(&copied).await;
        if ended {
            return;
        }
    }
    panic!("a sync has an end");
}
