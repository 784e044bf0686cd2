//! What Google says about the calendars themselves: a name, or what may be done there, changes now and then.
//!
//! Where a config file is at hand, every pass connects anew and sees it. Functions have none, so a turn looks now and then.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Engine;
use super::connect::calendar;
use super::error::chain;
use crate::google::wire::CalendarListEntry;
use crate::limits::REVIEW_EVERY;
use crate::model::{AccountId, CalendarConfig, CalendarId, UserConfig, UserId};
use crate::store::{Put, StoreError};

impl Engine {
    /// Takes over what Google says now about a user's calendars, and has them looked at if that is something else than
    /// before. What an account does not list any more stays: a list that lacks it is no proof that it is gone.
    ///
    /// # Errors
    /// The table could not be read or written. An account that does not answer is left for the next time.
    pub async fn review_calendars(&self, user: UserId) -> Result<(), StoreError> {
        let Some(before) = self.config(user).await? else {
            return Ok(());
        };
        let mut after = before.clone();
        let accounts: BTreeSet<&AccountId> =
            before.calendars.values().map(|own| &own.account).collect();
        for account in accounts {
            let Some(client) = self.crew.of(account) else {
                continue;
            };
            match client.calendar_list().await {
                Ok(list) => take(&mut after, account, &list),
                Err(why) => {
                    tracing::warn!(error = chain(&why), "an account's calendars not listed")
                }
            }
        }
        if after.calendars == before.calendars {
            return Ok(());
        }
        after.version += 1;
        let put = self.store.put_user_config(&after, Some(before.version));
        match put.await? {
            Put::Written => {}
            // Whoever changed it meanwhile looked as well, or the next look will.
            Put::Conflict => return Ok(()),
        }
        for calendar in Self::enabled(&after) {
            self.store.bump(calendar, self.now()).await?;
        }
        Ok(())
    }
}

/// Whether now is the time for a calendar to look around for its user: once in [`REVIEW_EVERY`], as long as it has a turn
/// each five minutes. It takes no memory, and a look too many or too few does no harm.
pub(super) fn may_be_due(calendar: CalendarId, now: Timestamp) -> bool {
    let steps = i64::try_from(REVIEW_EVERY.as_secs() / STEP).unwrap_or(i64::MAX);
    let step = now
        .as_second()
        .div_euclid(i64::try_from(STEP).unwrap_or(i64::MAX));
    let phase = i64::from(calendar.bytes().last().copied().unwrap_or_default());
    (step + phase).rem_euclid(steps) == 0
}

/// One of a user's calendars looks around for all.
pub(super) fn is_its_turn(config: &UserConfig, calendar: CalendarId) -> bool {
    Engine::enabled(config).first() == Some(&calendar)
}

/// Seconds from one turn of a calendar to the next.
const STEP: u64 = 300;

fn take(config: &mut UserConfig, account: &AccountId, list: &[CalendarListEntry]) {
    let calendars = config.calendars.iter_mut();
    for (id, own) in calendars.filter(|(_, own)| own.account == *account) {
        let entry = list.iter().find(|entry| entry.id == own.google.as_str());
        match entry
            .filter(|entry| !entry.deleted)
            .and_then(|entry| calendar(account, entry))
        {
            Some(now) => {
                *own = CalendarConfig {
                    enabled: own.enabled,
                    ..now
                };
            }
            None => {
                tracing::warn!(calendar = %id, "its account does not list this calendar any more");
            }
        }
    }
}
