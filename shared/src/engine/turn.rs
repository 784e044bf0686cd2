//! One turn of one calendar, as a message asks for it: a sync, and what keeps the next turn coming.
//!
//! Nothing here is needed for a sync to be right. It is what makes sure that there is a next one, soon where something is left,
//! seldom where it keeps failing, and never for a calendar that is gone.

use super::error::chain;
use super::report::Outcome;
use super::{Engine, SyncError};
use crate::model::{CalendarId, FullReadReason, Interval, Spoke, UserId};
use crate::schedule::Asked;
use crate::store::{Put, StoreError};

/// What a turn came to.
#[derive(Debug)]
pub struct Turn {
    /// How the sync ended.
    pub result: Result<Outcome, SyncError>,
    /// The time was over before everything was done: the calendar is woken again.
    pub left: bool,
}

impl Engine {
    /// Takes one turn.
    pub async fn turn(&self, asked: Asked) -> Turn {
        let calendar = asked.calendar;
        let result = self.sync(calendar).await;
        if let Ok(Outcome::Synced(synced)) = &result
            && synced.strange > 0
        {
            let blocks = synced.strange;
            tracing::warn!(%calendar, blocks, "blocks that this install key does not open; is it the right one?");
        }
        let left = is_left(&result) && self.now() >= self.deadline;
        let upkeep = async {
            self.store_rotated(calendar.user()).await?;
            if left {
                self.store.bump(calendar, self.now()).await?;
            }
            self.review_if_due(calendar).await?;
            if is_first(&result) {
                self.wake_others(calendar).await?;
            }
            self.place(asked, &result).await
        };
        // What it misses comes with a later turn: the wheel still has the calendar, and the rows what is left.
        if let Err(why) = Box::pin(upkeep).await {
            tracing::warn!(%calendar, error = chain(&why), "the next turn could not be prepared");
        }
        Turn { result, left }
    }

    async fn review_if_due(&self, calendar: CalendarId) -> Result<(), StoreError> {
        if !super::review::may_be_due(calendar, self.now()) {
            return Ok(());
        }
        let config = self.store.user_config(calendar.user()).await?;
        match config.is_some_and(|config| super::review::is_its_turn(&config, calendar)) {
            true => self.review_calendars(calendar.user()).await,
            false => Ok(()),
        }
    }

    /// Blocks are written only where a first list has shown what is there: others may have waited for this one.
    async fn wake_others(&self, calendar: CalendarId) -> Result<(), StoreError> {
        let config = self.store.user_config(calendar.user()).await?;
        let others = config.iter().flat_map(Self::enabled);
        for other in others.filter(|other| *other != calendar) {
            self.store.bump(other, self.now()).await?;
        }
        Ok(())
    }

    /// Puts the calendar where it belongs on the wheel, if it came from somewhere else.
    async fn place(
        &self,
        asked: Asked,
        result: &Result<Outcome, SyncError>,
    ) -> Result<(), StoreError> {
        let calendar = asked.calendar;
        let Some(every) = asked.every else {
            return Ok(());
        };
        let spoke = |interval| Spoke::of(calendar, interval);
        let due = match result {
            Ok(Outcome::Disabled) | Err(SyncError::NotConnected { .. }) => {
                return self.store.take_off_wheel(calendar, spoke(every)).await;
            }
            Ok(Outcome::Busy { .. } | Outcome::Overtaken) => every,
            Ok(Outcome::Synced(_)) => Interval::Minutes5,
            Err(_) => {
                let state = self.store.state(calendar).await?;
                let failing = state.as_ref().and_then(|state| state.failing.as_ref());
                Interval::due_to(failing, self.now())
            }
        };
        match due == every {
            true => Ok(()),
            false => {
                self.store
                    .move_on_wheel(calendar, spoke(every), spoke(due))
                    .await
            }
        }
    }

    /// A refresh token that Google put in place of another is kept, unless somebody connected the account anew meanwhile.
    async fn store_rotated(&self, user: UserId) -> Result<(), StoreError> {
        for rotated in self.crew.rotated(user) {
            let before = Some(&rotated.before);
            let put = self
                .store
                .put_account(user, &rotated.account, &rotated.after, before);
            match put.await? {
                Put::Written => self.crew.stored(&rotated),
                Put::Conflict => self.crew.forget(&rotated.account),
            }
        }
        Ok(())
    }
}

fn is_left(result: &Result<Outcome, SyncError>) -> bool {
    matches!(result, Ok(Outcome::Synced(synced)) if synced.pushed.left == Some(None))
}

fn is_first(result: &Result<Outcome, SyncError>) -> bool {
    matches!(result, Ok(Outcome::Synced(synced)) if synced.full_read == Some(FullReadReason::First))
}
