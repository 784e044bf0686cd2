//! Random rules over random calendars: in step, quiet, without loops, and without a word that no rule lets out.

use fastrand::Rng;
use serde_json::{Value, json};

use super::oracle;
use crate::bench::name;
use crate::fuzz::{History, assert_no_work_left, is_visible, seeds};

/// Rules as somebody might write them for `count` calendars.
fn draw(rng: &mut Rng, count: usize) -> Value {
    let mut rules = json!({"zone": zones(rng), "pairs": []});
    let mut pairs: Vec<Value> = Vec::new();
    for _ in 0..rng.usize(0..5) {
        let mut pair = sides(rng, count);
        for _ in 0..rng.usize(1..6) {
            let (field, value) = setting(rng);
            pair[field] = value;
        }
        let same = |other: &Value| other["from"] == pair["from"] && other["to"] == pair["to"];
        let onto_itself = !pair["from"].is_null() && pair["from"] == pair["to"];
        if !onto_itself && !pairs.iter().any(same) {
            pairs.push(pair);
        }
    }
    rules["pairs"] = pairs.into();
    if rng.u32(0..5) == 0 {
        rules["calendars"] = json!({name(rng.usize(0..count)): "off"});
    }
    rules
}

fn zones(rng: &mut Rng) -> &'static str {
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
    ];
    zones[rng.usize(0..zones.len())]
}

fn sides(rng: &mut Rng, count: usize) -> Value {
    let mut pair = json!({});
    for side in ["from", "to"] {
        if rng.bool() {
            pair[side] = name(rng.usize(0..count)).into();
        }
    }
    pair
}

fn setting(rng: &mut Rng) -> (&'static str, Value) {
    let kinds = [
        "mirror",
        "all_day",
        "multi_day",
        "tentative",
        "unanswered",
        "out_of_office",
        "focus_time",
    ];
    let one_of = |rng: &mut Rng, values: &[Value]| values[rng.usize(0..values.len())].clone();
    match rng.u32(0..15) {
        kind @ 0..=6 => (kinds[kind as usize], rng.bool().into()),
        7 => {
            let titles = [
                "Busy",
                "{title}",
                "{calendar}",
                "{calendar}: {title}",
                "Taken",
            ];
            let titles = titles.map(Value::from);
            ("title", one_of(rng, &titles))
        }
        8 => (
            "colour",
            one_of(
                rng,
                &["none", "lavender", "graphite", "tomato"].map(Value::from),
            ),
        ),
        9 => (
            "visibility",
            one_of(rng, &["private", "default"].map(Value::from)),
        ),
        10 => ("before", one_of(rng, &[0, 5, 30, 90, 720].map(Value::from))),
        11 => ("after", one_of(rng, &[0, 10, 45, 720].map(Value::from))),
        12 => (
            "opt_out",
            one_of(rng, &["none", "#nosync", "#away"].map(Value::from)),
        ),
        13 => ("opt_in", one_of(rng, &["none", "#away"].map(Value::from))),
        _ => ("hours", hours(rng)),
    }
}

fn hours(rng: &mut Rng) -> Value {
    let mut hours = json!({});
    if rng.bool() {
        let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let mut days: Vec<_> = week.into_iter().filter(|_| rng.bool()).collect();
        if days.is_empty() {
            days.push("wed");
        }
        hours["days"] = days.into();
    }
    if rng.bool() {
        let (from, to) = [
            ("09:00", "17:30"),
            ("22:00", "06:00"),
            ("00:00", "12:00"),
            ("12:00", "24:00"),
        ][rng.usize(0..4)];
        hours["from"] = from.into();
        hours["to"] = to.into();
    }
    hours
}

async fn run(seed: u64, trouble: bool) {
    let mut history = History::new(seed).await;
    for _ in 0..4 {
        for _ in 0..history.rng.u32(2..8) {
            let kind = history.rng.bool();
            match kind {
                true => {
                    let done = history.add_kind();
                    history.told.push(done.unwrap_or_default());
                }
                false => history.edit(),
            }
        }
        let count = history.bench.names.len();
        let rules = draw(&mut history.rng, count);
        history.told.push(rules.to_string());
        history.bench.rule(&rules).await;
        if trouble {
            history.trouble().await;
        }
        settle(&history, &rules, seed).await;
    }
}

async fn settle(history: &History, rules: &Value, seed: u64) {
    let bench = &history.bench;
    // Leases of dead workers run out.
    bench
        .world
        .clock()
        .advance(std::time::Duration::from_secs(700));
    let driven = bench.drive().await;
    let faults = oracle::faults(&bench.world.google(), &bench.names, rules);
    let clean = driven.quiet && driven.failed.is_empty() && faults.is_empty();
    assert!(
        clean,
        "seed {seed}: {driven:#?}\n{faults:#?}\n{}",
        history.told.join("\n")
    );
    assert_no_work_left(bench, seed, &history.told).await;
    let report = bench.validated(true).await;
    let unexpected: Vec<_> = report.findings().filter(|one| !is_visible(one)).collect();
    assert!(
        unexpected.is_empty(),
        "seed {seed}: {unexpected:#?}\n{}",
        history.told.join("\n")
    );
}

/// 150 histories of four sets each.
#[tokio::test(start_paused = true)]
async fn calendars_are_in_step_by_any_rules() {
    for seed in seeds(0..150) {
        run(seed, false).await;
    }
}

/// 100 more, in which calls fail and workers die while the rules are put in force.
#[tokio::test(start_paused = true)]
async fn calendars_are_in_step_by_any_rules_after_faults_and_crashes() {
    for seed in seeds(1_000..1_100) {
        run(seed, true).await;
    }
}
