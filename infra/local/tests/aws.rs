//! The command against AWS's own kind of address: encrypted, with region and credentials found by the SDK. Nobody listens
//! there; what counts is that it says so.

use std::fs;
use std::process::{Command, Output};

const NOBODY: &str = "https://127.0.0.1:9";

/// Runs the command with nothing in its environment but `variables`, and no machine that would tell more.
fn tidelock(args: &[&str], variables: &[(&str, &str)]) -> std::io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidelock"));
    command
        .args(args)
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(variables.iter().copied());
    command.output()
}

fn says_so(ended: std::io::Result<Output>) {
    let Ok(ended) = ended else {
        panic!("the command is not built: {ended:?}");
    };
    let text = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert!(text.starts_with("tidelock "), "{text}");
}

const KNOWN: [(&str, &str); 3] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "made-up"),
];

#[test]
fn a_queue_that_cannot_be_reached_is_told() {
    let args = ["redrive", "--queue", "sync", "--endpoint", NOBODY];
    says_so(tidelock(&args, &KNOWN));
    says_so(tidelock(&args, &[]));
}

#[test]
fn a_table_that_cannot_be_reached_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("aws.toml");
    let text = format!(
        "[store]\nendpoint = \"{NOBODY}\"\ntable = \"tidelock\"\nkey = \"{}\"\n[[user]]\nname = \"ann\"\n  \
         [[user.account]]\n  name = \"work\"\n  access_token = \"t\"\n",
        "07".repeat(64)
    );
    fs::write(&config, text).expect("a file");
    let config = config.to_str().expect("a path of text");
    says_so(tidelock(&["status", "--config", config], &KNOWN));
    says_so(tidelock(&["status", "--config", config], &[]));
}
