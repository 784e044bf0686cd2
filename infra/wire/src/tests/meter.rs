//! What is counted.

use super::fixture::{create, engine, exists, put};
use crate::Meter;
use crate::client::{Taps, embedded};

#[tokio::test]
async fn requests_and_units_are_counted_by_kind() {
    let taps = Taps::default();
    let client = embedded(&engine().await, &taps);
    put(&client, "a").await.unwrap();
    exists(&client, "a").await.unwrap();
    let before = taps.meter.usage();
    assert_eq!((before.write_units, before.read_units), (1.0, 1.0));

    create(&client, &["b", "c"], "token").await.unwrap();
    let transaction = taps.meter.usage().since(&before);
    assert_eq!(transaction.requests("TransactWriteItems"), 1);
    assert_eq!(transaction.total_requests(), 1);
    assert_eq!(
        (transaction.write_units, transaction.read_units),
        (4.0, 0.0)
    );
}

#[tokio::test]
async fn a_repeated_transaction_is_charged_as_a_read() {
    let taps = Taps::default();
    let client = embedded(&engine().await, &taps);
    create(&client, &["a"], "token").await.unwrap();
    let before = taps.meter.usage();
    create(&client, &["a"], "token").await.unwrap();
    let repeat = taps.meter.usage().since(&before);
    assert_eq!((repeat.write_units, repeat.read_units), (0.0, 2.0));
}

#[tokio::test]
async fn a_refused_request_counts_without_units() {
    let taps = Taps::default();
    let client = embedded(&engine().await, &taps);
    create(&client, &["a"], "one").await.unwrap();
    let before = taps.meter.usage();
    create(&client, &["a"], "two").await.unwrap_err();
    let refused = taps.meter.usage().since(&before);
    assert_eq!(refused.total_requests(), 1);
    assert_eq!((refused.write_units, refused.read_units), (0.0, 0.0));
}

#[test]
fn a_new_meter_has_counted_nothing() {
    assert_eq!(Meter::new().usage().total_requests(), 0);
}
