//! Help for strangers, and words for what cannot be done.

use local::exit::Exit;

use super::bench::tidelock;

#[tokio::test]
async fn help_and_version_are_answers() {
    let help = tidelock(&["--help"]).await;
    for text in [
        "demo",
        "sync",
        "simulator",
        "status",
        "explain",
        "purge",
        "Examples:",
        "--config",
        "It ends with 0",
    ] {
        assert!(help.ends(Exit::Fine).out.contains(text), "{text}: {help:?}");
    }
    let sync = tidelock(&["sync", "--help"]).await;
    for text in ["[[user.account]]", "env:NAME", "--interval"] {
        assert!(sync.ends(Exit::Fine).out.contains(text), "{text}: {sync:?}");
    }
    let version = tidelock(&["--version"]).await;
    assert!(
        version.ends(Exit::Fine).out.starts_with("tidelock 0."),
        "{version:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_and_ends_with_2() {
    let cases: [(&[&str], &str); 8] = [
        (&["fly"], "fly"),
        (&["--fly"], "--fly"),
        (&["sync"], "--config"),
        (
            &["sync", "--config", "x", "--interval", "soon"],
            "90s, 5m or 1h",
        ),
        (&["demo", "--now", "yesterday"], "2026-03-02T08:00:00Z"),
        (&["simulator", "--port", "70000"], "70000"),
        (&["simulator", "--now", "08:00"], "2026-03-02T08:00:00Z"),
        (&["demo", "--seed", "x"], "--seed"),
    ];
    for (args, text) in cases {
        let ran = tidelock(args).await;
        assert!(
            ran.ends(Exit::Usage).err.contains(text),
            "{args:?}: {ran:?}"
        );
        assert_eq!(ran.out, "");
        assert_eq!(ran.exit.code(), 2);
    }
}

#[tokio::test]
async fn a_broken_calendar_file_is_told_by_name_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.ics");
    std::fs::write(&path, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART:nonsense\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").unwrap();
    for command in ["demo", "simulator"] {
        let ran = tidelock(&[command, "--ics", path.to_str().unwrap()]).await;
        let told = &ran.ends(Exit::Usage).err;
        assert!(told.contains("broken.ics, line 4: "), "{told}");
        let gone = tidelock(&[command, "--ics", "/nowhere.ics"]).await;
        assert!(
            gone.ends(Exit::Usage)
                .err
                .contains("/nowhere.ics is not there"),
            "{gone:?}"
        );
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = tidelock(&["simulator", "--port", &port]).await;
    assert!(ran.ends(Exit::Usage).err.contains(&port), "{ran:?}");
}
