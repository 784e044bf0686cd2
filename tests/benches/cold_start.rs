//! How long does a function take from the start of its process to its first answer? `cargo bench -p tests --bench cold_start`,
//! after `cargo build --release --workspace --bins`: it measures the binaries that are deployed.
//!
//! Each process gets what Lambda gives it: a runtime API, an environment, one event; table, queues and secret are on ports of
//! this machine. Signatures, networks and microVMs of AWS are not in it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws::lambda::{Invoke, Lambda, Launch, Log};
use aws::queues;
use aws::secrets::Secrets;
use aws::serve::serve;
use aws::shape::{Function, Queue, Variable};
use aws::site::Site;
use aws::sqs::Sqs;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bytes::Bytes;
use serde_json::json;
use shared::model::{CalendarId, InstallKey};
use shared::queue::{Message, ToRepair, ToSync, ToValidate};
use shared::schedule::Asked;
use shared::store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wire::client::{Taps, embedded};
use wire::{Clock, Schedule};

type Any<T> = Result<T, Box<dyn Error>>;

const TABLE: &str = "tidelock";
const SECRET: &str = "install-key";
/// Starts of each function.
const STARTS: usize = 30;
/// Half of the starts answer within this.
const LONGEST: Duration = Duration::from_millis(60);
/// Bytes of a binary.
const LARGEST: u64 = 15_000_000;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let measured = runtime
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run()));
    match measured {
        Ok(good) => ExitCode::from(u8::from(!good)),
        Err(why) => {
            println!("the benchmark failed: {why}");
            ExitCode::FAILURE
        }
    }
}

/// What all functions are started with.
struct Stage {
    variables: BTreeMap<String, String>,
    _served: JoinSet<()>,
}

async fn run() -> Any<bool> {
    let stage = stage().await?;
    println!(
        "{STARTS} starts of each function, one after the other; limits: {} ms, {} MB",
        LONGEST.as_millis(),
        LARGEST / 1_000_000
    );
    println!(
        "{:<11} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "function", "MB", "p50 ms", "p90 ms", "worst ms", "peak MB"
    );
    let mut good = true;
    for function in Function::ALL {
        good &= measure(&stage, function).await?;
    }
    Ok(good)
}

async fn measure(stage: &Stage, function: Function) -> Any<bool> {
    let binary = binary(function)?;
    let bytes = fs::metadata(&binary)?.len();
    let (mut times, mut peak) = (Vec::new(), 0.0_f64);
    for _ in 0..STARTS {
        let (time, memory) = once(stage, function, &binary).await?;
        times.push(time);
        peak = peak.max(memory);
    }
    times.sort_unstable();
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let worst = times.last().copied().unwrap_or_default();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{:<11} {:>8.1} {:>10.1} {:>10.1} {:>10.1} {:>10.1}",
        function.name(),
        bytes as f64 / 1e6,
        ms(at(50)),
        ms(at(90)),
        ms(worst),
        peak
    );
    Ok(at(50) <= LONGEST && bytes <= LARGEST)
}

/// One process: started, asked once, ended.
async fn once(stage: &Stage, function: Function, binary: &Path) -> Any<(Duration, f64)> {
    let launch = Launch {
        name: function.full_name(),
        binary: binary.to_owned(),
        timeout: function.shape().timeout,
        memory: function.shape().memory,
        concurrency: 1,
        variables: stage.variables.clone(),
    };
    let log = Log::new(|_| {});
    let lambda = Lambda::new(
        &Site::default(),
        [(function, launch)].into(),
        &Clock::system(),
        &log,
        1,
    );
    let event = Bytes::from(event(function).to_string());
    let began = Instant::now();
    lambda.invoke(function, event).await?;
    let time = began.elapsed();
    let memory = peak_of_children()?;
    lambda.close().await;
    Ok((time, memory))
}

fn event(function: Function) -> serde_json::Value {
    let calendar = CalendarId::from_bytes([7; CalendarId::BYTES]);
    let record = |body: String| json!({ "Records": [{ "messageId": "one", "eventSource": "aws:sqs", "body": body }] });
    match function {
        Function::Dispatch | Function::Health => json!({
            "detail-type": "Scheduled Event", "source": "aws.events", "time": "2026-03-02T08:00:00Z",
        }),
        Function::Sync => record(
            ToSync::new(Asked {
                calendar,
                every: None,
            })
            .body(),
        ),
        Function::Validation => record(ToValidate::Stored(calendar.user()).body()),
        Function::Repair => record(ToRepair::Stored(calendar).body()),
    }
}

async fn stage() -> Any<Stage> {
    let (site, clock, mut served) = (Site::default(), Clock::system(), JoinSet::new());
    let table = wire::Engine::memory(&clock)?;
    Store::new(embedded(&table, &Taps::default()), TABLE, 1)
        .create_table()
        .await?;
    let dynamodb = listen(&mut served, Taps::default().before(&table)).await?;
    let secrets = Secrets::new(&site, [(SECRET.to_owned(), "07".repeat(InstallKey::BYTES))]);
    let secrets = listen(&mut served, secrets.connector(&Schedule::none())).await?;
    let sqs = Sqs::new(&site, "http://127.0.0.1:9/000000000000", &clock, 1);
    let urls = queues::make(&sqs, &site).await?;
    let queues = listen(&mut served, sqs.connector(&Schedule::none())).await?;
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets),
        ("AWS_ENDPOINT_URL_SQS", queues),
        (Variable::Table.name(), TABLE.to_owned()),
        (Variable::KeySecret.name(), SECRET.to_owned()),
        (Variable::SyncQueue.name(), urls.of(Queue::Sync).to_owned()),
        (
            Variable::ValidationQueue.name(),
            urls.of(Queue::Validation).to_owned(),
        ),
        (
            Variable::RepairQueue.name(),
            urls.of(Queue::Repair).to_owned(),
        ),
        (
            Variable::QuarantineQueue.name(),
            urls.of(Queue::Quarantine).to_owned(),
        ),
    ];
    Ok(Stage {
        variables: variables
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        _served: served,
    })
}

async fn listen(served: &mut JoinSet<()>, service: SharedHttpConnector) -> Any<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    served.spawn(async move {
        if let Err(why) = serve(listener, service, std::future::pending()).await {
            println!("a service ended: {why}");
        }
    });
    Ok(address)
}

/// Cargo puts binaries beside the folder of the benchmarks.
fn binary(function: Function) -> Any<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("no folder")?;
    let binary = folder.join(format!(
        "{}{}",
        function.name(),
        std::env::consts::EXE_SUFFIX
    ));
    match binary.is_file() {
        true => Ok(binary),
        false => Err(format!(
            "{} is not there: cargo build --release --workspace --bins",
            binary.display()
        )
        .into()),
    }
}

/// Peak resident memory of this process's children, in MB.
fn peak_of_children() -> Any<f64> {
    let own = std::process::id().to_string();
    let mut peak = 0.0_f64;
    for entry in fs::read_dir("/proc")? {
        let Ok(status) = fs::read_to_string(entry?.path().join("status")) else {
            continue;
        };
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        if field("PPid:") == Some(own.as_str()) {
            let kilobytes = field("VmHWM:")
                .and_then(|text| text.split(' ').next())
                .and_then(|text| text.parse().ok());
            peak = peak.max(kilobytes.unwrap_or(0.0) / 1024.0);
        }
    }
    Ok(peak)
}
