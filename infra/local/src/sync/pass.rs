//! One pass over one person's calendars: connect what answers, then drive until nothing is left.

use std::cell::Cell;
use std::time::Duration;

use shared::engine::{Connected, Connection, Driven, Engine, Outcome, Progress, SyncError, chain};
use shared::model::{InstallKey, UserConfig};

use super::logins::Logins;
use super::tell::Teller;
use crate::host::Stop;
use crate::stack::{Person, advice};

/// Between two lines about a push that takes long.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// How a pass ended.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// The calendars, as they are connected now; none: never so far.
    pub(super) config: Option<UserConfig>,
    /// Every account answered, no calendar failed when it was last looked at, and nothing was left to do; of a pass that
    /// was stopped, the rows tell what is left.
    pub(super) well: bool,
    /// What failed, if anything did.
    pub(super) failed: Option<String>,
}

/// What a pass works with.
pub(super) struct Pass<'a> {
    pub(super) engine: &'a Engine,
    pub(super) key: &'a InstallKey,
    pub(super) stop: &'a Stop,
    pub(super) logins: &'a Logins,
    pub(super) patience: Duration,
    /// Is told how each sync ended.
    pub(super) measure: &'a dyn Fn(&Result<Outcome, SyncError>),
}

impl Pass<'_> {
    /// Makes one pass. It ends early when it is asked to stop: with the calendars in work finished, or, asked again, at once.
    pub(super) async fn over(&self, person: &Person, teller: &Teller<'_, '_>) -> Passed {
        let rules = person.rules.as_ref();
        let connected =
            self.engine
                .connect_those_that_answer(self.key, person.id, &person.wishes, rules);
        let (config, refused, failed) = match Box::pin(connected).await {
            Ok(connected) => {
                self.look_at_logins(person, &connected, teller);
                (Some(connected.config), connected.refused, None)
            }
            Err(why) => {
                let failed = format!("{}: {}", person.name, advice::of_connection(&why));
                (self.known(person).await, vec![why], Some(failed))
            }
        };
        teller.connection(&refused);
        let Some(config) = config else {
            return Passed {
                failed,
                ..Passed::default()
            };
        };
        let driven = Box::pin(self.drive(&config, teller)).await;
        let ended = self.stop.is_wished() || driven.is_some_and(|driven| driven.quiet);
        Passed {
            well: ended && !teller.knows_trouble(),
            config: Some(config),
            failed: failed.or_else(|| teller.trouble_text()),
        }
    }

    /// An account without calendars writes nothing, whoever else has it.
    fn look_at_logins(&self, person: &Person, connected: &Connected, teller: &Teller<'_, '_>) {
        let shared = match Engine::enabled(&connected.config).is_empty() {
            true => None,
            false => self.logins.claim(&person.name, &connected.logins),
        };
        teller.login(shared.as_ref());
    }

    /// What was connected earlier goes on, whatever keeps it from being brought up to date.
    async fn known(&self, person: &Person) -> Option<UserConfig> {
        let known = self.engine.store().user_config(person.id).await;
        known.map_err(Connection::Store).ok().flatten()
    }

    /// None: it was stopped.
    async fn drive(&self, config: &UserConfig, teller: &Teller<'_, '_>) -> Option<Driven> {
        let waits = Cell::new(false);
        let tell = |progress: Progress<'_>| {
            waits.set(matches!(progress, Progress::Waiting(_)));
            if let Progress::Synced(_, result) = &progress {
                (self.measure)(result);
            }
            teller.progress(config, &progress);
        };
        let mut calendars = Engine::enabled(config);
        match self.engine.leaving(config).await {
            Ok(leaving) => calendars.extend(leaving),
            Err(error) => tracing::warn!(
                error = chain(&error),
                "blocks of calendars that left the config stay for now"
            ),
        }
        let go_on = || !self.stop.is_wished();
        let drive = self
            .engine
            .drive_while(&calendars, self.patience, tell, go_on);
        let watch = async {
            loop {
                tokio::time::sleep(PROGRESS_EVERY).await;
                teller.under_way(config, &self.engine.under_way());
            }
        };
        tokio::select! {
            driven = drive => Some(driven),
            () = self.cut_short(&waits) => None,
            () = watch => None,
        }
    }

    /// A wait is cut short by the first wish to stop, work by the second.
    async fn cut_short(&self, waits: &Cell<bool>) {
        self.stop.wished(1).await;
        if !waits.get() {
            self.stop.wished(2).await;
        }
    }
}
