//! Logs: a JSON object a line, to standard output.
//!
//! Below a warning only our own crates are heard, whatever is asked for: libraries tell requests and headers at those levels,
//! and with them tokens and events.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

const OURS: [&str; 6] = [
    "shared",
    "dispatch_handler",
    "sync_handler",
    "validation_handler",
    "repair_handler",
    "health_handler",
];

/// The levels that can be asked for, the usual one first.
pub(super) const LEVELS: [&str; 4] = ["info", "error", "warn", "debug"];

/// Starts logging for the whole process, once.
pub(super) fn start(level: &str) {
    let level = match level {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "debug" => LevelFilter::DEBUG,
        _ => LevelFilter::INFO,
    };
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_filter(filter_fn(may_be_told));
    // It fails only if a test set up its own.
    let _ = registry().with(level).with(lines).try_init();
}

fn may_be_told(about: &Metadata<'_>) -> bool {
    let of = about.target().split("::").next().unwrap_or_default();
    *about.level() <= Level::WARN || OURS.contains(&of)
}
