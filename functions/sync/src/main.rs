//! Syncs the calendars that the queue names.

use std::process::ExitCode;

use shared::lambda::start;

fn main() -> ExitCode {
    start::<sync_handler::Syncer>()
}
