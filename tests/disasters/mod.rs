//! What went wrong in other programs that keep calendars in step, and must not go wrong here: each one a test
//! on the real engine, over the simulated Google and the embedded table.

mod all_day;
mod blocks;
mod brake;
mod eligible;
mod healing;
mod impostors;
mod meetings;
mod parked;
mod privacy;
mod reading;
mod series;
mod weird;

use serde_json::{Value, json};
use shared::engine::View;
use shared::model::{EventKey, GoogleEventId, Mirror, Row, State};
use simulator::{EventSummary, Simulator, Status};

use crate::bench::{Bench, name};

/// Begins the id of every block.
pub(crate) const BLOCK: &str = "tidelock";

impl Bench {
    /// A world with one calendar in each of `zones`.
    pub(crate) async fn in_zones(zones: &[&str], fill: impl FnOnce(&mut Simulator)) -> Self {
        Self::with(zones.len(), |google| {
            for (n, zone) in zones.iter().enumerate() {
                google.add_calendar(&name(n), "In a zone", zone.parse().unwrap(), &name(0));
            }
            fill(google);
        })
        .await
    }

    /// The blocks that stand on the n-th calendar, of any installation.
    pub(crate) fn blocks(&self, n: usize) -> Vec<EventSummary> {
        live_blocks(&self.world.google(), &name(n))
    }

    /// The only block on the n-th calendar.
    pub(crate) fn block(&self, n: usize) -> EventSummary {
        let blocks = self.blocks(n);
        assert_eq!(blocks.len(), 1, "{blocks:?}");
        blocks.into_iter().next().unwrap()
    }

    /// Edits as a person would.
    pub(crate) fn edit<T>(&self, edit: impl FnOnce(&mut Simulator) -> T) -> T {
        edit(&mut self.world.google())
    }

    pub(crate) async fn view(&self, n: usize) -> View {
        self.worker().view(self.id(n)).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, n: usize) -> State {
        self.view(n).await.state
    }

    pub(crate) async fn row(&self, n: usize, event: &str) -> Row {
        let key = EventKey::of(&GoogleEventId::parse(event).unwrap());
        let rows = self.view(n).await.rows;
        let row = rows.into_iter().find(|row| row.key == key);
        row.unwrap_or_else(|| panic!("no row for {event}"))
    }

    pub(crate) async fn mirror(&self, n: usize, event: &str, target: usize) -> Mirror {
        let row = self.row(n, event).await;
        row.mirrors[&self.id(target)].clone()
    }

    /// Settles, and demands that doing it again writes nothing.
    pub(crate) async fn settle_for_good(&self) {
        self.settle().await;
        self.world.google().clear_log();
        self.settle().await;
        assert_eq!(self.google_writes(), []);
    }
}

pub(crate) fn live_blocks(google: &Simulator, calendar: &str) -> Vec<EventSummary> {
    let events = google.events(calendar).into_iter();
    let block =
        |event: &EventSummary| event.id.starts_with(BLOCK) && event.status != Status::Cancelled;
    events.filter(block).collect()
}

/// A day on all calendars: `start` and the day after the last.
pub(crate) fn days(id: &str, start: &str, end: &str) -> Value {
    json!({"id": id, "summary": "secret", "start": {"date": start}, "end": {"date": end}})
}
