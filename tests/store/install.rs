//! What a table was made with.

use shared::model::{InstallKey, KeyCheck};
use shared::store::Installed;

use super::bench::{Bench, lost_after};

fn key(seed: u8) -> InstallKey {
    InstallKey::new([seed; InstallKey::BYTES])
}

#[tokio::test]
async fn the_first_install_key_holds_for_ever() {
    let bench = Bench::new().await;
    assert_eq!(bench.store.installed().await, Ok(None));
    let first = Installed::kept_here(&key(1));
    assert_eq!(bench.store.install(&first).await, Ok(first.clone()));
    for later in [
        Installed::kept_here(&key(2)),
        Installed::kept_elsewhere(&key(1)),
    ] {
        assert_eq!(bench.store.install(&later).await, Ok(first.clone()));
    }
}

#[tokio::test]
async fn a_lost_answer_still_gives_one_install_key() {
    let bench = Bench::new().await;
    bench.disturb("PutItem", 1, lost_after());
    let offer = Installed::kept_elsewhere(&key(1));
    assert_eq!(bench.store.install(&offer).await, Ok(offer));
}

#[tokio::test]
async fn two_processes_that_offer_different_keys_agree_on_one() {
    let bench = Bench::new().await;
    let (one, two) = (Installed::kept_here(&key(1)), Installed::kept_here(&key(2)));
    let (one, two) = tokio::join!(bench.store.install(&one), bench.store.install(&two));
    assert_eq!(one, two);
}

#[test]
fn the_check_tells_keys_apart_and_shows_none() {
    assert_ne!(KeyCheck::of(&key(1)), KeyCheck::of(&key(2)));
    let shown = format!("{:?}", Installed::kept_here(&key(0xab)));
    assert!(
        !shown.contains("ab, ab") && !shown.contains("171"),
        "{shown}"
    );
}
