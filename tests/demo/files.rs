//! Calendar files that people bring.

use std::fs;
use std::path::{Path, PathBuf};

use local::demo::Options;
use shared::engine::chain;

use super::ran;

const FINE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Evenings\r\nX-WR-TIMEZONE:Europe/Berlin\r\n\
    BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Concert\r\nDTSTART;TZID=Europe/Berlin:20260324T200000\r\nDTEND;TZID=Europe/Berlin:20260324T220000\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:b\r\nDTSTART;TZID=Europe/Berlin:20260325T190000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:b\r\nRECURRENCE-ID;TZID=Europe/Berlin:20260401T190000\r\nDTSTART;TZID=Europe/Berlin:20260402T190000\r\nDURATION:PT1H\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn each_file_is_a_calendar_and_a_single_one_gets_company() {
    let folder = tempfile::tempdir().unwrap();
    let ics = vec![write(folder.path(), "fine.ics", FINE)];
    let one = ran(Options {
        ics,
        ..Options::default()
    });
    let one = one.await.unwrap();
    assert!(one.in_step, "{}", one.shown);
    let names: Vec<_> = one.object["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .map(|calendar| &calendar["name"])
        .collect();
    assert_eq!(names, ["Evenings", "Other"]);
    let nameless = FINE
        .replace("X-WR-CALNAME:Evenings\r\n", "")
        .replace("UID:", "UID:other-");
    let ics = vec![
        write(folder.path(), "fine.ics", FINE),
        write(folder.path(), "mine.ics", &nameless),
    ];
    let two = ran(Options {
        ics,
        ..Options::default()
    });
    let two = two.await.unwrap();
    assert!(two.in_step, "{}", two.shown);
    let names: Vec<_> = two.object["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .map(|calendar| &calendar["name"])
        .collect();
    assert_eq!(names, ["Evenings", "mine"]);
}

#[tokio::test]
async fn events_long_ago_are_shifted_to_the_present_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let ics = vec![write(
        folder.path(),
        "old.ics",
        &FINE.replace("2026", "2009"),
    )];
    let options = Options {
        ics,
        ..Options::default()
    };
    let old = ran(options.clone()).await.unwrap();
    assert!(
        old.in_step && old.shown.contains("try --shift"),
        "{}",
        old.shown
    );
    let shifted = ran(Options {
        shift: true,
        ..options
    });
    let shifted = shifted.await.unwrap();
    assert!(
        shifted.in_step && !shifted.shown.contains("try --shift"),
        "{}",
        shifted.shown
    );
    assert!(shifted.object["calendars"][0]["blocks_wanted"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_and_nothing_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let fine = write(folder.path(), "fine.ics", FINE);
    let broken = write(
        folder.path(),
        "broken.ics",
        &FINE.replace("20260325T190000", "tomorrow"),
    );
    let missing = folder.path().join("missing.ics");
    for (bad, line) in [(broken, Some("line 13")), (missing, None)] {
        let data = folder.path().join("data");
        let options = Options {
            ics: vec![fine.clone(), bad.clone()],
            data: Some(data.clone()),
            ..Options::default()
        };
        let error = ran(options).await.err().unwrap();
        let text = chain(&error);
        assert!(error.is_usage(), "{text}");
        assert!(text.contains(bad.to_str().unwrap()), "{text}");
        assert!(line.is_none_or(|line| text.contains(line)), "{text}");
        assert!(!data.exists(), "something was begun");
    }
}
