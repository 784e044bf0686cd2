//! Logs: to the error stream, as much as `RUST_LOG` asks for, warnings without it.
//!
//! Below a warning only our own crates are heard, whatever is asked for: libraries tell requests and headers at those
//! levels, and with them tokens and events.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// What is heard unasked: alerts also when they clear. Failed syncs are told by the command itself, in plain words.
const UNASKED: &str = "warn,shared::engine=error,shared::alerts=info";
const OURS: [&str; 6] = ["aws", "tidelock", "local", "shared", "simulator", "wire"];

/// Starts logging for the whole process, once.
pub fn start() {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(UNASKED));
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_filter(filter_fn(may_be_told));
    // It fails only if a test set up its own.
    let _ = registry().with(asked).with(lines).try_init();
}

fn may_be_told(about: &Metadata<'_>) -> bool {
    let of = about.target().split("::").next().unwrap_or_default();
    *about.level() <= Level::WARN || OURS.contains(&of)
}
