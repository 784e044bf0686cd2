//! `tidelock simulator`.

use std::time::Duration;

use local::cli;
use local::exit::Exit;
use local::host::{Host, Stop};
use local::system;

use super::bench::{Heard, now, tidelock};

#[tokio::test]
async fn any_client_can_use_it_and_it_tells_how() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.ics"), folder.path().join("two.ics"));
    std::fs::write(&one, calendar("one")).unwrap();
    std::fs::write(&two, calendar("two")).unwrap();
    let (stopper, stop) = Stop::new();
    let (heard, mut told) = (Heard::default(), Heard::default());
    let mut out = heard.clone();
    let host = Host::new(&mut out, &mut told, &|_| None, system::clock(), stop);
    let args = [
        "tidelock",
        "simulator",
        "--port",
        "0",
        "--ics",
        one.to_str().unwrap(),
        "--ics",
        two.to_str().unwrap(),
    ];
    let client = async {
        let api = api(&heard).await;
        let token = api.replace("calendar/v3", "token");
        let config = folder.path().join("tidelock.toml");
        let text = format!(
            "[google]\napi = \"{api}\"\ntoken = \"{token}\"\n[store]\ndata = \"state\"\n[[user]]\nname = \"me\"\n\
             [[user.account]]\nname = \"it\"\nrefresh_token = \"1//good\"\nclient_id = \"cid\"\nclient_secret = \"sec\"\n"
        );
        std::fs::write(&config, text).unwrap();
        let ran = tidelock(&[
            "sync",
            "--config",
            config.to_str().unwrap(),
            "--once",
            "--json",
        ])
        .await;
        stopper.stop();
        ran
    };
    let (exit, ran) = tokio::join!(Box::pin(cli::run(args, &host)), client);
    assert_eq!(exit, Exit::Fine);
    let report = ran.ends(Exit::Fine).json();
    let calendars = report["calendars"].as_array().unwrap();
    let events: Vec<_> = calendars
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap(),
                one["events"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(events, [("Two", 0), ("me@example.com", 1), ("two", 1)]);
    for text in [
        "tok_test",
        "1//good",
        "cid",
        "sec",
        "me@example.com",
        "two@group.calendar.google.com",
    ] {
        assert!(heard.text().contains(text), "{text}");
    }
}

/// The address that it told, once it did.
async fn api(heard: &Heard) -> String {
    for _ in 0..200 {
        let text = heard.text();
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with("api "));
        if let Some(address) = line.and_then(|line| line.split_whitespace().last()) {
            return address.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it told no address");
}

fn calendar(uid: &str) -> String {
    let day = (now() + chrono::Duration::days(2)).format("%Y%m%d");
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x//x//EN",
        "BEGIN:VEVENT",
        &format!("UID:{uid}@x"),
        &format!("DTSTART:{day}T090000Z"),
        &format!("DTEND:{day}T100000Z"),
        "SUMMARY:s",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    .join("\r\n")
}
