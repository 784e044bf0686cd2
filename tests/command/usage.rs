//! Help for strangers, and words for what cannot be done.

use local::exit::Exit;
use local::host::{Host, Stop};
use local::{cli, system};

use super::bench::tidelock;

#[tokio::test]
async fn help_and_version_are_answers() {
    let help = tidelock(&["--help"]).await;
    for text in [
        "demo",
        "sync",
        "simulator",
        "redrive",
        "  up",
        "status",
        "explain",
        "history",
        "disconnect",
        "purge",
        "rules",
        "calendar",
        "undo",
        "plan",
        "validate",
        "repair",
        "health",
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
    let cases: [(&[&str], &str); 12] = [
        (&["fly"], "fly"),
        (&["--fly"], "--fly"),
        (&["sync"], "--config"),
        (
            &["sync", "--config", "x", "--interval", "soon"],
            "90s, 5m or 1h",
        ),
        (&["demo", "--now", "yesterday"], "2026-03-02T08:00:00Z"),
        (
            &["sync", "--config", "x", "--once", "--interval", "5m"],
            "--interval",
        ),
        (&["demo", "--shift"], "--ics"),
        (&["demo", "--now", "9999-12-31T23:59:59Z"], "1970 to 2200"),
        (&["demo", "--now", "1969-12-31T23:59:59Z"], "1970 to 2200"),
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

/// A disk that is full.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_result_that_cannot_be_written_is_a_failure() {
    for args in [&["--version"][..], &["demo"], &["demo", "--json"]] {
        let (mut out, mut err) = (Full, Vec::new());
        let exit = {
            let host = Host::new(
                &mut out,
                &mut err,
                &|_| None,
                system::clock(),
                Stop::never(),
            );
            let args = std::iter::once("tidelock").chain(args.iter().copied());
            Box::pin(cli::run(args, &host)).await
        };
        assert_eq!(exit, Exit::NotInStep, "{args:?}");
        assert!(
            String::from_utf8(err)
                .unwrap()
                .contains("cannot be written")
        );
    }
}

#[tokio::test]
async fn what_a_terminal_obeys_never_reaches_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil.ics");
    let evil = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:evil\u{1b}[2Jname\r\n\
        BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:evil\u{1b}[31mtitle\u{202e}\r\nDTSTART:20260324T090000Z\r\nDTEND:20260324T100000Z\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(&path, evil).unwrap();
    let file = path.to_str().unwrap();
    let ran = tidelock(&["demo", "--ics", file]).await;
    assert!(
        ran.out.contains("name") && ran.out.contains("title"),
        "{ran:?}"
    );
    let json = tidelock(&["demo", "--ics", file, "--json"]).await;
    let object = json.json();
    let calendars = object["calendars"].as_array().unwrap().iter();
    let names: Vec<_> = calendars.map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["Other", "evil\u{1b}[2Jname"]);
    std::fs::write(&path, evil.replace("DTSTART:", "DTSTART:\u{1b}[2J")).unwrap();
    let broken = tidelock(&["demo", "--ics", file]).await;
    for text in [ran.out, ran.err, json.out, json.err, broken.out, broken.err] {
        let bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!text.contains(bad), "{text:?}");
    }
}
