//! Leases of the dead: who holds a data folder is its only process, so every lease found in it is of one that is gone.
//!
//! Waiting until they run out would be as right, and take ten minutes.

use shared::engine::{Engine, chain};
use shared::store::{Put, Release, StoreError};

use super::crew::Person;

/// Frees them. What fails is left to run out.
pub(super) async fn free(engine: &Engine, people: &[Person]) {
    for person in people {
        if let Err(error) = free_of(engine, person).await {
            tracing::warn!(
                error = chain(&error),
                "an old lease stays until it runs out"
            );
        }
    }
}

async fn free_of(engine: &Engine, person: &Person) -> Result<(), StoreError> {
    let store = engine.store();
    let Some(config) = store.user_config(person.id).await? else {
        return Ok(());
    };
    for calendar in config.calendars.keys() {
        let Some(state) = store.state(*calendar).await? else {
            continue;
        };
        if state.lease.is_none() {
            continue;
        }
        let release = Release::unchanged(&state);
        // A conflict would be another process after all, and its lease is its own.
        let (Put::Written | Put::Conflict) = store.release(release).await?;
    }
    Ok(())
}
