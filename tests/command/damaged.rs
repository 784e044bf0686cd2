//! What is damaged in the table hides nothing else, is named, and is healed by `tidelock repair --apply`.

use local::exit::Exit;
use serde_json::{Value, json};
use simulator::SECOND_CALENDAR;

use super::bench::{Bench, HOME, Ran, event};
use super::validate::synced;
use crate::crash::snapshot::{ask, scan};

const DATA: &str = "data = \"./state\"";
const REPAIR: &str = "tidelock repair --apply";

impl Bench {
    /// Changes the raw items whose sort keys begin so; how many there were.
    pub(super) fn damage(&self, sk: &str, change: impl Fn(&mut Value)) -> usize {
        let table = wire::Engine::open(&self.path("state").join("tidelock.db")).unwrap();
        let mut items = scan(&table);
        items.retain(|item| item["sk"]["S"].as_str().unwrap().starts_with(sk));
        for item in &mut items {
            change(item);
            let request = json!({"TableName": local::world::TABLE, "Item": item});
            ask(&table, "PutItem", &request);
        }
        items.len()
    }

    async fn ask(&self, args: &[&str]) -> Ran {
        self.run(&self.config(DATA), args).await
    }
}

fn nonsense(item: &mut Value) {
    item["rev"] = json!({"S": "nonsense"});
}

/// Every command that shows what is stored ends with 1, goes on, names `item`, and says what helps.
async fn is_named_and_healed(bench: &Bench, item: &str) {
    for args in [
        &["status"][..],
        &["explain", "work2"],
        &["validate"],
        &["sync", "--once"],
    ] {
        let ran = bench.ask(args).await;
        assert_eq!(ran.exit, Exit::NotInStep, "{args:?}: {ran:?}");
        let all = format!("{}{}", ran.out, ran.err);
        for text in [item, REPAIR] {
            assert!(all.contains(text), "{args:?}: {text}: {ran:?}");
        }
        assert!(!all.contains("report this"), "{args:?}: {ran:?}");
        let ran = bench.ask(&[args, &["--json"]].concat()).await;
        let object = ran.ends(Exit::NotInStep).json();
        assert!(object.to_string().contains(item), "{args:?}: {ran:?}");
    }
    let blocks = [HOME, SECOND_CALENDAR].map(|calendar| bench.blocks(calendar));
    bench.ask(&["repair", "--apply"]).await.ends(Exit::Fine);
    for args in [
        &["status"][..],
        &["explain", "work2"],
        &["validate", "--deep"],
    ] {
        bench.ask(args).await.ends(Exit::Fine);
    }
    bench.in_step();
    assert_eq!(
        blocks,
        [HOME, SECOND_CALENDAR].map(|calendar| bench.blocks(calendar))
    );
    let again = bench.ask(&["repair", "--apply"]).await;
    assert!(
        again.ends(Exit::Fine).out.contains("nothing found"),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_damaged_row_is_named_and_hides_no_other() {
    let bench = synced().await;
    assert_eq!(bench.damage("EVENT#work1", nonsense), 1);
    // Something new of its calendar: a sync has to read its rows.
    let new = event("another", 3, 12);
    bench.google().insert_event(HOME, new).unwrap();
    let status = bench.ask(&["status", "--json"]).await.json();
    let calendars = status["people"][0]["calendars"].as_array().unwrap();
    let events: u64 = calendars
        .iter()
        .map(|one| one["events"].as_u64().unwrap())
        .sum();
    assert_eq!((calendars.len(), events), (3, 4));
    let explained = bench.ask(&["explain", "work2", "--json"]).await.json();
    assert_eq!(explained["found"], true);
    assert_eq!(explained["damaged"].as_array().unwrap().len(), 1);
    is_named_and_healed(&bench, "EVENT#work1").await;
}

#[tokio::test]
async fn a_damaged_state_is_named_and_hides_no_other() {
    let bench = synced().await;
    assert_eq!(
        bench.damage("STATE", |item| item["epoch"] = json!({"S": "nonsense"})),
        3
    );
    is_named_and_healed(&bench, "STATE").await;
}

#[tokio::test]
async fn a_damaged_config_is_named_and_healed() {
    for kind in ["PROFILE", "CALENDAR#"] {
        let bench = synced().await;
        bench.damage(kind, |item| {
            item["version"] = json!({"S": "nonsense"});
        });
        is_named_and_healed(&bench, kind).await;
        bench.sync(&bench.config(DATA)).await.ends(Exit::Fine);
        bench.in_step();
    }
}

#[tokio::test]
async fn an_event_whose_row_is_damaged_is_not_one_that_nobody_knows() {
    let bench = synced().await;
    bench.damage("EVENT#work1", nonsense);
    let ran = bench.ask(&["validate", "--event", "work1"]).await;
    assert!(
        ran.ends(Exit::NotInStep).out.contains("row_unreadable"),
        "{ran:?}"
    );
    let ran = bench.ask(&["validate", "--event", "work1", "--json"]).await;
    assert_eq!(ran.ends(Exit::NotInStep).json()["known"], true);
    bench
        .ask(&["validate", "--event", "work2"])
        .await
        .ends(Exit::Fine);
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_left_to_it() {
    let bench = synced().await;
    bench.damage("EVENT#work1", |item| item["v"] = json!({"N": "2"}));
    for args in [
        &["status"][..],
        &["explain", "work1"],
        &["validate"],
        &["health"],
    ] {
        let ran = bench.ask(args).await;
        assert_eq!(ran.exit, Exit::NotInStep, "{args:?}: {ran:?}");
        assert!(ran.out.contains("newer"), "{args:?}: {ran:?}");
        assert!(!ran.out.contains(REPAIR), "{args:?}: {ran:?}");
    }
    bench
        .ask(&["repair", "--apply"])
        .await
        .ends(Exit::NotInStep);
    let kept = bench.ask(&["validate", "--json"]).await.json();
    assert_eq!(kept["reports"][0]["errors"][0]["kind"], "row_newer");
}

#[tokio::test]
async fn whoever_asks_for_an_object_gets_one_whatever_fails() {
    let bench = synced().await;
    let nobody = bench.ask(&["validate", "--json", "--event", "nope"]).await;
    let object = nobody.ends(Exit::NotInStep).json();
    assert_eq!(object["known"], false);
    assert_eq!(object["reports"][0]["errors"], json!([]));
    for command in [
        &["status"][..],
        &["validate"],
        &["repair"],
        &["explain", "x"],
    ] {
        let args = [command, &["--json", "--user", "eve"]].concat();
        let object = bench.ask(&args).await.ends(Exit::Usage).json();
        let why = object["failed"].as_str().unwrap();
        assert!(why.contains("no user eve"), "{command:?}: {why}");
    }
    let path = bench.path("nowhere.toml");
    let path = path.to_str().unwrap();
    for command in ["status", "sync"] {
        let ran = super::bench::tidelock(&[command, "--json", "--config", path]).await;
        assert!(ran.ends(Exit::Usage).json()["failed"].is_string());
    }
}
