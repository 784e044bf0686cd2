//! Asks, each minute, for every calendar that is due or wanted to be looked at.

use std::process::ExitCode;

use shared::lambda::start;

fn main() -> ExitCode {
    start::<dispatch_handler::Dispatch>()
}
