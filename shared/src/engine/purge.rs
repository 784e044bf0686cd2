//! Purge: takes back every block of a calendar or a user, and proves it by listing.
//!
//! Three steps, each of which can be cut short and made again: the calendars are switched off in the stored config, so that
//! no sync brings their blocks back; the ordinary syncs remove what the rows know of; then every calendar that is concerned is
//! listed in full, and what is still there is deleted by its id. The listing is what counts: it works without a single row.
//!
//! What it deliberately does not do: touch anything whose id does not unseal to this user.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;

use super::drive::{Driven, Progress};
use super::reading::is_copy;
use super::{Connection, Engine, SyncError, Wish};
use crate::google::{Class, Client, Since, wire::Item};
use crate::limits::{PURGE_ROUNDS, REPLAN_ROUNDS, TARGET_FAILURES};
use crate::model::{
    Access, CalendarConfig, CalendarId, EventKey, InstallKey, State, UserConfig, UserId,
    looks_like_a_block,
};
use crate::plan::{Listed, Purge, deletions, removed};
use crate::store::{Put, StoreError};

/// All calendars of a user that may hold blocks, as far as config, table and Google tell.
#[derive(Debug)]
pub struct Known {
    /// The calendars.
    pub calendars: BTreeMap<CalendarId, CalendarConfig>,
    /// Accounts that could not be asked, and why: their calendars are known only if the table has them.
    pub refused: Vec<Connection>,
}

/// What a complete listing of one calendar shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Blocks that the purge takes.
    pub blocks: BTreeSet<Listed>,
    /// Live events with the id of a block that are none of this user's: never touched.
    pub foreign: u64,
    /// Copies of blocks, made by a person: never touched.
    pub copies: u64,
}

impl Found {
    /// How many blocks; an occurrence counts only where its block is not there.
    #[must_use]
    pub fn count(&self) -> u64 {
        deletions(&self.blocks).len() as u64
    }
}

/// How a purge ended on one calendar.
#[derive(Debug)]
pub struct Cleared {
    /// The last listing.
    pub found: Found,
    /// Blocks that were deleted by their id.
    pub deleted: u64,
    /// The last failure to delete, if any block could not be.
    pub failed: Option<SyncError>,
}

/// How a purge goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Pace<G> {
    /// How long to wait for retries in all.
    pub patience: Duration,
    /// Whether to go on; asked before every step.
    pub go_on: G,
}

