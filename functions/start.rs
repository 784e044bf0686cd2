//! A function's real binary, started as Lambda starts it, but without what the template sets: it says all that is missing, and
//! ends. One file for all functions: each has it as a test of its own.

use std::path::PathBuf;
use std::process::Command;

/// Cargo puts the binary beside the folder of the tests.
fn binary() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let name = format!("{}{}", env!("CARGO_PKG_NAME"), std::env::consts::EXE_SUFFIX);
    Some(test.parent()?.parent()?.join(name))
}

#[test]
fn a_function_without_its_variables_says_all_that_is_missing_and_does_not_start() {
    let ended = Command::new(binary().expect("a test lies in a folder below the binary's"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
        .env("AWS_LAMBDA_FUNCTION_NAME", env!("CARGO_PKG_NAME"))
        .env("TIDELOCK_LOG", "loud")
        .output()
        .expect("the binary can be started");
    assert_eq!(ended.status.code(), Some(1));
    let lines = String::from_utf8(ended.stdout).expect("logs are text");
    for line in lines.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    }
    for wrong in ["TIDELOCK_TABLE is missing", "TIDELOCK_LOG is none of"] {
        assert!(lines.contains(wrong), "{lines}");
    }
    assert_eq!(
        lines.matches("_QUEUE is missing").count(),
        queues(),
        "{lines}"
    );
}

/// How many queues the function sends to.
fn queues() -> usize {
    match env!("CARGO_PKG_NAME") {
        "dispatch" | "sync" | "repair" => 1,
        "health" => 2,
        _ => 3,
    }
}
