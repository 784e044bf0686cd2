//! Random damage: found, or harmless, and then said why.

use fastrand::Rng;
use serde_json::{Value, json};
use shared::engine::Repairing;

use super::damage::RawItem;
use super::in_step;
use crate::bench::{Bench, name};
use crate::crash::snapshot::Snapshot;

/// Fields that change nothing when they are wrong, and why.
const HARMLESS: &[(&str, &str)] = &[
    ("rev", "a write is a compare-and-set on whatever it is"),
    (
        "facts.etag",
        "nothing is decided by the etag of a source event",
    ),
    (
        "mirror.e",
        "a wrong etag is answered with 412, and read again",
    ),
    (
        "mirror.n",
        "counts towards freezing only, and starts again with the next change",
    ),
    ("mirror.k", "only says why a change is due"),
    (
        "mirror.s",
        "only says which other content counts as in step; a block that differs is found",
    ),
    (
        "epoch",
        "a lower one keeps out nobody who must be let in; a higher one is found",
    ),
    ("expires", "later than needed; earlier is found"),
    (
        "state.last_synced_at",
        "when the last check was; the next one sets it, and the future is found",
    ),
    (
        "state.full_read",
        "spaces full reads for refused tokens, by a quarter of an hour at most",
    ),
    (
        "state.unpushed",
        "true makes one look in vain; false is found if a row is out of step",
    ),
    (
        "state.push_after",
        "lies at most an hour ahead, or a wake comes first",
    ),
    ("state.mirrored", "the brake's measure; a multiple is found"),
    (
        "state.config_version",
        "another one only means that rows are planned again",
    ),
    ("state.epoch", "grows with the next lease"),
    ("state.account", "the account in use is the config's"),
    ("state.google", "the calendar in use is the config's"),
    (
        "state.commit",
        "names the last commit; the next one follows on it",
    ),
];

/// Damages one thing; says what, and whether it may be harmless.
fn strike(bench: &Bench, rng: &mut Rng) -> Option<(String, bool)> {
    match rng.u32(0..10) {
        0..=6 => strike_item(bench, rng),
        _ => strike_block(bench, rng),
    }
}

fn strike_item(bench: &Bench, rng: &mut Rng) -> Option<(String, bool)> {
    let items: Vec<RawItem> = bench
        .items()
        .into_iter()
        .filter(|item| {
            let (_, sk) = item.key();
            sk == "STATE" || sk.starts_with("EVENT#")
        })
        .collect();
    let mut item = items[rng.usize(0..items.len())].clone();
    let (_, sk) = item.key();
    let mut paths = Vec::new();
    leaves(&item.0, &mut Vec::new(), &mut paths);
    paths.retain(|path| !matches!(path[0].as_str(), "pk" | "sk" | "v"));
    let path = paths[rng.usize(0..paths.len())].clone();
    let before = item.0.clone();
    scramble(&mut item.0, &path, rng);
    if item.0 == before {
        return None;
    }
    bench.put_raw(&item);
    let field = field_name(&sk, &path);
    let harmless = HARMLESS.iter().any(|(name, _)| *name == field);
    Some((format!("{sk} {path:?} ({field})"), harmless))
}

/// What a path is called in the list above.
fn field_name(sk: &str, path: &[String]) -> String {
    let last = path
        .iter()
        .rev()
        .find(|part| part.len() > 1 || path.len() > 2 && !is_type(part));
    let last = last.cloned().unwrap_or_default();
    match (sk, path[0].as_str()) {
        ("STATE", first) => format!("state.{first}"),
        (_, "mirrors") => {
            let field = path.iter().filter(|part| !is_type(part)).nth(2);
            format!("mirror.{}", field.cloned().unwrap_or_default())
        }
        (_, "facts") => format!("facts.{last}"),
        (_, first) => first.to_owned(),
    }
}

fn is_type(part: &str) -> bool {
    matches!(part, "S" | "N" | "M" | "L" | "BOOL" | "NULL" | "SS")
}

/// Paths to every scalar.
fn leaves(value: &Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                at.push(name.clone());
                leaves(inner, at, found);
                at.pop();
            }
        }
        Value::Array(_) => {}
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(at.clone());
        }
    }
}

fn scramble(value: &mut Value, path: &[String], rng: &mut Rng) {
    let (last, before) = path.split_last().unwrap();
    let mut at = value;
    for part in before {
        at = &mut at[part];
    }
    let leaf = &mut at[last];
    *leaf = match (last.as_str(), leaf.as_str()) {
        ("N", _) => json!(rng.u32(0..5_000_000).to_string()),
        ("BOOL", _) => json!(leaf != &json!(true)),
        (_, Some(text)) => json!(scrambled(text, rng)),
        (_, None) => return,
    };
}

/// Another text of the same look: a digit or letter is replaced.
fn scrambled(text: &str, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return "x".into();
    }
    let at = rng.usize(0..chars.len());
    chars[at] = match chars[at] {
        digit if digit.is_ascii_digit() => char::from(b'0' + rng.u8(0..10)),
        letter if letter.is_ascii_lowercase() => char::from(b'a' + rng.u8(0..22)),
        other => other,
    };
    chars.into_iter().collect()
}

fn strike_block(bench: &Bench, rng: &mut Rng) -> Option<(String, bool)> {
    let target = rng.usize(0..3);
    let blocks = bench.blocks(target);
    let block = &blocks[rng.usize(0..blocks.len())];
    let mut google = bench.world.google();
    let hour = rng.u32(8..20);
    let at = |minute: u32| json!({"dateTime": format!("2026-03-17T{hour:02}:{minute:02}:00Z"), "timeZone": "UTC"});
    let id = &block.id;
    let calendar = name(target);
    match rng.u32(0..3) {
        0 => google.delete_event(&calendar, id).ok()?,
        1 if block.all_day => return None,
        1 => drop(
            google
                .patch_event(&calendar, id, json!({"start": at(5), "end": at(55)}))
                .ok()?,
        ),
        _ => drop(
            google
                .patch_event(&calendar, id, json!({"summary": "mine"}))
                .ok()?,
        ),
    }
    drop(google);
    bench.hide(target);
    Some((format!("block {id} on {calendar}"), false))
}

#[tokio::test(start_paused = true)]
async fn random_damage_is_found_or_harmless() {
    let snapshot = Snapshot::of(&in_step().await);
    let (mut found, mut harmless) = (0, 0);
    for seed in 0..1_000 {
        let bench = snapshot.begin();
        let Some((what, may_be_harmless)) = strike(&bench, &mut Rng::with_seed(seed)) else {
            continue;
        };
        let report = bench.validated(true).await;
        if report.clean() {
            assert!(may_be_harmless, "seed {seed}: {what} is not found");
            harmless += 1;
        } else {
            found += 1;
        }
        // Healed or harmless: in the end Google shows what it should.
        if seed % 4 == 0 {
            let repaired = bench.repaired(Repairing::Force).await;
            bench
                .world
                .clock()
                .advance(std::time::Duration::from_secs(7200));
            bench.drive().await;
            let told = repaired.left.iter().any(|finding| finding.event.is_some());
            assert!(
                bench.faults().is_empty() || told,
                "seed {seed}: {what}: {repaired:#?}"
            );
        }
    }
    assert!(
        found > 400 && harmless > 0,
        "{found} found, {harmless} harmless"
    );
}
