//! Compares what is stored, and what Google shows, with what should be.

use std::process::ExitCode;

use shared::lambda::start;

fn main() -> ExitCode {
    start::<validation_handler::Validator>()
}
