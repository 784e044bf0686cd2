//! Forgetting: everything of a calendar goes, and nothing does that somebody took up again.

use std::collections::BTreeSet;

use shared::model::{AccountId, Epoch, Interval, Spoke, State};
use shared::store::{Fence, ForgetPage, Put, Store};

use super::bench::{
    Bench, at, calendar, calendar_named, google, lost_after, new_row, new_rows, state,
};

/// A calendar with as many rows, a place on the wheel and a wake; its state as it is.
async fn filled(bench: &Bench, rows: usize) -> State {
    let store = &bench.store;
    assert_eq!(store.create_state(&state()).await, Ok(Put::Written));
    for row in new_rows(&state(), rows) {
        assert_eq!(store.put_row(&row).await, Ok(Put::Written));
    }
    store.give_turn(calendar(), at(0)).await.unwrap();
    state()
}

/// The same state under the next epoch.
async fn fenced(store: &Store, seen: &State) -> (State, Fence) {
    let epoch = Epoch(seen.epoch.0 + 1);
    let fenced = State {
        epoch,
        ..seen.clone()
    };
    assert_eq!(store.fence_off(seen, &fenced).await, Ok(Put::Written));
    (fenced, Fence::Epoch(epoch))
}

/// Deletes pages until none is left: how many items went.
async fn all_pages(store: &Store, fence: Fence) -> u64 {
    let mut deleted = 0;
    loop {
        match store.forget_page(calendar(), fence).await.unwrap() {
            ForgetPage::Deleted(items) => deleted += items,
            ForgetPage::Bare => return deleted,
            ForgetPage::Moved => panic!("moved"),
        }
    }
}

#[tokio::test]
async fn all_of_a_calendar_goes_and_nothing_of_another() {
    let bench = Bench::new().await;
    let state = filled(&bench, 120).await;
    let other = calendar_named("other");
    let beside = State::new(other, google("other"), AccountId("work".into()));
    let beside = new_row(&beside, "event00000");
    assert_eq!(bench.store.put_row(&beside).await, Ok(Put::Written));
    let store = &bench.store;
    let (_, fence) = fenced(store, &state).await;
    // A lost answer changes nothing.
    bench.disturb("TransactWriteItems", 1, lost_after());
    assert_eq!(all_pages(store, fence).await, 120);
    assert_eq!(
        store.forget_state(calendar(), fence).await,
        Ok(Put::Written)
    );
    assert_eq!(store.state(calendar()).await, Ok(None));
    assert_eq!(store.wake(calendar()).await, Ok(0));
    let minute = u64::from(Spoke::of(calendar(), Interval::Minutes5).phase());
    assert!(!store.due(minute).await.unwrap().contains_key(&calendar()));
    assert_eq!(store.calendar_rows(other).await.unwrap(), [beside.row]);
    // What is left without a state goes, too.
    assert_eq!(all_pages(store, Fence::Stateless).await, 0);
    let again = store.forget_state(calendar(), Fence::Stateless).await;
    assert_eq!(again, Ok(Put::Written));
}

#[tokio::test]
async fn what_somebody_took_up_again_loses_nothing() {
    let bench = Bench::new().await;
    let state = filled(&bench, 3).await;
    let store = &bench.store;
    let (state, old) = fenced(store, &state).await;
    fenced(store, &state).await;
    for fence in [old, Fence::Stateless] {
        let page = store.forget_page(calendar(), fence).await;
        assert_eq!(page, Ok(ForgetPage::Moved));
        let last = store.forget_state(calendar(), fence).await;
        assert_eq!(last, Ok(Put::Conflict));
    }
    assert_eq!(store.calendar_rows(calendar()).await.unwrap().len(), 3);
    assert_ne!(store.wake(calendar()).await, Ok(0));
    let late = State {
        epoch: Epoch(9),
        ..state.clone()
    };
    assert_eq!(store.fence_off(&state, &late).await, Ok(Put::Conflict));
}

#[tokio::test]
async fn what_is_to_go_is_known_until_it_is_gone() {
    let bench = Bench::new().await;
    let (store, user) = (&bench.store, calendar().user());
    let account = AccountId("ann/home".into());
    let all = BTreeSet::from([calendar()]);
    store.begin_forgetting(user, &account, &all).await.unwrap();
    let known = store.forgetting(user).await.unwrap();
    assert_eq!(known, [(account.clone(), all)].into());
    store.end_forgetting(user, &account).await.unwrap();
    assert_eq!(store.forgetting(user).await.unwrap().len(), 0);
}
