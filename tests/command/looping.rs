//! `tidelock sync` without `--once`.

use std::time::Duration;

use local::exit::Exit;
use local::host::Stop;

use super::bench::{Bench, event, tidelock_until};

#[tokio::test]
async fn it_keeps_the_calendars_in_step_until_it_is_stopped() {
    let bench = Bench::new().await;
    let path = bench.write(&bench.config("data = \"./state\""));
    let (stopper, stop) = Stop::new();
    let run = ["sync", "--config", &path, "--interval", "1s"];
    let person = async {
        until(|| bench.google_writes() == 10).await;
        bench
            .google()
            .insert_event(super::bench::HOME, event("later", 3, 12))
            .unwrap();
        until(|| bench.google_writes() == 12).await;
        // A look in which nothing is found any more.
        tokio::time::sleep(Duration::from_secs(3)).await;
        stopper.stop();
    };
    let (ran, ()) = tokio::join!(tidelock_until(&run, stop), person);
    ran.ends(Exit::Fine);
    assert!(ran.out.contains("in step, after"), "{ran:?}");
    bench.in_step();
}

#[tokio::test]
async fn stopped_at_once_it_still_finishes_what_it_began() {
    let bench = Bench::new().await;
    let path = bench.write(&bench.config("data = \"./state\""));
    let (stopper, stop) = Stop::new();
    let person = async {
        // Looked at between any two steps of the command, so it is surely stopped in the middle.
        while bench.google_writes() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(bench.google_writes() < 10);
        stopper.stop();
    };
    let run = ["sync", "--config", &path, "--json"];
    let (ran, ()) = tokio::join!(tidelock_until(&run, stop), person);
    assert_eq!(ran.json()["calendars"].as_array().unwrap().len(), 3);
    assert!(ran.err.contains("stopping"), "{ran:?}");
    bench
        .sync(&bench.config("data = \"./state\""))
        .await
        .ends(Exit::Fine);
    bench.in_step();
    assert_eq!(bench.google_writes(), 10);
}

async fn until(so: impl Fn() -> bool) {
    for _ in 0..600 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to that");
}
