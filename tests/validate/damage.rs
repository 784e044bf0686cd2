//! Ways to damage what is stored, below the code under test.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use shared::model::CalendarId;

use simulator::Simulator;

use crate::bench::{Bench, name};
use crate::crash::snapshot::{ask, scan};

/// One item of the table, raw.
#[derive(Debug, Clone)]
pub(crate) struct RawItem(pub(crate) Value);

impl RawItem {
    pub(crate) fn key(&self) -> (String, String) {
        let part = |name: &str| self.0[name]["S"].as_str().unwrap().to_owned();
        (part("pk"), part("sk"))
    }
}

impl Bench {
    pub(crate) fn items(&self) -> Vec<RawItem> {
        scan(self.world.table()).into_iter().map(RawItem).collect()
    }

    pub(crate) fn put_raw(&self, item: &RawItem) {
        let request = json!({"TableName": local::world::TABLE, "Item": item.0});
        ask(self.world.table(), "PutItem", &request);
    }

    pub(crate) fn delete_raw(&self, pk: &str, sk: &str) {
        let key = json!({"pk": {"S": pk}, "sk": {"S": sk}});
        let request = json!({"TableName": local::world::TABLE, "Key": key});
        ask(self.world.table(), "DeleteItem", &request);
    }

    /// Changes one raw item.
    pub(crate) fn damage(&self, pk: &str, sk: &str, change: impl FnOnce(&mut Value)) {
        let mut items = self.items().into_iter();
        let found = items.find(|item| item.key() == (pk.to_owned(), sk.to_owned()));
        let mut item = found.unwrap_or_else(|| panic!("no item {pk} / {sk}"));
        change(&mut item.0);
        self.put_raw(&item);
    }

    /// Changes the raw row of an event of the n-th calendar.
    pub(crate) fn damage_row(&self, n: usize, event: &str, change: impl FnOnce(&mut Value)) {
        self.damage(&partition(self.id(n)), &format!("EVENT#{event}"), change);
    }

    /// Changes the raw state of the n-th calendar.
    pub(crate) fn damage_state(&self, n: usize, change: impl FnOnce(&mut Value)) {
        self.damage(&partition(self.id(n)), "STATE", change);
    }

    /// A mirror within a raw row.
    pub(crate) fn damage_mirror(
        &self,
        n: usize,
        event: &str,
        target: usize,
        change: impl FnOnce(&mut Value),
    ) {
        let target = self.id(target).to_string();
        self.damage_row(n, event, |row| {
            change(&mut row["mirrors"]["M"][&target]["M"])
        });
    }
}

impl Bench {
    /// What Google told since the last sync of the n-th calendar is passed over: the damage lies behind the token.
    pub(crate) fn hide(&self, n: usize) {
        let token = fresh_token(&mut self.world.google(), &name(n));
        self.damage_state(n, |state| state["token"] = json!({"S": token}));
    }

    /// Brings a deleted block back.
    pub(crate) fn restore(&self, n: usize, block: &str) {
        let restored = json!({"status": "confirmed"});
        self.world
            .google()
            .patch_event(&name(n), block, restored)
            .unwrap();
    }
}

/// The sync token that a client gets that has read everything.
fn fresh_token(google: &mut Simulator, calendar: &str) -> String {
    let calendar: String = url::form_urlencoded::byte_serialize(calendar.as_bytes()).collect();
    let uri = format!(
        "https://www.googleapis.com/calendar/v3/calendars/{calendar}/events?maxResults=2500"
    );
    let request = Request::get(uri).header("authorization", "Bearer tok");
    let answer = google.handle(request.body(Bytes::new()).unwrap());
    let answer: Value = serde_json::from_slice(answer.response().unwrap().body()).unwrap();
    answer["nextSyncToken"].as_str().unwrap().to_owned()
}

pub(crate) fn partition(calendar: CalendarId) -> String {
    format!("CAL#{calendar}")
}
