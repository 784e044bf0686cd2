//! Leases of the dead: who holds a data folder is its only process, so every lease found in it is of one that is gone.
//!
//! Waiting until they run out would be as right, and take ten minutes.

use shared::engine::{Engine, chain};
use shared::model::Lease;
use shared::store::{Put, Release, StoreError};

use super::crew::Person;
use crate::host::Host;
use crate::plain::one_line;

/// Tells of each and frees it. What fails is left to run out.
pub(super) async fn free(engine: &Engine, people: &[Person], host: &Host<'_>) {
    for person in people {
        if let Err(error) = free_of(engine, person, host).await {
            tracing::warn!(
                error = chain(&error),
                "an old lease stays until it runs out"
            );
        }
    }
}

async fn free_of(engine: &Engine, person: &Person, host: &Host<'_>) -> Result<(), StoreError> {
    let store = engine.store();
    let Some(config) = store.user_config(person.id).await? else {
        return Ok(());
    };
    for (calendar, own) in &config.calendars {
        let Some(state) = store.state(*calendar).await? else {
            continue;
        };
        let Some(lease) = &state.lease else {
            continue;
        };
        let (user, name) = (one_line(&person.name), one_line(&own.name));
        host.err(format_args!("{user}: {name}: {}\n", told(lease)));
        let release = Release::unchanged(&state);
        // A conflict would be another process after all, and its lease is its own.
        let (Put::Written | Put::Conflict) = store.release(release).await?;
    }
    Ok(())
}

fn told(lease: &Lease) -> String {
    let Lease {
        owner,
        since,
        until,
    } = lease;
    format!(
        "the lease of {owner}, which is gone, is freed (held since {since:.0}, until {until:.0})"
    )
}
