//! Puts right what a validation found.

use std::process::ExitCode;

use shared::lambda::start;

fn main() -> ExitCode {
    start::<repair_handler::Repairer>()
}
