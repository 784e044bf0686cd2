//! Judges all calendars, keeps the report, tells what changed.

use std::process::ExitCode;

use shared::lambda::start;

fn main() -> ExitCode {
    start::<health_handler::Doctor>()
}
