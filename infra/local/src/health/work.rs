//! One health run: look, do something about it, keep and tell.

use shared::alerts::{Log, Sns};
use shared::engine::{Cared, Told};
use shared::health::{Checkup, Pace};
use shared::metrics::of_health;
use shared::model::UserId;
use shared::store::StoreError;
use tokio::sync::OnceCell;
use wire::client::{Remote, topic};

use super::text::Subjects;
use super::{Health, Mode, Options};
use crate::answer::{Desk, Failure};
use crate::consent::{Withdrawn, withdrawn};
use crate::findings::Names;
use crate::metrics::Metrics;

/// What a run works with.
pub(super) struct Run<'a, 'd, 'h> {
    pub(super) desk: &'a Desk<'d, 'h>,
    pub(super) options: &'a Options,
    /// The alerts' topic, once it was needed.
    pub(super) topic: &'a OnceCell<Sns>,
}

impl Run<'_, '_, '_> {
    pub(super) async fn health(
        &self,
        metrics: Option<&Metrics<'_, '_>>,
    ) -> Result<Health, Failure> {
        let engine = self.desk.engine();
        if self.options.mode == Mode::Repair {
            self.desk.stack.tidy(self.desk.host).await;
        }
        let (users, names) = self.users().await?;
        let pace = self.pace();
        let checkup = Box::pin(engine.watch().health(&users, &pace)).await;
        let care = match self.options.mode {
            Mode::Look => None,
            Mode::Repair => Some(Box::pin(engine.care(&checkup, &pace)).await),
        };
        // What was only found by caring for it is in the same report.
        let checkup = match care.as_ref().is_some_and(did_something) {
            true => checkup.with(&Box::pin(engine.watch().health(&users, &pace)).await),
            false => checkup,
        };
        let fixes = care.as_ref().map_or(0, |care| care.fixes);
        let told = self.conclude(&checkup, fixes).await?;
        if let Some(metrics) = metrics {
            metrics.write(&of_health(&checkup, &told));
        }
        Ok(Health {
            report: told.report,
            alerts_sent: told.sent,
            alerts_unsent: told.unsent,
            withdrawn: self.withdrawn(&users).await,
            care: care.filter(did_something),
            names,
        })
    }

    /// A run by hand does not know when the next one comes, so it compares all whose time has come.
    fn pace(&self) -> Pace {
        let pace = Pace::default();
        Pace {
            health_every: self.options.every.unwrap_or(pace.audit_every),
            ..pace
        }
    }

    /// Everybody in the config, and those who left it and were connected.
    async fn users(&self) -> Result<(Vec<UserId>, Subjects), Failure> {
        let store = self.desk.engine().store();
        let (mut users, mut names) = (Vec::new(), Subjects::default());
        for person in self.desk.people()? {
            users.push(person.id);
            names.user(person.id, &person.name);
        }
        for (id, name) in store.users().await? {
            names.user(id, &name);
            if !users.contains(&id) && store.user_config(id).await.is_ok_and(|own| own.is_some()) {
                users.push(id);
            }
        }
        for user in &users {
            let config = store.user_config(*user).await.ok().flatten();
            names.calendars(Names::of(config.as_ref()));
        }
        Ok((users, names))
    }

    /// What cannot be read is told by the report.
    async fn withdrawn(&self, users: &[UserId]) -> Vec<Withdrawn> {
        let engine = self.desk.engine();
        let mut found = Vec::new();
        for user in users {
            let Ok(Some(config)) = engine.store().user_config(*user).await else {
                continue;
            };
            let ids: Vec<_> = config.calendars.keys().copied().collect();
            let bearings = engine.store().bearings(&ids).await.unwrap_or_default();
            let states = config.calendars.iter().filter_map(|(id, own)| {
                let state = bearings.get(id)?.state.as_ref().ok()?;
                Some((own, state.as_ref()?))
            });
            found.extend(withdrawn(states, engine.now()));
        }
        found
    }

    async fn conclude(&self, checkup: &Checkup, fixes: u64) -> Result<Told, StoreError> {
        let watch = self.desk.engine().watch();
        let Some(alerts) = self.desk.stack.alerts() else {
            return Box::pin(watch.conclude(checkup, fixes, &Log)).await;
        };
        let open = async || {
            let target = Remote {
                endpoint: alerts.endpoint.clone(),
                region: Some(alerts.region.clone()),
            };
            Sns::new(&topic(&target).await, &alerts.topic)
        };
        let sink = Box::pin(self.topic.get_or_init(open)).await;
        Box::pin(watch.conclude(checkup, fixes, sink)).await
    }
}

fn did_something(care: &Cared) -> bool {
    *care != Cared::default()
}
