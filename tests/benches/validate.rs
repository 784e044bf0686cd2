//! How fast does a validation read, and how much does it hold? `cargo bench -p tests --bench validate`.
//!
//! A hundred thousand events lie in a table on disk, as a sync would have left them; then the shipped validation reads
//! them. Beside the figures stands what a request for each event would cost.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod memory;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use local::clock::Simulated;
use local::world::{Login, World};
use shared::engine::Extent;
use shared::model::{
    AccountId, CalendarId, Epoch, EventKind, EventTime, EventType, GoogleEventId, Have, InstallKey,
    Response, Row, SourceEvent, State, Status, SyncToken, UserConfig, Want,
};
use shared::plan::{self, Fact, Rows, Setting, SourceFact};
use shared::store::Put;
use simulator::{NewAccount, Settings, Simulator};
use wire::Schedule;

use memory::peak_mb;

type Any<T> = Result<T, Box<dyn Error>>;

const NOW: &str = "2026-03-02T08:00:00Z";
const NAMES: [&str; 3] = ["ann@example.com", "one@example.com", "two@example.com"];
const EVENTS: u32 = 100_000;
/// The queries that the first sketch of this system made for each event.
const SKETCHED_QUERIES: u64 = 42;

fn main() -> ExitCode {
    match measure() {
        Ok(good) => ExitCode::from(u8::from(!good)),
        Err(why) => {
            println!("the benchmark failed: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Any<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run())
}

async fn run() -> Any<bool> {
    let folder = tempfile::tempdir()?;
    let clock = Simulated::running(NOW.parse()?);
    let table = wire::Engine::open(&folder.path().join("table.db"))?;
    let login = Login {
        account: AccountId("work".into()),
        access_token: "tok".into(),
    };
    let key = InstallKey::new([7; InstallKey::BYTES]);
    let world = World::new(google()?, table, clock, key, vec![login]);
    let config = world.set_up("ann").await?;
    fill(&world, &config).await?;
    let worker = world.worker(&Schedule::none(), 1);
    forget_peak()?;
    let before = peak_mb()?;
    let used = world.meter.usage();
    let (busy, watch) = (cpu()?, Instant::now());
    let report = worker.validate(config.user, &Extent::User, false).await?;
    let (took, busy) = (watch.elapsed(), cpu()? - busy);
    let held = peak_mb()? - before;
    let requests = world.meter.usage().since(&used).total_requests();
    if !report.clean() || report.total_events != u64::from(EVENTS) {
        return Err(format!("not what was stored: {report:?}").into());
    }
    let naive = SKETCHED_QUERIES * u64::from(EVENTS);
    println!(
        "{EVENTS} events validated in {:.2} s (limit 3 s) with {busy:.2} s of processor time, {held:.0} MB held (limit 100 MB), {requests} requests; \
         {SKETCHED_QUERIES} for each event would be {} times as many",
        took.as_secs_f64(),
        naive / requests.max(1)
    );
    Ok(took < Duration::from_secs(3) && held < 100.0)
}

/// Rows as a sync and its push leave them, and a state that says that nothing is left to do.
async fn fill(world: &World, config: &UserConfig) -> Any<()> {
    let store = world.store(&Schedule::none(), 2);
    let now: Timestamp = NOW.parse()?;
    let calendars = config.calendars.keys().copied().collect();
    let per_calendar = EVENTS / u32::try_from(NAMES.len())?;
    for (number, (calendar, own)) in config.calendars.iter().enumerate() {
        let rest = EVENTS % u32::try_from(NAMES.len())?;
        let count = per_calendar + if number == 0 { rest } else { 0 };
        let setting = Setting {
            calendar: *calendar,
            calendars: &calendars,
            pairs: &config.pairs(),
            now,
            epoch: Epoch(0),
            cause: shared::model::Cause::Event,
        };
        for event in 0..count {
            put(&store, &setting, *calendar, event).await?;
        }
        let google = own.google.clone();
        let old = State::new(*calendar, google, own.account.clone());
        let state = State {
            token: Some(SyncToken::parse("token")?),
            last_synced_at: Some(now),
            config_version: config.version,
            mirrored: count.into(),
            ..old.clone()
        };
        replace_state(world, &state).await?;
    }
    Ok(())
}

async fn put(
    store: &shared::store::Store,
    setting: &Setting<'_>,
    calendar: CalendarId,
    number: u32,
) -> Any<()> {
    let fact = Fact::Source(SourceFact::Live(event(calendar, number)?));
    let plan = plan::plan(setting, &[fact], &Rows::new())?;
    for mut write in plan.writes {
        in_step(&mut write.row);
        if store.put_row(&write).await? != Put::Written {
            return Err("a row twice".into());
        }
    }
    Ok(())
}

fn in_step(row: &mut Row) {
    for mirror in row.mirrors.values_mut() {
        if let Want::Own(print) = mirror.want {
            mirror.have = Have::Own(print);
        }
    }
    row.pending_since = None;
    row.expires = None;
}

/// The state that connecting made, with what a sync would have noted in it.
async fn replace_state(world: &World, state: &State) -> Any<()> {
    let key = serde_json::json!({
        "pk": {"S": format!("CAL#{}", state.calendar)}, "sk": {"S": "STATE"},
    });
    let request = serde_json::json!({"TableName": local::world::TABLE, "Key": key}).to_string();
    let answer = world.table().answer("DeleteItem", request.as_bytes());
    if answer.status != 200 {
        return Err(answer.body.into());
    }
    match world
        .store(&Schedule::none(), 3)
        .create_state(state)
        .await?
    {
        Put::Written => Ok(()),
        Put::Conflict => Err("the state is still there".into()),
    }
}

fn event(calendar: CalendarId, number: u32) -> Any<SourceEvent> {
    let first: Timestamp = NOW.parse()?;
    let start = first.checked_add(SignedDuration::from_mins(24 * 60 + 30 * i64::from(number)))?;
    let end = start.checked_add(SignedDuration::from_mins(30))?;
    Ok(SourceEvent {
        id: GoogleEventId::parse(format!("{calendar}{number:06}"))?,
        kind: EventKind::Single,
        time: EventTime::instants(start, end, None)?,
        status: Status::Confirmed,
        response: Response::Accepted,
        free: false,
        event_type: EventType::Default,
        guests: false,
        title: None,
        private: false,
        words: std::collections::BTreeSet::new(),
        etag: None,
    })
}

fn google() -> Any<Simulator> {
    let now: Timestamp = NOW.parse()?;
    let mut google = Simulator::new(Settings {
        now: chrono::DateTime::from_timestamp_micros(now.as_microsecond()).ok_or("time")?,
        ..Settings::default()
    });
    let account = NewAccount {
        email: NAMES[0].into(),
        access_tokens: vec!["tok".into()],
        ..NewAccount::default()
    };
    google.add_account(account, chrono_tz::Europe::Berlin);
    for name in NAMES.iter().skip(1) {
        google.add_calendar(name, name, chrono_tz::Europe::Berlin, NAMES[0]);
    }
    Ok(google)
}

/// Processor time of this process so far, in seconds (proc(5): `stat`, fields 14 and 15, a hundred a second).
fn cpu() -> Any<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// The peak begins anew (proc(5): `clear_refs`).
fn forget_peak() -> Any<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}
