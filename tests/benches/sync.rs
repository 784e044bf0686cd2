//! How fast, and how big? `cargo bench -p tests` runs the shipped code over the simulated Google and the embedded
//! table, prints figures against their limits, and fails if one is over.
//!
//! Times depend on the machine and on who else uses it, so each comes with the processor's time, and with its multiple
//! of a baseline from the same run: the same requests to the simulator and to the table, made without Tidelock.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod memory;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use local::check::faults;
use local::clock::Simulated;
use local::world::{Login, TABLE, World};
use serde_json::{Value, json};
use shared::engine::Engine;
use shared::model::{AccountId, CalendarId, InstallKey, UserConfig};
use simulator::{NewAccount, Settings, Simulator};
use wire::Schedule;
use wire::client::{Taps, embedded};

use memory::peak_mb;

type Any<T> = Result<T, Box<dyn Error>>;

const NOW: &str = "2026-03-02T08:00:00Z";
const NAMES: [&str; 3] = ["ann@example.com", "one@example.com", "two@example.com"];
const EVENTS: u32 = 10_000;
const CHANGES: u32 = 10;
const ROUNDS: u32 = 20;
/// Nothing fails here, so nothing has to be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    match measure() {
        Ok(figures) => {
            figures.iter().for_each(Figure::print);
            ExitCode::from(u8::from(!figures.iter().all(Figure::ok)))
        }
        Err(why) => {
            println!("the benchmark failed: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Any<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(Bench::run())
}

/// One figure with what it must stay under.
struct Figure {
    what: String,
    value: f64,
    limit: f64,
    unit: &'static str,
    beside: String,
}

impl Figure {
    fn time(what: &str, took: Took, limit: Duration, baseline: Duration) -> Self {
        Self {
            what: what.to_owned(),
            value: ms(took.wall),
            limit: ms(limit),
            unit: "ms",
            beside: format!(
                "{:.1} ms of processor time, {:.1} x its baseline",
                ms(took.processor),
                took.processor.as_secs_f64() / baseline.as_secs_f64()
            ),
        }
    }

    fn ok(&self) -> bool {
        self.value < self.limit
    }

    fn print(&self) {
        let verdict = if self.ok() { "ok" } else { "OVER" };
        println!(
            "{:<44} {:>9.1} {} (limit {:>5} {}: {verdict:<4})  {}",
            self.what, self.value, self.unit, self.limit, self.unit, self.beside
        );
    }
}

/// How long something took.
#[derive(Debug, Clone, Copy, Default)]
struct Took {
    wall: Duration,
    processor: Duration,
}

/// A running stopwatch.
struct Watch {
    began: Instant,
    processor: Duration,
}

impl Watch {
    fn start() -> Any<Self> {
        let processor = processor()?;
        let began = Instant::now();
        Ok(Self { began, processor })
    }

    fn stop(&self) -> Any<Took> {
        let wall = self.began.elapsed();
        let processor = processor()?.saturating_sub(self.processor);
        Ok(Took { wall, processor })
    }
}

struct Bench {
    world: World,
    config: UserConfig,
    worker: Engine,
}

impl Bench {
    async fn run() -> Any<Vec<Figure>> {
        let start = peak_mb()?;
        let bench = Self::new().await?;
        let filled = peak_mb()?;
        let first = bench.first_sync().await?;
        let peak = peak_mb()?;
        let idle = bench.idle().await?;
        let (changed, echo) = bench.changes().await?;
        bench.in_step()?;
        // Last, so that it does not count towards the peak.
        let floor = Floor::measure(&bench.world).await?;
        println!(
            "{start:.0} MB at the start, {filled:.0} MB with {EVENTS} events in the simulator, {peak:.0} MB at the peak"
        );
        println!(
            "alone: a simulated request {:.0} us, a table write {:.0} us",
            floor.request.as_secs_f64() * 1e6,
            floor.write.as_secs_f64() * 1e6
        );
        let targets = u32::try_from(NAMES.len() - 1)?;
        let work = |events: u32| floor.request * (events * targets) + floor.write * (2 * events);
        let title = format!("first sync, {EVENTS} events x {targets} targets");
        let secs = Duration::from_secs;
        let ms = Duration::from_millis;
        Ok(vec![
            Figure::time(&title, first, secs(20), work(EVENTS)),
            Figure::time("idle sync", idle, ms(5), floor.request),
            Figure::time("sync of 10 changes", changed, ms(50), work(CHANGES)),
            Figure::time(
                "echo of 10 changes on a target",
                echo,
                ms(50),
                floor.request,
            ),
            Figure {
                what: "peak memory, simulator and table included".into(),
                value: peak,
                limit: 250.0,
                unit: "MB",
                beside: String::new(),
            },
        ])
    }

    async fn new() -> Any<Self> {
        let now: Timestamp = NOW.parse()?;
        let clock = Simulated::running(now);
        let table = wire::Engine::memory(&clock.wire())?;
        let login = Login {
            account: AccountId("work".into()),
            access_token: "tok".into(),
        };
        let key = InstallKey::new([7; InstallKey::BYTES]);
        let world = World::new(filled(now)?, table, clock, key, vec![login]);
        let config = world.set_up("ann").await?;
        world.google().clear_log();
        let worker = world.worker(&Schedule::none(), 1);
        Ok(Self {
            world,
            config,
            worker,
        })
    }

    /// From the first look at any calendar until nothing is left to do.
    async fn first_sync(&self) -> Any<Took> {
        let ids: Vec<CalendarId> = self.config.calendars.keys().copied().collect();
        let watch = Watch::start()?;
        let driven = self.worker.drive(&ids, PATIENCE, |_| {}).await;
        let took = watch.stop()?;
        if !driven.quiet {
            return Err(format!("not quiet after {} rounds", driven.rounds).into());
        }
        self.in_step()?;
        Ok(took)
    }

    async fn idle(&self) -> Any<Took> {
        let mut times = Vec::new();
        for _ in 0..10 * ROUNDS {
            times.push(self.sync(0).await?);
        }
        Ok(typical(&times))
    }

    /// Ten events move: the sync of their calendar, and of a target afterwards.
    async fn changes(&self) -> Any<(Took, Took)> {
        let (mut syncs, mut echoes) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            for change in 0..CHANGES {
                let event = round * CHANGES + change;
                let (start, end) = (at(event, 20)?, at(event, 50)?);
                let moved = json!({"start": {"dateTime": start}, "end": {"dateTime": end}});
                let mut google = self.world.google();
                google
                    .patch_event(NAMES[0], &event_id(event), moved)
                    .map_err(|why| format!("{why:?}"))?;
            }
            syncs.push(self.sync(0).await?);
            echoes.push(self.sync(1).await?);
            self.sync(2).await?;
        }
        Ok((typical(&syncs), typical(&echoes)))
    }

    async fn sync(&self, calendar: usize) -> Any<Took> {
        let name = NAMES.get(calendar).ok_or("no such calendar")?;
        let id = self.world.calendar(&self.config, name);
        let id = id.ok_or("not connected")?;
        let watch = Watch::start()?;
        self.worker.sync(id).await?;
        watch.stop()
    }

    fn in_step(&self) -> Any<()> {
        let names = NAMES.map(str::to_owned);
        let faults = faults(&self.world.google(), &names);
        match faults.first() {
            None => Ok(()),
            Some(fault) => Err(format!("{} faults, the first: {fault:?}", faults.len()).into()),
        }
    }
}

