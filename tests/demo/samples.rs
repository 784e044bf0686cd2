//! The demo as it comes.

use local::demo::Options;

use super::ran;

/// What is shown, without the time it took.
fn timeless(shown: &str) -> Vec<&str> {
    let lines = shown.lines().map(str::trim_end);
    lines
        .filter(|line| !line.starts_with("in step, after"))
        .collect()
}

#[tokio::test]
async fn the_samples_end_in_step_and_the_same_seed_shows_the_same() {
    let first = ran(Options::default()).await.unwrap();
    assert!(first.in_step, "{}", first.shown);
    it_shows_what_is_held_where_and_why_not(&first.shown);
    every_edit_is_played_and_made_good(&first.shown);
    a_new_title_costs_no_write_to_google(&first.shown);
    let again = ran(Options::default()).await.unwrap();
    assert_eq!(timeless(&first.shown), timeless(&again.shown));
    for part in ["calendars", "google", "dynamodb", "in_step"] {
        assert_eq!(first.object[part], again.object[part], "{part}");
    }
}

#[tokio::test]
async fn another_seed_and_another_present_end_in_step_too() {
    let options = Options {
        seed: 2,
        now: Some("2027-10-27T12:00:00Z".parse().unwrap()),
        ..Options::default()
    };
    let ran = ran(options).await.unwrap();
    assert!(ran.in_step, "{}", ran.shown);
    every_edit_is_played_and_made_good(&ran.shown);
}

fn every_edit_is_played_and_made_good(shown: &str) {
    assert!(!shown.contains("left out"), "{shown}");
    assert_eq!(shown.matches("in step ✓").count(), 13, "{shown}");
}

fn it_shows_what_is_held_where_and_why_not(shown: &str) {
    for (title, outcome) in [
        ("Design review", "→ Client, Private"),
        ("Vendor pitch", "– declined"),
        ("Lunch, come along", "– shown as free"),
        ("Timesheet reminder", "– takes no time"),
        ("At the office", "– a kind of event that holds no time"),
        ("Northwind kick-off", "– the same meeting is there already"),
        (
            "  not Fri 27 Mar 09:15",
            "time given back on Client, Private",
        ),
        ("(was Wed 25 Mar 09:15)", "→ Client, Private"),
    ] {
        let line = shown.lines().find(|line| line.contains(title));
        let fits = line.is_some_and(|line| line.contains(outcome));
        assert!(fits, "{title}: {line:?}");
    }
}

fn a_new_title_costs_no_write_to_google(shown: &str) {
    let mut lines = shown
        .lines()
        .skip_while(|line| !line.contains("  retitle: "));
    assert!(
        lines.nth(1).unwrap().contains("no block written"),
        "{shown}"
    );
}