impl Engine {
    /// The calendars of `user`: what is stored, what the accounts show of `wishes`, and what rows still hold blocks on.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn known_calendars(
        &self,
        key: &InstallKey,
        user: UserId,
        wishes: &[Wish],
    ) -> Result<Known, Connection> {
        let asked = self.ask_accounts(wishes).await;
        let derived = |own: CalendarConfig| (CalendarId::derive(key, user, &own.google), own);
        let mut calendars: BTreeMap<_, _> = asked
            .wanted
            .into_iter()
            .chain(asked.others)
            .map(derived)
            .collect();
        if let Some(stored) = self.store.user_config(user).await? {
            for (id, own) in stored.calendars.clone() {
                calendars.entry(id).or_insert(own);
            }
            for id in self.outside(&stored).await? {
                if let Some(state) = self.store.state(id).await? {
                    calendars.entry(id).or_insert_with(|| left(&state));
                }
            }
        }
        Ok(Known {
            calendars,
            refused: asked.refused,
        })
    }

    /// Calendars outside the config that wait for a look, or that rows name as targets.
    async fn outside(&self, config: &UserConfig) -> Result<BTreeSet<CalendarId>, StoreError> {
        let mut outside: BTreeSet<_> = self.leaving(config).await?.into_iter().collect();
        for id in config.calendars.keys() {
            let rows = self.store.calendar_rows(*id).await?;
            outside.extend(rows.iter().flat_map(|row| row.mirrors.keys()).copied());
        }
        outside.retain(|id| !config.calendars.contains_key(id));
        Ok(outside)
    }

    /// Lists one calendar in full, however old its events are.
    ///
    /// # Errors
    /// Google could not be read to the end.
    pub async fn blocks_on(
        &self,
        purge: Purge<'_>,
        on: CalendarId,
        own: &CalendarConfig,
    ) -> Result<Found, SyncError> {
        let client = self.purging_client(on, own)?;
        let since = Since::Start { time_min: None };
        let mut pages = client.events_pages(&own.google, &since);
        let mut found = Found::default();
        let failed = |why| SyncError::Google { calendar: on, why };
        // A walk ends with the page that completes the listing, or with an error.
        while let Some(page) = pages.next().await.map_err(failed)? {
            for item in &page.items {
                self.sort(purge, on, item, &mut found);
            }
        }
        Ok(found)
    }

    fn sort(&self, purge: Purge<'_>, on: CalendarId, item: &Item, found: &mut Found) {
        let (Some(id), live) = (item.id(), is_live(item)) else {
            return;
        };
        found.copies += u64::from(is_copy(item));
        match self.sealer.unseal(id) {
            Ok((sealed, part)) if sealed.calendar.user() == purge.user() => {
                let taken = purge.takes(on, &sealed);
                match live {
                    true if taken => found.blocks.insert((sealed, part)),
                    true => false,
                    // A later entry of the same id is the newer one.
                    false => found.blocks.remove(&(sealed, part)),
                };
            }
            Ok(_) | Err(_) => found.foreign += u64::from(live && looks_like_a_block(id)),
        }
    }

    fn purging_client(&self, on: CalendarId, own: &CalendarConfig) -> Result<Client, SyncError> {
        self.client(own).ok_or_else(|| SyncError::NoAccount {
            calendar: on,
            account: own.account.to_string(),
        })
    }

    /// Switches the purged calendars off in the stored config, and wakes those that have blocks to take back.
    ///
    /// # Errors
    /// The table could not be read or written, or others kept changing the config.
    pub async fn switch_off(
        &self,
        purge: Purge<'_>,
        known: &Known,
    ) -> Result<Option<UserConfig>, Connection> {
        for _ in 0..REPLAN_ROUNDS {
            let stored = self.store.user_config(purge.user()).await?;
            let Some(off) = purge.switched_off(stored.as_ref(), &known.calendars) else {
                self.wake_purged(purge, stored.as_ref()).await?;
                return Ok(stored);
            };
            let version = stored.map(|stored| stored.version);
            match self.store.put_user_config(&off, version).await? {
                Put::Conflict => {}
                Put::Written => {
                    self.create_states(&off).await?;
                    self.wake_purged(purge, Some(&off)).await?;
                    return Ok(Some(off));
                }
            }
        }
        Err(Connection::Contended)
    }

    /// No schedule comes by a calendar that is off; what it has left to do must not depend on this process.
    async fn wake_purged(
        &self,
        purge: Purge<'_>,
        config: Option<&UserConfig>,
    ) -> Result<(), StoreError> {
        let Some(config) = config else {
            return Ok(());
        };
        let behind = |state: &State| {
            state.token.is_some() && (state.config_version != config.version || state.unpushed)
        };
        for id in config.calendars.keys().filter(|id| purge.names(**id)) {
            let state = self.store.state(*id).await?;
            if state.as_ref().is_some_and(behind) {
                self.store.bump(*id, self.now()).await?;
            }
        }
        Ok(())
    }

    /// The ordinary syncs of all calendars that the table knows: they remove what rows know of.
    ///
    /// # Errors
    /// The table could not be read.
    pub async fn drive_purged(
        &self,
        known: &Known,
        pace: Pace<impl Fn() -> bool>,
        tell: impl FnMut(Progress<'_>),
    ) -> Result<Driven, StoreError> {
        let mut calendars = Vec::new();
        for id in known.calendars.keys() {
            let state = self.store.state(*id).await?;
            // One that was never read has no rows, and would only be mirrored now.
            if state.is_some_and(|state| state.token.is_some()) {
                calendars.push(*id);
            }
        }
        let drive = self.drive_while(&calendars, pace.patience, tell, pace.go_on);
        Ok(Box::pin(drive).await)
    }

    /// Deletes what listings still show, on all calendars side by side.
    pub async fn purge_listed(
        &self,
        purge: Purge<'_>,
        known: &Known,
        go_on: impl Fn() -> bool,
    ) -> Vec<(CalendarId, Result<Cleared, SyncError>)> {
        let go_on = &go_on;
        let all = known.calendars.iter();
        let all =
            all.map(|(id, own)| async move { (*id, self.purge_one(purge, *id, own, go_on).await) });
        join_all(all).await
    }

    async fn purge_one(
        &self,
        purge: Purge<'_>,
        on: CalendarId,
        own: &CalendarConfig,
        go_on: &impl Fn() -> bool,
    ) -> Result<Cleared, SyncError> {
        let mut cleared = Cleared {
            found: self.blocks_on(purge, on, own).await?,
            deleted: 0,
            failed: None,
        };
        for _ in 0..PURGE_ROUNDS {
            if cleared.found.blocks.is_empty() || !go_on() {
                break;
            }
            let (deleted, failed) = self.delete_all(on, own, &cleared.found, go_on).await?;
            cleared = Cleared {
                found: self.blocks_on(purge, on, own).await?,
                deleted: cleared.deleted + deleted,
                failed,
            };
        }
        Ok(cleared)
    }

    /// Deletes one by one, and gives up after some failures in a row: how many went, and the last failure.
    async fn delete_all(
        &self,
        on: CalendarId,
        own: &CalendarConfig,
        found: &Found,
        go_on: &impl Fn() -> bool,
    ) -> Result<(u64, Option<SyncError>), SyncError> {
        let client = self.purging_client(on, own)?;
        let (mut deleted, mut in_a_row, mut last) = (0, 0, None);
        for listed in deletions(&found.blocks) {
            if in_a_row >= TARGET_FAILURES || !go_on() {
                break;
            }
            let (sealed, part) = listed;
            let block = self.name_block(
                sealed.calendar,
                &sealed.event,
                sealed.generation,
                part.clone(),
            );
            match client.delete_block(&own.google, &block, None).await {
                Err(why) if why.class() != Class::Absent => {
                    in_a_row += 1;
                    last = Some(SyncError::Google { calendar: on, why });
                }
                Ok(()) | Err(_) => {
                    in_a_row = 0;
                    deleted += 1;
                    self.note_removed(on, listed).await?;
                }
            }
        }
        Ok((deleted, last))
    }

    /// Google said that a block is gone: its row, if there is one, is told.
    async fn note_removed(&self, on: CalendarId, listed: &Listed) -> Result<(), SyncError> {
        let (sealed, part) = listed;
        let orphan = EventKey::orphan(sealed.calendar, &sealed.event);
        let keys = [(sealed.calendar, sealed.event.clone()), (on, orphan)];
        let rows = self.store.rows(&keys).await;
        let rows = rows.map_err(|why| SyncError::Store { calendar: on, why })?;
        for row in rows.values() {
            if let Some(before) = row.mirrors.get(&on) {
                let after = removed(before, sealed.generation, part);
                self.record(row, vec![(on, before.clone(), after)]).await?;
            }
        }
        Ok(())
    }
}

/// A calendar that left the config, as its state knows it.
fn left(state: &State) -> CalendarConfig {
    CalendarConfig {
        google: state.google.clone(),
        account: state.account.clone(),
        name: state.google.to_string(),
        access: Access::Write,
        enabled: false,
    }
}

/// What cannot be read may be live.
fn is_live(item: &Item) -> bool {
    match item {
        Item::Event(event) => !event.is_cancelled(),
        Item::Unreadable { .. } => true,
    }
}
