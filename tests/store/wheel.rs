//! The wheel: each calendar is due once in its interval.

use std::collections::BTreeMap;

use shared::model::{Interval, Spoke, spokes_due};

use super::bench::{Bench, calendar, calendar_named};

const MINUTE: u64 = 29_460_000;

#[tokio::test]
async fn a_calendar_is_due_in_its_minute_only() {
    let bench = Bench::new().await;
    let spoke = Spoke::new(Interval::Minutes5, 2);
    bench.store.put_on_wheel(calendar(), spoke).await.unwrap();
    for minute in MINUTE..MINUTE + 10 {
        let due = bench.store.due(minute).await.unwrap();
        assert_eq!(
            due.contains_key(&calendar()),
            spokes_due(minute).contains(&spoke)
        );
    }
}

#[tokio::test]
async fn a_moved_calendar_is_on_its_new_spoke_only() {
    let bench = Bench::new().await;
    let often = Spoke::new(Interval::Minutes5, 0);
    let seldom = Spoke::new(Interval::Minutes360, 7);
    bench.store.put_on_wheel(calendar(), often).await.unwrap();
    bench
        .store
        .move_on_wheel(calendar(), often, seldom)
        .await
        .unwrap();
    let day = MINUTE..MINUTE + 360;
    let due = |spoke: Spoke| {
        day.clone()
            .find(|minute| spokes_due(*minute).contains(&spoke))
    };
    let shared_minute = |minute: u64| minute.is_multiple_of(5) && minute % 360 == 7;
    let (at_often, at_seldom) = (due(often).unwrap(), due(seldom).unwrap());
    assert!(!shared_minute(at_often));
    assert_eq!(bench.store.due(at_often).await, Ok(BTreeMap::new()));
    assert_eq!(
        bench.store.due(at_seldom).await,
        Ok([(calendar(), Interval::Minutes360)].into())
    );
}

#[tokio::test]
async fn moving_to_the_same_spoke_keeps_the_calendar_there() {
    let bench = Bench::new().await;
    let spoke = Spoke::of(calendar(), Interval::Minutes5);
    bench
        .store
        .move_on_wheel(calendar(), spoke, spoke)
        .await
        .unwrap();
    let minute = (MINUTE..MINUTE + 5).find(|minute| spokes_due(*minute).contains(&spoke));
    assert_eq!(
        bench.store.due(minute.unwrap()).await,
        Ok([(calendar(), Interval::Minutes5)].into())
    );
    bench.store.take_off_wheel(calendar(), spoke).await.unwrap();
    assert_eq!(bench.store.due(minute.unwrap()).await, Ok(BTreeMap::new()));
}

#[tokio::test]
async fn calendars_of_all_shards_are_due_together() {
    let bench = Bench::new().await;
    let spoke = Spoke::new(Interval::Minutes15, 4);
    let expected: BTreeMap<_, _> = (0..20)
        .map(|number| calendar_named(&format!("{number}@example.com")))
        .map(|calendar| (calendar, Interval::Minutes15))
        .collect();
    for calendar in expected.keys() {
        bench.store.put_on_wheel(*calendar, spoke).await.unwrap();
    }
    let minute = (MINUTE..MINUTE + 15).find(|minute| spokes_due(*minute).contains(&spoke));
    assert_eq!(bench.store.due(minute.unwrap()).await, Ok(expected));
}

#[tokio::test]
async fn a_calendar_on_two_spokes_is_due_as_on_the_slower_one() {
    let bench = Bench::new().await;
    for interval in [Interval::Minutes60, Interval::Minutes5] {
        let spoke = Spoke::new(interval, 0);
        bench.store.put_on_wheel(calendar(), spoke).await.unwrap();
    }
    let minute = (MINUTE..).find(|minute| minute.is_multiple_of(60)).unwrap();
    assert_eq!(
        bench.store.due(minute).await,
        Ok([(calendar(), Interval::Minutes60)].into())
    );
}
