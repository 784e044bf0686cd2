//! Users that the config forgot: nobody keeps their blocks in step any more, and the blocks stay.
//!
//! A user is known by name alone, so one that was renamed is such a user too, and a new one besides.

use shared::engine::Engine;
use shared::store::{Put, StoreError};

use crate::stack::Person;

/// Names everybody in `people`, and returns the names of those who are not in it and still have blocks.
pub(super) async fn find(engine: &Engine, people: &[Person]) -> Result<Vec<String>, StoreError> {
    let store = engine.store();
    let known = store.users().await?;
    for person in people {
        if known.iter().all(|(id, _)| *id != person.id) {
            // A conflict means that another process named it.
            let (Put::Written | Put::Conflict) = store.name_user(person.id, &person.name).await?;
        }
    }
    let mut departed = Vec::new();
    for (id, name) in known {
        if people.iter().any(|person| person.id == id) {
            continue;
        }
        let Some(config) = store.user_config(id).await? else {
            continue;
        };
        if !Engine::enabled(&config).is_empty() || !engine.leaving(&config).await?.is_empty() {
            departed.push(name);
        }
    }
    Ok(departed)
}

/// What to do about one.
pub(super) fn told(name: &str) -> String {
    format!(
        "FAILED: the user {name} is not in the config any more, but has blocks, which stay and go stale; put it back under \
         this name, as blocks are known by it; to have them removed, put it back with `calendars = []` in each account, \
         sync, and take it out then"
    )
}