/// Processor time that the parts below take by themselves, for one request.
struct Floor {
    request: Duration,
    write: Duration,
}

impl Floor {
    async fn measure(world: &World) -> Any<Self> {
        const TIMES: u32 = 1_000;
        let watch = Watch::start()?;
        for number in 0..TIMES {
            insert(world, number)?;
        }
        let request = watch.stop()?.processor / TIMES;
        let client = embedded(world.table(), &Taps::default());
        let watch = Watch::start()?;
        for number in 0..TIMES {
            put(&client, number).await?;
        }
        let write = watch.stop()?.processor / TIMES;
        Ok(Self { request, write })
    }
}

fn insert(world: &World, number: u32) -> Any<()> {
    let body = json!({
        "id": format!("baseline{number:05}"), "summary": "Busy", "visibility": "private",
        "start": {"dateTime": at(number, 0)?}, "end": {"dateTime": at(number, 30)?},
        "reminders": {"useDefault": false},
    });
    let path = format!(
        "/calendar/v3/calendars/{}/events?sendUpdates=none",
        NAMES[2]
    );
    let request = http::Request::post(format!("https://www.googleapis.com{path}"))
        .header("authorization", "Bearer tok")
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(body.to_string()))?;
    let outcome = world.google().handle(request);
    let simulator::Outcome::Response(response) = outcome else {
        return Err("baseline: no answer".into());
    };
    match response.status().is_success() {
        true => Ok(()),
        false => Err(format!("baseline: {response:?}").into()),
    }
}

async fn put(client: &Client, number: u32) -> Any<()> {
    client
        .put_item()
        .table_name(TABLE)
        .item("pk", AttributeValue::S("BASELINE".into()))
        .item("sk", AttributeValue::S(format!("{number:05}")))
        .item("filling", AttributeValue::S("x".repeat(300)))
        .send()
        .await?;
    Ok(())
}

fn filled(now: Timestamp) -> Any<Simulator> {
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
    for number in 0..EVENTS {
        google
            .insert_event(NAMES[0], event(number)?)
            .map_err(|why| format!("{why:?}"))?;
    }
    Ok(google)
}

fn event(number: u32) -> Any<Value> {
    Ok(json!({
        "id": event_id(number), "summary": format!("Meeting {number}"),
        "description": "What we said last time, what we want to say, and what we should have said.",
        "start": {"dateTime": at(number, 0)?}, "end": {"dateTime": at(number, 30)?},
    }))
}

fn event_id(number: u32) -> String {
    format!("event{number:05}")
}

/// One event in each half hour from tomorrow on.
fn at(number: u32, minute: i64) -> Any<String> {
    let first: Timestamp = NOW.parse()?;
    let ahead = SignedDuration::from_mins(24 * 60 + 60 * i64::from(number) + minute);
    Ok(first.checked_add(ahead)?.to_string())
}

/// The median of the wall clock, and the mean of the processor's time, which is only counted now and then.
fn typical(times: &[Took]) -> Took {
    let mut walls: Vec<Duration> = times.iter().map(|took| took.wall).collect();
    walls.sort();
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX).max(1);
    Took {
        wall: walls.get(walls.len() / 2).copied().unwrap_or_default(),
        processor: times.iter().map(|took| took.processor).sum::<Duration>() / count,
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What all threads of this process have spent on a processor.
fn processor() -> Any<Duration> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let spent = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let spent = spent.split_whitespace().next().ok_or("schedstat")?;
        nanoseconds += spent.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
